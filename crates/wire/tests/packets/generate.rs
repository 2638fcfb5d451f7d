//! Arbitrary packets: any that a well-formed frame can hold.
//!
//! Alternatives are boxed: side by side in one value they would not fit on the stack of a test.

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::option;
use proptest::prelude::*;
use proptest::strategy::Union;
use wire::{
    Arp, ArpOperation, Datagram, Dhcp, DhcpOperation, Endpoints, Family, Fragment, Icmp, IcmpBody, IpProtocol, MacAddr,
    Neighbor, OtherLink, Packet, Payload, Ports, Quote, QuotedTransport, Sketch, Tcp, TcpFlags, Transport, Udp,
};

pub(crate) fn packets() -> impl Strategy<Value = Packet> {
    let padding = prop_oneof![3 => Just(0_u32), 1 => 0_u32..64];
    (source_macs(), macs(), payloads(), padding).prop_map(|(source, destination, payload, padding)| {
        let packet = Packet::new(source, destination, payload);
        Packet { length: packet.length + padding, ..packet }
    })
}

/// Packets that neither open nor end a conversation, nor carry anything rare.
pub(crate) fn midstreams() -> impl Strategy<Value = Packet> {
    let plain = |tcp: Tcp| Tcp {
        flags: TcpFlags(tcp.flags.0 & 0xe8 | 0x10),
        window_scale: None,
        sack_permitted: false,
        sack_edge: None,
        ..tcp
    };
    let tcp = segments().prop_map(move |tcp| Transport::Tcp(plain(tcp)));
    let udp = ports()
        .prop_filter("DHCP", |ports| {
            ![ports.source, ports.destination].iter().any(|port| [67, 68, 546, 547].contains(port))
        })
        .prop_map(|ports| Transport::Udp(Udp { ports, dhcp: None }));
    let datagrams = (endpoints(), prop_oneof![tcp.boxed(), udp.boxed()], payload_lengths(), hop_limits()).prop_map(
        |(endpoints, transport, payload, hop_limit)| Datagram {
            endpoints,
            hop_limit,
            fragment: None,
            transport,
            payload,
        },
    );
    (source_macs(), macs(), datagrams)
        .prop_map(|(source, destination, datagram)| Packet::new(source, destination, Payload::Ip(datagram)))
}

pub(crate) fn sketches() -> impl Strategy<Value = Sketch> {
    (option::of((source_macs(), macs())), payloads()).prop_map(|(macs, payload)| Sketch { macs, payload })
}

fn payloads() -> impl Strategy<Value = Payload> {
    prop_oneof![
        1 => links().prop_map(Payload::Other).boxed(),
        2 => arps().prop_map(Payload::Arp).boxed(),
        12 => datagrams().prop_map(Payload::Ip).boxed(),
    ]
}

fn macs() -> impl Strategy<Value = MacAddr> {
    prop_oneof![1 => Just(MacAddr::ZERO), 1 => Just(MacAddr::BROADCAST), 6 => any::<[u8; 6]>().prop_map(MacAddr)]
}

fn source_macs() -> impl Strategy<Value = MacAddr> {
    any::<[u8; 6]>().prop_map(|[a, b, c, d, e, f]| MacAddr([a & 0xfe, b, c, d, e, f | 1]))
}

fn links() -> impl Strategy<Value = OtherLink> {
    prop_oneof![
        prop::sample::select(vec![0x8100, 0x88a8, 0x9100]).prop_map(OtherLink::Vlan),
        (0_u16..=1500).prop_map(OtherLink::Llc),
        (1501_u16..=u16::MAX)
            .prop_filter("has a meaning", |value| {
                ![0x0800, 0x0806, 0x8035, 0x86dd, 0x8100, 0x88a8, 0x9100].contains(value)
            })
            .prop_map(OtherLink::EtherType),
    ]
}

fn arps() -> impl Strategy<Value = Arp> {
    let operation = prop_oneof![
        Just(ArpOperation::Request),
        Just(ArpOperation::Reply),
        Just(ArpOperation::ReverseRequest),
        Just(ArpOperation::ReverseReply),
        any::<u16>().prop_map(ArpOperation::Other),
        (0_u16..6).prop_map(ArpOperation::Other),
    ];
    (operation, macs(), any::<Ipv4Addr>(), macs(), any::<Ipv4Addr>()).prop_map(
        |(operation, sender_mac, sender_ip, target_mac, target_ip)| Arp {
            operation,
            sender_mac,
            sender_ip,
            target_mac,
            target_ip,
        },
    )
}

fn datagrams() -> impl Strategy<Value = Datagram> {
    let whole = endpoints().prop_flat_map(|endpoints| {
        (transports(endpoints.family()), payload_lengths(), hop_limits()).prop_map(
            move |(transport, extra, hop_limit)| {
                let payload = least_payload(&transport) + fitting(&transport, extra);
                Datagram { endpoints, hop_limit, fragment: None, transport, payload }
            },
        )
    });
    prop_oneof![4 => whole.boxed(), 1 => first_fragments().boxed(), 1 => later_fragments().boxed()]
}

fn first_fragments() -> impl Strategy<Value = Datagram> {
    endpoints().prop_flat_map(|endpoints| {
        let identification = identifications(endpoints.family());
        (transports(endpoints.family()), payload_lengths(), hop_limits(), identification).prop_map(
            move |(transport, extra, hop_limit, identification)| {
                let header = header_length(&transport);
                let least = header + least_payload(&transport) + fitting(&transport, extra);
                let length = least.next_multiple_of(8).max(8);
                let fragment = Fragment { identification, offset: 0, length: length as u16, more: true };
                Datagram { endpoints, hop_limit, fragment: Some(fragment), transport, payload: length - header }
            },
        )
    })
}

fn later_fragments() -> impl Strategy<Value = Datagram> {
    let places = (3_u16..4096, 1_u16..512, any::<bool>());
    (endpoints(), any::<u8>(), hop_limits(), places).prop_flat_map(|(endpoints, protocol, hop_limit, places)| {
        let (units, length, more) = places;
        let length = if more { length * 8 } else { length };
        identifications(endpoints.family()).prop_map(move |identification| Datagram {
            endpoints,
            hop_limit,
            fragment: Some(Fragment { identification, offset: units * 8, length, more }),
            transport: Transport::Missing(IpProtocol(protocol)),
            payload: length.into(),
        })
    })
}

fn identifications(family: Family) -> BoxedStrategy<u32> {
    match family {
        Family::Ipv4 => any::<u16>().prop_map(u32::from).boxed(),
        Family::Ipv6 => any::<u32>().boxed(),
    }
}

fn hop_limits() -> impl Strategy<Value = u8> {
    prop_oneof![Just(64_u8), Just(255), Just(1), any::<u8>()]
}

fn payload_lengths() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0_u32), 0_u32..64, 0_u32..1500, Just(60_000)]
}

fn endpoints() -> impl Strategy<Value = Endpoints> {
    let ipv4 = (any::<Ipv4Addr>(), any::<Ipv4Addr>())
        .prop_filter("never on a wire", |(source, destination)| {
            !source.is_multicast() && !source.is_broadcast() && !source.is_loopback() && !destination.is_loopback()
        })
        .prop_map(|(source, destination)| Endpoints::V4(source, destination));
    let ipv6 = (any::<Ipv6Addr>(), any::<Ipv6Addr>())
        .prop_filter("never on a wire", |(source, destination)| {
            !source.is_multicast() && !source.is_loopback() && !destination.is_loopback()
        })
        .prop_map(|(source, destination)| Endpoints::V6(source, destination));
    prop_oneof![ipv4, ipv6]
}

fn transports(family: Family) -> impl Strategy<Value = Transport> {
    let udp =
        (ports(), option::of(dhcps())).prop_map(move |(ports, dhcp)| match dhcp.filter(|_| family == Family::Ipv4) {
            Some((ports, dhcp)) => Transport::Udp(Udp { ports, dhcp: Some(dhcp) }),
            None if family == Family::Ipv4 && matches!((ports.source, ports.destination), (67, 68) | (68, 67)) => {
                Transport::UdpLite(ports)
            }
            None => Transport::Udp(Udp { ports, dhcp: None }),
        });
    prop_oneof![
        4 => segments().prop_map(Transport::Tcp).boxed(),
        3 => udp.boxed(),
        1 => ports().prop_map(Transport::UdpLite).boxed(),
        1 => ports().prop_map(Transport::Sctp).boxed(),
        1 => ports().prop_map(Transport::Dccp).boxed(),
        4 => messages(family).prop_map(Transport::Icmp).boxed(),
        2 => unread_protocols(family, any::<u8>()).prop_map(Transport::Other).boxed(),
        1 => unread_protocols(family, prop::sample::select(vec![1, 47, 50, 51, 58])).prop_map(Transport::Other).boxed(),
    ]
}

fn ports() -> impl Strategy<Value = Ports> {
    (any::<u16>(), any::<u16>()).prop_map(|(source, destination)| Ports { source, destination })
}

fn segments() -> impl Strategy<Value = Tcp> {
    const POSSIBLE: [u8; 9] = [0x02, 0x22, 0x12, 0x04, 0x14, 0x11, 0x31, 0x10, 0x30];
    let flags = (prop::sample::select(POSSIBLE.to_vec()), any::<u8>()).prop_map(|(flags, free)| flags | free & 0xc8);
    let options = (option::of(any::<u8>()), any::<bool>(), option::of(any::<u32>()));
    let numbers = (any::<u32>(), any::<u32>(), any::<u16>());
    (ports(), flags, numbers, options).prop_map(|(ports, flags, numbers, options)| {
        let ((sequence, acknowledgment, window), (window_scale, sack_permitted, sack_edge)) = (numbers, options);
        let flags = TcpFlags(flags);
        Tcp { ports, flags, sequence, acknowledgment, window, window_scale, sack_permitted, sack_edge }
    })
}

fn dhcps() -> impl Strategy<Value = (Ports, Dhcp)> {
    let operation = prop_oneof![Just(DhcpOperation::Request), Just(DhcpOperation::Reply)];
    (any::<bool>(), operation, macs()).prop_map(|(to_server, operation, client_mac)| {
        let ports = Ports { source: 68, destination: 67 };
        (if to_server { ports } else { ports.reverse() }, Dhcp { operation, client_mac })
    })
}

fn queries(family: Family) -> Vec<u8> {
    match family {
        Family::Ipv4 => vec![0, 8, 13, 14, 15, 16, 17, 18],
        Family::Ipv6 => vec![128, 129],
    }
}

fn errors(family: Family) -> Vec<u8> {
    match family {
        Family::Ipv4 => vec![3, 4, 5, 11, 12],
        Family::Ipv6 => vec![1, 2, 3, 4],
    }
}

fn messages(family: Family) -> impl Strategy<Value = Icmp> {
    let query = (prop::sample::select(queries(family)), codes(), any::<u16>(), any::<u16>()).prop_map(
        |(kind, code, identifier, sequence)| Icmp { kind, code, body: IcmpBody::Query { identifier, sequence } },
    );
    let error = (prop::sample::select(errors(family)), codes(), option::of(quotes(family)))
        .prop_map(|(kind, code, quote)| Icmp { kind, code, body: IcmpBody::Error(quote) });
    let known: Vec<u8> = queries(family).into_iter().chain(errors(family)).collect();
    let plain = (any::<u8>(), any::<u8>())
        .prop_filter("has a meaning", move |(kind, _)| {
            !(known.contains(kind) || family == Family::Ipv6 && (133..=137).contains(kind))
        })
        .prop_map(|(kind, code)| Icmp { kind, code, body: IcmpBody::Plain });
    let mut kinds = vec![query.boxed(), error.boxed(), plain.boxed()];
    if family == Family::Ipv6 {
        kinds.push(neighbors().boxed());
    }
    Union::new(kinds)
}

fn codes() -> impl Strategy<Value = u8> {
    prop_oneof![Just(0_u8), 0_u8..8, any::<u8>()]
}

fn neighbors() -> impl Strategy<Value = Icmp> {
    (133_u8..=137, prop_oneof![4 => Just(0_u8), 1 => any::<u8>()], any::<Ipv6Addr>(), option::of(macs())).prop_map(
        |(kind, code, target, mac)| {
            let neighbor = match kind {
                133 => Neighbor::RouterSolicitation { source_mac: mac },
                134 => Neighbor::RouterAdvertisement { source_mac: mac },
                135 => Neighbor::Solicitation { target, source_mac: mac },
                136 => Neighbor::Advertisement { target, target_mac: mac },
                _ => Neighbor::Redirect { target },
            };
            Icmp { kind, code, body: IcmpBody::Neighbor(neighbor) }
        },
    )
}

fn quotes(family: Family) -> impl Strategy<Value = Quote> {
    let endpoints = (any::<[u8; 16]>(), any::<[u8; 16]>()).prop_map(move |(source, destination)| match family {
        Family::Ipv4 => Endpoints::V4(last_four(source).into(), last_four(destination).into()),
        Family::Ipv6 => Endpoints::V6(source.into(), destination.into()),
    });
    let with_ports = [17, 136, 132, 33].map(IpProtocol).to_vec();
    let kinds = queries(family);
    let transport = prop_oneof![
        (ports(), any::<u32>()).prop_map(|(ports, sequence)| QuotedTransport::Tcp { ports, sequence }),
        (prop::sample::select(with_ports), ports())
            .prop_map(|(protocol, ports)| QuotedTransport::Ports { protocol, ports }),
        (prop::sample::select(kinds), any::<u8>(), any::<u16>())
            .prop_map(|(kind, code, identifier)| QuotedTransport::Query { kind, code, identifier }),
        unread_protocols(family, any::<u8>()).prop_map(QuotedTransport::Other),
        Just(QuotedTransport::Other(IpProtocol::icmp(family))),
    ];
    (endpoints, transport).prop_map(|(endpoints, transport)| Quote { endpoints, transport })
}

fn last_four(octets: [u8; 16]) -> [u8; 4] {
    let [.., a, b, c, d] = octets;
    [a, b, c, d]
}

/// Protocols whose header is not read, in this family.
fn unread_protocols(family: Family, numbers: impl Strategy<Value = u8>) -> impl Strategy<Value = IpProtocol> {
    numbers.prop_map(move |number| match (family, number) {
        (_, 6 | 17 | 33 | 132 | 136) | (Family::Ipv4, 1) | (Family::Ipv6, 0 | 43 | 44 | 58 | 60) => IpProtocol::GRE,
        (_, number) => IpProtocol(number),
    })
}

/// Bytes of the header that a frame of such a packet needs.
fn header_length(transport: &Transport) -> u32 {
    match transport {
        Transport::Tcp(tcp) => {
            let scale = if tcp.window_scale.is_some() { 3 } else { 0 };
            let permitted = if tcp.sack_permitted { 2 } else { 0 };
            let edge = if tcp.sack_edge.is_some() { 10 } else { 0 };
            (20_u32 + scale + permitted + edge).next_multiple_of(4)
        }
        Transport::Udp(_) | Transport::UdpLite(_) | Transport::Icmp(_) => 8,
        Transport::Sctp(_) | Transport::Dccp(_) => 12,
        Transport::Other(_) | Transport::Missing(_) => 0,
    }
}

/// Bytes behind the header without which a frame cannot say what the packet says.
fn least_payload(transport: &Transport) -> u32 {
    match transport {
        Transport::Udp(Udp { dhcp: Some(_), .. }) => 236,
        Transport::Icmp(Icmp { body: IcmpBody::Error(Some(quote)), .. }) => match quote.endpoints.family() {
            Family::Ipv4 => 28,
            Family::Ipv6 => 48,
        },
        Transport::Icmp(Icmp { body: IcmpBody::Neighbor(neighbor), .. }) => match neighbor {
            Neighbor::RouterSolicitation { source_mac } => source_mac.map_or(0, |_| 8),
            Neighbor::RouterAdvertisement { source_mac } => 8 + source_mac.map_or(0, |_| 8),
            Neighbor::Solicitation { source_mac, .. } => 16 + source_mac.map_or(0, |_| 8),
            Neighbor::Advertisement { target_mac, .. } => 16 + target_mac.map_or(0, |_| 8),
            Neighbor::Redirect { .. } => 32,
        },
        _ => 0,
    }
}

/// Options of neighbor discovery come in units of eight bytes.
fn fitting(transport: &Transport, extra: u32) -> u32 {
    match transport {
        Transport::Icmp(Icmp { body: IcmpBody::Neighbor(_), .. }) => extra / 8 * 8,
        _ => extra,
    }
}
