//! Limits of the profile: how much a project, a group and a vnic may hold.

use super::placed;
use crate::Diagnostic;
use crate::model::{Direction, Document, Family, SecurityGroup, Vnic, family_name};

const FAMILIES: [Family; 2] = [Family::Ipv4, Family::Ipv6];

pub(super) fn check(document: &Document, found: &mut Vec<Diagnostic>) {
    let limits = document.profile.limits;
    let mut within = |path: &str, limit: Option<usize>, count: usize, what: &str| {
        let Some(limit) = limit.filter(|limit| count > *limit) else { return };
        let (profile, over) = (&document.profile.name, count - limit);
        let message = format!("the profile `{profile}` allows {limit} {what}, here are {count}: remove {over}");
        found.push(Diagnostic::error(path, message));
    };
    within("groups", limits.groups, document.groups.len(), "security groups");
    within("groups", limits.rules, document.rules().count(), "rules");
    for (path, group) in placed("groups", &document.groups) {
        let path = format!("{path}.rules");
        within(&path, limits.rules_per_group, group.rules.len(), "rules a group");
        for (direction, family) in halves() {
            let what = format!("{direction} {} rules a group", family_name(family));
            within(&path, limits.rules_per_direction_and_family, count(group, direction, family), &what);
        }
    }
    let Some(limit) = limits.groups_times_rules_per_vnic else { return };
    let instances = placed("instances", &document.instances);
    for (path, vnic) in instances.flat_map(|(path, instance)| placed(&format!("{path}.vnics"), &instance.vnics)) {
        product(document, limit, vnic, &path, found);
    }
}

fn product(document: &Document, limit: usize, vnic: &Vnic, path: &str, found: &mut Vec<Diagnostic>) {
    let groups = || vnic.groups.iter().filter_map(|id| document.group(id.as_str()));
    let most = groups().flat_map(|group| halves().map(|(direction, family)| count(group, direction, family))).max();
    let (number, most) = (groups().count(), most.unwrap_or_default());
    if number * most > limit {
        let profile = &document.profile.name;
        let message = format!(
            "the profile `{profile}` allows {limit} groups times rules a vnic, here are {number} times {most}: detach a group, or remove rules from the longest"
        );
        found.push(Diagnostic::error(format!("{path}.groups"), message));
    }
}

fn halves() -> [(Direction, Family); 4] {
    let [v4, v6] = FAMILIES;
    let [ingress, egress] = Direction::BOTH;
    [(ingress, v4), (ingress, v6), (egress, v4), (egress, v6)]
}

fn count(group: &SecurityGroup, direction: Direction, family: Family) -> usize {
    group.rules.iter().filter(|rule| rule.spec.direction == direction && rule.spec.family == family).count()
}
