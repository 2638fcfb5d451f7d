//! A connection of which only the opener was heard: netfilter's `SYN_SENT`.

use crate::effect::Effect;
use crate::invalid::Invalid;
use crate::way::Way;

use super::Tcp;
use super::open::{Open, Stage};
use super::segment::{Acknowledgment, Segment, SegmentKind, Syn, after, before};
use super::window::{Side, TcpSide};

/// A connection that is waiting for the answer to its SYN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Opening {
    pub(crate) syn: Syn,
    /// The acknowledgment number of a challenge ACK that passed since the SYN.
    pub(crate) challenge: Option<u32>,
}

impl Opening {
    pub(super) fn new(syn: Syn) -> Opening {
        Opening { syn, challenge: None }
    }

    pub(super) fn side_shown(&self) -> TcpSide {
        Side::opening(self.syn, None).shown()
    }

    /// What a segment changes, and the connection from then on.
    pub(super) fn receive(&self, way: Way, segment: &Segment) -> Result<(Effect, Tcp), Invalid> {
        match (way, segment.kind) {
            // Sent again, or a fresh attempt with another sequence number.
            (Way::Original, SegmentKind::Syn) => Ok((Effect::Move, Tcp::Opening(Opening::new(segment.syn())))),
            (Way::Original, SegmentKind::Rst) => self.abandon(segment),
            (Way::Original, SegmentKind::SynAck | SegmentKind::Ack | SegmentKind::Fin) => Err(Invalid::TcpState),
            (Way::Reply, SegmentKind::Syn) => Ok((Effect::Move, Tcp::Open(Open::crossed(self.syn, segment)))),
            (Way::Reply, SegmentKind::SynAck) => Ok((Effect::Move, Tcp::Open(self.answer(segment)?))),
            (Way::Reply, SegmentKind::Ack) => self.challenge(segment),
            (Way::Reply, SegmentKind::Fin) => Err(Invalid::TcpState),
            (Way::Reply, SegmentKind::Rst) => self.refuse(segment),
        }
    }

    pub(super) fn in_flight(&self, way: Way, sequence: u32) -> bool {
        match way {
            Way::Original => !before(sequence, self.syn.sequence) && !after(sequence, self.syn.end),
            Way::Reply => false,
        }
    }

    /// A SYN-ACK. One that does not take this SYN is for an earlier one.
    pub(super) fn answer(&self, segment: &Segment) -> Result<Open, Invalid> {
        let acknowledgment = self.taken(segment).ok_or(Invalid::TcpAck)?;
        Ok(Open::answered(self.syn, segment, acknowledgment))
    }

    /// A reset from the opener: of the SYN itself, or of the old connection that a challenge ACK speaks of (RFC 9293
    /// section 3.10.7.3).
    fn abandon(&self, segment: &Segment) -> Result<(Effect, Tcp), Invalid> {
        if segment.sequence == self.syn.end || Some(segment.sequence) == self.challenge {
            return Ok((Effect::Move, Tcp::Refused));
        }
        Err(Invalid::RstWindow)
    }

    /// A bare ACK, from an old connection that met the SYN (RFC 9293 section 3.10.7.4). One for each SYN passes, so
    /// that the opener can reset the old connection.
    fn challenge(&self, segment: &Segment) -> Result<(Effect, Tcp), Invalid> {
        match (self.challenge, segment.acknowledgment) {
            (None, Some(acknowledgment)) => {
                Ok((Effect::Note, Tcp::Opening(Opening { challenge: Some(acknowledgment.next), ..*self })))
            }
            (Some(_), _) | (_, None) => Err(Invalid::TcpAck),
        }
    }

    /// A reset from the other side, which must take the SYN (RFC 9293 section 3.10.7.3).
    fn refuse(&self, segment: &Segment) -> Result<(Effect, Tcp), Invalid> {
        self.taken(segment).ok_or(Invalid::TcpAck)?;
        Ok((Effect::Move, Tcp::Refused))
    }

    fn taken(&self, segment: &Segment) -> Option<Acknowledgment> {
        segment.acknowledgment.filter(|acknowledgment| self.syn.is_taken_by(acknowledgment.next))
    }
}

impl Open {
    /// A connection whose SYN a SYN-ACK took.
    fn answered(syn: Syn, segment: &Segment, acknowledgment: Acknowledgment) -> Open {
        let mut original = Side::opening(syn, None);
        let mut reply = Side::opening(segment.syn(), Some(acknowledgment.next));
        original.allow(acknowledgment.next, reply.window);
        // The server may send data before the handshake ends (RFC 7413 section 3).
        reply.allow(reply.end, original.window);
        Open::new(Stage::SynReceived, original, reply)
    }

    /// A connection that both sides open at once (RFC 9293 section 3.5).
    fn crossed(syn: Syn, segment: &Segment) -> Open {
        Open::new(Stage::SynSent2, Side::opening(syn, None), Side::opening(segment.syn(), None))
    }
}
