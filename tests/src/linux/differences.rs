//! Where the engine and Linux differ, and why.
//!
//! A difference is looked for at every packet: whether it passes, and what is known of its flow afterwards, in the engine and
//! in the model of the kernel, number by number. Before the packet both knew the same. So a difference is the state, the
//! packet and nothing else; from there on the two know different things of that flow, and its later packets are left out.
//!
//! Numbers are not compared where nothing depends on them any more (a closed connection) and where Linux does not check them
//! (a connection that was picked up).

mod known;

use std::net::IpAddr;

use conntrack::{FlowState, TcpSide, TcpState};
use engine::{Dropped, Verdict};
use policy::Direction;
use wire::{Datagram, Endpoints, Icmp, IcmpBody, IpProtocol, QuotedTransport, Transport};

use super::netfilter::{self, Flow};
use super::trial::{Encounter, Known};

pub use known::Difference;

/// The flow that a packet belongs to, whichever way it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Strand {
    ends: [(IpAddr, u16); 2],
    protocol: IpProtocol,
}

/// The packets of a play at which engine and kernel differ, each with the difference if it is one that is known.
pub fn differences(encounters: &[Encounter]) -> Vec<(usize, Option<&'static Difference>)> {
    let mut left: Vec<Strand> = Vec::new();
    let mut found = Vec::new();
    for (at, encounter) in encounters.iter().enumerate() {
        let strands = Strand::all(&encounter.datagram);
        if strands.iter().any(|strand| left.contains(strand)) {
            continue;
        }
        if !is_alike(encounter) || comes_from_other_side(encounter) {
            found.push((at, Difference::of(encounter)));
            left.extend(strands);
        }
    }
    found
}

/// Whether both let the packet pass, or neither does, and know the same of its flow then.
fn is_alike(encounter: &Encounter) -> bool {
    encounter.verdict.is_accept() == encounter.passes && knows_same(encounter)
}

/// Whether the packet has the addresses of one direction and comes from the other side, and Linux has a flow for it or makes one.
fn comes_from_other_side(encounter: &Encounter) -> bool {
    is_spoofed(encounter) && (encounter.linux.before.is_some() || encounter.linux.after.is_some() && encounter.passes)
}

/// Whether a packet to the instance says that it is from it. The source guard drops the opposite.
fn is_spoofed(encounter: &Encounter) -> bool {
    let destination = encounter.datagram.endpoints.destination();
    encounter.arrival.direction == Direction::Ingress && !super::plays::is_own(destination)
}

fn knows_same(encounter: &Encounter) -> bool {
    match (&encounter.after, &encounter.linux.after) {
        // Linux keeps what it knows of a flow that the rules refused until it is done with the packet.
        (None, _) if !encounter.passes => true,
        (Some(ours), Some(linux)) => same_flow(ours, linux),
        (None, None) => true,
        // Either reset it: it passes for a while, or is forgotten at once.
        (Some(Known { state: FlowState::Tcp(TcpState::Close), .. }), None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

fn same_flow(ours: &Known, linux: &Flow) -> bool {
    match (ours.state, &linux.tcp) {
        (FlowState::Tcp(state), Some(tcp)) => {
            let is_numbered = !tcp.is_liberal() && state != TcpState::Close;
            same_state(state, tcp.state) && (!is_numbered || same_sides(ours, tcp))
        }
        (FlowState::Unreplied, None) => !linux.seen_reply,
        (FlowState::Replied | FlowState::Stream, None) => linux.seen_reply,
        (FlowState::Tcp(_), None) | (FlowState::Unreplied | FlowState::Replied | FlowState::Stream, Some(_)) => false,
    }
}

/// Whether both hold the same numbers of both sides, but for the limit: the engine also counts the window of a SYN, so its own
/// may be further.
fn same_sides(ours: &Known, tcp: &netfilter::Tcp) -> bool {
    ours.sides.into_iter().zip(tcp.sides()).all(|pair| match pair {
        (Some(ours), Some(linux)) => {
            let numbers = |side: TcpSide| (side.end, side.window, side.acknowledged, side.scale);
            numbers(ours) == numbers(linux) && ours.limit.wrapping_sub(linux.limit).cast_signed() >= 0
        }
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    })
}

fn same_state(ours: TcpState, linux: netfilter::TcpState) -> bool {
    use netfilter::TcpState as Linux;
    let same = match ours {
        TcpState::SynSent => Linux::SynSent,
        TcpState::SynSent2 => Linux::SynSent2,
        TcpState::SynReceived => Linux::SynRecv,
        TcpState::Established => Linux::Established,
        TcpState::FinWait => Linux::FinWait,
        TcpState::CloseWait => Linux::CloseWait,
        TcpState::LastAck => Linux::LastAck,
        TcpState::TimeWait => Linux::TimeWait,
        TcpState::Close => Linux::Close,
    };
    same == linux
}

impl Strand {
    /// The flow of a packet, and that of the packet that it quotes.
    fn all(datagram: &Datagram) -> Vec<Strand> {
        let quote = match datagram.transport {
            Transport::Icmp(Icmp { body: IcmpBody::Error(quote), .. }) => quote,
            _ => None,
        };
        let part = match (datagram.ports(), datagram.transport) {
            (Some(ports), _) => (ports.source, ports.destination),
            (None, Transport::Icmp(Icmp { body: IcmpBody::Query { identifier, .. }, .. })) => (identifier, identifier),
            (None, _) => (0, 0),
        };
        let own = Strand::new(datagram.endpoints, datagram.protocol(), part);
        let quoted = quote.map(|quote| {
            let family = quote.endpoints.family();
            let (protocol, part) = match quote.transport {
                QuotedTransport::Tcp { ports, .. } => (IpProtocol::TCP, (ports.source, ports.destination)),
                QuotedTransport::Ports { protocol, ports } => (protocol, (ports.source, ports.destination)),
                QuotedTransport::Query { identifier, .. } => (IpProtocol::icmp(family), (identifier, identifier)),
                QuotedTransport::Other(protocol) => (protocol, (0, 0)),
            };
            Strand::new(quote.endpoints, protocol, part)
        });
        quoted.map_or_else(|| vec![own], |quoted| vec![quoted])
    }

    fn new(endpoints: Endpoints, protocol: IpProtocol, part: (u16, u16)) -> Strand {
        let mut ends = [(endpoints.source(), part.0), (endpoints.destination(), part.1)];
        ends.sort();
        Strand { ends, protocol }
    }
}

/// Why the engine dropped the packet as invalid, if it did.
fn invalid(encounter: &Encounter) -> Option<conntrack::Invalid> {
    match encounter.verdict {
        Verdict::Drop(Dropped::Invalid(invalid)) => Some(invalid),
        _ => None,
    }
}
