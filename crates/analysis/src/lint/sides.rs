//! Rules of which nothing passes at the other end.

use std::collections::HashMap;

use policy::{Action, Direction, Document, Edit, Family, GroupId, Policy, Remote, RuleId, RuleIndex, VnicIndex};

use crate::atlas::{Atlas, Lot, Stand, addresses, pair};
use crate::lint::{Effect, Finding, Fix};
use crate::opening::Opening;

/// Finds the rules for a group that let pass what no member of it lets pass.
pub(super) fn find(policy: &Policy) -> Vec<(RuleId, Finding)> {
    let atlas = Atlas::of(policy);
    let members = members(&atlas);
    let one_sided = policy.rules().filter_map(|index| {
        let found = policy.rule(index);
        let Remote::Group(other) = &found.rule.spec.remote else { return None };
        let speaks = found.rule.enabled && found.rule.spec.action == Action::Allow;
        let (own, others) = (members.get(&found.group)?, members.get(other)?);
        let is_one_sided = speaks && is_one_sided(&atlas, index, own, others);
        is_one_sided.then(|| (found.rule.id.clone(), Finding::Asymmetric { other: other.clone() }))
    });
    one_sided.collect()
}

/// The rule of the other group that lets pass the same.
pub(super) fn counterpart(document: &Document, rule: &RuleId, other: &GroupId) -> Option<Fix> {
    let (group, rule) = document.rule(rule)?;
    let mut spec = rule.spec.clone();
    spec.direction = spec.direction.opposite();
    spec.remote = Remote::Group(group.id.clone());
    Some(Fix { edit: Edit::new_rule(document, other, spec), effect: Effect::Opens })
}

/// By group: its vnics, those together that no rule tells apart, each list with its kind.
type Members = HashMap<GroupId, Vec<(usize, Vec<VnicIndex>)>>;

fn members(atlas: &Atlas) -> Members {
    let mut members = Members::new();
    for Lot { kind, vnics } in &atlas.lots {
        // Vnics of a kind have the same groups.
        let groups = vnics.first().map(|vnic| atlas.policy.vnic(*vnic).groups.as_slice());
        for group in groups.unwrap_or_default() {
            members.entry(group.clone()).or_default().push((*kind, vnics.clone()));
        }
    }
    members
}

/// Whether two members of the groups could meet, and of all that the rule lets pass nothing may pass between any two.
fn is_one_sided(
    atlas: &Atlas,
    index: RuleIndex,
    own: &[(usize, Vec<VnicIndex>)],
    others: &[(usize, Vec<VnicIndex>)],
) -> bool {
    let spec = &atlas.policy.rule(index).rule.spec;
    let opening = Opening::of(spec.family, &spec.protocol);
    let (senders, receivers) = match spec.direction {
        Direction::Ingress => (others, own),
        Direction::Egress => (own, others),
    };
    let mut meet = false;
    for (from, senders) in senders {
        for (to, receivers) in receivers {
            let Some((sender, receiver)) = pair(senders, receivers) else { continue };
            for (own, other) in ends(atlas, (sender, receiver), spec.family) {
                meet = true;
                let (from, to) = (Stand { kind: *from, address: own }, Stand { kind: *to, address: other });
                let headers = atlas.headers(sender).or(atlas.headers(receiver));
                let passing = atlas.between(from, to, headers, Action::Allow);
                if passing.iter().any(|passing| passing.intersection(&opening).is_some()) {
                    return false;
                }
            }
        }
    }
    meet
}

fn ends(
    atlas: &Atlas,
    (sender, receiver): (VnicIndex, VnicIndex),
    family: Family,
) -> Vec<(std::net::IpAddr, std::net::IpAddr)> {
    let (sender, receiver) = (atlas.policy.vnic(sender), atlas.policy.vnic(receiver));
    let pairs = addresses(sender, family).flat_map(|own| addresses(receiver, family).map(move |other| (own, other)));
    pairs.collect()
}
