//! The state of a TCP connection as seen from the middle.
//!
//! The states are netfilter's. Its table is kept here as two exhaustive matches, one while only the opener was heard
//! ([`opening`]) and one from then on ([`open`]); sequence numbers are checked as van Rooij does in "Real Stateful TCP
//! Packet Filtering in IP Filter" ([`window`]). What an endpoint does is taken from RFC 9293, what an attacker who does
//! not see the packets may try from RFC 5961.
//!
//! Where this is stricter or looser than Linux, on purpose (`docs/conntrack-and-linux.md` has all of it, packet by packet):
//!
//! - A reset closes only with the sequence number that its receiver expects, or with the one behind all that its sender
//!   sent. Inside the window it passes and changes nothing, not even the expiry (Linux: 10 s from there).
//! - In `SYN_SENT`, one bare ACK passes for each SYN (a challenge ACK to a SYN that meets an old connection), and the
//!   reset that it provokes closes.
//! - A side's FIN counts as acknowledged only when the other side's acknowledgment covers it, so a repeated FIN of one
//!   side is not taken for the FIN of the other. Data behind a FIN takes the FIN back: it was forged.
//! - Old segments pass without changing anything, as in Linux, but not from more than one further window back.
//! - Data with an acknowledgment from before the window is invalid (RFC 5961 section 5); a bare ACK passes.
//! - A SYN-ACK in an open connection passes only as a repetition, or when it answers another SYN seen there.
//! - A window counts from the acknowledgment (RFC 9293 section 3.10.7.4; Linux: from the far end of a SACK).
//! - Nothing is liberal: a connection picked up mid-stream is checked too, with the largest scale and window that RFC
//!   7323 has where the real ones are not known.
//! - Repetitions are not counted: `tcp_unacknowledged` covers what netfilter's `tcp_timeout_max_retrans` is for.

mod open;
mod opening;
mod segment;
mod window;

use core::fmt;
use core::time::Duration;

use crate::config::{PickUp, Timeouts};
use crate::effect::Effect;
use crate::invalid::Invalid;
use crate::way::Way;

pub(crate) use open::{Open, Origin, Stage};
pub(crate) use opening::Opening;
use segment::SegmentKind;
pub(crate) use segment::{MAX_SCALE, MAX_WINDOW, Segment, Syn};
pub use window::TcpSide;
pub(crate) use window::{Edges, Knowledge, Side, slide};

/// The state of a tracked TCP connection, named as in netfilter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TcpState {
    /// The opener sent SYN.
    SynSent,
    /// Both sides sent SYN: a simultaneous open (RFC 9293 section 3.5).
    SynSent2,
    /// A SYN-ACK answered.
    SynReceived,
    /// The handshake is complete, or the connection was picked up.
    Established,
    /// One side sent FIN.
    FinWait,
    /// The FIN of one side was acknowledged; the other may go on sending.
    CloseWait,
    /// Both sides sent FIN.
    LastAck,
    /// Both FIN were acknowledged.
    TimeWait,
    /// A side reset the connection.
    Close,
}

/// A TCP connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tcp {
    /// Only the opener was heard.
    Opening(Opening),
    /// Both sides have sequence numbers.
    Open(Open),
    /// Either side reset it before the other side had sequence numbers.
    Refused,
}

impl Tcp {
    /// The connection that starts with this segment.
    pub(crate) fn open(segment: &Segment, pick_up: PickUp) -> Result<Tcp, Invalid> {
        match (segment.kind, segment.acknowledgment, pick_up) {
            (SegmentKind::Syn, _, _) => Ok(Tcp::Opening(Opening::new(segment.syn()))),
            (SegmentKind::Ack, Some(acknowledgment), PickUp::MidStream) => {
                Ok(Tcp::Open(Open::pick_up(segment, acknowledgment)))
            }
            (SegmentKind::Ack | SegmentKind::SynAck | SegmentKind::Fin | SegmentKind::Rst, _, _) => {
                Err(Invalid::MidStream)
            }
        }
    }

    /// The connection after some time in which it may have gone on unseen; `None` of one that may be another by now.
    pub(crate) fn resumed(&self) -> Option<Tcp> {
        match self {
            Tcp::Open(open) => open.resumed().map(Tcp::Open),
            Tcp::Opening(_) | Tcp::Refused => None,
        }
    }

    /// Takes a segment of the connection in, and tells what that changes. What refuses it leaves it as it was.
    pub(crate) fn receive(&mut self, way: Way, segment: &Segment) -> Result<Effect, Invalid> {
        match self {
            Tcp::Opening(opening) => {
                let (effect, next) = opening.receive(way, segment)?;
                *self = next;
                Ok(effect)
            }
            Tcp::Open(open) => open.receive(way, segment),
            Tcp::Refused => match segment.kind {
                SegmentKind::Syn => Ok(Effect::Reopen),
                SegmentKind::Rst => Ok(Effect::Pass),
                SegmentKind::SynAck | SegmentKind::Ack | SegmentKind::Fin => Err(Invalid::TcpState),
            },
        }
    }

    /// Whether a segment of this sequence number, sent in this direction, may still be on its way (RFC 5927 section
    /// 4.1).
    pub(crate) fn in_flight(&self, way: Way, sequence: u32) -> bool {
        match self {
            Tcp::Opening(opening) => opening.in_flight(way, sequence),
            Tcp::Open(open) => open.in_flight(way, sequence),
            Tcp::Refused => false,
        }
    }

    pub(crate) fn lifetime(&self, timeouts: &Timeouts) -> Duration {
        match self {
            Tcp::Opening(_) => timeouts.tcp_syn_sent,
            Tcp::Open(open) => open.lifetime(timeouts),
            Tcp::Refused => timeouts.tcp_close,
        }
    }

    pub(crate) fn state(&self) -> TcpState {
        match self {
            Tcp::Opening(_) => TcpState::SynSent,
            Tcp::Open(open) => open.state(),
            Tcp::Refused => TcpState::Close,
        }
    }

    /// The opener and the other side; `None` of one that has no sequence numbers yet.
    pub(crate) fn sides(&self) -> [Option<TcpSide>; 2] {
        match self {
            Tcp::Opening(opening) => [Some(opening.side_shown()), None],
            Tcp::Open(open) => open.sides_shown(),
            Tcp::Refused => [None, None],
        }
    }

    /// Whether data may flow and both sides were heard.
    pub(crate) fn is_assured(&self) -> bool {
        match self {
            Tcp::Opening(_) | Tcp::Refused => false,
            Tcp::Open(open) => open.is_assured(),
        }
    }
}

impl fmt::Display for TcpState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TcpState::SynSent => "SYN_SENT",
            TcpState::SynSent2 => "SYN_SENT2",
            TcpState::SynReceived => "SYN_RECV",
            TcpState::Established => "ESTABLISHED",
            TcpState::FinWait => "FIN_WAIT",
            TcpState::CloseWait => "CLOSE_WAIT",
            TcpState::LastAck => "LAST_ACK",
            TcpState::TimeWait => "TIME_WAIT",
            TcpState::Close => "CLOSE",
        })
    }
}
