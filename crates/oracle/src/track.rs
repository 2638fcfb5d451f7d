//! Flows in a list, looked through from its start each time (semantics section 5).

use std::net::IpAddr;
use std::time::Duration;

use conntrack::{Instant, Invalid, PickUp};
use policy::{Direction, Revision, RuleId, VnicId};
use wire::{Datagram, Icmp, IcmpBody, Quote, QuotedTransport, Transport};

use crate::rules::Question;
use crate::tcp::{Change, Connection};

/// A refused flow is remembered for so long after its last packet.
const REVOKED: Duration = Duration::from_secs(300);

/// All flows of all vnics.
#[derive(Clone, Debug)]
pub(crate) struct Flows {
    pick_up: PickUp,
    pub(crate) list: Vec<Flow>,
}

/// A flow: who opened it with what, and what was seen of it since.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub(crate) vnic: VnicId,
    /// Which way its opener sends, seen from the instance.
    pub(crate) direction: Direction,
    opener: Header,
    pub(crate) revision: Revision,
    pub(crate) revoked: bool,
    pub(crate) rule: Option<RuleId>,
    pub(crate) expires: Instant,
    progress: Progress,
}

/// What tells the packets of one flow from those of all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
    key: Key,
}

/// What a protocol adds to the addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Ports(u16, u16),
    Query { kind: u8, code: u8, identifier: u16 },
    Nothing,
}

/// Whose packet it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speaker {
    Opener,
    Answerer,
}

/// What was seen of a flow.
#[derive(Clone, Debug)]
pub(crate) enum Progress {
    Tcp(Connection),
    Udp { opened: Instant, answered: bool, stream: bool },
    Query,
    Other { protocol: u8, answered: bool },
}

/// What a packet is to the flows.
pub(crate) enum Fate {
    /// It contradicts them; the name says how.
    Invalid(&'static str),
    /// An error about the flow at this place of the list.
    Related(usize),
    /// A packet of the flow at this place.
    Known(usize, Seen),
    /// It may open a flow.
    New(Start),
    /// Rules alone judge such packets.
    Untracked,
}

/// A packet of a flow that is known.
pub(crate) struct Seen {
    speaker: Speaker,
    /// What it changes, where TCP tells.
    tcp: Option<Change>,
}

/// The beginning of a flow.
pub(crate) struct Start {
    header: Header,
    /// The connection, where it is one of TCP.
    tcp: Option<Connection>,
}

impl Flows {
    pub(crate) fn new(pick_up: PickUp) -> Flows {
        Flows { pick_up, list: Vec::new() }
    }

    pub(crate) fn forget_expired(&mut self, now: Instant) {
        self.list.retain(|flow| flow.expires > now);
    }

    /// Forgets all flows of a vnic: a packet passed that nobody tracked.
    pub(crate) fn forget(&mut self, vnic: &VnicId) {
        self.list.retain(|flow| flow.vnic != *vnic);
    }

    /// Adds a flow in the place of one with the same packets.
    pub(crate) fn enter(&mut self, flow: Flow) {
        self.list.retain(|old| old.vnic != flow.vnic || old.speaker(flow.direction, flow.opener).is_none());
        self.list.push(flow);
    }

    pub(crate) fn find_fate(&self, vnic: &VnicId, direction: Direction, datagram: &Datagram) -> Fate {
        self.fate(vnic, direction, datagram).unwrap_or_else(|invalid| Fate::Invalid(invalid.name()))
    }

    fn fate(&self, vnic: &VnicId, direction: Direction, datagram: &Datagram) -> Result<Fate, Invalid> {
        if let Transport::Icmp(Icmp { body: IcmpBody::Error(quote), .. }) = datagram.transport {
            return self.relate(vnic, direction, datagram, quote).map(Fate::Related);
        }
        let Some(header) = Header::of(datagram) else {
            return Ok(Fate::Untracked);
        };
        let Some((at, speaker)) = self.find(vnic, direction, header) else {
            return self.start(header, datagram).map(Fate::New);
        };
        let flow = &self.list[at];
        let (Progress::Tcp(connection), Transport::Tcp(tcp)) = (&flow.progress, datagram.transport) else {
            return Ok(Fate::Known(at, Seen { speaker, tcp: None }));
        };
        // Whoever opens a refused connection again asks the rules again.
        let is_syn = tcp.flags.contains(wire::TcpFlags::SYN) && !tcp.flags.contains(wire::TcpFlags::ACK);
        if flow.revoked && is_syn {
            return self.start(header, datagram).map(Fate::New);
        }
        match connection.hear(speaker, &tcp, datagram.payload)? {
            Change::OpensAnew => self.start(header, datagram).map(Fate::New),
            change => Ok(Fate::Known(at, Seen { speaker, tcp: Some(change) })),
        }
    }

    fn start(&self, header: Header, datagram: &Datagram) -> Result<Start, Invalid> {
        let tcp = match datagram.transport {
            Transport::Tcp(tcp) => Some(Connection::begin(&tcp, datagram.payload, self.pick_up)?),
            _ => None,
        };
        if header.is_answer() {
            return Err(Invalid::IcmpReplyWithoutRequest);
        }
        Ok(Start { header, tcp })
    }

    /// An ICMP error goes to the sender of the packet that it quotes; that packet belongs to a flow that is not refused;
    /// and if it is one of TCP, it is still on its way (RFC 5927 section 4.1).
    fn relate(
        &self,
        vnic: &VnicId,
        direction: Direction,
        datagram: &Datagram,
        quote: Option<Quote>,
    ) -> Result<usize, Invalid> {
        let quote = quote.ok_or(Invalid::IcmpQuoteMissing)?;
        if quote.endpoints.source() != datagram.endpoints.destination() {
            return Err(Invalid::IcmpDestination);
        }
        let header = Header::quoted(&quote).ok_or(Invalid::IcmpUnknownFlow)?;
        let (at, speaker) = self.find(vnic, opposite(direction), header).ok_or(Invalid::IcmpUnknownFlow)?;
        let flow = &self.list[at];
        if flow.revoked {
            return Err(Invalid::IcmpUnknownFlow);
        }
        match (&flow.progress, quote.transport) {
            (Progress::Tcp(connection), QuotedTransport::Tcp { sequence, .. }) => {
                if connection.is_on_its_way(speaker, sequence) { Ok(at) } else { Err(Invalid::IcmpInnerWindow) }
            }
            (Progress::Tcp(_), _) => Err(Invalid::IcmpInnerWindow),
            _ => Ok(at),
        }
    }

    fn find(&self, vnic: &VnicId, direction: Direction, header: Header) -> Option<(usize, Speaker)> {
        let flows = self.list.iter().enumerate().filter(|(_, flow)| flow.vnic == *vnic);
        flows.filter_map(|(at, flow)| Some((at, flow.speaker(direction, header)?))).next()
    }
}

impl Flow {
    pub(crate) fn new(
        vnic: &VnicId,
        direction: Direction,
        start: Start,
        revision: Revision,
        rule: Option<RuleId>,
        now: Instant,
    ) -> Flow {
        let Start { header, tcp } = start;
        let progress = match (tcp, header.protocol, header.key) {
            (Some(connection), ..) => Progress::Tcp(connection),
            (None, 17 | 136, Key::Ports(..)) => Progress::Udp { opened: now, answered: false, stream: false },
            (None, _, Key::Query { .. }) => Progress::Query,
            (None, 33 | 132, Key::Ports(..)) => Progress::Other { protocol: header.protocol, answered: false },
            (None, ..) => Progress::Other { protocol: 0, answered: false },
        };
        // A flow that begins is no stream yet.
        let expires = (now + progress.lifetime(Duration::ZERO)).rounded_up();
        Flow { vnic: vnic.clone(), direction, opener: header, revision, revoked: false, rule, expires, progress }
    }

    /// What the rules were asked when it was opened.
    pub(crate) fn question(&self) -> Question {
        Question {
            source: self.opener.source,
            destination: self.opener.destination,
            protocol: self.opener.protocol,
            destination_port: match self.opener.key {
                Key::Ports(_, destination) => Some(destination),
                Key::Query { .. } | Key::Nothing => None,
            },
            icmp: match self.opener.key {
                Key::Query { kind, code, .. } => Some((kind, code)),
                Key::Ports(..) | Key::Nothing => None,
            },
        }
    }

    /// Who sends such packets in this flow.
    fn speaker(&self, direction: Direction, header: Header) -> Option<Speaker> {
        if direction == self.direction && header == self.opener {
            return Some(Speaker::Opener);
        }
        (direction == opposite(self.direction) && header == self.opener.answer()).then_some(Speaker::Answerer)
    }

    /// Notes a packet that was refused.
    pub(crate) fn refuse(&mut self, now: Instant) {
        self.expires = (now + REVOKED).rounded_up();
    }

    /// Takes in a packet that passes.
    pub(crate) fn accept(&mut self, seen: &Seen, now: Instant, udp_stream: Duration) {
        let answers = seen.speaker == Speaker::Answerer;
        match (&mut self.progress, &seen.tcp) {
            (Progress::Tcp(_), Some(Change::Nothing | Change::OpensAnew) | None) => return,
            (Progress::Tcp(connection), Some(Change::Remembers(next))) => {
                *connection = next.clone();
                return;
            }
            (Progress::Tcp(connection), Some(Change::Lives(next))) => *connection = next.clone(),
            // An exchange of more than two seconds is a stream, not a question and its answer.
            (Progress::Udp { opened, answered: true, stream }, _) => {
                *stream |= now.since(*opened) > Duration::from_secs(2);
            }
            (Progress::Udp { answered, .. }, _) => *answered = answers,
            (Progress::Query, _) => {}
            (Progress::Other { answered, .. }, _) => *answered |= answers,
        }
        self.expires = (now + self.progress.lifetime(udp_stream)).rounded_up();
    }
}

impl Progress {
    fn lifetime(&self, udp_stream: Duration) -> Duration {
        Duration::from_secs(match self {
            Progress::Tcp(connection) => connection.lifetime(),
            Progress::Udp { stream: false, .. } => 30,
            Progress::Udp { stream: true, .. } => return udp_stream,
            Progress::Query => 30,
            Progress::Other { protocol: 132, answered: false } => 30,
            Progress::Other { protocol: 132, answered: true } => 210,
            Progress::Other { protocol: 33, answered: false } => 240,
            Progress::Other { protocol: 33, answered: true } => 12 * 60 * 60,
            Progress::Other { .. } => 600,
        })
    }
}

impl Header {
    /// The header of a packet that is tracked: all but fragments without their transport header, ICMP errors, and ICMP that
    /// neither asks nor answers.
    fn of(datagram: &Datagram) -> Option<Header> {
        let is_v4 = datagram.endpoints.source().is_ipv4();
        let key = match (datagram.transport, datagram.ports()) {
            (_, Some(ports)) => Key::Ports(ports.source, ports.destination),
            (Transport::Icmp(Icmp { kind, code, body: IcmpBody::Query { identifier, .. } }), _) => {
                Key::query(is_v4, kind, code, identifier)?
            }
            (Transport::Icmp(_) | Transport::Missing(_), _) => return None,
            (_, None) => Key::Nothing,
        };
        let (source, destination) = (datagram.endpoints.source(), datagram.endpoints.destination());
        Some(Header { source, destination, protocol: datagram.protocol().0, key })
    }

    fn quoted(quote: &Quote) -> Option<Header> {
        let is_v4 = quote.endpoints.source().is_ipv4();
        let (protocol, key) = match quote.transport {
            QuotedTransport::Tcp { ports, .. } => (6, Key::Ports(ports.source, ports.destination)),
            QuotedTransport::Ports { protocol, ports } => (protocol.0, Key::Ports(ports.source, ports.destination)),
            QuotedTransport::Query { kind, code, identifier } => {
                (if is_v4 { 1 } else { 58 }, Key::query(is_v4, kind, code, identifier)?)
            }
            QuotedTransport::Other(protocol) => (protocol.0, Key::Nothing),
        };
        let (source, destination) = (quote.endpoints.source(), quote.endpoints.destination());
        Some(Header { source, destination, protocol, key })
    }

    /// The header of the packets that answer.
    fn answer(self) -> Header {
        let key = match self.key {
            Key::Ports(source, destination) => Key::Ports(destination, source),
            Key::Query { kind, code, identifier } => {
                Key::Query { kind: counterpart(self.source.is_ipv4(), kind).unwrap_or(kind), code, identifier }
            }
            Key::Nothing => Key::Nothing,
        };
        Header { source: self.destination, destination: self.source, protocol: self.protocol, key }
    }

    /// Whether it answers an ICMP question.
    fn is_answer(self) -> bool {
        match self.key {
            Key::Query { kind, .. } => questions(self.source.is_ipv4()).iter().any(|(_, answer)| *answer == kind),
            Key::Ports(..) | Key::Nothing => false,
        }
    }
}

impl Key {
    fn query(is_v4: bool, kind: u8, code: u8, identifier: u16) -> Option<Key> {
        counterpart(is_v4, kind).map(|_| Key::Query { kind, code, identifier })
    }
}

/// The types of ICMP questions and of their answers: echo, timestamp, information and address mask; in ICMPv6 echo and node
/// information.
fn questions(is_v4: bool) -> &'static [(u8, u8)] {
    if is_v4 { &[(8, 0), (13, 14), (15, 16), (17, 18)] } else { &[(128, 129), (139, 140)] }
}

fn counterpart(is_v4: bool, kind: u8) -> Option<u8> {
    let pairs = questions(is_v4).iter();
    pairs
        .flat_map(|&(question, answer)| [(question, answer), (answer, question)])
        .find(|(of, _)| *of == kind)
        .map(|(_, is)| is)
}

fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::Ingress => Direction::Egress,
        Direction::Egress => Direction::Ingress,
    }
}
