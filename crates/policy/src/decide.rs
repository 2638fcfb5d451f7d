//! What the rules say of a new flow.
//!
//! Contract: what [`Policy::explain`] lists first among the rules that match is what decides; nothing is allocated.

use wire::Family;

use crate::model::{Action, Direction};
use crate::policy::{Policy, RuleIndex, VnicIndex};
use crate::profile::{EgressDefault, SameSubnet};
use crate::program::Question;
use crate::subject::Subject;

/// What the rules say of a new flow, and which one said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    /// The other end is in a subnet of the vnic's network, which the profile exempts from rules.
    SameSubnet,
    /// This rule allows it.
    Allow(RuleIndex),
    /// This rule denies it.
    Deny(RuleIndex),
    /// No rule matches; the profile allows it.
    DefaultAllow,
    /// No rule matches; it is denied.
    DefaultDeny,
    /// The vnic has no group, so nothing can allow it.
    NoGroups,
}

impl Decision {
    /// Whether the packet passes.
    pub fn action(self) -> Action {
        match self {
            Decision::SameSubnet | Decision::Allow(_) | Decision::DefaultAllow => Action::Allow,
            Decision::Deny(_) | Decision::DefaultDeny | Decision::NoGroups => Action::Deny,
        }
    }

    /// What a matching rule decides.
    pub(crate) fn of_rule((rule, action): (RuleIndex, Action)) -> Decision {
        match action {
            Action::Allow => Decision::Allow(rule),
            Action::Deny => Decision::Deny(rule),
        }
    }
}

impl Policy {
    /// The decision at a vnic: the exemption of the same subnet where the profile has it, the first matching rule in the order
    /// of evaluation, else the default.
    pub fn decide(&self, vnic: VnicIndex, direction: Direction, subject: &Subject) -> Decision {
        if self.exempts(vnic, direction, subject) {
            return Decision::SameSubnet;
        }
        let programs = self.lists.programs(self.seats[vnic.0 as usize]);
        let question = Question::of(direction, subject);
        let mut class = None;
        for program in programs {
            let class = || *class.get_or_insert_with(|| self.remotes.class_of(question.remote));
            if let Some(rule) = program.winner(&question, class, &self.remotes) {
                return Decision::of_rule(rule);
            }
        }
        self.decision_without_rules(vnic, direction, question.family)
    }

    /// The decision where no rule matches.
    pub(crate) fn decision_without_rules(&self, vnic: VnicIndex, direction: Direction, family: Family) -> Decision {
        if self.lists.programs(self.seats[vnic.0 as usize]).is_empty() {
            return Decision::NoGroups;
        }
        match self.is_open(vnic, direction, family) {
            true => Decision::DefaultAllow,
            false => Decision::DefaultDeny,
        }
    }

    fn exempts(&self, vnic: VnicIndex, direction: Direction, subject: &Subject) -> bool {
        match self.profile().same_subnet {
            SameSubnet::Filtered => false,
            SameSubnet::Exempt => {
                let remote = subject.remote(direction);
                self.vnic(vnic).subnets.iter().any(|subnet| subnet.prefix.contains(remote))
            }
        }
    }

    /// Whether what no rule names passes. Rules as edited: one with an empty remote closes the default too.
    fn is_open(&self, vnic: VnicIndex, direction: Direction, family: Family) -> bool {
        match (direction, self.profile().egress_default) {
            (Direction::Ingress, _) | (Direction::Egress, EgressDefault::Deny) => false,
            (Direction::Egress, EgressDefault::AllowUntilFirstRule) => {
                self.groups_at(vnic).all(|group| group.egress.is_empty())
            }
            (Direction::Egress, EgressDefault::AllowUntilFirstRuleOfFamily) => {
                self.groups_at(vnic).all(|group| !group.egress.contains(&family))
            }
        }
    }
}
