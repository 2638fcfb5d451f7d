//! Limits of the profile: how much a project, a group and a vnic may hold.

use std::fmt::Display;

use super::index::Index;
use super::path::Path;
use super::{GROUPS, INSTANCES};
use crate::Diagnostic;
use crate::model::{Direction, Document, Family, SecurityGroup, Vnic};

pub(super) fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let document = index.document;
    in_project(document, found);
    for (path, group) in GROUPS.items(&document.groups) {
        in_group(document, group, &path, found);
    }
    at_vnics(index, found);
}

pub(super) fn in_project(document: &Document, found: &mut Vec<Diagnostic>) {
    let limits = document.profile.limits;
    let rules = document.groups.iter().map(|group| group.rules.len()).sum();
    within(document, &GROUPS, limits.groups, document.groups.len(), "security groups", found);
    within(document, &GROUPS, limits.rules, rules, "rules", found);
}

pub(super) fn in_group(document: &Document, group: &SecurityGroup, path: &Path<'_>, found: &mut Vec<Diagnostic>) {
    let (limits, path) = (document.profile.limits, path.field("rules"));
    within(document, &path, limits.rules_per_group, group.rules.len(), "rules a group", found);
    if limits.rules_per_direction_and_family.is_some() {
        for (direction, family) in halves() {
            let what = format_args!("{direction} {family} rules a group");
            let count = count(group, direction, family);
            within(document, &path, limits.rules_per_direction_and_family, count, what, found);
        }
    }
}

fn within(
    document: &Document,
    path: &Path<'_>,
    limit: Option<usize>,
    count: usize,
    what: impl Display,
    found: &mut Vec<Diagnostic>,
) {
    let Some(limit) = limit.filter(|limit| count > *limit) else { return };
    let (profile, over) = (&document.profile.name, count - limit);
    let message = format!("the profile `{profile}` allows {limit} {what}, here are {count}: remove {over}");
    found.push(Diagnostic::error(*path, message));
}

pub(super) fn at_vnics(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let document = index.document;
    let Some(limit) = document.profile.limits.groups_times_rules_per_vnic else { return };
    let longest: Vec<usize> = document.groups.iter().map(longest).collect();
    for (path, instance) in INSTANCES.items(&document.instances) {
        for (path, vnic) in path.field("vnics").items(&instance.vnics) {
            let of_groups = vnic.groups.iter().filter_map(|id| index.place_of_group(id)).map(|place| longest[place]);
            product(document, limit, of_groups, &path, found);
        }
    }
}

pub(super) fn at_vnic(index: &Index<'_>, vnic: &Vnic, path: &Path<'_>, found: &mut Vec<Diagnostic>) {
    let Some(limit) = index.document.profile.limits.groups_times_rules_per_vnic else { return };
    let of_groups = vnic.groups.iter().filter_map(|id| index.group(id)).map(longest);
    product(index.document, limit, of_groups, path, found);
}

/// `of_groups` has, for each group of a vnic, the most rules of one direction and family.
fn product(
    document: &Document,
    limit: usize,
    of_groups: impl Iterator<Item = usize>,
    path: &Path<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let (number, most) = of_groups.fold((0, 0), |(number, most), count| (number + 1, most.max(count)));
    if number * most > limit {
        let profile = &document.profile.name;
        let message = format!(
            "the profile `{profile}` allows {limit} groups times rules a vnic, here are {number} times {most}: detach a group, or remove rules from the longest"
        );
        found.push(Diagnostic::error(path.field("groups"), message));
    }
}

/// The most rules of one direction and family.
fn longest(group: &SecurityGroup) -> usize {
    halves().map(|(direction, family)| count(group, direction, family)).into_iter().max().unwrap_or_default()
}

fn halves() -> [(Direction, Family); 4] {
    let [v4, v6] = Family::ALL;
    let [ingress, egress] = Direction::BOTH;
    [(ingress, v4), (ingress, v6), (egress, v4), (egress, v6)]
}

fn count(group: &SecurityGroup, direction: Direction, family: Family) -> usize {
    group.rules.iter().filter(|rule| rule.spec.direction == direction && rule.spec.family == family).count()
}
