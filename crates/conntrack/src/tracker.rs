//! What is remembered of a flow beyond its tuple, by protocol.

use core::fmt;
use core::time::Duration;

use wire::{Datagram, Transport};

use crate::config::{PickUp, Timeouts};
use crate::effect::Effect;
use crate::icmp::Role;
use crate::invalid::Invalid;
use crate::tcp::{Segment, Tcp, TcpState};
use crate::time::Instant;
use crate::tuple::Tuple;
use crate::way::Way;

/// How far a flow came, for display.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FlowState {
    /// TCP.
    Tcp(TcpState),
    /// Only its opener was heard.
    Unreplied,
    /// Both sides were heard.
    Replied,
    /// UDP or UDP-Lite, both sides were heard over some time.
    Stream,
}

/// What is remembered of a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tracker {
    Tcp(Tcp),
    Udp(Udp),
    Query(Heard),
    Plain(Plain, Heard),
}

/// A UDP or UDP-Lite flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Udp {
    pub(crate) opened: Instant,
    pub(crate) stage: UdpStage,
}

/// How far a UDP or UDP-Lite flow came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UdpStage {
    Unreplied,
    Replied,
    Stream,
}

/// Protocols whose headers tell nothing about a beginning or an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plain {
    Sctp,
    Dccp,
    Other,
}

/// Which sides sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    Opener,
    Both,
}

/// Whether both ends proved that they take part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Assured {
    Yes,
    NotYet,
}

impl Tracker {
    /// What is remembered of a flow that starts with this packet.
    pub(crate) fn open(tuple: &Tuple, datagram: &Datagram, pick_up: PickUp, now: Instant) -> Result<Tracker, Invalid> {
        let tracker = match datagram.transport {
            Transport::Tcp(tcp) => {
                let segment = Segment::of(&tcp, datagram.payload)?;
                return Tcp::open(&segment, pick_up).map(Tracker::Tcp);
            }
            Transport::Udp(_) | Transport::UdpLite(_) => Tracker::Udp(Udp { opened: now, stage: UdpStage::Unreplied }),
            Transport::Sctp(_) => Tracker::Plain(Plain::Sctp, Heard::Opener),
            Transport::Dccp(_) => Tracker::Plain(Plain::Dccp, Heard::Opener),
            Transport::Icmp(_) => match tuple.role() {
                Some(Role::Answer) => return Err(Invalid::IcmpReplyWithoutRequest),
                Some(Role::Question) | None => Tracker::Query(Heard::Opener),
            },
            Transport::Other(_) | Transport::Missing(_) => Tracker::Plain(Plain::Other, Heard::Opener),
        };
        Ok(tracker)
    }

    /// Takes a packet of the flow in, and tells what that changes.
    pub(crate) fn receive(
        &mut self,
        way: Way,
        datagram: &Datagram,
        timeouts: &Timeouts,
        now: Instant,
    ) -> Result<Effect, Invalid> {
        match (&mut *self, datagram.transport) {
            (Tracker::Tcp(tcp), Transport::Tcp(header)) => {
                let segment = Segment::of(&header, datagram.payload)?;
                return tcp.receive(way, &segment);
            }
            // The tuple holds the protocol, so no other transport gets here.
            (Tracker::Tcp(_), _) => return Err(Invalid::TcpState),
            (Tracker::Udp(udp), _) => *udp = udp.receive(way, timeouts, now),
            (Tracker::Query(heard) | Tracker::Plain(_, heard), _) => *heard = heard.receive(way),
        }
        Ok(Effect::Move)
    }

    /// How long the flow lives from here without a packet.
    pub(crate) fn lifetime(&self, timeouts: &Timeouts) -> Duration {
        match self {
            Tracker::Tcp(tcp) => tcp.lifetime(timeouts),
            Tracker::Udp(udp) => match udp.stage {
                UdpStage::Unreplied | UdpStage::Replied => timeouts.udp,
                UdpStage::Stream => timeouts.udp_stream,
            },
            Tracker::Query(_) => timeouts.icmp,
            Tracker::Plain(Plain::Sctp, Heard::Opener) => timeouts.sctp,
            Tracker::Plain(Plain::Sctp, Heard::Both) => timeouts.sctp_established,
            Tracker::Plain(Plain::Dccp, Heard::Opener) => timeouts.dccp,
            Tracker::Plain(Plain::Dccp, Heard::Both) => timeouts.dccp_open,
            Tracker::Plain(Plain::Other, _) => timeouts.other,
        }
    }

    /// Whether both ends proved that they take part. A query never does: it is over with its answer.
    pub(crate) fn assured(&self) -> Assured {
        let proved = match self {
            Tracker::Tcp(tcp) => tcp.is_assured(),
            Tracker::Udp(udp) => udp.stage == UdpStage::Stream,
            Tracker::Query(_) => false,
            Tracker::Plain(_, heard) => *heard == Heard::Both,
        };
        if proved { Assured::Yes } else { Assured::NotYet }
    }

    /// Whether a TCP segment that an ICMP error quotes is in flight; other protocols cannot tell.
    pub(crate) fn admits_quote(&self, way: Way, quote: &wire::QuotedTransport) -> bool {
        match (self, *quote) {
            (Tracker::Tcp(tcp), wire::QuotedTransport::Tcp { ports: _, sequence }) => tcp.in_flight(way, sequence),
            (Tracker::Tcp(_), _) => false,
            (Tracker::Udp(_) | Tracker::Query(_) | Tracker::Plain(..), _) => true,
        }
    }

    pub(crate) fn state(&self) -> FlowState {
        match self {
            Tracker::Tcp(tcp) => FlowState::Tcp(tcp.state()),
            Tracker::Udp(udp) => match udp.stage {
                UdpStage::Unreplied => FlowState::Unreplied,
                UdpStage::Replied => FlowState::Replied,
                UdpStage::Stream => FlowState::Stream,
            },
            Tracker::Query(heard) | Tracker::Plain(_, heard) => match heard {
                Heard::Opener => FlowState::Unreplied,
                Heard::Both => FlowState::Replied,
            },
        }
    }
}

impl Udp {
    fn receive(self, way: Way, timeouts: &Timeouts, now: Instant) -> Udp {
        let stage = match (self.stage, way) {
            (UdpStage::Unreplied, Way::Original) => UdpStage::Unreplied,
            (UdpStage::Unreplied, Way::Reply) => UdpStage::Replied,
            (UdpStage::Replied, _) if now.since(self.opened) > timeouts.udp_stream_age => UdpStage::Stream,
            (UdpStage::Replied, _) => UdpStage::Replied,
            (UdpStage::Stream, _) => UdpStage::Stream,
        };
        Udp { stage, ..self }
    }
}

impl Heard {
    fn receive(self, way: Way) -> Heard {
        match (self, way) {
            (Heard::Opener, Way::Original) => Heard::Opener,
            (Heard::Opener, Way::Reply) | (Heard::Both, _) => Heard::Both,
        }
    }
}

impl fmt::Display for FlowState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FlowState::Tcp(state) => state.fmt(f),
            FlowState::Unreplied => f.write_str("unreplied"),
            FlowState::Replied => f.write_str("replied"),
            FlowState::Stream => f.write_str("stream"),
        }
    }
}
