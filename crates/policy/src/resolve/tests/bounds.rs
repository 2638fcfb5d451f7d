//! What edits leave behind is bounded, and nothing is made anew before the bound.

use super::DOCUMENT;
use crate::model::Document;
use crate::policy::{Policy, Revision};
use crate::{resolve, resolve_after};

/// So much is never worth a new start.
const FEW: usize = 1024;

fn document() -> Document {
    let (document, faults) = Document::read(DOCUMENT);
    assert_eq!(faults, []);
    document
}

/// Follows a document that a step changes again and again, until less is there than before. What was most.
fn most(mut document: Document, step: impl Fn(&mut Document, usize), size: impl Fn(&Policy) -> usize) -> usize {
    let mut policy = resolve(&document, Revision(1)).expect("it resolves");
    for number in 1..4 * FEW {
        step(&mut document, number);
        let next = resolve_after(&policy, &document, Revision(number as u64 + 1)).expect("it resolves");
        if size(&next) < size(&policy) {
            return size(&policy);
        }
        assert!(size(&next) <= size(&policy) + 1);
        policy = next;
    }
    panic!("it grows for ever");
}

#[test]
fn rules_that_are_gone_are_left_over_up_to_a_bound() {
    let rules = document().rules().count();
    let step = |document: &mut Document, number: usize| {
        document.groups[1].rules[0].id = format!("n{number}").parse().expect("an id");
    };
    assert_eq!(most(document(), step, |policy| policy.rules.len()), 2 * rules + FEW + 1);
}

#[test]
fn groups_that_are_gone_are_left_over_up_to_a_bound() {
    let groups = document().groups.len();
    let mut start = document();
    start.groups.push(crate::SecurityGroup { name: "other".to_owned(), ..start.groups[0].clone() });
    let step = |document: &mut Document, number: usize| {
        document.groups[groups].id = format!("n{number}").parse().expect("an id");
    };
    step(&mut start, 0);
    assert_eq!(most(start, step, |policy| policy.groups.len()), 2 * (groups + 1) + FEW + 1);
}

#[test]
fn lists_that_no_vnic_has_are_left_over_up_to_a_bound() {
    let mut start = document();
    let template = start.groups[0].clone();
    for number in 0..11 {
        let name = format!("n{number}");
        let id = name.parse().expect("an id");
        start.groups.push(crate::SecurityGroup { id, name, ..template.clone() });
    }
    let ids: Vec<crate::GroupId> = start.groups[4..].iter().map(|group| group.id.clone()).collect();
    // Every set of groups comes once.
    let step = move |document: &mut Document, number: usize| {
        let set = ids.iter().enumerate().filter(|(bit, _)| number >> bit & 1 == 1);
        document.instances[0].vnics[0].groups = set.map(|(_, id)| id.clone()).collect();
    };
    let vnics = start.vnics().count();
    assert_eq!(most(start, step, |policy| policy.lists.len()), 2 * vnics + FEW + 1);
}

#[test]
fn remotes_that_are_littered_are_made_anew_by_the_next_edit() {
    let mut document = document();
    let mut policy = resolve(&document, Revision(1)).expect("it resolves");
    let mut littered = 0;
    for number in 0..3 * FEW {
        let remote = format!("10.0.{}.{}/32", number / 250, number % 250).parse().expect("a prefix");
        document.groups[1].rules[1].spec.remote = crate::Remote::Prefix(remote);
        let next = resolve_after(&policy, &document, Revision(number as u64 + 2)).expect("it resolves");
        assert!(!(policy.remotes.is_littered() && next.remotes.is_littered()));
        littered += usize::from(next.remotes.is_littered());
        policy = next;
    }
    assert_eq!(littered, 2);
}
