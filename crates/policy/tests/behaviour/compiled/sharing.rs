//! Vnics whose rules share everything that decides say the same, and an edit of something else leaves it shared.

use policy::{Direction, Document, Edit, Family, Policy, Resolved, Revision, Surface};

const DOCUMENT: &str = "
version: 1
profile: {name: own, minimum_groups: 0, egress_default: allow-until-first-rule, same_subnet: exempt}
networks: [{id: net, subnets: [{prefix: 10.0.0.0/24}]}]
groups:
  - {id: default, rules: []}
  - {id: web, rules: [w1: ingress ipv4 tcp 80 from any]}
  - {id: db, rules: [d1: 'ingress ipv4 tcp 5432 from group:web', d2: 'ingress ipv4 tcp 22 from address-group:office']}
address_groups: [{id: office, prefixes: [192.0.2.0/24]}]
instances:
  - {id: a, vnics: [{network: net, mac: '52:54:00:00:00:0a', addresses: [10.0.0.10], groups: [web]}]}
  - {id: b, vnics: [{network: net, mac: '52:54:00:00:00:0b', addresses: [10.0.0.11], groups: [db]}]}
  - {id: c, vnics: [{network: net, mac: '52:54:00:00:00:0c', addresses: [10.0.0.12], groups: [web, db]}]}
";

fn surfaces(policy: &Policy, id: &str) -> Vec<Surface> {
    let vnic = policy.vnic_index(&id.parse().expect("an id")).expect("it is there");
    let of = |direction| Family::ALL.map(|family| policy.surface(vnic, direction, family));
    Direction::BOTH.map(of).into_iter().flatten().collect()
}

fn shares(one: &Policy, other: &Policy, id: &str) -> bool {
    let at = |policy: &Policy| policy.vnic_index(&id.parse().expect("an id")).expect("it is there");
    one.shares_decisions(at(one), other, at(other))
}

/// The vnics that share their decisions with those of before; the others' may be different.
fn check(edits: &[&str], expect: &[&str]) {
    let document: Document = DOCUMENT.parse().expect("a document without faults");
    let mut resolved = Resolved::new(document, Revision(1)).expect("it resolves");
    let before = (**resolved.policy()).clone();
    for edit in edits {
        resolved.apply(edit.parse::<Edit>().expect(edit), Revision(2)).expect(edit);
    }
    let after = resolved.policy();
    let shared: Vec<&str> = ["a", "b", "c"].into_iter().filter(|id| shares(&before, after, id)).collect();
    assert_eq!(shared, expect, "{edits:?}");
    for id in shared {
        assert!(shares(after, &before, id));
        assert_eq!(surfaces(&before, id), surfaces(after, id), "{edits:?} at {id}");
    }
}

#[test]
fn what_an_edit_does_not_reach_is_shared() {
    check(&[], &["a", "b", "c"]);
    check(&["describe group web: \"Web\" \"\""], &["a", "b", "c"]);
    check(&["create group new"], &["a", "b", "c"]);
    check(&["disable rule w1"], &["b"]);
    check(&["remove rule d1"], &["a"]);
}

#[test]
fn who_asks_for_a_remote_shares_while_its_addresses_are_the_same() {
    check(&["attach default to a"], &["b", "c"]);
    check(&["detach web from c"], &["a"]);
    check(&["replace address-group: {\"id\":\"office\",\"prefixes\":[\"192.0.2.0/25\"]}"], &["a"]);
    check(
        &["replace address-group: {\"id\":\"office\",\"name\":\"Office\",\"prefixes\":[\"192.0.2.0/24\"]}"],
        &["a", "b", "c"],
    );
}

#[test]
fn what_is_decided_without_rules_is_shared_too() {
    let network = |prefix: &str| {
        format!(
            "replace network: {{\"id\":\"net\",\"subnets\":[{{\"prefix\":\"10.0.0.0/24\"}},{{\"prefix\":\"{prefix}\"}}]}}"
        )
    };
    check(&[&network("10.0.1.0/24")], &[]);
    // Another list of as many groups decides otherwise.
    check(&["detach web from a", "attach default to a"], &[]);
    check(&["detach web from a"], &[]);
}
