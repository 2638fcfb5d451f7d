//! Flows that a later policy refuses, and takes back.

use conntrack::Way::{Original, Reply};
use conntrack::{Class, Config, Conntrack, FlowId, Sender, Step};
use wire::Datagram;

use crate::conversation::{HANDSHAKE, after, play};
use crate::packets::{LENGTH, ZONE, ms, query, sender, strict, tcp, udp, v4};

fn open(config: Config) -> (Conntrack, FlowId) {
    let table = after(config, &HANDSHAKE);
    let (id, _) = table.flows().next().unwrap();
    (table, id)
}

#[track_caller]
fn revoked(table: &Conntrack, packet: &Datagram, millis: u64) -> Step {
    match table.classify(ZONE, sender(packet), packet, ms(millis)) {
        Class::Revoked(step) => step,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_same_connection_flows_again() {
    let (mut table, id) = open(Config::default());
    let data = tcp(Original, "PA", 1001, 9001, 100);
    table.revoke(id, 2, ms(40));
    for millis in [50, 250, 650] {
        let step = revoked(&table, &data, millis);
        table.touch(step, ms(millis));
    }
    // Neither side gets through, and the other way does not pick it up.
    revoked(&table, &tcp(Reply, "PA", 9001, 1001, 10), 700);
    // What was dropped did not arrive, so nothing acknowledges it.
    assert_eq!(play(&mut table, &tcp(Reply, "A", 9001, 1101, 0), 710), "tcp-ack");

    let step = revoked(&table, &data, 1450);
    assert_eq!(step.way(), Original);
    table.renew(step.flow(), 3, 9);
    table.advance(step, LENGTH, ms(1450));
    let flow = table.flow(id).unwrap();
    assert_eq!((flow.revision(), flow.mark(), flow.is_revoked()), (3, 9, false));
    assert_eq!(play(&mut table, &tcp(Reply, "A", 9001, 1101, 0), 1460), "ESTABLISHED");
}

#[test]
fn a_revoked_flow_stays_as_long_as_its_ends_go_on() {
    let (mut table, id) = open(Config::default());
    let data = tcp(Original, "PA", 1001, 9001, 100);
    table.revoke(id, 2, ms(0));
    for seconds in [299, 598, 897] {
        let step = revoked(&table, &data, seconds * 1000);
        table.touch(step, ms(seconds * 1000));
    }
    revoked(&table, &data, 1_196_999);
    assert_eq!(play(&mut table, &data, 1_197_000), "new ESTABLISHED");
}

#[test]
fn a_dropped_packet_of_a_revoked_flow_changes_nothing_else() {
    let (mut table, id) = open(strict());
    table.revoke(id, 2, ms(40));
    let before = table.flow(id);
    let step = revoked(&table, &tcp(Original, "R", 1001, 0, 0), 40);
    table.advance(step, LENGTH, ms(40));
    let step = revoked(&table, &tcp(Original, "PA", 1001, 9001, 9), 40);
    table.touch(step, ms(40));
    assert_eq!(table.flow(id), before);
}

#[test]
fn a_syn_asks_the_rules_again() {
    for way in [Original, Reply] {
        let (mut table, id) = open(strict());
        table.revoke(id, 2, ms(40));
        assert_eq!(play(&mut table, &tcp(way, "S", 777, 0, 0), 50), "new SYN_SENT");
        assert_eq!(table.flow(id), None);
        assert_eq!(table.len(), 1);
    }
}

#[test]
fn a_refused_syn_leaves_the_revoked_flow() {
    let (mut table, id) = open(strict());
    table.revoke(id, 2, ms(40));
    let before = table.flow(id);
    assert!(matches!(table.classify(ZONE, Sender::Remote, &tcp(Original, "S", 777, 0, 0), ms(50)), Class::New(_)));
    assert_eq!(table.flow(id), before);
}

#[test]
fn an_answer_does_not_open_a_refused_flow_again() {
    let check = |first: &Datagram, answer: &Datagram, expect| {
        let mut table = Conntrack::new(Config::default());
        play(&mut table, first, 10);
        let (id, _) = table.flows().next().unwrap();
        table.revoke(id, 2, ms(30));
        for packet in [answer, first] {
            let step = revoked(&table, packet, 40);
            table.touch(step, ms(40));
        }
        table.renew(id, 3, 0);
        assert_eq!(play(&mut table, answer, 50), expect);
    };
    check(&udp(Original), &udp(Reply), "replied");
    check(&query(v4(Original), 8, 7), &query(v4(Reply), 0, 7), "replied");
    check(&tcp(Original, "PA", 1001, 9001, 0), &tcp(Reply, "PA", 9001, 1001, 0), "ESTABLISHED");
}

#[test]
fn the_first_of_two_tentative_flows_stays() {
    let mut table = Conntrack::new(strict());
    let tentative = |table: &Conntrack| match table.classify(ZONE, Sender::Remote, &udp(Original), ms(10)) {
        Class::New(tentative) => tentative,
        other => panic!("{other:?}"),
    };
    let (first, second) = (tentative(&table), tentative(&table));
    let id = table.commit(first, 1, 5, LENGTH, ms(10)).unwrap();
    assert_eq!(table.commit(second, 2, 6, LENGTH, ms(10)), Ok(id));
    assert_eq!(table.flow(id).unwrap().mark(), 5);
    assert_eq!(table.len(), 1);
}
