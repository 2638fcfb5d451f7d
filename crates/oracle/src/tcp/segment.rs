//! Segments, and sequence numbers as positions that never wrap.

use conntrack::Invalid;
use wire::{Tcp, TcpFlags};

use super::LARGEST_WINDOW;

/// A segment as it was sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) kind: Kind,
    pub(super) sequence: u32,
    /// Bytes, SYN and FIN included.
    pub(super) length: i64,
    pub(super) data: u32,
    pub(super) acknowledges: Option<u32>,
    /// Bytes behind the acknowledged one that are reported as received too (RFC 2018).
    pub(super) selectively: i64,
    pub(super) window: u16,
    pub(super) shift: Option<u8>,
}

/// What a segment does to its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Syn,
    SynAck,
    Ack,
    Fin,
    Rst,
}

/// What opens a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Syn {
    pub(super) sequence: u32,
    /// Bytes, the SYN itself included.
    pub(super) length: i64,
    pub(super) window: u16,
    pub(super) shift: Option<u8>,
}

impl Segment {
    pub(super) fn read(tcp: &Tcp, data: u32) -> Result<Segment, Invalid> {
        let has = |flag| tcp.flags.contains(flag);
        let (syn, fin, rst) = (has(TcpFlags::SYN), has(TcpFlags::FIN), has(TcpFlags::RST));
        let (ack, urg) = (has(TcpFlags::ACK), has(TcpFlags::URG));
        let kind = match (syn, fin, rst) {
            (true, false, false) if ack && urg => return Err(Invalid::TcpFlags),
            (true, false, false) => {
                if ack {
                    Kind::SynAck
                } else {
                    Kind::Syn
                }
            }
            (false, true, false) if ack => Kind::Fin,
            (false, false, true) if !urg => Kind::Rst,
            (false, false, false) if ack => Kind::Ack,
            _ => return Err(Invalid::TcpFlags),
        };
        let takes_a_number = matches!(kind, Kind::Syn | Kind::SynAck | Kind::Fin);
        // A reset with an acknowledgment of zero has none.
        let acknowledges = (ack && (kind != Kind::Rst || tcp.acknowledgment != 0)).then_some(tcp.acknowledgment);
        let ahead = tcp.sack_edge.map_or(0, |edge| distance(edge, i64::from(tcp.acknowledgment)));
        Ok(Segment {
            kind,
            sequence: tcp.sequence,
            length: i64::from(data) + i64::from(takes_a_number),
            data,
            acknowledges,
            // An island lies in the window.
            selectively: if (0..=LARGEST_WINDOW).contains(&ahead) { ahead } else { 0 },
            window: tcp.window,
            shift: tcp.window_scale,
        })
    }

    pub(super) fn syn(&self) -> Syn {
        Syn { sequence: self.sequence, length: self.length, window: self.window, shift: self.shift }
    }

    /// Behind its last byte.
    pub(super) fn end(&self, near: i64) -> i64 {
        place(self.sequence.wrapping_add(self.length as u32), near)
    }

    /// Behind the last byte that its sender reports as received.
    pub(super) fn reach(&self, near: i64) -> Option<i64> {
        self.acknowledges.map(|number| place(number.wrapping_add(self.selectively as u32), near))
    }

    /// Whether it acknowledges this SYN, with all, a part or none of its data.
    pub(super) fn takes(&self, syn: &Syn) -> bool {
        self.acknowledges.is_some_and(|number| {
            let ahead = distance(number, i64::from(syn.sequence));
            0 < ahead && ahead <= syn.length
        })
    }
}

/// How far a number is ahead of a position; negative where it is behind it.
pub(super) fn distance(number: u32, position: i64) -> i64 {
    i64::from(number.wrapping_sub(position as u32) as i32)
}

/// The position of a number, seen from a position that is known.
pub(super) fn place(number: u32, near: i64) -> i64 {
    near + distance(number, near)
}
