//! Rules that say the opposite of each other.

use std::collections::HashSet;

use policy::{Document, Edit, Evaluation, Priority, Rule, RuleId, RuleIndex, RuleSpec};

use crate::addresses::Addresses;
use crate::lint::Finding;
use crate::lint::implied::is_dispensable_at_first_sight;
use crate::lint::ports::{keeping, rest};
use crate::lint::survey::{Match, Side, Survey};
use crate::opening::Opening;
use crate::region::Region;

/// Finds pairs of rules of opposite actions of which neither has all packets of the other; at the one that is asked first.
pub(super) fn find(survey: &Survey) -> Vec<(RuleId, Finding)> {
    let policy = survey.policy;
    if policy.profile().evaluation == Evaluation::Union {
        return Vec::new();
    }
    let mut known: HashSet<(RuleIndex, RuleIndex)> = HashSet::new();
    let mut found = Vec::new();
    for kind in &survey.kinds {
        for side in &kind.sides {
            let asked = policy.rules_at(kind.vnic, side.direction);
            let asked: Vec<RuleIndex> = asked
                .filter(|index| {
                    let rule = &policy.rule(*index).rule;
                    rule.enabled && rule.spec.family == side.family
                })
                .collect();
            for (at, first) in asked.iter().enumerate() {
                for second in &asked[at + 1..] {
                    let (one, other) = (policy.rule(*first), policy.rule(*second));
                    if one.rule.spec.action == other.rule.spec.action || known.contains(&(*first, *second)) {
                        continue;
                    }
                    let Some(region) = overlap(survey, side, *first, *second) else { continue };
                    known.insert((*first, *second));
                    let with = other.rule.id.clone();
                    let is_tied = one.group == other.group && one.rule.spec.priority == other.rule.spec.priority;
                    found.push((
                        one.rule.id.clone(),
                        match is_tied {
                            true => Finding::Conflicting { with, region },
                            false => Finding::Correlated { with, region },
                        },
                    ));
                }
            }
        }
    }
    found
}

/// The edits of which each writes down which of two rules of one rank wins: the one that loses gets the next rank, or the one that
/// wins the rank before.
pub(super) fn ranked(document: &Document, winner: &RuleId, loser: &RuleId) -> Vec<Edit> {
    let with_rank = |rule: &RuleId, rank: fn(Priority) -> Option<Priority>| {
        let (_, rule) = document.rule(rule)?;
        let spec = RuleSpec { priority: rank(rule.spec.priority)?, ..rule.spec.clone() };
        Some(Edit::ReplaceRule { rule: Rule { spec, ..rule.clone() } })
    };
    let behind = with_rank(loser, |priority| Priority::new(priority.value() + 1).ok());
    behind.into_iter().chain(with_rank(winner, Priority::before)).collect()
}

/// The edit that takes the ports of one rule out of another behind it, where some are left; `None` where packets are found at
/// first sight that would fare otherwise.
pub(super) fn narrowed(survey: &Survey, document: &Document, first: &RuleId, second: &RuleId) -> Option<Edit> {
    let (_, one) = document.rule(first)?;
    let (_, other) = document.rule(second)?;
    let (family, protocol) = (other.spec.family, &one.spec.protocol);
    if protocol.is_bare() || protocol.number(family) != other.spec.protocol.number(family) {
        return None;
    }
    let keys: Vec<(u16, u16)> = protocol.keys().collect();
    let narrower = keeping(other, rest(&other.spec.protocol, &keys)?)?;
    let taken = Opening::of(family, protocol);
    is_dispensable_at_first_sight(survey, survey.index(second)?, Some(&taken)).then_some(narrower)
}

/// Some packets of both that the first one decides, where neither has all of the other's.
fn overlap(survey: &Survey, side: &Side, first: RuleIndex, second: RuleIndex) -> Option<Region> {
    let (one, other) = (&survey.matches[&first], &survey.matches[&second]);
    if is_within(one, other) || is_within(other, one) {
        return None;
    }
    let decided = side.decided.get(survey.policy.rule_id(first))?;
    let both = |(opening, remote): &(Opening, Addresses)| {
        let opening = opening.intersection(&other.opening)?;
        let remote = remote.intersection(&other.remote);
        let Opening { protocols, keys, .. } = opening;
        (!remote.is_empty()).then_some(Region { direction: side.direction, remote, protocols, keys })
    };
    decided.iter().find_map(both)
}

/// Whether one matches no packet that the other does not.
fn is_within(one: &Match, other: &Match) -> bool {
    one.opening.difference(&other.opening).is_empty() && one.remote.difference(&other.remote).is_empty()
}
