//! Packets of all kinds between addresses that mean something to the documents.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use policy::{Direction, Family};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use wire::{
    Arp, ArpOperation, Datagram, Dhcp, DhcpOperation, Endpoints, Fragment, Icmp, IcmpBody, IpProtocol, MacAddr,
    Neighbor, OtherLink, Payload, Ports, Quote, QuotedTransport, Sketch, Tcp, TcpFlags, Transport, Udp,
};

use super::documents::id;
use super::{Arrival, opposite};

/// How an ICMP error differs from an honest one.
#[derive(Clone, Copy, Debug)]
pub struct Tamper {
    /// Type.
    kind: u8,
    /// Added to the sequence number of a quoted TCP segment.
    sequence: u32,
    /// What else is wrong.
    lie: Lie,
}

#[derive(Clone, Copy, Debug)]
enum Lie {
    None,
    NoQuote,
    ToSomebodyElse,
    OtherPorts,
    FromSameSide,
}

const MACS: [&str; 9] = [
    "52:54:00:00:00:0a",
    "52:54:00:00:00:14",
    "52:54:00:00:00:1e",
    "52:54:00:00:00:64",
    "02:00:00:00:00:01",
    "52:54:00:00:00:99",
    "ff:ff:ff:ff:ff:ff",
    "33:33:00:00:00:01",
    "01:00:5e:00:00:fb",
];

/// Each vnic and what it may call its own.
const VNICS: [(&str, &str, &str); 3] = [
    ("a", "192.0.2.10", "2001:db8:1::10"),
    ("b", "192.0.2.20", "2001:db8:1::20"),
    ("c", "203.0.113.30", "2001:db8:1::30"),
];

const V4: [&str; 13] = [
    "192.0.2.10",
    "192.0.2.20",
    "203.0.113.30",
    "192.0.2.1",
    "192.0.2.2",
    "192.0.2.100",
    "192.0.2.255",
    "198.51.100.7",
    "198.51.100.7",
    "198.51.100.8",
    "224.0.0.251",
    "255.255.255.255",
    "0.0.0.0",
];

const V6: [&str; 14] = [
    "2001:db8:1::10",
    "2001:db8:1::20",
    "2001:db8:1::1",
    "2001:db8:1::2",
    "2001:db8:ffff::7",
    "2001:db8:ffff::7",
    "2001:db8:ffff::6",
    "fe80::1",
    "fe80::5054:ff:fe00:a",
    "fe80::5054:ff:fe00:14",
    "ff02::1",
    "ff02::16",
    "ff02::1:ff00:10",
    "::",
];

const PORTS: [u16; 13] = [0, 1, 22, 53, 67, 68, 80, 81, 443, 546, 547, 65534, 65535];

/// Infrastructure traffic as it should be.
const HONEST: [(&str, Direction, &str); 19] = [
    ("a", Direction::Egress, "arp who-has 192.0.2.20 tell 192.0.2.10 sha=52:54:00:00:00:0a"),
    ("a", Direction::Egress, "arp who-has 192.0.2.10 tell 0.0.0.0 sha=52:54:00:00:00:0a"),
    ("b", Direction::Egress, "arp reply 192.0.2.20 is-at 52:54:00:00:00:14 to 192.0.2.10 tha=52:54:00:00:00:0a"),
    ("b", Direction::Ingress, "arp who-has 192.0.2.20 tell 192.0.2.1 sha=02:00:00:00:00:01"),
    ("a", Direction::Egress, "rarp who-is 52:54:00:00:00:0a sha=52:54:00:00:00:0a"),
    ("a", Direction::Egress, "udp 0.0.0.0:68 > 255.255.255.255:67 dhcp-request 52:54:00:00:00:0a"),
    ("a", Direction::Egress, "udp 192.0.2.10:68 > 192.0.2.2:67 dhcp-request 52:54:00:00:00:0a"),
    ("a", Direction::Ingress, "udp 192.0.2.2:67 > 192.0.2.10:68 dhcp-reply 52:54:00:00:00:0a"),
    ("a", Direction::Ingress, "udp 192.0.2.20:67 > 192.0.2.10:68 dhcp-reply 52:54:00:00:00:0a"),
    ("a", Direction::Egress, "udp [fe80::5054:ff:fe00:a]:546 > [ff02::1:2]:547"),
    ("a", Direction::Ingress, "udp [fe80::1]:547 > [fe80::5054:ff:fe00:a]:546"),
    ("a", Direction::Egress, "icmpv6 fe80::5054:ff:fe00:a > ff02::2 router-solicitation mac=52:54:00:00:00:0a"),
    ("b", Direction::Ingress, "icmpv6 fe80::1 > ff02::1 router-advertisement mac=02:00:00:00:00:01"),
    ("b", Direction::Ingress, "icmpv6 fe80::5054:ff:fe00:a > ff02::1 router-advertisement"),
    ("a", Direction::Egress, "icmpv6 :: > ff02::1:ff00:10 neighbor-solicitation 2001:db8:1::10"),
    (
        "a",
        Direction::Egress,
        "icmpv6 2001:db8:1::10 > 2001:db8:1::20 neighbor-advertisement 2001:db8:1::10 mac=52:54:00:00:00:0a",
    ),
    (
        "a",
        Direction::Egress,
        "icmpv6 2001:db8:1::10 > 2001:db8:1::20 neighbor-advertisement 2001:db8:1::10 mac=52:54:00:00:00:14",
    ),
    ("a", Direction::Egress, "icmpv6 fe80::5054:ff:fe00:a > ff02::16 type 143 code 0"),
    ("a", Direction::Ingress, "icmpv6 fe80::1 > ff02::1 type 130 code 0"),
];

/// A packet at a hook; mostly one of its addresses is the vnic's.
pub fn packets() -> BoxedStrategy<Arrival> {
    let direction = prop_oneof![Just(Direction::Ingress), Just(Direction::Egress)];
    let honest = select(&HONEST[..]).prop_map(|(vnic, direction, text)| Arrival {
        vnic: id(vnic),
        direction,
        sketch: text.parse().expect("a packet"),
    });
    let any = (select(&VNICS[..]), direction).prop_flat_map(|((vnic, v4, v6), direction)| {
        let payload = prop_oneof![
            10 => datagrams(Family::Ipv4, v4, direction),
            10 => datagrams(Family::Ipv6, v6, direction),
            3 => arp().prop_map(Payload::Arp),
            1 => other_links().prop_map(Payload::Other),
        ];
        let mac = || select(&MACS[..]).prop_map(|text| text.parse().expect("a MAC address"));
        let macs = prop_oneof![5 => Just(None), 1 => (mac(), mac()).prop_map(Some)];
        (macs, payload).prop_map(move |(macs, payload)| Arrival {
            vnic: id(vnic),
            direction,
            sketch: Sketch { macs, payload },
        })
    });
    prop_oneof![5 => any, 1 => honest].boxed()
}

/// Faults of ICMP errors.
pub fn tampers() -> BoxedStrategy<Tamper> {
    let sequence = prop_oneof![4 => Just(0), 1 => any::<u32>(), 1 => (-1_i32..=1).prop_map(i32::cast_unsigned)];
    let lie = prop_oneof![
        8 => Just(Lie::None),
        1 => Just(Lie::NoQuote),
        1 => Just(Lie::ToSomebodyElse),
        1 => Just(Lie::OtherPorts),
        1 => Just(Lie::FromSameSide),
    ];
    (select(&[3_u8, 4, 5, 11, 12][..]), sequence, lie)
        .prop_map(|(kind, sequence, lie)| Tamper { kind, sequence, lie })
        .boxed()
}

/// An ICMP error about a packet that was there before.
pub fn error_about(past: &Arrival, tamper: Tamper) -> Option<Arrival> {
    let Payload::Ip(datagram) = past.sketch.payload else { return None };
    let family = datagram.endpoints.family();
    let quoted = quoted(&datagram, tamper)?;
    let to = match tamper.lie {
        Lie::ToSomebodyElse => datagram.endpoints.destination(),
        _ => datagram.endpoints.source(),
    };
    let (router, kind): (IpAddr, u8) = match family {
        Family::Ipv4 => (Ipv4Addr::new(198, 51, 100, 8).into(), tamper.kind),
        Family::Ipv6 => (Ipv6Addr::new(0x2001, 0xdb8, 0xffff, 0, 0, 0, 0, 6).into(), tamper.kind % 4 + 1),
    };
    // The instance itself sends errors from its own address.
    let from = match past.direction {
        Direction::Ingress => datagram.endpoints.destination(),
        Direction::Egress => router,
    };
    let quote = match tamper.lie {
        Lie::NoQuote => None,
        _ => Some(Quote { endpoints: datagram.endpoints, transport: quoted }),
    };
    let transport = Transport::Icmp(Icmp { kind, code: 1, body: IcmpBody::Error(quote) });
    let endpoints = Endpoints::new(from, to)?;
    let payload = Payload::Ip(Datagram { endpoints, hop_limit: 64, fragment: None, transport, payload: 48 });
    let direction = match tamper.lie {
        Lie::FromSameSide => past.direction,
        _ => opposite(past.direction),
    };
    Some(Arrival { vnic: past.vnic.clone(), direction, sketch: Sketch { macs: None, payload } })
}

fn quoted(datagram: &Datagram, tamper: Tamper) -> Option<QuotedTransport> {
    let ports = |ports: Ports| match tamper.lie {
        Lie::OtherPorts => Ports { source: ports.source ^ 1, ..ports },
        _ => ports,
    };
    Some(match datagram.transport {
        Transport::Tcp(tcp) => {
            QuotedTransport::Tcp { ports: ports(tcp.ports), sequence: tcp.sequence.wrapping_add(tamper.sequence) }
        }
        Transport::Icmp(Icmp { kind, code, body: IcmpBody::Query { identifier, .. } }) => {
            QuotedTransport::Query { kind, code, identifier }
        }
        Transport::Icmp(_) => QuotedTransport::Other(datagram.protocol()),
        Transport::Missing(_) => return None,
        _ => match datagram.ports() {
            Some(found) => QuotedTransport::Ports { protocol: datagram.protocol(), ports: ports(found) },
            None => QuotedTransport::Other(datagram.protocol()),
        },
    })
}

fn datagrams(family: Family, own: &'static str, direction: Direction) -> BoxedStrategy<Payload> {
    let pool: &[&str] = match family {
        Family::Ipv4 => &V4,
        Family::Ipv6 => &V6,
    };
    let own = prop_oneof![6 => Just(own), 1 => select(pool)];
    let endpoints = (own, select(pool)).prop_map(move |(own, other)| {
        let (own, other) = (own.parse().expect("an address"), other.parse().expect("an address"));
        let pair = match direction {
            Direction::Ingress => Endpoints::new(other, own),
            Direction::Egress => Endpoints::new(own, other),
        };
        pair.expect("one family")
    });
    let hop_limit = prop_oneof![8 => Just(None), 1 => select(&[0_u8, 1, 64, 254, 255][..]).prop_map(Some)];
    let fragment = prop_oneof![12 => Just(None), 1 => fragments().prop_map(Some)];
    (endpoints, transports(family), hop_limit, fragment)
        .prop_map(|(endpoints, transport, hop_limit, fragment)| {
            let usual = match transport {
                Transport::Icmp(Icmp { body: IcmpBody::Neighbor(_), .. }) => 255,
                Transport::Icmp(Icmp { kind: 130..=132 | 143, body: IcmpBody::Plain, .. }) => 1,
                _ => 64,
            };
            let transport = match fragment {
                Some(Fragment { offset: 1.., .. }) => Transport::Missing(protocol_of(endpoints.family(), transport)),
                _ => transport,
            };
            Payload::Ip(Datagram { endpoints, hop_limit: hop_limit.unwrap_or(usual), fragment, transport, payload: 20 })
        })
        .boxed()
}

fn protocol_of(family: Family, transport: Transport) -> IpProtocol {
    let endpoints = match family {
        Family::Ipv4 => Endpoints::V4(Ipv4Addr::UNSPECIFIED, Ipv4Addr::UNSPECIFIED),
        Family::Ipv6 => Endpoints::V6(Ipv6Addr::UNSPECIFIED, Ipv6Addr::UNSPECIFIED),
    };
    Datagram { endpoints, hop_limit: 64, fragment: None, transport, payload: 0 }.protocol()
}

fn fragments() -> impl Strategy<Value = Fragment> {
    (select(&[0_u16, 8, 24, 1480][..]), any::<bool>()).prop_map(|(offset, more)| Fragment {
        identification: 7,
        offset,
        length: 40,
        more,
    })
}

fn ports() -> impl Strategy<Value = Ports> {
    (select(&PORTS[..]), select(&PORTS[..])).prop_map(|(source, destination)| Ports { source, destination })
}

fn transports(family: Family) -> BoxedStrategy<Transport> {
    let udp = ports().prop_map(|ports| Transport::Udp(Udp { ports, dhcp: None }));
    prop_oneof![
        2 => segments(ports()),
        6 => udp,
        1 => ports().prop_map(Transport::UdpLite),
        1 => ports().prop_map(Transport::Sctp),
        1 => ports().prop_map(Transport::Dccp),
        2 => select(&[0_u8, 2, 47, 50, 51, 89, 255][..]).prop_map(|number| Transport::Other(IpProtocol(number))),
        2 => dhcp(family),
        4 => queries(family),
        3 => discovery(family),
    ]
    .boxed()
}

/// Segments with any flags and numbers.
pub fn segments(ports: impl Strategy<Value = Ports>) -> impl Strategy<Value = Transport> {
    (ports, any::<u8>(), any::<u32>(), any::<u32>()).prop_map(|(ports, flags, sequence, acknowledgment)| {
        Transport::Tcp(Tcp {
            ports,
            flags: TcpFlags(flags),
            sequence,
            acknowledgment,
            window: 512,
            window_scale: None,
            sack_permitted: false,
            sack_edge: None,
        })
    })
}

fn dhcp(family: Family) -> BoxedStrategy<Transport> {
    let (client, server) = match family {
        Family::Ipv4 => (68, 67),
        Family::Ipv6 => (546, 547),
    };
    let to_server = Ports { source: client, destination: server };
    let message = prop_oneof![Just(DhcpOperation::Request), Just(DhcpOperation::Reply)];
    let client_mac = select(&MACS[..]).prop_map(|text| text.parse().expect("a MAC address"));
    let ports = prop_oneof![Just(to_server), Just(to_server.reverse())];
    (ports, message, client_mac)
        .prop_map(move |(ports, operation, client_mac)| {
            let dhcp = (family == Family::Ipv4).then_some(Dhcp { operation, client_mac });
            Transport::Udp(Udp { ports, dhcp })
        })
        .boxed()
}

fn queries(family: Family) -> BoxedStrategy<Transport> {
    let kinds: &[u8] = match family {
        Family::Ipv4 => &[0, 8, 8, 13, 14, 15, 16, 17, 18, 128],
        Family::Ipv6 => &[128, 128, 129, 139, 140, 8],
    };
    (select(kinds), 0..2_u8, 7..9_u16)
        .prop_map(|(kind, code, identifier)| {
            Transport::Icmp(Icmp { kind, code, body: IcmpBody::Query { identifier, sequence: 1 } })
        })
        .boxed()
}

fn discovery(family: Family) -> BoxedStrategy<Transport> {
    let plain = |kinds: &'static [u8]| {
        select(kinds).prop_map(|kind| Transport::Icmp(Icmp { kind, code: 0, body: IcmpBody::Plain }))
    };
    if family == Family::Ipv4 {
        return plain(&[9, 10, 30, 255]).boxed();
    }
    let mac = || option::of(select(&MACS[..]).prop_map(|text| text.parse::<MacAddr>().expect("a MAC address")));
    let target = || select(&V6[..]).prop_map(|text| text.parse::<Ipv6Addr>().expect("an address"));
    let neighbor = prop_oneof![
        mac().prop_map(|source_mac| (133, Neighbor::RouterSolicitation { source_mac })),
        mac().prop_map(|source_mac| (134, Neighbor::RouterAdvertisement { source_mac })),
        (target(), mac()).prop_map(|(target, source_mac)| (135, Neighbor::Solicitation { target, source_mac })),
        (target(), mac()).prop_map(|(target, target_mac)| (136, Neighbor::Advertisement { target, target_mac })),
        target().prop_map(|target| (137, Neighbor::Redirect { target })),
    ];
    prop_oneof![
        3 => neighbor.prop_map(|(kind, neighbor)| {
            Transport::Icmp(Icmp { kind, code: 0, body: IcmpBody::Neighbor(neighbor) })
        }),
        2 => plain(&[130, 131, 132, 143, 9, 200]),
    ]
    .boxed()
}

fn arp() -> BoxedStrategy<Arp> {
    let operation = prop_oneof![
        4 => Just(ArpOperation::Request),
        4 => Just(ArpOperation::Reply),
        1 => Just(ArpOperation::ReverseRequest),
        1 => Just(ArpOperation::ReverseReply),
        1 => Just(ArpOperation::Other(9)),
    ];
    let mac = || select(&MACS[..]).prop_map(|text| text.parse().expect("a MAC address"));
    let ip = || select(&V4[..]).prop_map(|text| text.parse().expect("an address"));
    (operation, mac(), ip(), mac(), ip())
        .prop_map(|(operation, sender_mac, sender_ip, target_mac, target_ip)| Arp {
            operation,
            sender_mac,
            sender_ip,
            target_mac,
            target_ip,
        })
        .boxed()
}

fn other_links() -> impl Strategy<Value = OtherLink> {
    prop_oneof![Just(OtherLink::Vlan(0x8100)), Just(OtherLink::Llc(100)), Just(OtherLink::EtherType(0x88cc))]
}
