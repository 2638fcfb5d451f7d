//! Groups that few lists have are compiled together, and one that many have stays alone.

use std::sync::Arc;

use crate::model::{Direction, Document};
use crate::policy::{Policy, Revision};
use crate::{Edit, Resolved, resolve};

/// Vnics `v0`, `v1` and so on with these groups.
fn text(vnics: &[&str]) -> String {
    let group = |id: &str| format!("  - {{id: {id}, rules: [{id}-1: 'ingress ipv4 tcp 80 from any']}}\n");
    let groups: String = ["all", "a", "b", "c", "d", "e", "f"].map(group).concat();
    let vnic = |(number, groups): (usize, &&str)| {
        format!(
            "  - {{id: v{number}, vnics: [{{id: v{number}, network: net, mac: '52:54:00:00:01:{number:02x}', groups: [{groups}]}}]}}\n"
        )
    };
    let vnics: String = vnics.iter().enumerate().map(vnic).collect();
    format!("version: 1\nnetworks: [{{id: net}}]\ngroups:\n  - {{id: default, rules: []}}\n{groups}instances:\n{vnics}")
}

fn document(vnics: &[&str]) -> Document {
    let (document, faults) = Document::read(&text(vnics));
    assert_eq!(faults, []);
    document
}

/// How many programs each vnic asks in turn.
fn programs(policy: &Policy) -> Vec<usize> {
    policy.vnics.iter().map(|vnic| policy.lists.programs(vnic.list).len()).collect()
}

/// The rules of each vnic, as its programs have them.
fn rules(policy: &Policy) -> Vec<Vec<&str>> {
    let of = |index| policy.rules_at(index, Direction::Ingress).map(|rule| policy.rule_id(rule).as_str()).collect();
    policy.vnics().map(|(index, _)| of(index)).collect()
}

fn check(vnics: &[&str], expect: &[usize]) {
    let policy = resolve(&document(vnics), Revision(1)).expect("it resolves");
    assert_eq!(programs(&policy), expect, "{vnics:?}");
}

#[test]
fn a_group_in_up_to_four_lists_is_joined_with_its_neighbours() {
    check(&["all, a", "all, b", "all, c", "all, d"], &[1, 1, 1, 1]);
    check(&["all, a", "all, b", "all, c", "all, d", "all, e"], &[2, 2, 2, 2, 2]);
    // The list counts, not who has it, and a list of one group has nothing to join.
    check(&["all, a", "all, b", "all, c", "all, d", "all, d", "all"], &[1, 1, 1, 1, 1, 1]);
    // What stands between, before and behind it is joined.
    check(&["all, a, b", "a, all, b", "a, b, all", "a, b, c, all, d, e", "all, f", "c, d"], &[2, 3, 2, 3, 2, 1]);
    check(&["all", "a"], &[1, 1]);
}

#[test]
fn a_group_that_stays_alone_is_compiled_once() {
    let policy = resolve(&document(&["all", "all, a, b", "all, c", "all, d", "all, e", "all, f"]), Revision(1));
    let policy = policy.expect("it resolves");
    let index = policy.group_by_id.get("all").expect("it is there");
    let own = &policy.groups.at(index.0).program;
    for vnic in policy.vnics.iter() {
        assert!(Arc::ptr_eq(&policy.lists.programs(vnic.list)[0], own), "{}", vnic.id);
    }
}

#[test]
fn lists_are_told_by_their_groups_and_their_order() {
    let policy = resolve(&document(&["all, a", "a, all", "all, a", "all", "a"]), Revision(1)).expect("it resolves");
    assert_eq!(policy.lists.len(), 4);
    let lists: Vec<_> = policy.vnics.iter().map(|vnic| vnic.list).collect();
    assert_eq!(lists[0], lists[2]);
    for (vnic, expect) in policy.vnics.iter().zip([&["all", "a"][..], &["a", "all"], &["all", "a"], &["all"], &["a"]]) {
        let index = policy.vnic_index(&vnic.id).expect("it is there");
        assert!(policy.groups_at(index).map(|group| group.id.as_str()).eq(expect.iter().copied()));
    }
}

#[test]
fn an_edit_of_a_group_reaches_every_list_that_has_it() {
    let start = document(&["all, a, b", "a, all", "b, c", "d"]);
    let mut resolved = Resolved::new(start, Revision(1)).expect("it resolves");
    for (number, edit) in
        (2..).zip(["remove rule a-1", "disable rule b-1", "add rule x to all: ingress ipv4 udp from any"])
    {
        let before = (**resolved.policy()).clone();
        let edit: Edit = edit.parse().expect(edit);
        resolved.apply(edit, Revision(number)).expect("it fits");
        let last = before.vnics.len() as u32 - 1;
        let untouched = |policy: &Policy| policy.lists.programs(policy.vnics.at(last).list)[0].clone();
        assert!(Arc::ptr_eq(&untouched(&before), &untouched(resolved.policy())));
        let anew = resolve(resolved.document(), Revision(number)).expect("it resolves");
        assert_eq!(programs(resolved.policy()), programs(&anew));
        assert_eq!(rules(resolved.policy()), rules(&anew));
        assert_eq!(resolved.policy().lists.len(), before.lists.len());
    }
}
