//! Rules that do nothing.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;

use policy::{
    Decision, Direction, EgressDefault, GroupId, Likeness, Line, Policy, PortSecurity, RuleId, RuleIndex, RuleSpec,
    Surface, VnicIndex, highest_number,
};
use serde_json::{Value, json};

use crate::said::{By, Said};

/// A rule that decides about no packet and closes no default: without it every packet fares alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idle {
    /// The rule.
    pub rule: RuleId,
    /// The group that holds it.
    pub group: GroupId,
    /// Why it does nothing.
    pub cause: Cause,
}

/// Why a rule does nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It is switched off.
    Disabled,
    /// No vnic asks it: its group is attached to none, or to such only that filter nothing.
    NotAsked,
    /// Its remote has no address.
    EmptyRemote,
    /// All its packets are decided before it is asked.
    Covered {
        /// What decides them.
        by: BTreeSet<Said>,
    },
}

/// The rules that do nothing, group by group. Of rules that say the same, all but the first in the order of evaluation.
pub fn idle_rules(policy: &Policy) -> Vec<Idle> {
    let mut askers = Askers::of(policy);
    let idle = policy.rules().filter_map(|index| {
        let cause = askers.cause(index)?;
        let found = policy.rule(index);
        Some(Idle { rule: found.rule.id.clone(), group: found.group.clone(), cause })
    });
    idle.collect()
}

/// Which vnics ask which rules; of vnics that are alike, one.
struct Askers<'p> {
    policy: &'p Policy,
    by_rule: HashMap<RuleIndex, Vec<VnicIndex>>,
    surfaces: HashMap<(VnicIndex, Direction, policy::Family), Surface>,
}

impl<'p> Askers<'p> {
    fn of(policy: &'p Policy) -> Askers<'p> {
        let mut known: HashSet<Likeness> = HashSet::new();
        let filters = policy.vnics().filter(|(_, vnic)| vnic.port_security == PortSecurity::On);
        let one_of_each = filters.map(|(index, _)| index).filter(|index| known.insert(policy.likeness(*index)));
        let mut by_rule: HashMap<RuleIndex, Vec<VnicIndex>> = HashMap::new();
        for vnic in one_of_each {
            for direction in [Direction::Ingress, Direction::Egress] {
                policy.rules_at(vnic, direction).for_each(|rule| by_rule.entry(rule).or_default().push(vnic));
            }
        }
        Askers { policy, by_rule, surfaces: HashMap::new() }
    }

    fn cause(&mut self, index: RuleIndex) -> Option<Cause> {
        let rule = &self.policy.rule(index).rule;
        if !rule.enabled {
            return Some(Cause::Disabled);
        }
        let Some(vnics) = self.by_rule.get(&index).cloned() else {
            return Some(Cause::NotAsked);
        };
        if vnics.iter().any(|vnic| self.closes_default(*vnic, index)) {
            return None;
        }
        let addresses = self.policy.remote_addresses(index);
        if addresses.as_ref().is_some_and(Vec::is_empty) {
            return Some(Cause::EmptyRemote);
        }
        let addresses = addresses.unwrap_or_else(|| vec![(0, highest_number(rule.spec.family))]);
        let mut by: BTreeSet<Said> = BTreeSet::new();
        for vnic in vnics {
            let policy = self.policy;
            let side = (vnic, rule.spec.direction, rule.spec.family);
            let surface = self.surfaces.entry(side).or_insert_with(|| policy.surface(side.0, side.1, side.2));
            by.extend(decisions(surface, &addresses, &rule.spec).map(|decision| Said::of(decision, policy)));
        }
        let decides = by.iter().any(|said| said.by == By::Rule(rule.id.clone()));
        (!decides).then_some(Cause::Covered { by })
    }

    /// Whether egress would be open at the vnic without the rule, and is not with it.
    fn closes_default(&self, vnic: VnicIndex, index: RuleIndex) -> bool {
        let spec = &self.policy.rule(index).rule.spec;
        let counts = |other: &RuleSpec| match self.policy.profile().egress_default {
            EgressDefault::Deny => false,
            EgressDefault::AllowUntilFirstRule => true,
            EgressDefault::AllowUntilFirstRuleOfFamily => other.family == spec.family,
        };
        let mut others = self.policy.rules_at(vnic, Direction::Egress).filter(|other| *other != index);
        spec.direction == Direction::Egress
            && counts(spec)
            && !others.any(|other| {
                let other = &self.policy.rule(other).rule;
                other.enabled && counts(&other.spec)
            })
    }
}

/// What is said of the packets that match a rule.
pub(super) fn decisions(
    surface: &Surface,
    addresses: &[(u128, u128)],
    spec: &RuleSpec,
) -> impl Iterator<Item = Decision> {
    let remotes = surface.remotes();
    let mut sheets: BTreeSet<u32> = BTreeSet::new();
    for (first, last) in addresses {
        let from = remotes.partition_point(|(begin, _)| begin <= first) - 1;
        sheets.extend(remotes[from..].iter().take_while(|(begin, _)| begin <= last).map(|(_, sheet)| *sheet));
    }
    let mut found: Vec<Decision> = Vec::new();
    for sheet in sheets.into_iter().map(|sheet| &surface.sheets()[sheet as usize]) {
        match spec.protocol.number(spec.family) {
            Some(protocol) => found.extend(of_line(sheet.line(protocol), spec)),
            None => {
                let lines = sheet.named.iter().map(|(_, line)| line).chain([&sheet.others]);
                found.extend(lines.flat_map(|line| of_line(line, spec)));
            }
        }
    }
    found.into_iter()
}

fn of_line<'l>(line: &'l Line, spec: &RuleSpec) -> impl Iterator<Item = Decision> + use<'l> {
    // A rule that names no part of the header takes every key, and packets without one.
    let is_bare = spec.protocol.is_bare();
    let keys: Vec<(u16, u16)> = if is_bare { vec![(0, u16::MAX)] } else { spec.protocol.keys().collect() };
    let within = keys.into_iter().flat_map(|(first, last)| {
        let from = line.keys.partition_point(|(begin, _)| *begin <= first) - 1;
        line.keys[from..].iter().take_while(move |(begin, _)| *begin <= last).map(|(_, decision)| *decision)
    });
    within.chain(is_bare.then_some(line.bare))
}

impl Idle {
    /// For programs: `rule`, `group`, `cause`, and `by` where others cover it.
    pub fn to_value(&self) -> Value {
        let mut value = json!({"rule": self.rule.as_str(), "group": self.group.as_str(), "cause": self.cause.name()});
        if let Cause::Covered { by } = &self.cause {
            value["by"] = by.iter().map(Said::to_value).collect();
        }
        value
    }
}

impl Cause {
    /// The stable name.
    pub fn name(&self) -> &'static str {
        match self {
            Cause::Disabled => "disabled",
            Cause::NotAsked => "not-asked",
            Cause::EmptyRemote => "empty-remote",
            Cause::Covered { .. } => "covered",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Disabled => out.write_str("it is switched off"),
            Cause::NotAsked => out.write_str("no vnic asks it"),
            Cause::EmptyRemote => out.write_str("its remote has no address"),
            Cause::Covered { by } => {
                write!(out, "all its packets are {} before", Said::words(by))
            }
        }
    }
}
