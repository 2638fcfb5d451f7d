//! Connections as they usually go, between the ends of a first packet.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use conntrack::{Instant, Way};
use policy::{Edit, Resolved, RuleId};
use wire::{Payload, Sketch, Transport};

use super::{Connection, Found, Happening, Moment};
use crate::question::{Place, addresses};

/// How a connection goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// TCP: handshake, data both ways, close.
    Tcp,
    /// TCP: handshake, data, and a reset.
    Reset,
    /// TCP: open, then silent for longer than anybody remembers.
    Timeout,
    /// TCP: a segment is too large for a router on the way, whose ICMP error comes back.
    PathMtu,
    /// TCP: the rule that allows it is switched off in mid-connection, and on again.
    Revoked,
    /// UDP: a question, its answer, and a late one.
    Udp,
    /// Two echoes and their answers.
    Ping,
    /// UDP to a port where nobody listens: an ICMP error comes back.
    Unreachable,
    /// One UDP datagram in two fragments.
    Fragments,
}

use Way::{Original, Reply};

/// Milliseconds, way, and what stands behind the ends in the text of the segment.
type Segments = &'static [(u64, Way, &'static str)];

const HANDSHAKE: Segments =
    &[(0, Original, "seq=1000"), (10, Reply, "[SA] seq=9000 ack=1001"), (20, Original, "[A] seq=1001 ack=9001")];
const DATA: Segments = &[
    (30, Original, "[PA] seq=1001 ack=9001 len=100"),
    (40, Reply, "[PA] seq=9001 ack=1101 len=1000"),
    (50, Original, "[A] seq=1101 ack=10001"),
];
const CLOSE: Segments = &[
    (1000, Original, "[FA] seq=1101 ack=10001"),
    (1010, Reply, "[FA] seq=10001 ack=1102"),
    (1020, Original, "[A] seq=1102 ack=10002"),
];
const RESET: Segments = &[(1000, Reply, "[RA] seq=10001 ack=1101"), (2000, Original, "[PA] seq=1101 ack=10001 len=10")];
/// After five days and a minute.
const LATE: Segments = &[(432_060_000, Reply, "[PA] seq=10001 ack=1101 len=10")];
const CUT: Segments = &[(2000, Original, "[PA] seq=1101 ack=10001 len=10")];
const SMALLER: Segments = &[(50, Original, "[PA] seq=1001 ack=9001 len=1000"), (60, Reply, "[A] seq=9001 ack=2001")];
const AGAIN: Segments = &[(4000, Original, "[PA] seq=1101 ack=10001 len=10"), (4010, Reply, "[A] seq=10001 ack=1111")];

/// A router on the way, at an address that no instance has (RFC 6598, RFC 3849).
const ROUTER: &str = "100.64.0.1";
const ROUTER6: &str = "2001:db8:ffff:ffff::1";

impl Course {
    /// All of them.
    pub const ALL: [Course; 9] = [
        Course::Tcp,
        Course::Reset,
        Course::Timeout,
        Course::PathMtu,
        Course::Revoked,
        Course::Udp,
        Course::Ping,
        Course::Unreachable,
        Course::Fragments,
    ];

    /// The connection of this course between the ends that a first packet has. `None` where that has no addresses.
    pub fn connect(
        self,
        from: Option<Place>,
        to: Option<Place>,
        first: &Sketch,
        resolved: &Resolved,
    ) -> Option<Connection> {
        let ends = Ends::of(first)?;
        let moments = match self {
            Course::Tcp => ends.tcp(&[HANDSHAKE, DATA, CLOSE]),
            Course::Reset => ends.tcp(&[HANDSHAKE, DATA, RESET]),
            Course::Timeout => {
                let mut moments = ends.tcp(&[HANDSHAKE, DATA]);
                moments.push(at(432_050_000, Happening::Wait));
                moments.extend(ends.tcp(&[LATE]));
                moments
            }
            Course::PathMtu => {
                let mut moments = ends.tcp(&[HANDSHAKE]);
                moments.extend(ends.too_large());
                moments.extend(ends.tcp(&[SMALLER]));
                moments
            }
            Course::Revoked => {
                let mut moments = ends.tcp(&[HANDSHAKE, DATA]);
                let opened = Connection { from: from.clone(), to: to.clone(), moments: moments.clone() };
                let rule = opened.deciding_rule(resolved);
                let edit =
                    |time, edit: fn(RuleId) -> Edit| rule.clone().map(|rule| at(time, Happening::Apply(edit(rule))));
                moments.extend(edit(1000, |rule| Edit::DisableRule { rule }));
                moments.extend(ends.tcp(&[CUT]));
                moments.extend(edit(3000, |rule| Edit::EnableRule { rule }));
                moments.extend(ends.tcp(&[AGAIN]));
                moments
            }
            Course::Udp => ends.udp(),
            Course::Ping => ends.ping(),
            Course::Unreachable => ends.unreachable(),
            Course::Fragments => ends.fragments(),
        };
        Some(Connection { from, to, moments })
    }
}

impl Connection {
    /// The last rule that let the first packet pass, on the way from its sender to its receiver.
    fn deciding_rule(&self, resolved: &Resolved) -> Option<RuleId> {
        let scenes = self.play(resolved.clone());
        let first = scenes.first()?;
        let Ok(Found::Travelled(travel)) = &first.found else { return None };
        let index = travel.journey.legs.iter().rev().find_map(|leg| leg.verdict.rule())?;
        Some(first.policy.rule_id(index).clone())
    }
}

/// Who speaks with whom.
#[derive(Clone, Copy)]
struct Ends {
    source: IpAddr,
    destination: IpAddr,
    /// Where the first packet has them.
    ports: Option<(u16, u16)>,
}

impl Ends {
    fn of(first: &Sketch) -> Option<Ends> {
        let (source, destination) = addresses(&first.payload);
        let ports = match first.payload {
            Payload::Ip(datagram) => match datagram.transport {
                Transport::Tcp(tcp) => Some(tcp.ports),
                Transport::Udp(udp) => Some(udp.ports),
                Transport::UdpLite(ports) | Transport::Sctp(ports) | Transport::Dccp(ports) => Some(ports),
                Transport::Icmp(_) | Transport::Other(_) | Transport::Missing(_) => None,
            },
            Payload::Arp(_) | Payload::Other(_) => None,
        };
        let ports = ports.map(|ports| (ports.source, ports.destination));
        Some(Ends { source: source?, destination: destination?, ports })
    }

    fn tcp(&self, parts: &[Segments]) -> Vec<Moment> {
        let segments = parts.iter().copied().flatten();
        segments
            .map(|(time, way, rest)| packet(*time, *way, &format!("tcp {} {rest}", self.sockets(*way, 443))))
            .collect()
    }

    /// A segment that a router cannot pass on, and what it says of that.
    fn too_large(&self) -> Vec<Moment> {
        let forth = self.sockets(Original, 443);
        let error = match self.source {
            IpAddr::V4(source) => format!("icmp {ROUTER} > {source} fragmentation-needed"),
            IpAddr::V6(source) => format!("icmpv6 {ROUTER6} > {source} packet-too-big"),
        };
        vec![
            packet(30, Original, &format!("tcp {forth} [PA] seq=1001 ack=9001 len=1400")),
            packet(40, Reply, &format!("{error} about (tcp {forth} seq=1001)")),
        ]
    }

    fn udp(&self) -> Vec<Moment> {
        let (forth, back) = (self.sockets(Original, 53), self.sockets(Reply, 53));
        vec![
            packet(0, Original, &format!("udp {forth} len=40")),
            packet(20, Reply, &format!("udp {back} len=120")),
            at(31_000, Happening::Wait),
            packet(31_010, Reply, &format!("udp {back} len=120")),
        ]
    }

    fn ping(&self) -> Vec<Moment> {
        let icmp = if self.source.is_ipv4() { "icmp" } else { "icmpv6" };
        let echo = |time, way, kind: &str, sequence: u32| {
            packet(time, way, &format!("{icmp} {} {kind} id=7 seq={sequence}", self.addresses(way)))
        };
        vec![
            echo(0, Original, "echo-request", 1),
            echo(10, Reply, "echo-reply", 1),
            echo(1000, Original, "echo-request", 2),
            echo(1010, Reply, "echo-reply", 2),
        ]
    }

    fn unreachable(&self) -> Vec<Moment> {
        let icmp = if self.source.is_ipv4() { "icmp" } else { "icmpv6" };
        let (forth, back) = (self.sockets(Original, 33434), self.addresses(Reply));
        vec![
            packet(0, Original, &format!("udp {forth} len=12")),
            packet(10, Reply, &format!("{icmp} {back} port-unreachable about (udp {forth})")),
        ]
    }

    fn fragments(&self) -> Vec<Moment> {
        let (forth, ends) = (self.sockets(Original, 53), self.addresses(Original));
        vec![
            packet(0, Original, &format!("udp {forth} frag id=7 offset=0 length=1480 more")),
            packet(1, Original, &format!("later 17 {ends} frag id=7 offset=1480 length=528")),
        ]
    }

    /// Both addresses in the order of a way.
    fn addresses(&self, way: Way) -> String {
        match way {
            Original => format!("{} > {}", self.source, self.destination),
            Reply => format!("{} > {}", self.destination, self.source),
        }
    }

    /// Both addresses with ports; `usual` is the port of a service where none is known.
    fn sockets(&self, way: Way, usual: u16) -> String {
        let (from, to) = self.ports.unwrap_or((40_000, usual));
        let (source, destination) = (SocketAddr::new(self.source, from), SocketAddr::new(self.destination, to));
        match way {
            Original => format!("{source} > {destination}"),
            Reply => format!("{destination} > {source}"),
        }
    }
}

fn packet(time: u64, way: Way, text: &str) -> Moment {
    let sketch = text.parse().unwrap_or_else(|error| panic!("`{text}` is no packet: {error}"));
    at(time, Happening::Packet { way, sketch })
}

fn at(time: u64, happening: Happening) -> Moment {
    Moment { at: Instant::from_millis(time), happening }
}

impl fmt::Display for Course {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Course::Tcp => "tcp",
            Course::Reset => "reset",
            Course::Timeout => "timeout",
            Course::PathMtu => "path-mtu",
            Course::Revoked => "revoked",
            Course::Udp => "udp",
            Course::Ping => "ping",
            Course::Unreachable => "unreachable",
            Course::Fragments => "fragments",
        })
    }
}

impl FromStr for Course {
    type Err = String;

    fn from_str(text: &str) -> Result<Course, String> {
        let found = Course::ALL.into_iter().find(|course| course.to_string() == text);
        let names = || Course::ALL.map(|course| format!("`{course}`")).join(", ");
        found.ok_or_else(|| format!("`{text}` is no course of a connection: name one of {}", names()))
    }
}
