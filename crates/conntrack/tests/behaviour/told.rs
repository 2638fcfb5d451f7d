//! What is told of flows and of the table: names, states, counters, and what an operator changes.

use core::time::Duration;

use conntrack::{Class, Config, Conntrack, Invalid, PickUp, TableFull, Timeouts, Way, Zone};
use wire::{Datagram, IpProtocol, Transport};

use crate::conversation::{HANDSHAKE, Line, after, play};
use crate::packets::{ZONE, datagram, ms, ports, sender, strict, tcp, udp, v4};
use Way::{Original, Reply};

/// The only flow, as text: its state, and what else is known of it.
fn flow(table: &Conntrack) -> String {
    let (_, flow) = table.flows().next().expect("a flow");
    let mut text = flow.state().to_string();
    if flow.is_assured() {
        text.push_str(" assured");
    }
    if flow.is_revoked() {
        text.push_str(" revoked");
    }
    text
}

#[test]
fn a_connection_is_assured_once_both_ends_took_part() {
    let pick_up = Config { pick_up: PickUp::MidStream, ..strict() };
    let check = |config, lines: &[Line], expect| assert_eq!(flow(&after(config, lines)), expect, "{lines:?}");
    check(strict(), &HANDSHAKE[..1], "SYN_SENT");
    check(strict(), &HANDSHAKE[..2], "SYN_RECV");
    check(strict(), &HANDSHAKE, "ESTABLISHED assured");
    let fin = (40, Original, "FA", 1001, 9001, 0, "");
    check(strict(), &[&HANDSHAKE[..], &[fin]].concat(), "FIN_WAIT assured");
    let middle = (10, Original, "A", 1001, 9001, 10, "");
    check(pick_up, &[middle], "ESTABLISHED");
    check(pick_up, &[middle, (20, Reply, "A", 9001, 1011, 0, "")], "ESTABLISHED assured");
}

#[test]
fn protocols_without_a_handshake_are_assured_when_answered() {
    let sctp = |way| datagram(v4(way), Transport::Sctp(ports(way)), 20);
    let gre = |way| datagram(v4(way), Transport::Other(IpProtocol::GRE), 20);
    let check = |packet: &dyn Fn(Way) -> Datagram| {
        let mut table = Conntrack::new(strict());
        play(&mut table, &packet(Original), 0);
        assert_eq!(flow(&table), "unreplied");
        play(&mut table, &packet(Reply), 1);
        assert_eq!(flow(&table), "replied assured");
    };
    check(&sctp);
    check(&gre);
}

#[test]
fn the_sides_of_a_connection_are_told() {
    let told = |table: &Conntrack| {
        let sides = table.flows().next().expect("a flow").1.tcp_sides();
        sides.map(|side| side.map(|side| (side.end, side.window, side.acknowledged, side.scale)))
    };
    let line = (10, Original, "S win 1000 ws 3", 1000, 0, 0, "");
    assert_eq!(told(&after(strict(), &[line])), [Some((1001, 1000, None, Some(3))), None]);
    // RFC 7323 section 2.3: a larger shift count stands for 14.
    for shift in [14, 15, 16, 255] {
        let line = (10, Original, &*format!("S win 1000 ws {shift}"), 1000, 0, 0, "");
        assert_eq!(told(&after(strict(), &[line])), [Some((1001, 1000, None, Some(14))), None], "{shift}");
    }
    let expect = [Some((1001, 64_240, Some(9001), None)), Some((9001, 64_240, Some(1001), None))];
    assert_eq!(told(&after(strict(), &HANDSHAKE)), expect);
    let mut table = Conntrack::new(strict());
    play(&mut table, &udp(Original), 0);
    assert_eq!(told(&table), [None, None]);
}

#[test]
fn a_revoked_flow_says_so_until_it_is_renewed() {
    let mut table = after(strict(), &HANDSHAKE);
    let (id, _) = table.flows().next().expect("a flow");
    table.revoke(id, 2, ms(40));
    assert_eq!(flow(&table), "ESTABLISHED assured revoked");
    table.renew(id, 3, 7);
    assert_eq!(flow(&table), "ESTABLISHED assured");
    assert_eq!(table.flow(id).map(|flow| (flow.revision(), flow.mark())), Some((3, 7)));
}

#[test]
fn a_zone_that_no_longer_tracks_is_forgotten() {
    let mut table = after(strict(), &HANDSHAKE);
    assert!(!table.is_empty());
    table.forget(Zone(9));
    assert_eq!(table.len(), 1);
    table.forget(ZONE);
    assert!(table.is_empty());
    assert!(matches!(table.classify(ZONE, sender(&udp(Original)), &udp(Original), ms(50)), Class::New(_)));
}

#[test]
fn other_timeouts_count_from_the_next_packet() {
    let mut table = Conntrack::new(strict());
    play(&mut table, &udp(Original), 0);
    let timeouts = Timeouts { udp: Duration::from_secs(5), ..Timeouts::default() };
    table.set_timeouts(timeouts);
    assert_eq!(table.config(), &Config { timeouts, ..strict() });
    let ends = |table: &Conntrack| table.flows().next().expect("a flow").1.expires();
    assert_eq!(ends(&table), ms(30_000));
    play(&mut table, &udp(Original), 1000);
    assert_eq!(ends(&table), ms(6000));
}

#[test]
fn reasons_have_names_and_sentences() {
    let names: Vec<&str> = [TableFull::Share, TableFull::Capacity].map(TableFull::name).to_vec();
    assert!(names.iter().all(|name| name.contains("full")), "{names:?}");
    assert!([TableFull::Share, TableFull::Capacity].iter().all(|full| full.to_string().contains("flow table")));
    for invalid in Invalid::ALL {
        let sentence = invalid.to_string();
        assert!(sentence.contains(' ') && sentence != invalid.name(), "{sentence}");
    }
}

#[test]
fn time_is_told_in_milliseconds() {
    assert_eq!(ms(1234).as_millis(), 1234);
    assert_eq!(conntrack::Instant::from_nanos(1_999_999).as_millis(), 1);
}

#[test]
fn a_segment_in_mid_stream_knows_the_largest_scale() {
    let config = Config { pick_up: PickUp::MidStream, ..strict() };
    let mut table = Conntrack::new(config);
    play(&mut table, &tcp(Original, "A", 1000, 9000, 0), 0);
    let [opener, answerer] = table.flows().next().expect("a flow").1.tcp_sides();
    assert_eq!(opener.map(|side| (side.window, side.scale)), Some((64_240 << 14, Some(14))));
    assert_eq!(answerer.map(|side| (side.window, side.scale)), Some((0, Some(14))));
}
