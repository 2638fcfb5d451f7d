//! Where packets go, and what is asked in vain.

use conntrack::{Config, Conntrack, Instant};
use engine::{Place, Question, Route, complete};
use policy::Direction;
use wire::Sketch;

use crate::project::{FOUND, ask, between, policy};

/// Checks the way of a packet: every hook with its ruling.
fn check(packet: &str, route: Route, expect: &[&str]) {
    let policy = policy();
    let journey = ask(&policy, packet, route).unwrap_or_else(|error| panic!("{packet}: {error}"));
    let told: Vec<String> = journey
        .legs
        .iter()
        .map(|leg| {
            let (vnic, direction) = (&policy.vnic(leg.hook.vnic).id, leg.hook.direction);
            format!("{vnic} {direction}: {}", leg.verdict.named(&policy))
        })
        .collect();
    assert_eq!(told, expect, "{packet}");
    assert_eq!(journey.arrives(), !expect.iter().any(|leg| leg.contains(": drop")), "{packet}");
}

#[test]
fn a_packet_is_judged_at_both_ends() {
    let sql = "tcp 192.0.2.10:5000 > 192.0.2.20:5432";
    check(sql, FOUND, &["web egress: accept rule:out", "db-0 ingress: accept rule:sql"]);
    check("tcp 192.0.2.20:5000 > 192.0.2.10:80", FOUND, &["db-0 egress: drop default"]);
    check("tcp 203.0.113.7:5000 > 192.0.2.10:80", FOUND, &["web ingress: accept rule:http"]);
    check("tcp 192.0.2.10:5000 > 203.0.113.7:80", FOUND, &["web egress: accept rule:out"]);
}

#[test]
fn ends_are_named_where_addresses_do_not_tell_them() {
    let sql = "tcp 192.0.2.10:5000 > 192.0.2.20:5432";
    check(sql, between(Some("outside"), None), &["db-0 ingress: accept rule:sql"]);
    check(sql, between(Some("web"), Some("outside")), &["web egress: accept rule:out"]);
    check(sql, between(Some("db-0"), None), &["db-0 egress: drop guard:source-address"]);
    let at = |name: &str, direction| Route::At { place: Place::Named(name.to_owned()), direction };
    check(sql, at("db-0", Direction::Ingress), &["db-0 ingress: accept rule:sql"]);
    check("arp who-has 192.0.2.1 tell 192.0.2.10 sha=52:54:00:00:00:0a", FOUND, &["web egress: accept infra:arp"]);
}

#[test]
fn what_cannot_be_asked_is_told() {
    let policy = policy();
    let check = |packet: &str, route: Route, expect: &str| {
        assert_eq!(ask(&policy, packet, route).expect_err(packet).to_string(), expect);
    };
    let packet = "tcp 192.0.2.10:5000 > 192.0.2.20:5432";
    check(
        packet,
        between(Some("wbe"), None),
        "there is no instance or vnic `wbe`: name one of `web`, `db-0`, `db-1`, `dns`, `free` or `outside`",
    );
    check(packet, between(None, Some("db")), "instance `db` has several vnics: name one of `db-0`, `db-1`");
    let nobody = "neither end of the packet is an instance, so nothing judges it: name an instance as one end";
    check("tcp 203.0.113.1:1 > 203.0.113.2:2", FOUND, nobody);
    check(packet, Route::At { place: Place::Outside, direction: Direction::Ingress }, nobody);
    assert_eq!(["outside", "web"].map(|name| name.parse::<Place>().unwrap().to_string()), ["outside", "web"]);
}

/// A fragment that makes its datagram whole takes those along that waited.
#[test]
fn fragments_travel_together() {
    let policy = policy();
    let mut conntrack = Conntrack::new(Config::default());
    let mut told = |packet: &str| {
        let question = Question { sketch: packet.parse().expect("a packet"), route: FOUND };
        let journey = question.ask(&policy, &mut conntrack, Instant::from_millis(0)).expect("both ends are there");
        journey.legs.iter().map(|leg| leg.verdict.named(&policy).to_string()).collect::<Vec<_>>()
    };
    let first = "tcp 192.0.2.10:5000 > 192.0.2.20:5432 [S] len=4 frag id=1 offset=0 length=24 more";
    assert_eq!(told(first), ["hold conntrack:fragment"]);
    let last = "later 6 192.0.2.10 > 192.0.2.20 frag id=1 offset=24 length=8";
    assert_eq!(told(last), ["accept rule:out", "accept rule:sql"]);
}

/// Ethernet addresses as honest senders use them.
#[test]
fn ethernet_addresses_are_filled_in() {
    let policy = policy();
    let check = |vnic: &str, direction, packet: &str, source: &str, destination: &str| {
        let index = policy.vnic_index(&vnic.parse().unwrap()).unwrap();
        let sketch: Sketch = packet.parse().unwrap();
        let complete = complete(&policy, index, direction, &sketch);
        let macs = (complete.source_mac.to_string(), complete.destination_mac.to_string());
        assert_eq!(macs, (source.to_owned(), destination.to_owned()), "{packet} at {vnic}");
    };
    let (web, db, router) = ("52:54:00:00:00:0a", "52:54:00:00:00:14", "02:00:00:00:00:01");
    check("web", Direction::Egress, "udp 192.0.2.10:1 > 192.0.2.20:2", web, db);
    check("web", Direction::Ingress, "udp 192.0.2.20:1 > 192.0.2.10:2", db, web);
    check("web", Direction::Egress, "udp 192.0.2.10:1 > 203.0.113.7:2", web, router);
    // Behind the router, though an instance has the address.
    check("web", Direction::Egress, "udp 192.0.2.10:1 > 198.18.0.20:2", web, router);
    check("web", Direction::Ingress, "udp 198.18.0.20:1 > 192.0.2.10:2", router, web);
    check("web", Direction::Egress, "udp 192.0.2.10:1 > 192.0.2.99:2", web, router);
    check("web", Direction::Egress, "udp 192.0.2.10:1 > 255.255.255.255:2", web, "ff:ff:ff:ff:ff:ff");
    check("web", Direction::Egress, "udp 192.0.2.10:1 > 239.129.3.4:2", web, "01:00:5e:01:03:04");
    check("web", Direction::Egress, "udp [2001:db8::a]:1 > [ff02::1:ff00:14]:2", web, "33:33:ff:00:00:14");
    check(
        "web",
        Direction::Egress,
        "arp who-has 192.0.2.20 tell 192.0.2.10 sha=52:54:00:00:00:0a",
        web,
        "ff:ff:ff:ff:ff:ff",
    );
    check("db-1", Direction::Egress, "udp 198.18.0.20:1 > 198.18.0.20:2", "52:54:00:00:00:15", "52:54:00:00:00:15");
    check(
        "web",
        Direction::Egress,
        "52:54:00:00:00:99 > 52:54:00:00:00:98 udp 192.0.2.10:1 > 192.0.2.20:2",
        "52:54:00:00:00:99",
        "52:54:00:00:00:98",
    );
}
