//! What every rule decides, at one vnic of each kind.

use std::collections::{BTreeMap, HashMap, HashSet};

use policy::{
    Action, Direction, Family, Likeness, Policy, PortSecurity, RuleId, RuleIndex, Tracking, VnicId, VnicIndex,
    highest_number,
};

use crate::addresses::Addresses;
use crate::chart::{Chart, Sayings, Speaker};
use crate::opening::Opening;
use crate::pieces::{Comparison, Headers, compare};
use crate::said::By;

/// What every rule of a policy decides.
pub(super) struct Survey<'p> {
    pub(super) policy: &'p Policy,
    /// A vnic of each kind that filters, with what the rules there decide.
    pub(super) kinds: Vec<Kind>,
    /// What each rule would match, whatever stands before it.
    pub(super) matches: HashMap<RuleIndex, Match>,
    sayings: Sayings,
    indices: HashMap<RuleId, RuleIndex>,
}

/// A vnic that stands for all that are like it.
pub(super) struct Kind {
    pub(super) vnic: VnicIndex,
    pub(super) tracking: Tracking,
    pub(super) sides: Vec<Side>,
}

/// One direction and family at a vnic.
pub(super) struct Side {
    pub(super) direction: Direction,
    pub(super) family: Family,
    pub(super) chart: Chart,
    /// By rule: what it decides.
    pub(super) decided: BTreeMap<RuleId, Vec<(Opening, Addresses)>>,
}

/// The packets that a rule matches.
pub(super) struct Match {
    pub(super) opening: Opening,
    pub(super) remote: Addresses,
}

impl<'p> Survey<'p> {
    pub(super) fn of(policy: &'p Policy) -> Survey<'p> {
        let mut known: HashSet<(Likeness, Tracking)> = HashSet::new();
        let filters = policy.vnics().filter(|(_, vnic)| vnic.port_security == PortSecurity::On);
        let one_of_each = filters.filter(|(index, vnic)| known.insert((policy.likeness(*index), vnic.tracking)));
        let (mut speaker, mut sayings) = (Speaker::of(policy), Sayings::default());
        let kinds = one_of_each.map(|(vnic, found)| Kind {
            vnic,
            tracking: found.tracking,
            sides: sides(&mut speaker, vnic, Headers::at(found.tracking), &mut sayings),
        });
        let kinds: Vec<Kind> = kinds.collect();
        let matches = policy.rules().map(|index| (index, Match::of(policy, index))).collect();
        let indices = policy.rules().map(|index| (policy.rule_id(index).clone(), index)).collect();
        Survey { policy, kinds, matches, sayings, indices }
    }

    /// Where the policy has a rule.
    pub(super) fn index(&self, rule: &RuleId) -> Option<RuleIndex> {
        self.indices.get(rule).copied()
    }

    /// Whether a rule allows.
    pub(super) fn allows(&self, rule: &RuleId) -> bool {
        self.index(rule).is_some_and(|index| self.policy.rule(index).rule.spec.action == Action::Allow)
    }

    /// What is done by what is said in a chart.
    pub(super) fn action(&self, said: u32) -> Action {
        self.sayings.get(said).action
    }

    /// The vnics of [`Survey::kinds`] that ask a rule.
    pub(super) fn askers(&self, rule: &RuleId) -> Vec<VnicId> {
        self.kinds_that_ask(rule).map(|kind| self.policy.vnic(kind.vnic).id.clone()).collect()
    }

    /// Whether a vnic without tracking asks a rule.
    pub(super) fn is_asked_without_tracking(&self, rule: &RuleId) -> bool {
        self.kinds_that_ask(rule).any(|kind| kind.tracking == Tracking::Stateless)
    }

    fn kinds_that_ask(&self, rule: &RuleId) -> impl Iterator<Item = &Kind> {
        self.kinds.iter().filter(move |kind| {
            Direction::BOTH.into_iter().any(|direction| {
                self.policy.rules_at(kind.vnic, direction).any(|index| self.policy.rule_id(index) == rule)
            })
        })
    }
}

impl Match {
    fn of(policy: &Policy, index: RuleIndex) -> Match {
        let spec = &policy.rule(index).rule.spec;
        let every = || vec![(0, highest_number(spec.family))];
        let ranges = policy.remote_addresses(index).unwrap_or_else(every);
        Match { opening: Opening::of(spec.family, &spec.protocol), remote: Addresses::of(spec.family, ranges) }
    }
}

fn sides(speaker: &mut Speaker<'_>, vnic: VnicIndex, headers: Headers, sayings: &mut Sayings) -> Vec<Side> {
    let both = [Direction::Ingress, Direction::Egress].into_iter();
    let all = both.flat_map(|direction| Family::ALL.map(|family| (direction, family)));
    let side = |(direction, family)| {
        let chart = Chart::of(speaker, Some(vnic), (direction, family), sayings);
        let wanted = |(said, _)| matches!(sayings.get(said).by, By::Rule(_)).then_some((said, said));
        let mut decided: BTreeMap<RuleId, Vec<(Opening, Addresses)>> = BTreeMap::new();
        for (piece, remote) in
            compare(Comparison { family, headers, wanted: &wanted, only_differences: false }, &chart, &chart)
        {
            if let By::Rule(rule) = &sayings.get(piece.said.0).by {
                let opening = Opening { family, protocols: piece.protocols, keys: piece.keys };
                decided.entry(rule.clone()).or_default().push((opening, remote));
            }
        }
        Side { direction, family, chart, decided }
    };
    all.map(side).collect()
}
