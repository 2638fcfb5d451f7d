//! Who can open connections to whom.

use analysis::{Matrix, group_matrix, matrix};
use policy::{Document, GroupId, Revision, resolve};

const DOCUMENT: &str = r#"
version: 1
networks:
  - id: lan
    subnets: [{prefix: 192.0.2.0/24}]
groups:
  - id: default
  - id: web
    rules:
      - http: ingress ipv4 tcp 80 from any
      - https: ingress ipv4 tcp 443 from any
      - ssh: ingress ipv4 tcp 22 from group:jump
      - peers: ingress ipv4 udp 7946 from group:web
      - out: egress ipv4 any to any
  - id: db
    rules:
      - sql: ingress ipv4 tcp 5432 from group:web
  - id: jump
    rules:
      - office: ingress ipv4 tcp 22 from 203.0.113.0/24
      - inside: egress ipv4 tcp 22 to 192.0.2.0/24
instances:
  - id: web-1
    vnics: [{network: lan, mac: "52:54:00:00:00:01", addresses: [192.0.2.1], groups: [web]}]
  - id: web-2
    vnics: [{network: lan, mac: "52:54:00:00:00:02", addresses: [192.0.2.2], groups: [web]}]
  - id: db
    vnics: [{network: lan, mac: "52:54:00:00:00:03", addresses: [192.0.2.3], groups: [db]}]
  - id: jump
    vnics: [{network: lan, mac: "52:54:00:00:00:04", addresses: [192.0.2.4], groups: [jump]}]
"#;

fn of(text: &str) -> Matrix {
    let (document, faults) = Document::read(text);
    assert!(faults.is_empty(), "{faults:?}");
    matrix(&resolve(&document, Revision(1)).expect("it resolves"))
}

#[test]
fn both_ends_must_allow_it() {
    let names = |vnics: &[policy::VnicId]| vnics.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let told: Vec<String> = of(DOCUMENT)
        .within
        .iter()
        .map(|reach| {
            let opens: Vec<String> = reach.opens.iter().map(ToString::to_string).collect();
            format!("{} -> {}: {}", names(&reach.from), names(&reach.to), opens.join("; "))
        })
        .collect();
    // The database may open nothing, and the jump host only SSH, though web servers take HTTP from everyone.
    assert_eq!(
        told,
        [
            "jump -> web-1, web-2: ipv4 tcp 22",
            "web-1, web-2 -> db: ipv4 tcp 5432",
            "web-1, web-2 -> web-1, web-2: ipv4 tcp 80, 443; ipv4 udp 7946",
        ]
    );
}

/// The jump host may do more than everyone, which does not keep it from doing what everyone may.
#[test]
fn exposures_name_all_who_may() {
    let told: Vec<String> =
        of(DOCUMENT).outside.iter().map(|one| format!("{} vnics: {}", one.vnics.len(), one.region)).collect();
    assert_eq!(
        told,
        [
            "2 vnics: ingress ipv4 tcp 80, 443 from any",
            "1 vnics: ingress ipv4 tcp 22 from 203.0.113.0/24",
            "2 vnics: egress ipv4 any to any",
            "1 vnics: egress ipv4 tcp 22 to 192.0.2.0/24",
        ]
    );
}

/// Rules that nobody tells apart make one line, however many vnics there are; a vnic apart makes its own.
#[test]
fn vnics_that_a_rule_tells_apart_stand_alone() {
    let text = DOCUMENT
        .replace("- sql: ingress ipv4 tcp 5432 from group:web", "- sql: ingress ipv4 tcp 5432 from 192.0.2.2/32");
    let matrix = of(&text);
    let to_db: Vec<String> = matrix
        .within
        .iter()
        .filter(|reach| reach.to.iter().any(|vnic| vnic.as_str() == "db"))
        .flat_map(|reach| reach.from.iter().map(ToString::to_string))
        .collect();
    assert_eq!(to_db, ["web-2"]);
}

/// Rules for groups hold for members to come, rules for prefixes only where their address will be in one.
#[test]
fn members_to_come_are_known_by_their_groups() {
    let (document, _) = Document::read(DOCUMENT);
    let found = group_matrix(&document).expect("there is room");
    let within: Vec<String> = found
        .within
        .iter()
        .map(|reach| {
            let opens: Vec<String> = reach.opens.iter().map(ToString::to_string).collect();
            let names = |groups: &[GroupId]| groups.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            format!("{} -> {}: {}", names(&reach.from), names(&reach.to), opens.join("; "))
        })
        .collect();
    assert_eq!(within, ["web -> db: ipv4 tcp 5432", "web -> web: ipv4 tcp 80, 443; ipv4 udp 7946"]);
    assert!(found.outside.iter().any(|one| one.region.to_string() == "ingress ipv4 tcp 22 from 203.0.113.0/24"));
}
