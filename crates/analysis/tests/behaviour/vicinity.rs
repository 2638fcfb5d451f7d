//! What may vary in a packet without a change of the answer.

use analysis::{replies, vicinity};
use policy::{Direction, Document, Part, Revision, Subject, resolve};
use wire::{Endpoints, IpProtocol, Ports};

/// A vnic of a cloud that exempts the subnet from rules, with these rules.
fn document(rules: &str) -> String {
    format!(
        r#"
version: 1
profile: mcloud
networks:
  - id: lan
    subnets: [{{prefix: 192.0.2.0/24}}]
groups:
  - id: default
  - id: own
    rules:
{rules}
instances:
  - id: a
    vnics: [{{network: lan, mac: "52:54:00:00:00:01", addresses: [192.0.2.1], groups: [own]}}]
"#
    )
}

/// What is said of packets like one to TCP port 25 from the Internet.
fn check(rules: &str, expect: &str) {
    let (document, faults) = Document::read(&document(rules));
    assert!(faults.is_empty(), "{faults:?}");
    let policy = resolve(&document, Revision(1)).expect("it resolves");
    let index = policy.vnic_index(&"a".parse().expect("an id")).expect("the vnic is there");
    let address = |text: &str| text.parse().expect("an address");
    let endpoints = Endpoints::new(address("198.51.100.7"), address("192.0.2.1")).expect("one family");
    let part = Part::Ports(Ports { source: 50_000, destination: 25 });
    let subject = Subject { endpoints, protocol: IpProtocol::TCP, part };
    let (region, said) = vicinity(&policy, index, Direction::Ingress, &subject);
    assert_eq!(format!("{region}: {said}"), expect);
}

#[test]
fn all_that_no_rule_names_is_denied_by_default() {
    check(
        "      - http: ingress ipv4 tcp 80 from any",
        "ingress ipv4 tcp 0-79, 81-65535 from any but 192.0.2.0/24: denied by default",
    );
}

/// It would tell DNS from other packets, but no packet ever comes to it.
#[test]
fn a_rule_for_neighbours_only_says_nothing_where_neighbours_are_exempt() {
    check(
        "      - dns: ingress ipv4 udp 53 from 192.0.2.0/24",
        "ingress ipv4 any from any but 192.0.2.0/24: denied by default",
    );
}

/// Replies to a packet go the other way between the same ends, and where nothing is tracked the rules of that way judge them.
#[test]
fn replies_are_judged_where_nothing_is_tracked() {
    let check = |stateful: bool, packet: &str, expect: Option<&str>| {
        let text = format!(
            r#"
version: 1
networks:
  - id: lan
    subnets: [{{prefix: 192.0.2.0/24}}]
groups:
  - id: default
  - id: own
    stateful: {stateful}
    rules:
      - http: ingress ipv4 tcp 80 from any
      - dns: ingress ipv4 udp 53 from any
      - high: egress ipv4 tcp 1024-65535 to 198.51.100.0/24
instances:
  - id: a
    vnics: [{{network: lan, mac: "52:54:00:00:00:01", addresses: [192.0.2.1], groups: [own]}}]
"#
        );
        let (document, faults) = Document::read(&text);
        assert!(faults.is_empty(), "{faults:?}");
        let policy = resolve(&document, Revision(1)).expect("it resolves");
        let index = policy.vnic_index(&"a".parse().expect("an id")).expect("the vnic is there");
        let found = replies(&policy, index, Direction::Ingress, &packet.parse().expect(packet));
        let found = found.map(|(region, said)| format!("{region}: {said}"));
        assert_eq!(found.as_deref(), expect, "{packet}");
    };
    let allowed = Some("egress ipv4 tcp 1024-65535 to 198.51.100.0/24: allowed by rule high");
    check(false, "tcp 198.51.100.7:40000 > 192.0.2.1:80", allowed);
    check(false, "tcp 198.51.100.7:80 > 192.0.2.1:80", Some("egress ipv4 tcp 0-1023 to any: denied by default"));
    check(false, "udp 198.51.100.7:40000 > 192.0.2.1:53", Some("egress ipv4 any but tcp to any: denied by default"));
    check(false, "tcp 198.51.100.7:40000 > 192.0.2.1:80 [R]", None);
    check(true, "tcp 198.51.100.7:40000 > 192.0.2.1:80", None);
}
