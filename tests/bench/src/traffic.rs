//! TCP connections of many clients with one server.

use arrayvec::ArrayVec;
use conntrack::{Config, Conntrack, Instant, Likely, Memory, Passing, Sender, Zone};
use engine::{Arrived, Hook, judge_arrived, judge_frame, look_ahead};
use policy::{Direction, Family, Policy, VnicIndex};
use wire::{Checksum, Datagram, Endpoints, Gist, Packet, Payload, Ports, Tcp, TcpFlags, Transport, build};

use crate::sets::{ROUTER, RuleSet, Style, address, mac, own_address};

/// The port of the server, open to everyone in every realistic rule set.
const SERVICE: u16 = 443;

/// How long the time is over all benchmarks: nothing expires.
pub const NOW: Instant = Instant::from_millis(1_000);

/// The zone of the flows that stay.
pub const ZONE: Zone = Zone(0);

/// Client numbers go round after so many.
const CLIENTS: u32 = 1 << 22;

/// A segment of a connection, and who sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment {
    /// The client opens.
    Syn,
    /// The server answers.
    SynAck,
    /// The client acknowledges; the same again and again is what an idle, established connection sends.
    Ack,
    /// A reset that does not fit the window.
    StrayReset,
}

/// A server behind its rules, and how its packets are judged.
pub struct Server {
    /// The rules.
    pub policy: Policy,
    vnic: VnicIndex,
    family: Family,
}

impl Segment {
    /// The three that open a connection.
    pub const HANDSHAKE: [Segment; 3] = [Segment::Syn, Segment::SynAck, Segment::Ack];

    fn direction(self) -> Direction {
        match self {
            Segment::Syn | Segment::Ack | Segment::StrayReset => Direction::Ingress,
            Segment::SynAck => Direction::Egress,
        }
    }

    /// `ports` are those of the client's packets.
    fn tcp(self, ports: Ports) -> Tcp {
        const FIRST: u32 = 1000;
        let (flags, sequence, acknowledgment) = match self {
            Segment::Syn => (TcpFlags::SYN, FIRST, 0),
            Segment::SynAck => (TcpFlags::SYN.with(TcpFlags::ACK), FIRST, FIRST + 1),
            Segment::Ack => (TcpFlags::ACK, FIRST + 1, FIRST + 1),
            Segment::StrayReset => (TcpFlags::RST, FIRST.wrapping_sub(1 << 30), 0),
        };
        let ports = if self == Segment::SynAck { ports.reverse() } else { ports };
        Tcp {
            ports,
            flags,
            sequence,
            acknowledgment,
            window: 65535,
            window_scale: None,
            sack_permitted: false,
            sack_edge: None,
        }
    }
}

/// A segment of the connection of a client.
pub fn datagram(family: Family, client: u32, segment: Segment) -> Datagram {
    // An odd factor makes another number of each, so that neighbours are none in any table.
    let mixed = client.wrapping_mul(0x9e37_79b1) % CLIENTS;
    let source = match family {
        Family::Ipv4 => address(family, 0x6440_0000 + u128::from(mixed)),
        Family::Ipv6 => address(family, (0x2600 << 112) + (u128::from(mixed) << 64) + 1),
    };
    let port = 1024 + (mixed.rotate_left(16) ^ mixed) as u16 % 60_000;
    let endpoints = Endpoints::new(source, own_address(family, 0)).expect("both are of the family");
    segment_datagram(endpoints, Ports { source: port, destination: SERVICE }, segment)
}

/// A segment of the connection between these, as its client sees it.
pub fn segment_datagram(endpoints: Endpoints, ports: Ports, segment: Segment) -> Datagram {
    let endpoints = if segment == Segment::SynAck { endpoints.reverse() } else { endpoints };
    let transport = Transport::Tcp(segment.tcp(ports));
    Datagram { endpoints, hop_limit: 60, fragment: None, transport, payload: 0 }
}

/// The same as a frame at the vnic.
pub fn frame(family: Family, client: u32, segment: Segment) -> Vec<u8> {
    let payload = Payload::Ip(datagram(family, client, segment));
    let (source, destination) = match segment.direction() {
        Direction::Ingress => (ROUTER, mac(0)),
        Direction::Egress => (mac(0), ROUTER),
    };
    build(&Packet::new(source, destination, payload))
}

/// A flow table with connections of the clients up to a number, and room for some more.
pub fn table(family: Family, clients: u32, room: u32) -> Conntrack {
    let capacity = (clients + room) as usize;
    let memory = Memory::AtStart;
    let config = Config { capacity, share: capacity, memory, seed: [1, 2], ..Config::default() };
    let mut conntrack = Conntrack::new(config);
    for client in 0..clients {
        connect(&mut conntrack, family, client);
    }
    conntrack
}

fn connect(conntrack: &mut Conntrack, family: Family, client: u32) {
    for segment in Segment::HANDSHAKE {
        track(conntrack, ZONE, sender(segment), &Tracked::new(family, client, segment), None);
    }
}

/// A packet as tracking gets it: what a glance says, and what parsing it would say.
pub struct Tracked {
    /// What a glance says.
    pub gist: Gist,
    /// All of it.
    pub datagram: Datagram,
}

impl Tracked {
    /// A segment of the connection of a client.
    pub fn new(family: Family, client: u32, segment: Segment) -> Tracked {
        Tracked::of(datagram(family, client, segment))
    }

    /// Some segment.
    pub fn of(datagram: Datagram) -> Tracked {
        Tracked { gist: Gist::of(&datagram).expect("it is TCP"), datagram }
    }
}

/// What the engine does with a packet that guard and rules let pass.
pub fn track(conntrack: &mut Conntrack, zone: Zone, sender: Sender, packet: &Tracked, likely: Option<Likely>) -> bool {
    let Tracked { gist, datagram } = packet;
    if conntrack.pass(zone, &Passing { sender, gist, likely, revision: 1, length: 60, now: NOW }).is_some() {
        return true;
    }
    match conntrack.classify(zone, sender, datagram, NOW) {
        conntrack::Class::New(tentative) => conntrack.commit(tentative, 1, 1, 60, NOW).is_ok(),
        conntrack::Class::Established(step) => {
            conntrack.advance(step, 60, NOW);
            true
        }
        _ => false,
    }
}

/// The side of the vnic that a segment comes from.
pub fn sender(segment: Segment) -> Sender {
    match segment.direction() {
        Direction::Ingress => Sender::Remote,
        Direction::Egress => Sender::Instance,
    }
}

impl Server {
    /// The rules of a server of a project.
    pub fn new(family: Family, rules: usize) -> Server {
        Server::of(&Style::Realistic.rule_set(family, rules))
    }

    /// Some other rules.
    pub fn of(set: &RuleSet) -> Server {
        let (policy, vnic) = set.resolve();
        Server { policy, vnic, family: set.family }
    }

    /// Where packets to the server are judged; the zone tells apart flows that stay and flows that go.
    pub fn hook(&self, zone: Zone) -> Hook {
        Hook { vnic: self.vnic, zone, direction: Direction::Ingress }
    }

    /// The family of its clients.
    pub fn family(&self) -> Family {
        self.family
    }

    /// From bytes to verdict: whether the frame passes.
    pub fn judge(&self, conntrack: &mut Conntrack, zone: Zone, frame: &[u8], checksum: Checksum) -> bool {
        judge_frame(&self.policy, conntrack, self.hook(zone), frame, checksum, NOW).verdict.is_accept()
    }

    /// The same for frames that came together, no more than [`Conntrack::AHEAD`], as a worker judges them: how many pass.
    ///
    /// A function by itself, as a worker's is.
    #[inline(never)]
    pub fn judge_all(&self, conntrack: &mut Conntrack, zone: Zone, frames: &[impl AsRef<[u8]>]) -> usize {
        let hook = self.hook(zone);
        let mut arrived = ArrayVec::<Arrived<'_>, { Conntrack::AHEAD }>::new();
        arrived.extend(frames.iter().map(|frame| Arrived::of(frame.as_ref(), Checksum::Unfinished)));
        look_ahead(conntrack, hook, &mut arrived);
        let verdicts = arrived.iter().map(|arrived| judge_arrived(&self.policy, conntrack, hook, arrived, NOW).verdict);
        verdicts.filter(|verdict| verdict.is_accept()).count()
    }
}
