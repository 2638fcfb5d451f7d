//! UDP and protocols without a connection.

use conntrack::Way::{self, Original, Reply};
use conntrack::{Class, Conntrack, Sender, Zone};
use wire::{Datagram, Endpoints, IpProtocol, Ports, Transport, Udp};

use crate::conversation::play;
use crate::packets::{LENGTH, OPENER, PORTS, ZONE, datagram, ms, other, ports, strict, udp, v4, v6};

/// Milliseconds, direction, outcome.
type Line<'a> = (u64, Way, &'a str);

fn check(packet: impl Fn(Way) -> Datagram, lines: &[Line]) {
    let mut table = Conntrack::new(strict());
    for &(millis, way, expect) in lines {
        assert_eq!(play(&mut table, &packet(way), millis), expect, "at {millis} ms of {lines:?}");
    }
}

#[test]
fn udp_lives_30_s_and_as_a_stream_120_s() {
    check(udp, &[(10, Original, "new unreplied"), (30_009, Reply, "replied")]);
    check(udp, &[(10, Original, "new unreplied"), (30_010, Original, "new unreplied")]);
    check(udp, &[(10, Original, "new unreplied"), (20, Reply, "replied"), (30_020, Original, "new unreplied")]);
    let stream = [
        (10, Original, "new unreplied"),
        (20, Reply, "replied"),
        (2_010, Original, "replied"),
        (2_011, Reply, "stream"),
    ];
    check(udp, &[stream.as_slice(), &[(122_010, Original, "stream")]].concat());
    check(udp, &[stream.as_slice(), &[(122_011, Original, "new unreplied")]].concat());
}

#[test]
fn the_others_live_by_protocol() {
    let lite = |way| datagram(v4(way), Transport::UdpLite(ports(way)), 20);
    check(lite, &[(0, Original, "new unreplied"), (29_999, Reply, "replied"), (59_999, Reply, "new unreplied")]);
    let sctp = |way| datagram(v6(way), Transport::Sctp(ports(way)), 20);
    check(sctp, &[(0, Original, "new unreplied"), (29_999, Reply, "replied"), (239_998, Reply, "replied")]);
    check(sctp, &[(0, Original, "new unreplied"), (30_000, Reply, "new unreplied")]);
    let dccp = |way| datagram(v4(way), Transport::Dccp(ports(way)), 20);
    check(dccp, &[(0, Original, "new unreplied"), (239_999, Reply, "replied"), (43_439_998, Original, "replied")]);
    let gre = |way| other(way, IpProtocol::GRE);
    check(gre, &[(0, Original, "new unreplied"), (599_999, Reply, "replied"), (1_199_999, Reply, "new unreplied")]);
}

#[test]
fn only_the_exact_answer_belongs() {
    let mut table = Conntrack::new(strict());
    play(&mut table, &udp(Original), 10);
    let answer = |ports| datagram(v4(Reply), Transport::Udp(Udp { ports, dhcp: None }), 20);
    let mut check = |packet, expect| assert_eq!(play(&mut table, &packet, 20), expect);
    check(answer(Ports { source: 81, ..PORTS.reverse() }), "new unreplied");
    check(answer(Ports { destination: 1, ..PORTS.reverse() }), "new unreplied");
    check(answer(PORTS.reverse()), "replied");
    check(datagram(v4(Reply), Transport::UdpLite(PORTS.reverse()), 20), "new unreplied");
    check(other(Reply, IpProtocol::ESP), "new unreplied");
    check(other(Original, IpProtocol::ESP), "replied");
    check(other(Original, IpProtocol::AH), "new unreplied");
}

#[test]
fn zones_know_nothing_of_each_other() {
    let mut table = Conntrack::new(strict());
    play(&mut table, &udp(Original), 10);
    let check = |zone, opens| {
        let class = table.classify(zone, Sender::Instance, &udp(Reply), ms(20));
        assert_eq!(matches!(class, Class::New(_)), opens, "{class:?}");
    };
    check(ZONE, false);
    check(Zone(2), true);
}

#[test]
fn a_fragment_without_its_header_is_not_tracked() {
    let mut table = Conntrack::new(strict());
    play(&mut table, &udp(Original), 10);
    let fragment = datagram(v4(Reply), Transport::Missing(IpProtocol::UDP), 20);
    assert_eq!(table.classify(ZONE, Sender::Instance, &fragment, ms(20)), Class::Untracked);
}

#[test]
fn only_the_other_side_answers() {
    let mut table = Conntrack::new(strict());
    let own_reply = Ports { source: 7, destination: 7 };
    let loopback = datagram(Endpoints::V4(OPENER, OPENER), Transport::Udp(Udp { ports: own_reply, dhcp: None }), 20);
    for packet in [loopback, udp(Original)] {
        let Class::New(tentative) = table.classify(ZONE, Sender::Remote, &packet, ms(10)) else { panic!("{packet:?}") };
        table.commit(tentative, 1, 0, LENGTH, ms(10)).unwrap();
    }
    let check = |sender, packet: &Datagram, expect| {
        let found = match table.classify(ZONE, sender, packet, ms(20)) {
            Class::Established(step) => Some(step.way()),
            _ => None,
        };
        assert_eq!(found, expect, "{sender:?} {packet:?}");
    };
    check(Sender::Remote, &udp(Original), Some(Original));
    check(Sender::Instance, &udp(Reply), Some(Reply));
    check(Sender::Instance, &udp(Original), None);
    check(Sender::Remote, &udp(Reply), None);
    check(Sender::Remote, &loopback, Some(Original));
    check(Sender::Instance, &loopback, Some(Reply));
}

#[test]
fn packets_and_bytes_are_counted_by_direction() {
    let mut table = Conntrack::new(strict());
    for (millis, way) in [(10, Original), (20, Original), (30, Reply), (40, Original)] {
        play(&mut table, &udp(way), millis);
    }
    let (_, flow) = table.flows().next().unwrap();
    let check = |way, packets, bytes| {
        assert_eq!((flow.counters(way).packets, flow.counters(way).bytes), (packets, bytes));
    };
    check(Original, 3, 300);
    check(Reply, 1, 100);
    assert_eq!(flow.expires(), ms(30_040));
}
