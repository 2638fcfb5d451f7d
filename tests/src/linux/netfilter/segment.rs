//! A TCP segment as the kernel reads it.

use wire::TcpFlags;

/// The kinds of segments that the kernel's table has rows for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Syn,
    SynAck,
    Fin,
    Ack,
    Rst,
    None,
}

/// A segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) kind: Kind,
    pub(super) sequence: u32,
    pub(super) end: u32,
    /// Its field, whatever the ACK bit says.
    pub(super) acknowledgment: u32,
    pub(super) has_ack: bool,
    pub(super) window: u16,
    pub(super) scale: Option<u8>,
    pub(super) sack_permitted: bool,
    pub(super) sack_edge: Option<u32>,
}

impl Segment {
    /// Reads a header; `None` where its control bits are ones that the kernel refuses. PSH, ECE and CWR go with everything.
    pub(super) fn of(tcp: &wire::Tcp, payload: u32) -> Option<Segment> {
        let has = |flag| tcp.flags.contains(flag);
        let (fin, syn, rst) = (has(TcpFlags::FIN), has(TcpFlags::SYN), has(TcpFlags::RST));
        let (ack, urg) = (has(TcpFlags::ACK), has(TcpFlags::URG));
        let kind = match (syn, fin, rst, ack, urg) {
            (true, false, false, false, _) => Kind::Syn,
            (true, false, false, true, false) => Kind::SynAck,
            (false, true, false, true, _) => Kind::Fin,
            (false, false, false, true, _) => Kind::Ack,
            (false, false, true, _, false) => Kind::Rst,
            _ => return None,
        };
        let end = tcp.sequence.wrapping_add(payload).wrapping_add(u32::from(syn) + u32::from(fin));
        Some(Segment {
            kind,
            sequence: tcp.sequence,
            end,
            acknowledgment: tcp.acknowledgment,
            has_ack: ack,
            window: tcp.window,
            scale: tcp.window_scale,
            sack_permitted: tcp.sack_permitted,
            sack_edge: tcp.sack_edge,
        })
    }

    /// The far end of what its sender has, where it may say so.
    pub(super) fn sack(&self) -> u32 {
        self.sack_edge.filter(|edge| after(*edge, self.acknowledgment)).unwrap_or(self.acknowledgment)
    }
}

/// Whether `a` comes before `b`, modulo 2^32.
pub(super) fn before(a: u32, b: u32) -> bool {
    a.wrapping_sub(b).cast_signed() < 0
}

/// Whether `a` comes after `b`, modulo 2^32.
pub(super) fn after(a: u32, b: u32) -> bool {
    before(b, a)
}
