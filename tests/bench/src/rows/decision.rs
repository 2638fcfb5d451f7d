//! The decision about a new flow, by the number of rules on the vnic.

use policy::{Decision, Direction, Family, Policy, RuleId, RuleIndex, Subject, VnicIndex};

use crate::contenders::flat::{FlatRule, flatten};
use crate::contenders::linear::Linear;
use crate::contenders::tuple_space::TupleSpace;
use crate::questions::{QUESTIONS, hits, misses};
use crate::race::{Clock, Contender, Effort, Figure, race};
use crate::sets::{RuleSet, Style, width};
use crate::table::Row;

/// Packets that linear search is asked when answers are compared; it takes long for large sets.
const COMPARED: usize = 256;

/// Rules as each contender has them.
pub struct Deciders {
    policy: Policy,
    vnic: VnicIndex,
    /// The same rules as plain numbers.
    pub flat: Vec<FlatRule>,
    linear: Linear,
    /// The same rules in a tuple space.
    pub space: TupleSpace,
}

impl Deciders {
    /// Everyone gets the rules of the set.
    pub fn of(set: &RuleSet) -> Deciders {
        let (policy, vnic) = set.resolve();
        let flat = flatten(&set.document, RuleSet::VNIC, (Direction::Ingress, set.family));
        let (linear, space) = (Linear::of(&flat), TupleSpace::of(&flat, width(set.family)));
        Deciders { policy, vnic, flat, linear, space }
    }

    /// Our decision.
    pub fn decide(&self, subject: &Subject) -> Decision {
        self.policy.decide(self.vnic, Direction::Ingress, subject)
    }

    /// The first packet on which not all say the same, and what each says.
    pub fn dispute(&self, subjects: &[Subject]) -> Option<String> {
        subjects.iter().find_map(|subject| {
            let ours = rule_of(self.decide(subject)).map(|rule| self.policy.rule_id(rule));
            let [linear, space] =
                [self.linear.find(subject), self.space.find(subject)].map(|place| self.rule_at(place));
            let name = |rule: Option<&RuleId>| rule.map_or("no rule".to_owned(), |rule| format!("`{rule}`"));
            (ours != linear || space != linear).then(|| {
                let (ours, linear, space) = (name(ours), name(linear), name(space));
                format!("{subject:?}: ours says {ours}, linear {linear}, tuple space {space}")
            })
        })
    }

    /// Our decision, linear search and tuple space on the same packets, which are not none.
    pub fn race(&self, clock: Clock, effort: Effort, subjects: &[Subject]) -> Vec<Figure> {
        let mut contenders = [
            Contender::over("ours", subjects, |subject| self.decide(subject)),
            Contender::over("linear", subjects, |subject| self.linear.find(subject)),
            Contender::over("tuple space", subjects, |subject| self.space.find(subject)),
        ];
        race(clock, effort, &mut contenders)
    }

    fn rule_at(&self, place: Option<usize>) -> Option<&RuleId> {
        place.map(|place| &self.flat[place].id)
    }
}

/// Rows for so many rules, in both styles and families, for packets that a rule matches and those that none does.
///
/// # Panics
/// The contenders do not say the same.
pub fn rows(clock: Clock, effort: Effort, sizes: &[usize], mut each: impl FnMut(Row)) {
    for style in Style::ALL {
        for family in Family::ALL {
            for size in sizes {
                let set = style.rule_set(family, *size);
                let deciders = Deciders::of(&set);
                let hits = hits(&set, &deciders.flat, QUESTIONS);
                let misses = misses(&set, &deciders.space, QUESTIONS);
                for (kind, subjects) in [("hit", hits), ("miss", misses)] {
                    if subjects.is_empty() {
                        continue;
                    }
                    let few = &subjects[..COMPARED.min(subjects.len())];
                    assert!(deciders.dispute(few).is_none(), "{}", deciders.dispute(few).unwrap_or_default());
                    let case = format!("{} {family:?} {size} rules, {kind}", style.name());
                    each(Row::race("decision, new flow", case, deciders.race(clock, effort, &subjects)));
                }
            }
        }
    }
}

fn rule_of(decision: Decision) -> Option<RuleIndex> {
    match decision {
        Decision::Allow(rule) | Decision::Deny(rule) => Some(rule),
        Decision::SameSubnet | Decision::DefaultAllow | Decision::DefaultDeny | Decision::NoGroups => None,
    }
}
