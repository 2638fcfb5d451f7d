//! Where fixes are tried.

use policy::{Direction, Document, Edit, EgressDefault, Policy, Resolved, Revision, RuleId};

use crate::diff::{Turn, diff, is_neutral};
use crate::lint::survey::Survey;
use crate::lint::{Effect, Finding, Fix, exposed, order, replies, sides, virtual_address};

/// A document to try fixes on; between two of them it is as it was.
pub(super) struct Workshop<'s> {
    resolved: Resolved,
    survey: &'s Survey<'s>,
}

impl<'s> Workshop<'s> {
    /// One for the policy of a survey.
    pub(super) fn new(resolved: Resolved, survey: &'s Survey<'s>) -> Workshop<'s> {
        Workshop { resolved, survey }
    }

    /// What mends a finding at a rule, where the document takes it.
    pub(super) fn fix(&mut self, rule: &RuleId, finding: &Finding) -> Option<Fix> {
        let document = self.resolved.document();
        match finding {
            Finding::Disabled
            | Finding::Unused
            | Finding::NeverMatching
            | Finding::Shadowed { .. }
            | Finding::Redundant { .. } => self.neutral(Edit::RemoveRule { rule: rule.clone() }, rule),
            // It was found by this proof.
            Finding::Implied { .. } => {
                Some(Fix { edit: Edit::RemoveRule { rule: rule.clone() }, effect: Effect::Neutral })
            }
            // Both are of one group, so the same vnics ask them.
            Finding::Conflicting { with, .. } => {
                order::ranked(document, rule, with).into_iter().find_map(|edit| self.neutral(edit, rule))
            }
            Finding::Correlated { with, .. } => {
                let edit = order::narrowed(self.survey, document, rule, with)?;
                self.neutral(edit, with)
            }
            Finding::Asymmetric { other } => self.opening(sides::counterpart(document, rule, other)?),
            Finding::OneWay { .. } => self.opening(replies::counterpart(document, rule)?),
            Finding::WorldOpen { services, .. } => {
                let fix = exposed::closed(self.survey, document, rule, services)?;
                self.weighed(fix, rule)
            }
            Finding::VirtualAddress { address, .. } => {
                let fix = virtual_address::counterpart(document, rule, *address)?;
                self.weighed(fix, rule)
            }
        }
    }

    /// An edit of what the vnics do that ask a rule, where it is proved that nothing changes.
    fn neutral(&mut self, edit: Edit, rule: &RuleId) -> Option<Fix> {
        self.is_neutral(edit.clone(), rule)?.then_some(Fix { edit, effect: Effect::Neutral })
    }

    /// A fix of what the vnics do that ask a rule, neutral where it is proved to be.
    fn weighed(&mut self, fix: Fix, rule: &RuleId) -> Option<Fix> {
        match self.is_neutral(fix.edit.clone(), rule)? {
            true => Some(Fix { effect: Effect::Neutral, ..fix }),
            false => Some(fix),
        }
    }

    /// A fix that opens, where it closes nothing.
    fn opening(&mut self, fix: Fix) -> Option<Fix> {
        let may_close = may_close(self.resolved.document(), &fix.edit);
        let opens =
            after(&mut self.resolved, fix.edit.clone(), |before, after| !may_close || closes_nothing(before, after))?;
        opens.then_some(fix)
    }

    /// Whether an edit changes nothing at the vnics that ask a rule; `None` where it is refused.
    fn is_neutral(&mut self, edit: Edit, rule: &RuleId) -> Option<bool> {
        let askers = self.survey.askers(rule);
        after(&mut self.resolved, edit, |before, after| is_neutral(before, after, &askers))
    }
}

/// Whether an edit adds an egress rule, which may be the first one and so close a default.
fn may_close(document: &Document, edit: &Edit) -> bool {
    let adds_egress = matches!(edit, Edit::AddRule { rule, .. } if rule.spec.direction == Direction::Egress);
    adds_egress && document.profile.egress_default != EgressDefault::Deny
}

fn closes_nothing(before: &Policy, after: &Policy) -> bool {
    diff(before, after).changes.iter().all(|change| change.turn() == Turn::Allowed)
}

/// Looks at a policy before and after an edit, which is undone; `None` where it is refused, as by a profile that counts rules.
pub(super) fn after<T>(resolved: &mut Resolved, edit: Edit, look: impl FnOnce(&Policy, &Policy) -> T) -> Option<T> {
    let before = resolved.policy().clone();
    let next = Revision(before.revision().0 + 1);
    let undo = resolved.apply(edit, next).ok()?;
    let seen = look(&before, resolved.policy());
    resolved.apply(undo, before.revision()).expect("what was undone fits again");
    Some(seen)
}
