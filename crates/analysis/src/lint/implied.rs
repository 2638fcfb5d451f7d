//! Rules without which others say the same.

use std::collections::{BTreeSet, HashSet};

use policy::{Action, Direction, Edit, EgressDefault, Policy, Resolved, RuleId, RuleIndex};

use crate::addresses::Addresses;
use crate::diff::is_neutral;
use crate::lint::Finding;
use crate::lint::idle::decisions;
use crate::lint::survey::Survey;
use crate::lint::workshop::after;
use crate::opening::Opening;
use crate::said::Said;

/// Finds the rules that decide, but without which every packet fares alike. Those of `passed_over` are not looked at.
pub(super) fn find(survey: &Survey, resolved: &Resolved, passed_over: &HashSet<RuleId>) -> Vec<(RuleId, Finding)> {
    let policy = survey.policy;
    let mut copy = resolved.clone();
    let mut found = Vec::new();
    for index in policy.rules() {
        let id = policy.rule_id(index);
        if passed_over.contains(id) || !is_dispensable_at_first_sight(survey, index, None) {
            continue;
        }
        let askers = survey.askers(id);
        let removal = Edit::RemoveRule { rule: id.clone() };
        let heirs = after(&mut copy, removal, |before, after| {
            is_neutral(before, after, &askers).then(|| heirs(survey, index, after))
        });
        if let Some(Some(by)) = heirs {
            found.push((id.clone(), Finding::Implied { by }));
        }
    }
    found
}

/// Whether of everything that a rule decides, or of what of it is within an opening, one packet, as an example, would fare alike
/// without it. Where not, it is needed.
pub(super) fn is_dispensable_at_first_sight(survey: &Survey, index: RuleIndex, within: Option<&Opening>) -> bool {
    let action = survey.policy.rule(index).rule.spec.action;
    let id = survey.policy.rule_id(index);
    survey.kinds.iter().all(|kind| {
        kind.sides.iter().all(|side| {
            let decided = side.decided.get(id).map_or(&[][..], Vec::as_slice);
            if decided.is_empty() {
                return true;
            }
            let asked = survey.policy.rules_at(kind.vnic, side.direction);
            let behind: Vec<RuleIndex> = asked.skip_while(|other| *other != index).skip(1).collect();
            // Without the rule a default may be open that it closes.
            let may_open =
                side.direction == Direction::Egress && survey.policy.profile().egress_default != EgressDefault::Deny;
            let default = (!may_open).then_some(Action::Deny);
            decided.iter().all(|(opening, remote)| {
                let part = within.map(|within| opening.intersection(within));
                let Some(opening) = part.as_ref().map_or(Some(opening), Option::as_ref) else { return true };
                next_action(survey, &behind, opening, remote).or(default).is_none_or(|next| next == action)
            })
        })
    })
}

/// What the first of some rules that has the first packet of an opening from some addresses does.
fn next_action(survey: &Survey, rules: &[RuleIndex], opening: &Opening, remote: &Addresses) -> Option<Action> {
    let (address, _) = remote.numbers().next()?;
    let protocol = opening.protocols.iter().next()?;
    let has_it = |index: &&RuleIndex| {
        let found = &survey.matches[*index];
        found.opening.family == opening.family
            && found.opening.protocols.contains(protocol)
            && found.opening.keys.contains_first(&opening.keys)
            && found.remote.contains_number(address)
            && survey.policy.rule(**index).rule.enabled
    };
    rules.iter().find(has_it).map(|index| survey.policy.rule(*index).rule.spec.action)
}

/// What decides the packets of a rule where it is not there.
fn heirs(survey: &Survey, index: RuleIndex, after: &Policy) -> BTreeSet<Said> {
    let spec = &survey.policy.rule(index).rule.spec;
    let id = survey.policy.rule_id(index);
    let addresses: Vec<(u128, u128)> = survey.matches[&index].remote.numbers().collect();
    let mut by = BTreeSet::new();
    let deciding = survey.kinds.iter().filter(|kind| kind.sides.iter().any(|side| side.decided.contains_key(id)));
    for vnic in deciding.filter_map(|kind| after.vnic_index(&survey.policy.vnic(kind.vnic).id)) {
        let surface = after.surface(vnic, spec.direction, spec.family);
        by.extend(decisions(&surface, &addresses, spec).map(|decision| Said::of(decision, after)));
    }
    // Of others that decide some of them as before the rule did nothing.
    by.retain(|said| said.action == spec.action);
    by
}
