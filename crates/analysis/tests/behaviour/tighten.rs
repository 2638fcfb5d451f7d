//! What is left of rules by what was seen.

use analysis::tighten::{Seen, tighten};
use policy::{Direction, Edit, Resolved, Subject};
use wire::{Payload, Sketch};

use crate::project::resolved;

fn seen(vnic: &str, direction: Direction, packet: &str) -> Seen {
    let sketch: Sketch = packet.parse().expect("a packet");
    let Payload::Ip(datagram) = sketch.payload else { panic!("a datagram") };
    Seen { vnic: vnic.parse().expect("an id"), direction, subject: Subject::of(&datagram) }
}

fn check(resolved: &Resolved, seen: &[Seen], expect: &[&str]) {
    let found = tighten(resolved, seen);
    assert_eq!(found.edits().map(Edit::to_string).collect::<Vec<_>>(), expect);
    assert_eq!(found.changes.is_empty(), expect.is_empty());
}

const WEB: [&str; 2] = ["all: ingress ipv4 any from any", "out: egress ipv4 any to any"];

#[test]
fn a_rule_is_narrowed_to_what_passed_by_it() {
    let project = resolved("portcullis", &WEB, &[]);
    let two = [
        seen("web-1", Direction::Ingress, "tcp 203.0.113.7:50000 > 192.0.2.1:443"),
        seen("web-2", Direction::Ingress, "tcp 198.51.100.9:50001 > 192.0.2.2:80"),
    ];
    check(
        &project,
        &two,
        &[
            "replace rule all: ingress ipv4 tcp 80,443 from 198.51.100.9/32",
            "add rule web/1 to web at 1: ingress ipv4 tcp 80,443 from 203.0.113.7/32",
            "remove rule out",
        ],
    );
    let members = [
        seen("web-1", Direction::Ingress, "udp 192.0.2.2:50000 > 192.0.2.1:7946"),
        seen("web-2", Direction::Egress, "udp 192.0.2.2:50000 > 192.0.2.1:7946"),
        seen("web-2", Direction::Ingress, "icmp 192.0.2.1 > 192.0.2.2 echo-request"),
        seen("web-1", Direction::Egress, "icmp 192.0.2.1 > 192.0.2.2 echo-request"),
    ];
    check(
        &project,
        &members,
        &[
            "replace rule all: ingress ipv4 icmp from group:web",
            "add rule web/1 to web at 1: ingress ipv4 udp 7946 from group:web",
            "replace rule out: egress ipv4 icmp to group:web",
            "add rule web/2 to web at 3: egress ipv4 udp 7946 to group:web",
        ],
    );
}

#[test]
fn many_become_a_prefix_and_a_range() {
    let project = resolved("portcullis", &["all: ingress ipv4 tcp from any"], &[]);
    let many: Vec<Seen> = (0..20)
        .map(|at| {
            let packet = format!("tcp 203.0.113.{}:50000 > 192.0.2.1:{}", 64 + at, 8000 + 2 * at);
            seen("web-1", Direction::Ingress, &packet)
        })
        .collect();
    check(&project, &many, &["replace rule all: ingress ipv4 tcp 8000-8038 from address-group:office"]);
    let elsewhere: Vec<Seen> = (0..20)
        .map(|at| seen("web-1", Direction::Ingress, &format!("tcp 198.51.100.{}:50000 > 192.0.2.1:80", 64 + at)))
        .collect();
    check(&project, &elsewhere, &["replace rule all: ingress ipv4 tcp 80 from 198.51.100.64/27"]);
}

#[test]
fn what_is_narrow_stays() {
    let project = resolved("portcullis", &["web: ingress ipv4 tcp 443 from 203.0.113.7/32"], &[]);
    check(&project, &[seen("web-1", Direction::Ingress, "tcp 203.0.113.7:50000 > 192.0.2.1:443")], &[]);
    // What no rule let pass says nothing about rules.
    let found = tighten(&project, &[seen("web-1", Direction::Ingress, "tcp 203.0.113.8:50000 > 192.0.2.1:443")]);
    assert_eq!(found.unexplained, 1);
}

#[test]
fn what_closes_a_default_stays() {
    let profile = "{name: own, base: portcullis, egress_default: allow-until-first-rule}";
    let project = resolved(profile, &["dns: egress ipv4 udp 53 to any"], &[]);
    check(&project, &[], &[]);
    check(
        &resolved(profile, &["dns: egress ipv4 udp 53 to any", "web: egress ipv4 tcp 443 to any"], &[]),
        &[],
        &["remove rule dns"],
    );
}
