//! A TCP segment as the tracker reads it, and sequence numbers.

use wire::TcpFlags;

use crate::invalid::Invalid;

/// The largest window (RFC 7323 section 2.3).
pub(crate) const MAX_WINDOW: u32 = 1 << 30;
/// The largest shift count; what is larger stands for it (RFC 7323 section 2.3).
pub(crate) const MAX_SCALE: u8 = 14;

/// What a segment does to its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SegmentKind {
    Syn,
    SynAck,
    Ack,
    Fin,
    Rst,
}

/// A TCP segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) kind: SegmentKind,
    /// Sequence number of its first byte, or of its SYN.
    pub(crate) sequence: u32,
    /// The sequence number behind it; SYN and FIN take one each (RFC 9293 section 3.4).
    pub(crate) end: u32,
    /// Bytes of data.
    pub(crate) payload: u32,
    pub(crate) acknowledgment: Option<Acknowledgment>,
    /// Window as sent.
    pub(crate) window: u16,
    /// Shift count, at most 14.
    pub(crate) scale: Option<u8>,
}

/// What a segment says it received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Acknowledgment {
    /// The next sequence number that its sender expects.
    pub(crate) next: u32,
    /// The far end of what its sender has: beyond `next` where SACK reports an island behind a gap (RFC 2018).
    pub(crate) reach: u32,
}

/// What is kept of a SYN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Syn {
    pub(crate) sequence: u32,
    pub(crate) end: u32,
    pub(crate) window: u16,
    pub(crate) scale: Option<u8>,
}

impl Segment {
    /// Reads a header in front of so many bytes of data.
    pub(crate) fn of(tcp: &wire::Tcp, payload: u32) -> Result<Segment, Invalid> {
        let kind = SegmentKind::of(tcp.flags).ok_or(Invalid::TcpFlags)?;
        let control = match kind {
            SegmentKind::Syn | SegmentKind::SynAck | SegmentKind::Fin => 1,
            SegmentKind::Ack | SegmentKind::Rst => 0,
        };
        Ok(Segment {
            kind,
            sequence: tcp.sequence,
            end: tcp.sequence.wrapping_add(payload).wrapping_add(control),
            payload,
            acknowledgment: Acknowledgment::of(tcp, kind),
            window: tcp.window,
            scale: tcp.window_scale.map(|scale| scale.min(MAX_SCALE)),
        })
    }

    /// Whether it acknowledges this SYN.
    pub(crate) fn takes(&self, syn: &Syn) -> bool {
        self.acknowledgment.is_some_and(|acknowledgment| syn.is_taken_by(acknowledgment.next))
    }

    /// What to keep of it if it is a SYN.
    pub(crate) fn syn(&self) -> Syn {
        Syn { sequence: self.sequence, end: self.end, window: self.window, scale: self.scale }
    }
}

impl SegmentKind {
    /// The kind of a combination of control bits; `None` where nobody sends it. PSH, ECE and CWR say nothing about the
    /// state, URG goes with any segment that may carry data.
    fn of(flags: TcpFlags) -> Option<SegmentKind> {
        const SYN: u8 = TcpFlags::SYN.0;
        const FIN: u8 = TcpFlags::FIN.0;
        const RST: u8 = TcpFlags::RST.0;
        const ACK: u8 = TcpFlags::ACK.0;
        const URG: u8 = TcpFlags::URG.0;
        const SYN_URG: u8 = SYN | URG;
        const SYN_ACK: u8 = SYN | ACK;
        const FIN_ACK: u8 = FIN | ACK;
        const FIN_ACK_URG: u8 = FIN | ACK | URG;
        const RST_ACK: u8 = RST | ACK;
        const ACK_URG: u8 = ACK | URG;
        match flags.0 & (SYN | FIN | RST | ACK | URG) {
            SYN | SYN_URG => Some(SegmentKind::Syn),
            SYN_ACK => Some(SegmentKind::SynAck),
            FIN_ACK | FIN_ACK_URG => Some(SegmentKind::Fin),
            ACK | ACK_URG => Some(SegmentKind::Ack),
            RST | RST_ACK => Some(SegmentKind::Rst),
            _ => None,
        }
    }
}

impl Acknowledgment {
    fn of(tcp: &wire::Tcp, kind: SegmentKind) -> Option<Acknowledgment> {
        if !tcp.flags.contains(TcpFlags::ACK) {
            return None;
        }
        // Some hosts reset with the ACK bit and nothing in the field.
        if kind == SegmentKind::Rst && tcp.acknowledgment == 0 {
            return None;
        }
        let next = tcp.acknowledgment;
        // An island lies in the window, so an edge beyond the largest one is no island's.
        let edge = tcp.sack_edge.filter(|edge| after(*edge, next) && edge.wrapping_sub(next) <= MAX_WINDOW);
        Some(Acknowledgment { next, reach: edge.unwrap_or(next) })
    }

    /// Whether it reports something behind all that was sent. Both numbers are looked at: from one far ahead the island may
    /// lie so far that it seems to be behind again.
    pub(crate) fn is_beyond(&self, sent: u32) -> bool {
        after(self.next, sent) || after(self.reach, sent)
    }
}

impl Syn {
    /// Whether an acknowledgment takes this SYN, with all or a part of the data that it carries (RFC 7413).
    pub(crate) fn is_taken_by(&self, acknowledgment: u32) -> bool {
        after(acknowledgment, self.sequence) && !after(acknowledgment, self.end)
    }
}

/// Whether `a` comes after `b`, modulo 2^32 (RFC 9293 section 3.4).
pub(crate) fn after(a: u32, b: u32) -> bool {
    a.wrapping_sub(b).cast_signed() > 0
}

/// Whether `a` comes before `b`, modulo 2^32. The number opposite of `b` does: it is neither `b` nor after it.
pub(crate) fn before(a: u32, b: u32) -> bool {
    a.wrapping_sub(b).cast_signed() < 0
}

/// The later of two sequence numbers.
pub(crate) fn later(a: u32, b: u32) -> u32 {
    if after(a, b) { a } else { b }
}

/// How far `a` lies behind `b`; zero where it does not.
pub(crate) fn behind(a: u32, b: u32) -> u32 {
    if before(a, b) { b.wrapping_sub(a) } else { 0 }
}
