//! What edits change.

use analysis::{Beyond, diff};
use policy::{Document, Edit, Policy, Revision, resolve};

const DOCUMENT: &str = r#"
version: 1
networks:
  - id: lan
    subnets: [{prefix: 192.0.2.0/24}, {prefix: "2001:db8::/64"}]
groups:
  - id: default
  - id: web
    rules:
      - {id: http, direction: ingress, family: ipv4, protocol: tcp, ports: "80,443", remote: any}
      - {id: ping, direction: ingress, family: ipv4, protocol: icmp, icmp: 8/0, remote: any}
      - {id: out, direction: egress, family: ipv4, protocol: any, remote: any}
  - id: db
    rules:
      - {id: sql, direction: ingress, family: ipv4, protocol: tcp, ports: "5432", remote: "group:web"}
address_groups:
  - id: office
    prefixes: [203.0.113.0/25, 203.0.113.128/25]
instances:
  - id: web-1
    vnics: [{network: lan, mac: "52:54:00:00:00:01", addresses: [192.0.2.1, "2001:db8::1"], groups: [web]}]
  - id: web-2
    vnics: [{network: lan, mac: "52:54:00:00:00:02", addresses: [192.0.2.2], groups: [web]}]
  - id: db-1
    vnics: [{network: lan, mac: "52:54:00:00:00:03", addresses: [192.0.2.3], groups: [db]}]
"#;

fn policy(document: &Document) -> Policy {
    resolve(document, Revision(1)).expect("it resolves")
}

/// For every change: what and where, what was said of it, what is said of it, witness.
fn check(edits: &[&str], expect: &[[&str; 4]]) {
    let (mut document, faults) = Document::read(DOCUMENT);
    assert!(faults.is_empty(), "{faults:?}");
    let before = policy(&document);
    for text in edits {
        let edit: Edit = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        edit.apply(&mut document).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
    let told: Vec<[String; 4]> = diff(&before, &policy(&document))
        .changes
        .iter()
        .map(|change| {
            let vnics: Vec<&str> = change.vnics.iter().map(|vnic| vnic.as_str()).collect();
            let witness = change.witness.as_ref().map(|witness| witness.packet.to_string()).unwrap_or_default();
            let what = format!("{} {} at {}", change.turn(), change.region, vnics.join(", "));
            [what, change.before.to_string(), change.after.to_string(), witness]
        })
        .collect();
    assert_eq!(told, expect, "{edits:?}");
}

#[test]
fn nothing_changes_where_only_the_words_do() {
    check(&[], &[]);
    check(&["replace rule http: ingress ipv4 tcp 443,80 from 0.0.0.0/0"], &[]);
}

#[test]
fn rules_open_and_close() {
    check(
        &["add rule ssh to web: ingress ipv4 tcp 22 from address-group:office"],
        &[[
            "allowed ingress ipv4 tcp 22 from 203.0.113.0/24 at web-1, web-2",
            "denied by default",
            "allowed by rule ssh",
            "tcp 203.0.113.1:50000 > 192.0.2.1:22",
        ]],
    );
    check(
        &["replace rule http: ingress ipv4 tcp 80-90 from any"],
        &[
            [
                "allowed ingress ipv4 tcp 81-90 from any at web-1, web-2",
                "denied by default",
                "allowed by rule http",
                "tcp 203.0.113.1:50000 > 192.0.2.1:81",
            ],
            [
                "denied ingress ipv4 tcp 443 from any at web-1, web-2",
                "allowed by rule http",
                "denied by default",
                "tcp 203.0.113.1:50000 > 192.0.2.1:443",
            ],
        ],
    );
    check(
        &["remove rule ping"],
        &[[
            "denied ingress ipv4 icmp 8/0 from any at web-1, web-2",
            "allowed by rule ping",
            "denied by default",
            "icmp 203.0.113.1 > 192.0.2.1 echo-request id=1 seq=1",
        ]],
    );
    check(
        &["replace rule out: egress ipv4 tcp any to any"],
        &[[
            "denied egress ipv4 any but tcp to any at web-1, web-2",
            "allowed by rule out",
            "denied by default",
            "udp 192.0.2.1:50000 > 203.0.113.1:53",
        ]],
    );
    check(
        &["add rule gre to web: ingress ipv4 gre from 192.0.2.0/24", "add rule all to db: ingress ipv6 any from any"],
        &[
            ["allowed ingress ipv6 any from any at db-1", "denied by default", "allowed by rule all", ""],
            [
                "allowed ingress ipv4 gre from 192.0.2.0/24 at web-1, web-2",
                "denied by default",
                "allowed by rule gre",
                "gre 192.0.2.2 > 192.0.2.1",
            ],
        ],
    );
}

#[test]
fn members_and_addresses_count() {
    check(
        &["detach web from web-2", "attach db to web-2"],
        &[
            [
                "allowed ingress ipv4 tcp 5432 from 192.0.2.1 at web-2",
                "denied by default",
                "allowed by rule sql",
                "tcp 192.0.2.1:50000 > 192.0.2.2:5432",
            ],
            [
                "denied egress ipv4 any to any at web-2",
                "allowed by rule out",
                "denied by default",
                "tcp 192.0.2.2:50000 > 203.0.113.1:22",
            ],
            [
                "denied ingress ipv4 tcp 80, 443 from any at web-2",
                "allowed by rule http",
                "denied by default",
                "tcp 203.0.113.1:50000 > 192.0.2.2:443",
            ],
            [
                "denied ingress ipv4 icmp 8/0 from any at web-2",
                "allowed by rule ping",
                "denied by default",
                "icmp 203.0.113.1 > 192.0.2.2 echo-request id=1 seq=1",
            ],
            [
                "denied ingress ipv4 tcp 5432 from 192.0.2.2 at db-1",
                "allowed by rule sql",
                "denied by default",
                "tcp 192.0.2.2:50000 > 192.0.2.3:5432",
            ],
        ],
    );
    check(
        &["remove instance web-2"],
        &[
            [
                "denied egress ipv4 any to any at web-2",
                "allowed by rule out",
                "denied because there is no such vnic",
                "tcp 192.0.2.2:50000 > 203.0.113.1:22",
            ],
            [
                "denied ingress ipv4 tcp 80, 443 from any at web-2",
                "allowed by rule http",
                "denied because there is no such vnic",
                "tcp 203.0.113.1:50000 > 192.0.2.2:443",
            ],
            [
                "denied ingress ipv4 icmp 8/0 from any at web-2",
                "allowed by rule ping",
                "denied because there is no such vnic",
                "icmp 203.0.113.1 > 192.0.2.2 echo-request id=1 seq=1",
            ],
            [
                "denied ingress ipv4 tcp 5432 from 192.0.2.2 at db-1",
                "allowed by rule sql",
                "denied by default",
                "tcp 192.0.2.2:50000 > 192.0.2.3:5432",
            ],
        ],
    );
    check(
        &["set group db stateless", "replace rule sql: ingress ipv4 tcp any from group:web"],
        &[
            [
                "allowed ingress ipv4 tcp 0-5431, 5433-65535 from 192.0.2.1-192.0.2.2 at db-1",
                "denied by default",
                "allowed by rule sql",
                "tcp 192.0.2.1:50000 > 192.0.2.3:22",
            ],
            [
                "allowed ingress ipv4 tcp fragments without a transport header from 192.0.2.1-192.0.2.2 at db-1",
                "denied by default",
                "allowed by rule sql",
                "later 6 192.0.2.1 > 192.0.2.3 len=0 frag id=1 offset=1480 length=8",
            ],
        ],
    );
}

#[test]
fn what_rules_do_not_say_is_told_too() {
    let check = |edit: &str, expect: &[Beyond]| {
        let (mut document, _) = Document::read(DOCUMENT);
        let before = policy(&document);
        edit.parse::<Edit>().unwrap().apply(&mut document).unwrap();
        let diff = diff(&before, &policy(&document));
        assert_eq!(diff.beyond, expect, "{edit}");
        assert!(!diff.is_empty(), "{edit}");
    };
    check("set group db stateless", &[Beyond::Tracking("db-1".parse().unwrap())]);
    check("set profile aws", &[Beyond::Profile]);
}

#[test]
fn names_of_addresses_are_told() {
    let (mut document, _) = Document::read(DOCUMENT);
    let before = policy(&document);
    "replace rule sql: ingress ipv4 tcp 5433 from group:web".parse::<Edit>().unwrap().apply(&mut document).unwrap();
    for change in diff(&before, &policy(&document)).changes {
        assert_eq!(change.remotes.iter().map(ToString::to_string).collect::<Vec<_>>(), ["group:web"]);
    }
}
