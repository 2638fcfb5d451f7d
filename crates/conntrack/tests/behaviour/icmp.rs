//! ICMP queries, and ICMP errors about other flows.

use core::net::Ipv4Addr;

use conntrack::Way::{Original, Reply};
use conntrack::{Conntrack, Way};
use wire::{Datagram, Icmp, IcmpBody, IpProtocol, Neighbor, Ports, Quote, QuotedTransport, Transport};

use crate::conversation::{HANDSHAKE, Line, after, play};
use crate::packets::{
    ANSWERER, OPENER, PORTS, ROUTER, datagram, error, ms, other, ports, query, quote, strict, udp, v4, v6,
};

#[test]
fn an_answer_needs_its_question() {
    let check = |packets: &[(u64, Datagram, &str)]| {
        let mut table = Conntrack::new(strict());
        for (millis, packet, expect) in packets {
            assert_eq!(play(&mut table, packet, *millis), *expect, "{packet:?} at {millis} ms");
        }
    };
    for (kind, answer) in [(8, 0), (13, 14), (15, 16), (17, 18)] {
        check(&[
            (10, query(v4(Original), kind, 7), "new unreplied"),
            (20, query(v4(Reply), answer, 8), "icmp-reply-without-request"),
            (30, query(v4(Original), answer, 7), "icmp-reply-without-request"),
            (40, query(v4(Reply), answer, 7), "replied"),
            (50, query(v4(Reply), kind, 7), "new unreplied"),
            (30_040, query(v4(Reply), answer, 7), "icmp-reply-without-request"),
        ]);
    }
    for (kind, answer) in [(128, 129), (139, 140)] {
        check(&[
            (10, query(v6(Reply), kind, 7), "new unreplied"),
            (20, query(v6(Original), answer, 7), "replied"),
            (30_019, query(v6(Original), answer, 7), "replied"),
            (60_019, query(v6(Original), answer, 7), "icmp-reply-without-request"),
        ]);
    }
}

#[test]
fn what_is_neither_query_nor_error_is_not_tracked() {
    let check = |endpoints, kind, body| {
        let packet = datagram(endpoints, Transport::Icmp(Icmp { kind, code: 0, body }), 20);
        assert_eq!(play(&mut Conntrack::new(strict()), &packet, 10), "untracked");
    };
    check(v4(Original), 9, IcmpBody::Plain);
    check(v4(Original), 200, IcmpBody::Plain);
    check(v6(Original), 130, IcmpBody::Plain);
    check(v6(Original), 143, IcmpBody::Plain);
    check(v6(Original), 133, IcmpBody::Neighbor(Neighbor::RouterSolicitation { source_mac: None }));
}

/// Checks an error after a conversation, and that it changes nothing.
#[track_caller]
fn check_error(mut table: Conntrack, packet: Datagram, expect: &str) {
    let before: Vec<_> = table.flows().map(|(_, flow)| flow.clone()).collect();
    assert_eq!(play(&mut table, &packet, 100), expect, "{packet:?}");
    assert_eq!(table.flows().map(|(_, flow)| flow.clone()).collect::<Vec<_>>(), before);
}

fn tcp_quote(way: Way, sequence: u32) -> Option<Quote> {
    Some(quote(v4(way), QuotedTransport::Tcp { ports: ports(way), sequence }))
}

#[test]
fn an_error_belongs_to_the_flow_that_it_quotes() {
    let table = || {
        let mut table = Conntrack::new(strict());
        play(&mut table, &udp(Original), 10);
        table
    };
    let udp_quote = |way, ports| Some(quote(v4(way), QuotedTransport::Ports { protocol: IpProtocol::UDP, ports }));
    for kind in [3, 4, 5, 11, 12] {
        check_error(table(), error(OPENER, kind, udp_quote(Original, PORTS)), "related Reply");
    }
    check_error(table(), error(ANSWERER, 3, udp_quote(Reply, PORTS.reverse())), "related Original");
    check_error(table(), error(OPENER, 3, None), "icmp-quote-missing");
    check_error(table(), error(ANSWERER, 3, udp_quote(Original, PORTS)), "icmp-destination");
    check_error(table(), error(ROUTER, 3, udp_quote(Original, PORTS)), "icmp-destination");
    check_error(table(), error(OPENER, 3, udp_quote(Original, PORTS.reverse())), "icmp-unknown-flow");
    let elsewhere = Ports { destination: 54, ..PORTS };
    check_error(table(), error(OPENER, 3, udp_quote(Original, elsewhere)), "icmp-unknown-flow");
    let nested = Some(quote(v4(Original), QuotedTransport::Other(IpProtocol::ICMP)));
    check_error(table(), error(OPENER, 3, nested), "icmp-unknown-flow");

    let mut expired = table();
    assert_eq!(play(&mut expired, &error(OPENER, 3, udp_quote(Original, PORTS)), 30_010), "icmp-unknown-flow");
}

#[test]
fn errors_about_queries_and_plain_protocols() {
    let check = |first: Datagram, to: Ipv4Addr, quoted, expect| {
        let mut table = Conntrack::new(strict());
        play(&mut table, &first, 10);
        check_error(table, error(to, 3, Some(quoted)), expect);
    };
    let echo = |way, kind| quote(v4(way), QuotedTransport::Query { kind, code: 0, identifier: 7 });
    check(query(v4(Original), 8, 7), OPENER, echo(Original, 8), "related Reply");
    check(query(v4(Original), 8, 7), ANSWERER, echo(Reply, 0), "related Original");
    check(query(v4(Original), 8, 7), ANSWERER, echo(Reply, 8), "icmp-unknown-flow");
    let gre = |way| quote(v4(way), QuotedTransport::Other(IpProtocol::GRE));
    check(other(Original, IpProtocol::GRE), OPENER, gre(Original), "related Reply");
    check(other(Original, IpProtocol::ESP), OPENER, gre(Original), "icmp-unknown-flow");
}

#[test]
fn errors_in_icmpv6() {
    let mut table = Conntrack::new(strict());
    let packet = |way| datagram(v6(way), Transport::Sctp(ports(way)), 20);
    play(&mut table, &packet(Original), 10);
    let quoted = quote(v6(Original), QuotedTransport::Ports { protocol: IpProtocol::SCTP, ports: PORTS });
    for kind in 1..=4 {
        let body = IcmpBody::Error(Some(quoted));
        let error = datagram(v6(Reply), Transport::Icmp(Icmp { kind, code: 0, body }), 48);
        check_error(table.clone(), error, "related Reply");
    }
}

#[test]
fn a_quoted_tcp_segment_must_be_in_flight() {
    let open: Vec<Line> = [
        HANDSHAKE.as_slice(),
        &[(40, Original, "PA", 1001, 9001, 100, "ESTABLISHED"), (50, Reply, "A", 9001, 1051, 0, "ESTABLISHED")],
    ]
    .concat();
    let check = |lines: &[Line], to, way, sequence, expect| {
        check_error(after(strict(), lines), error(to, 3, tcp_quote(way, sequence)), expect);
    };
    check(&open, OPENER, Original, 1051, "related Reply");
    check(&open, OPENER, Original, 1101, "related Reply");
    check(&open, OPENER, Original, 1050, "icmp-inner-window");
    check(&open, OPENER, Original, 1102, "icmp-inner-window");
    check(&open, OPENER, Original, 0x8000_0000, "icmp-inner-window");
    check(&open, ANSWERER, Reply, 9001, "related Original");
    check(&open, ANSWERER, Reply, 9000, "icmp-inner-window");
    check(&open, ANSWERER, Reply, 9002, "icmp-inner-window");
    let opening = &HANDSHAKE[..1];
    check(opening, OPENER, Original, 1000, "related Reply");
    check(opening, OPENER, Original, 999, "icmp-inner-window");
    check(opening, OPENER, Original, 1002, "icmp-inner-window");
    check(opening, ANSWERER, Reply, 9000, "icmp-inner-window");
}

#[test]
fn an_error_about_a_revoked_flow_is_unknown() {
    let mut table = after(strict(), &HANDSHAKE);
    let (id, _) = table.flows().next().unwrap();
    table.revoke(id, 2, ms(50));
    check_error(table, error(OPENER, 3, tcp_quote(Original, 1001)), "icmp-unknown-flow");
}
