//! What Linux's nf_conntrack does with a packet, as a value.
//!
//! Written from what the kernel was seen to do, so that a difference between it and the engine can be explained by what it
//! knows at that packet: from outside, only the state of a flow shows, not its windows. `netns_conntrack` holds this model
//! against the running kernel on every packet that it sends; a model that is wrong explains nothing.
//!
//! Absent: time, NAT, helpers, and protocols whose headers are not compared (SCTP, GRE with keys).

mod cause;
mod segment;
mod side;
mod table;
mod tcp;

use conntrack::{Sender, Tuple, TuplePart};
use wire::{Datagram, Endpoints, Family, Icmp, IcmpBody, IpProtocol, Quote, QuotedTransport, Transport};

pub use cause::Cause;
pub use table::TcpState;
pub use tcp::Tcp;

/// The flows of one network namespace.
#[derive(Clone, Debug)]
pub struct Netfilter {
    /// `nf_conntrack_tcp_loose`: whether an ACK may open a flow.
    loose: bool,
    flows: Vec<Flow>,
}

/// A flow.
#[derive(Clone, Debug)]
pub struct Flow {
    original: Key,
    reply: Key,
    /// Whether a packet of the reply direction was accepted.
    pub seen_reply: bool,
    /// What is known beyond the tuple; `None` for other protocols.
    pub tcp: Option<Tcp>,
}

/// The direction of a packet in its flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dir {
    /// As the packet that opened the flow.
    Original,
    /// Back.
    Reply,
}

/// What `ct state` says of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CtState {
    /// It opens a flow, or belongs to one that no answer was seen of; the rules decide.
    New,
    /// It belongs to a flow.
    Established,
    /// An error about a packet of a flow.
    Related,
    /// Neither.
    Invalid,
    /// Neighbor discovery and the like.
    Untracked,
}

/// What the kernel made of a packet.
#[derive(Clone, Debug)]
pub struct Tracked {
    /// What the rules see.
    pub state: CtState,
    /// How TCP came to it; `None` for other protocols.
    pub cause: Option<Cause>,
    /// The flow before the packet, and the packet's direction in it.
    pub before: Option<(Flow, Dir)>,
    /// The flow after it, before the rules.
    pub after: Option<Flow>,
}

/// What the kernel tells flows by; unlike the engine's tuple it does not say which side sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    endpoints: Endpoints,
    protocol: IpProtocol,
    part: TuplePart,
}

impl Netfilter {
    /// No flows yet.
    pub fn new(loose: bool) -> Netfilter {
        Netfilter { loose, flows: Vec::new() }
    }

    /// Tracks a packet; `accepts_new` is what the rules say if it would open a flow.
    pub fn track(&mut self, datagram: &Datagram, accepts_new: impl FnOnce() -> bool) -> Tracked {
        if let Transport::Icmp(Icmp { body: IcmpBody::Error(quote), .. }) = datagram.transport {
            let state = self.relate(datagram, quote);
            return Tracked { state, cause: None, before: None, after: None };
        }
        let Some((original, reply)) = Key::of(datagram) else {
            let state = untracked(datagram);
            return Tracked { state, cause: None, before: None, after: None };
        };
        match self.find(original) {
            Some((at, dir)) => self.follow(at, dir, datagram, accepts_new),
            None => self.open(original, reply, datagram, accepts_new),
        }
    }

    fn follow(&mut self, at: usize, dir: Dir, datagram: &Datagram, accepts_new: impl FnOnce() -> bool) -> Tracked {
        let flow = self.flows[at].clone();
        let before = Some((flow.clone(), dir));
        let mut next = flow;
        let (Some(tcp), Transport::Tcp(header)) = (&mut next.tcp, &datagram.transport) else {
            next.seen_reply |= dir == Dir::Reply;
            self.flows[at] = next.clone();
            return Tracked { state: next.ct_state(), cause: None, before, after: Some(next) };
        };
        let cause = tcp.receive(dir, next.seen_reply, header, datagram.payload);
        match cause {
            Cause::Reopened => {
                let Some((original, reply)) = Key::of(datagram) else { unreachable!("TCP has ports") };
                self.flows.remove(at);
                Tracked { before, ..self.open(original, reply, datagram, accepts_new) }
            }
            Cause::Killed => {
                self.flows.remove(at);
                next.seen_reply |= dir == Dir::Reply;
                Tracked { state: next.ct_state(), cause: Some(cause), before, after: None }
            }
            _ if cause.is_invalid() => {
                self.flows[at] = next.clone();
                Tracked { state: CtState::Invalid, cause: Some(cause), before, after: Some(next) }
            }
            _ => {
                next.seen_reply |= dir == Dir::Reply;
                self.flows[at] = next.clone();
                Tracked { state: next.ct_state(), cause: Some(cause), before, after: Some(next) }
            }
        }
    }

    fn open(&mut self, original: Key, reply: Key, datagram: &Datagram, accepts_new: impl FnOnce() -> bool) -> Tracked {
        let invalid = |cause| Tracked { state: CtState::Invalid, cause, before: None, after: None };
        let (tcp, cause) = match &datagram.transport {
            Transport::Tcp(header) => match Tcp::open(header, datagram.payload, self.loose) {
                Ok((tcp, cause)) => (Some(tcp), Some(cause)),
                Err(cause) => return invalid(Some(cause)),
            },
            Transport::Icmp(message) if !is_question(datagram.endpoints.family(), message.kind) => {
                return invalid(None);
            }
            _ => (None, None),
        };
        let flow = Flow { original, reply, seen_reply: false, tcp };
        if accepts_new() {
            self.flows.push(flow.clone());
        }
        Tracked { state: CtState::New, cause, before: None, after: Some(flow) }
    }

    /// An error belongs to the flow of the packet that it quotes, if it goes to that packet's sender. Sequence numbers are not
    /// looked at.
    fn relate(&self, datagram: &Datagram, quote: Option<Quote>) -> CtState {
        let quoted = quote.and_then(|quote| Key::quoted(&quote));
        match quoted.and_then(|key| self.find(key).map(|_| key)) {
            Some(key) if key.endpoints.source() == datagram.endpoints.destination() => CtState::Related,
            Some(_) | None => CtState::Invalid,
        }
    }

    fn find(&self, key: Key) -> Option<(usize, Dir)> {
        self.flows.iter().enumerate().find_map(|(at, flow)| {
            if flow.original == key {
                Some((at, Dir::Original))
            } else if flow.reply == key {
                Some((at, Dir::Reply))
            } else {
                None
            }
        })
    }
}

impl Flow {
    /// What the rules see of its packets: they are asked until an answer came.
    fn ct_state(&self) -> CtState {
        if self.seen_reply { CtState::Established } else { CtState::New }
    }
}

impl Key {
    /// The key of a packet and that of its answers.
    fn of(datagram: &Datagram) -> Option<(Key, Key)> {
        if let Some(keys) = Key::of_node_information(datagram) {
            return Some(keys);
        }
        let tuple = Tuple::of(Sender::Remote, datagram)?;
        let key = |tuple: Tuple| Key { endpoints: tuple.endpoints(), protocol: tuple.protocol(), part: tuple.part() };
        Some((key(tuple), key(tuple.reply())))
    }

    /// Node information queries and answers (RFC 4620) have two bytes of flags where the kernel looks for an identifier; here
    /// they are zero.
    fn of_node_information(datagram: &Datagram) -> Option<(Key, Key)> {
        let (Transport::Icmp(Icmp { kind, code, .. }), Family::Ipv6) =
            (datagram.transport, datagram.endpoints.family())
        else {
            return None;
        };
        let answer = match kind {
            139 => 140,
            140 => 139,
            _ => return None,
        };
        let key = |kind, endpoints| {
            let part = TuplePart::Query(conntrack::Query { kind, code, identifier: 0 });
            Key { endpoints, protocol: IpProtocol::ICMPV6, part }
        };
        Some((key(kind, datagram.endpoints), key(answer, datagram.endpoints.reverse())))
    }

    fn quoted(quote: &Quote) -> Option<Key> {
        let (protocol, part) = match quote.transport {
            QuotedTransport::Tcp { ports, .. } => (IpProtocol::TCP, TuplePart::Ports(ports)),
            QuotedTransport::Ports { protocol, ports } => (protocol, TuplePart::Ports(ports)),
            QuotedTransport::Query { kind, code, identifier } => {
                let query = conntrack::Query { kind, code, identifier };
                (IpProtocol::icmp(quote.endpoints.family()), TuplePart::Query(query))
            }
            QuotedTransport::Other(protocol) if protocol == IpProtocol::icmp(quote.endpoints.family()) => return None,
            QuotedTransport::Other(protocol) => (protocol, TuplePart::None),
        };
        Some(Key { endpoints: quote.endpoints, protocol, part })
    }
}

/// What the rules see of a packet that has no flow and can have none.
fn untracked(datagram: &Datagram) -> CtState {
    match (datagram.transport, datagram.endpoints.family()) {
        // MLD and neighbor discovery.
        (Transport::Icmp(Icmp { kind: 130..=136 | 143, .. }), Family::Ipv6) => CtState::Untracked,
        _ => CtState::Invalid,
    }
}

/// Whether a message may open a flow.
fn is_question(family: Family, kind: u8) -> bool {
    match family {
        Family::Ipv4 => matches!(kind, 8 | 13 | 15 | 17),
        Family::Ipv6 => matches!(kind, 128 | 139),
    }
}
