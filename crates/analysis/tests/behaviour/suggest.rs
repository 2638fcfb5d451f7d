//! Plans as people read them.

use analysis::suggest::{Flow, suggest};
use policy::{Action, Resolved};
use wire::{Payload, Sketch};

use crate::project::resolved;

/// The first plans, each as its edits with a semicolon between.
fn check(resolved: &Resolved, wish: Action, packet: &str, expect: &[&str]) {
    let sketch: Sketch = packet.parse().expect("a packet");
    let Payload::Ip(datagram) = sketch.payload else { panic!("a datagram") };
    let flow = Flow::of(datagram, resolved.policy());
    let told: Vec<String> =
        suggest(resolved, &flow, wish).iter().map(|plan| plan.to_string().replace('\n', "; ")).collect();
    let first: Vec<&str> = told.iter().map(String::as_str).take(expect.len().max(1)).collect();
    assert_eq!(first, expect, "{told:#?}");
}

const OUT: &str = "out: egress ipv4 any to any";

#[test]
fn the_least_that_lets_it_through_stands_first() {
    let closed =
        resolved("portcullis", &["http: ingress ipv4 tcp 80 from any"], &["sql: ingress ipv4 tcp 3306 from any"]);
    check(
        &closed,
        Action::Allow,
        "tcp 203.0.113.7:50000 > 192.0.2.3:5432",
        &[
            "add rule db/1 to db: ingress ipv4 tcp 5432 from 203.0.113.7/32",
            "add rule db/1 to db: ingress ipv4 tcp 5432 from address-group:office",
        ],
    );
}

#[test]
fn both_ends_are_mended() {
    check(
        &resolved("portcullis", &[], &[]),
        Action::Allow,
        "tcp 192.0.2.1:50000 > 192.0.2.3:5432",
        &[
            "add rule web/1 to web: egress ipv4 tcp 5432 to 192.0.2.3/32; add rule db/1 to db: ingress ipv4 tcp 5432 from \
           192.0.2.1/32",
        ],
    );
    check(
        &resolved("portcullis", &[OUT], &["off: ingress ipv4 tcp 5432 from group:web"]),
        Action::Allow,
        "icmp 192.0.2.1 > 192.0.2.3 echo-request",
        &["add rule db/1 to db: ingress ipv4 icmp 8/0 from 192.0.2.1/32"],
    );
}

#[test]
fn what_denies_is_gone_before_or_goes() {
    let second = ["no: deny ingress ipv4 tcp 1-100 from any priority 2"];
    check(
        &resolved("huawei", &second, &[]),
        Action::Allow,
        "tcp 203.0.113.7:50000 > 192.0.2.1:80",
        &["add rule web/1 to web: ingress ipv4 tcp 80 from 203.0.113.7/32"],
    );
}

#[test]
fn what_the_guard_would_stop_gets_a_pair() {
    let sketch: Sketch = "tcp 192.0.2.99:50000 > 203.0.113.7:443".parse().expect("a packet");
    let Payload::Ip(packet) = sketch.payload else { panic!("a datagram") };
    let flow = Flow { packet, from: "web-1".parse().ok(), to: None };
    let plans = suggest(&resolved("portcullis", &[OUT], &[]), &flow, Action::Allow);
    let edit = plans.first().expect("a plan").to_string();
    assert!(edit.starts_with("replace instance") && edit.contains("192.0.2.99/32"), "{edit}");
}

#[test]
fn the_least_that_stops_it_stands_first() {
    let open = resolved("portcullis", &["http: ingress ipv4 tcp 80,443 from any"], &["all: ingress ipv4 tcp from any"]);
    check(
        &open,
        Action::Deny,
        "tcp 203.0.113.7:50000 > 192.0.2.1:443",
        &["replace rule http: ingress ipv4 tcp 80 from any", "disable rule http", "remove rule http"],
    );
    check(
        &open,
        Action::Deny,
        "tcp 203.0.113.7:50000 > 192.0.2.3:5432",
        &["replace rule all: ingress ipv4 tcp 1-5431,5433-65535 from any"],
    );
    // Where rules deny, one does it with no collateral.
    check(
        &resolved("huawei", &["http: ingress ipv4 tcp 80,443 from any priority 5"], &[]),
        Action::Deny,
        "tcp 203.0.113.7:50000 > 192.0.2.1:443",
        &["add rule web/1 to web: deny ingress ipv4 tcp 443 from 203.0.113.7/32 priority 5"],
    );
    // Every rule that lets it pass.
    let twice = ["a: ingress ipv4 tcp 443 from any", "b: ingress ipv4 tcp 443 from 203.0.113.0/24"];
    check(
        &resolved("portcullis", &twice, &[]),
        Action::Deny,
        "tcp 203.0.113.7:50000 > 192.0.2.1:443",
        &["disable rule a; disable rule b"],
    );
    check(&resolved("portcullis", &[], &[]), Action::Deny, "tcp 203.0.113.7:50000 > 192.0.2.1:443", &[]);
}
