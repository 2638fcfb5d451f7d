//! Random packets between one vnic and two remote hosts, one after the other and as fast as they can be sent.
//!
//! The hosts have addresses in ranges of their own, so that the same play can be given many times side by side, each time
//! with other hosts: see [`numbered`].

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use conntrack::PickUp;
use policy::{Direction, Document, Family};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use wire::{Datagram, Endpoints, Icmp, IcmpBody, IpProtocol, Payload, Ports, Sketch, Transport, Udp};

use crate::worlds::{Act, Arrival, Talk, Tamper, acts, answer_to, error_about, opposite, segments, tampers};

/// The vnic.
const VNIC: &str = "a";
const OWN: [&str; 2] = ["192.0.2.10", "2001:db8:1::10"];
/// The first of each range of remote hosts.
const REMOTES: [[&str; 2]; 2] = [["10.0.0.1", "2001:db8:a::1"], ["11.0.0.1", "2001:db8:b::1"]];

/// How many connections a play has.
const TALKS: usize = 5;

/// What passes one vnic.
#[derive(Clone, Debug)]
pub struct Play {
    beats: Vec<Beat>,
}

/// Something that happens.
#[derive(Clone, Debug)]
enum Beat {
    /// One of the TCP connections goes on.
    Talk(usize, Act),
    /// A packet arrives.
    Arrive(Arrival),
    /// A packet and its answer arrive.
    Exchange(Arrival),
    /// A packet that arrived before (the last is 0) arrives again.
    Again(usize),
    /// It arrives from the other side, as it is.
    Mirror(usize),
    /// Its answer arrives.
    Answer(usize),
    /// An ICMP error about it arrives.
    Error(usize, Tamper),
}

/// Random plays of up to so many beats.
pub fn plays(most: usize) -> BoxedStrategy<Play> {
    let beat = prop_oneof![
        16 => (0..TALKS, acts()).prop_map(|(talk, act)| Beat::Talk(talk, act)),
        2 => packets().prop_map(Beat::Arrive),
        3 => packets().prop_map(Beat::Exchange),
        2 => (0..4_usize).prop_map(Beat::Again),
        1 => (0..4_usize).prop_map(Beat::Mirror),
        2 => (0..4_usize).prop_map(Beat::Answer),
        2 => (0..4_usize, tampers()).prop_map(|(of, tamper)| Beat::Error(of, tamper)),
    ];
    vec(beat, 1..=most).prop_map(|beats| Play { beats }).boxed()
}

impl Play {
    /// The packets, between the vnic and the first hosts.
    pub fn arrivals(&self) -> Vec<Arrival> {
        let mut talks = talks();
        let mut past: Vec<Arrival> = Vec::new();
        for beat in &self.beats {
            let after = |back: usize| past.len().checked_sub(back + 1).map(|at| &past[at]);
            let next: Vec<Arrival> = match beat {
                Beat::Talk(talk, act) => talks[*talk].play(act),
                Beat::Arrive(arrival) => vec![arrival.clone()],
                Beat::Exchange(arrival) => [arrival.clone()].into_iter().chain(answer_to(arrival)).collect(),
                Beat::Again(back) => after(*back).cloned().into_iter().collect(),
                Beat::Mirror(back) => after(*back).map(mirror).into_iter().collect(),
                Beat::Answer(back) => after(*back).and_then(answer_to).into_iter().collect(),
                Beat::Error(back, tamper) => {
                    after(*back).and_then(|past| error_about(past, *tamper)).into_iter().collect()
                }
            };
            past.extend(next);
        }
        past
    }
}

/// The same packet with the remote host of another play.
pub fn numbered(sketch: &Sketch, number: u32) -> Sketch {
    let Payload::Ip(datagram) = sketch.payload else { return *sketch };
    let transport = match datagram.transport {
        Transport::Icmp(Icmp { kind, code, body: IcmpBody::Error(Some(mut quote)) }) => {
            quote.endpoints = moved(quote.endpoints, number);
            Transport::Icmp(Icmp { kind, code, body: IcmpBody::Error(Some(quote)) })
        }
        other => other,
    };
    let endpoints = moved(datagram.endpoints, number);
    Sketch { payload: Payload::Ip(Datagram { endpoints, transport, ..datagram }), ..*sketch }
}

/// Random documents with one vnic whose rules tell the hosts, the protocols and the ports apart, and whether flows are picked
/// up in the middle.
pub fn projects() -> BoxedStrategy<(Document, PickUp)> {
    let pick_up = prop_oneof![Just(PickUp::MidStream), Just(PickUp::Never)];
    (documents(), pick_up).boxed()
}

fn documents() -> BoxedStrategy<Document> {
    let texts = [
        "ingress ipv4 tcp 80 from any",
        "ingress ipv4 tcp 80-81 from 10.0.0.0/8",
        "ingress ipv4 tcp from 11.0.0.0/8",
        "ingress ipv6 tcp 1-1024 from any",
        "egress ipv4 tcp 443 to 10.0.0.0/8",
        "egress ipv4 any to any",
        "egress ipv6 any to any",
        "egress ipv4 udp 53 to any",
        "ingress ipv4 udp 53,4000-5000 from 10.0.0.0/8",
        "ingress ipv6 udp from 2001:db8:a::/48",
        "ingress ipv4 icmp 8/0 from any",
        "ingress ipv4 icmp from 11.0.0.0/8",
        "ingress ipv6 icmpv6 128/0 from any",
        "egress ipv4 icmp 8 to 10.0.0.0/8",
        "ingress ipv4 50 from any",
        "ingress ipv4 any from group:g",
        "ingress ipv4 any from address-group:s",
    ];
    // Connections need rules, else little is seen of them.
    let open = prop_oneof![3 => Just(&["ingress ipv4 tcp from any", "egress ipv4 any to any", "ingress ipv6 tcp from any"][..]), 1 => Just(&[][..])];
    (open, subsequence(texts.to_vec(), 0..=8))
        .prop_map(|(open, texts)| document(open.iter().copied().chain(texts)))
        .boxed()
}

/// A document with one vnic that has these rules.
fn document<'a>(rules: impl Iterator<Item = &'a str>) -> Document {
    let mut text = "version: 1
networks: [{id: net, subnets: [{prefix: 192.0.2.0/24}, {prefix: '2001:db8:1::/64'}]}]
address_groups: [{id: s, prefixes: [11.0.0.0/9]}]
groups:
  - id: default
    rules: []
  - id: g
    rules:
"
    .to_owned();
    let mut seen: Vec<&str> = Vec::new();
    for rule in rules.filter(|rule| !rule.is_empty()) {
        if !seen.contains(&rule) {
            text.push_str(&format!("      - r{}: {rule}\n", seen.len()));
            seen.push(rule);
        }
    }
    if seen.is_empty() {
        text.push_str("      []\n");
    }
    text.push_str(&format!(
        "instances: [{{id: {VNIC}, vnics: [{{network: net, mac: '52:54:00:00:00:0a', addresses: [{}, '{}'], groups: [g]}}]}}]\n",
        OWN[0], OWN[1]
    ));
    let (document, faults) = Document::read(&text);
    assert!(faults.is_empty(), "{text}\n{faults:?}");
    document
}

/// Whether an address is the vnic's.
pub fn is_own(address: IpAddr) -> bool {
    OWN.iter().any(|own| own.parse() == Ok(address))
}

fn talks() -> Vec<Talk> {
    const IN: &[(&str, Direction)] = &[(VNIC, Direction::Ingress)];
    const OUT: &[(&str, Direction)] = &[(VNIC, Direction::Egress)];
    let [[first, first_v6], [second, _]] = REMOTES;
    vec![
        Talk::new(IN, first, OWN[0], 80),
        Talk::new(OUT, OWN[0], first, 443),
        Talk::new(IN, first_v6, OWN[1], 81),
        Talk::new(IN, second, OWN[0], 81),
        Talk::new(OUT, OWN[0], second, 22),
    ]
}

fn packets() -> BoxedStrategy<Arrival> {
    let direction = prop_oneof![Just(Direction::Ingress), Just(Direction::Egress)];
    let family = prop_oneof![2 => Just(Family::Ipv4), 1 => Just(Family::Ipv6)];
    let payload = prop_oneof![Just(0_u32), Just(20), Just(1000)];
    (direction, family, 0..2_usize, payload)
        .prop_flat_map(|(direction, family, remote, payload)| {
            transports(family).prop_map(move |transport| arrival(direction, family, remote, transport, payload))
        })
        .boxed()
}

fn arrival(direction: Direction, family: Family, remote: usize, transport: Transport, payload: u32) -> Arrival {
    let column = match family {
        Family::Ipv4 => 0,
        Family::Ipv6 => 1,
    };
    let address = |text: &str| text.parse::<IpAddr>().expect("an address");
    let (own, remote) = (address(OWN[column]), address(REMOTES[remote][column]));
    let endpoints = match direction {
        Direction::Ingress => Endpoints::new(remote, own),
        Direction::Egress => Endpoints::new(own, remote),
    };
    let endpoints = endpoints.expect("one family");
    let datagram = Datagram { endpoints, hop_limit: 64, fragment: None, transport, payload };
    Arrival {
        vnic: VNIC.parse().expect("an id"),
        direction,
        sketch: Sketch { macs: None, payload: Payload::Ip(datagram) },
    }
}

fn transports(family: Family) -> BoxedStrategy<Transport> {
    let ports = || {
        (select(&[53_u16, 4000, 5001, 40_000][..]), select(&[53_u16, 80, 4000, 5001][..]))
            .prop_map(|(source, destination)| Ports { source, destination })
    };
    let kinds: &[u8] = match family {
        Family::Ipv4 => &[0, 8, 8, 13, 14, 15, 16, 17, 18],
        Family::Ipv6 => &[128, 128, 129],
    };
    let query = (select(kinds), 0..2_u8, 7..9_u16).prop_map(|(kind, code, identifier)| {
        Transport::Icmp(Icmp { kind, code, body: IcmpBody::Query { identifier, sequence: 1 } })
    });
    let plain: &[u8] = match family {
        Family::Ipv4 => &[9, 10, 30, 255],
        Family::Ipv6 => &[9, 139, 140, 255],
    };
    let plain = select(plain).prop_map(|kind| Transport::Icmp(Icmp { kind, code: 0, body: IcmpBody::Plain }));
    prop_oneof![
        6 => ports().prop_map(|ports| Transport::Udp(Udp { ports, dhcp: None })),
        5 => query,
        1 => plain,
        2 => select(&[50_u8, 89, 253][..]).prop_map(|number| Transport::Other(IpProtocol(number))),
        3 => segments(ports()),
    ]
    .boxed()
}

fn mirror(past: &Arrival) -> Arrival {
    Arrival { direction: opposite(past.direction), ..past.clone() }
}

fn moved(endpoints: Endpoints, number: u32) -> Endpoints {
    match endpoints {
        Endpoints::V4(source, destination) => Endpoints::V4(moved_v4(source, number), moved_v4(destination, number)),
        Endpoints::V6(source, destination) => Endpoints::V6(moved_v6(source, number), moved_v6(destination, number)),
    }
}

fn moved_v4(address: Ipv4Addr, number: u32) -> Ipv4Addr {
    match address.octets()[0] {
        10 | 11 => Ipv4Addr::from(u32::from(address) + number),
        _ => address,
    }
}

fn moved_v6(address: Ipv6Addr, number: u32) -> Ipv6Addr {
    match address.segments()[2] {
        0xa | 0xb => Ipv6Addr::from(u128::from(address) + u128::from(number)),
        _ => address,
    }
}
