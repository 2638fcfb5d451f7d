//! What policies that follow one another share.

mod bounds;
mod lists;

use std::sync::Arc;

use crate::model::Document;
use crate::policy::{Policy, PolicyGroup, Revision};
use crate::{Edit, resolve, resolve_after};

const DOCUMENT: &str = "
version: 1
networks:
  - id: net
    subnets: [{prefix: 10.0.0.0/24}]
groups:
  - {id: default, rules: []}
  - id: web
    rules:
      - {id: w1, direction: ingress, family: ipv4, protocol: tcp, ports: 80, remote: 'any'}
      - {id: w2, direction: ingress, family: ipv4, protocol: tcp, ports: 22, remote: 'group:admin'}
  - id: db
    rules:
      - {id: d1, direction: ingress, family: ipv4, protocol: tcp, ports: 5432, remote: 'group:web'}
      - {id: d2, direction: ingress, family: ipv4, protocol: tcp, ports: 5432, remote: 'address-group:office'}
  - {id: admin, rules: []}
address_groups:
  - {id: office, prefixes: [192.0.2.0/24]}
instances:
  - id: a
    vnics: [{id: a, network: net, mac: '52:54:00:00:00:0a', addresses: [10.0.0.10], groups: [web]}]
  - id: b
    vnics: [{id: b, network: net, mac: '52:54:00:00:00:0b', addresses: [10.0.0.11], groups: [db]}]
  - id: c
    vnics: [{id: c, network: net, mac: '52:54:00:00:00:0c', addresses: [10.0.0.12], groups: [admin, web]}]
";

/// What an edit leaves as it was: the programs of these groups, these vnics, and the tables of addresses where `tables` says so.
fn check(edit: &str, programs: &[&str], vnics: &[&str], tables: Tables) {
    let (mut document, faults) = Document::read(DOCUMENT);
    assert_eq!(faults, []);
    let before = resolve(&document, Revision(1)).expect("it resolves");
    let edit: Edit = edit.parse().expect("an edit");
    edit.clone().apply(&mut document).expect("it fits");
    let after = resolve_after(&before, &document, Revision(2)).expect("it resolves");
    let kept = |program: &&PolicyGroup| {
        group(&after, program.id.as_str()).is_some_and(|after| Arc::ptr_eq(&after.program, &program.program))
    };
    let groups = before.groups.iter().map(|group| &**group);
    assert_eq!(groups.filter(kept).map(|group| group.id.as_str()).collect::<Vec<_>>(), programs, "{edit}");
    let kept = before.vnics.iter().filter(|vnic| after.vnics.iter().any(|other| Arc::ptr_eq(vnic, other)));
    assert_eq!(kept.map(|vnic| vnic.id.as_str()).collect::<Vec<_>>(), vnics, "{edit}");
    let shared = if before.remotes.shares_tables_with(&after.remotes) { Tables::Shared } else { Tables::Changed };
    assert_eq!(shared, tables, "{edit}");
}

#[derive(Debug, PartialEq, Eq)]
enum Tables {
    Shared,
    Changed,
}

fn group<'p>(policy: &'p Policy, id: &str) -> Option<&'p PolicyGroup> {
    policy.group_by_id.get(id).map(|index| &**policy.groups.at(index.0))
}

#[test]
fn an_edit_touches_only_what_it_changes() {
    let all = ["default", "web", "db", "admin"];
    check("describe group web: \"Web\" \"\"", &all, &["a", "b", "c"], Tables::Shared);
    // Who is a member is a matter of the tables, and only where a rule asks.
    check("attach admin to a", &all, &["b", "c"], Tables::Changed);
    check("attach default to b", &all, &["a", "c"], Tables::Shared);
    check("detach admin from c", &all, &["a", "b"], Tables::Changed);
    check(
        "replace address-group: {\"id\": \"office\", \"prefixes\": [\"192.0.2.0/25\"]}",
        &all,
        &["a", "b", "c"],
        Tables::Changed,
    );
    check("remove rule w1", &["default", "db", "admin"], &["a", "b", "c"], Tables::Shared);
    check("disable rule d1", &["default", "web", "admin"], &["a", "b", "c"], Tables::Shared);
    check(
        "add rule n to db: ingress ipv4 udp from any",
        &["default", "web", "admin"],
        &["a", "b", "c"],
        Tables::Shared,
    );
    check(
        "add rule n to db: ingress ipv4 udp from 10.0.0.0/8",
        &["default", "web", "admin"],
        &["a", "b", "c"],
        Tables::Changed,
    );
    // The other vnics are the same ones at other places.
    check("remove instance a", &all, &["b", "c"], Tables::Changed);
    check("create group new", &all, &["a", "b", "c"], Tables::Shared);
}

#[test]
fn what_is_left_over_is_bounded() {
    let (mut document, _) = Document::read(DOCUMENT);
    let mut policy = resolve(&document, Revision(1)).expect("it resolves");
    for number in 0..5_000_u64 {
        let rule = format!("replace rule w2: ingress ipv4 tcp 22 from 10.0.{}.{}/32", number / 250, number % 250);
        let edit: Edit = rule.parse().expect("an edit");
        edit.apply(&mut document).expect("it fits");
        policy = resolve_after(&policy, &document, Revision(number + 2)).expect("it resolves");
    }
    let anew = resolve(&document, Revision(1)).expect("it resolves");
    assert!(policy.footprint().total() < anew.footprint().total() + 400_000, "{}", policy.footprint());
}
