//! Packets as values, written short.

use core::net::{Ipv4Addr, Ipv6Addr};

use conntrack::{Config, Instant, PickUp, Sender, Way, Zone};
use wire::{
    Datagram, Endpoints, Icmp, IcmpBody, IpProtocol, Ports, Quote, QuotedTransport, Tcp, TcpFlags, Transport, Udp,
};

pub(crate) const ZONE: Zone = Zone(1);
/// Length of every packet in these tests.
pub(crate) const LENGTH: u32 = 100;
pub(crate) const OPENER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 7);
pub(crate) const ANSWERER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 10);
pub(crate) const ROUTER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);
pub(crate) const PORTS: Ports = Ports { source: 41_000, destination: 80 };
const OPENER6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 7);
const ANSWERER6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 1, 0, 0, 0, 0, 10);

/// As the scenarios run: connections start with a SYN.
pub(crate) fn strict() -> Config {
    Config { pick_up: PickUp::Never, ..Config::default() }
}

pub(crate) fn ms(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

pub(crate) fn datagram(endpoints: Endpoints, transport: Transport, payload: u32) -> Datagram {
    Datagram { endpoints, hop_limit: 64, fragment: None, transport, payload }
}

/// The side that a packet comes from: the answerer is the instance, the opener and all others are not.
pub(crate) fn sender(datagram: &Datagram) -> Sender {
    let to_opener = [OPENER.into(), OPENER6.into()].contains(&datagram.endpoints.destination());
    if to_opener { Sender::Instance } else { Sender::Remote }
}

/// Addresses of a packet of the one flow that most tests have.
pub(crate) fn v4(way: Way) -> Endpoints {
    match way {
        Way::Original => Endpoints::V4(OPENER, ANSWERER),
        Way::Reply => Endpoints::V4(ANSWERER, OPENER),
    }
}

pub(crate) fn v6(way: Way) -> Endpoints {
    match way {
        Way::Original => Endpoints::V6(OPENER6, ANSWERER6),
        Way::Reply => Endpoints::V6(ANSWERER6, OPENER6),
    }
}

pub(crate) fn ports(way: Way) -> Ports {
    match way {
        Way::Original => PORTS,
        Way::Reply => PORTS.reverse(),
    }
}

/// A TCP segment of the one flow; `flags` by their first letters, as in `"SA"`.
pub(crate) fn tcp(way: Way, flags: &str, sequence: u32, acknowledgment: u32, payload: u32) -> Datagram {
    let header = Tcp {
        ports: ports(way),
        flags: tcp_flags(flags),
        sequence,
        acknowledgment,
        window: 64_240,
        window_scale: None,
        sack_permitted: false,
        sack_edge: None,
    };
    datagram(v4(way), Transport::Tcp(header), payload)
}

pub(crate) fn tcp_flags(letters: &str) -> TcpFlags {
    letters.chars().fold(TcpFlags(0), |flags, letter| {
        flags.with(match letter {
            'F' => TcpFlags::FIN,
            'S' => TcpFlags::SYN,
            'R' => TcpFlags::RST,
            'P' => TcpFlags::PSH,
            'A' => TcpFlags::ACK,
            'U' => TcpFlags::URG,
            'E' => TcpFlags::ECE,
            'C' => TcpFlags::CWR,
            other => panic!("no TCP flag `{other}`"),
        })
    })
}

pub(crate) fn udp(way: Way) -> Datagram {
    datagram(v4(way), Transport::Udp(Udp { ports: ports(way), dhcp: None }), 20)
}

pub(crate) fn other(way: Way, protocol: IpProtocol) -> Datagram {
    datagram(v4(way), Transport::Other(protocol), 20)
}

pub(crate) fn query(endpoints: Endpoints, kind: u8, identifier: u16) -> Datagram {
    let body = IcmpBody::Query { identifier, sequence: 1 };
    datagram(endpoints, Transport::Icmp(Icmp { kind, code: 0, body }), 56)
}

/// An ICMP error from a router.
pub(crate) fn error(to: Ipv4Addr, kind: u8, quote: Option<Quote>) -> Datagram {
    let body = IcmpBody::Error(quote);
    datagram(Endpoints::V4(ROUTER, to), Transport::Icmp(Icmp { kind, code: 0, body }), 28)
}

pub(crate) fn quote(endpoints: Endpoints, transport: QuotedTransport) -> Quote {
    Quote { endpoints, transport }
}
