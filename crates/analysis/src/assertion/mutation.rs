//! How good assertions are: which faults in the rules do they notice?

use std::fmt;

use policy::{Edit, Evaluation, PortMatch, PortRange, Protocol, Remote, Resolved, Revision, Rule, RuleId};
use serde_json::{Value, json};

use crate::assertion::{Assertion, AssertionFaults, prove};
use crate::diff::diff;

/// What assertions noticed of the faults that were planted in a policy, one at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MutationScore {
    /// Faults that some assertion noticed.
    pub noticed: usize,
    /// Faults that none noticed.
    pub survivors: Vec<Mutant>,
    /// Changes of rules that change nothing for any packet: no faults.
    pub equivalent: usize,
}

/// A fault in a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// The rule.
    pub rule: RuleId,
    /// What was done to it.
    pub fault: Fault,
    /// The edit that does it.
    pub edit: Edit,
}

/// What is done to a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// It is not there.
    Removed,
    /// It names every address.
    AnyRemote,
    /// It names every port, or every ICMP message.
    AnyPort,
    /// A range of its ports begins one earlier.
    PortBefore,
    /// A range of its ports ends one later.
    PortBehind,
    /// It stands for the other direction.
    Turned,
    /// It denies what it allowed, or the reverse.
    Inverted,
}

/// Plants faults in every enabled rule of a policy, one at a time, and sees whether an assertion that held is broken by it.
/// Faults that the profile has no rule for are left out. `before` as of [`prove`].
///
/// # Errors
/// As [`prove`].
pub fn mutation_score(
    assertions: &[Assertion],
    resolved: &Resolved,
    before: Option<&Resolved>,
) -> Result<MutationScore, AssertionFaults> {
    let kept: Vec<bool> = prove(assertions, resolved, before)?.iter().map(|outcome| outcome.is_kept()).collect();
    let mut score = MutationScore { noticed: 0, survivors: Vec::new(), equivalent: 0 };
    for mutant in mutants(resolved) {
        let mut changed = resolved.clone();
        if changed.apply(mutant.edit.clone(), Revision(resolved.policy().revision().0 + 1)).is_err() {
            continue;
        }
        // A mutant keeps every name that the document has.
        let outcomes = prove(assertions, &changed, before)?;
        if outcomes.iter().zip(&kept).any(|(outcome, kept)| *kept && !outcome.is_kept()) {
            score.noticed += 1;
        } else if diff(resolved.policy(), changed.policy()).is_empty() {
            score.equivalent += 1;
        } else {
            score.survivors.push(mutant);
        }
    }
    Ok(score)
}

fn mutants(resolved: &Resolved) -> Vec<Mutant> {
    let is_ordered = resolved.document().profile.evaluation == Evaluation::Ordered;
    let rules = resolved.document().rules().map(|(_, rule)| rule).filter(|rule| rule.enabled);
    let of_rule = |rule: &Rule| {
        let faults = faults(rule).into_iter().filter(|(fault, _)| is_ordered || *fault != Fault::Inverted);
        faults.map(|(fault, edit)| Mutant { rule: rule.id.clone(), fault, edit }).collect::<Vec<_>>()
    };
    rules.flat_map(of_rule).collect()
}

/// Every fault of a rule that makes it another one.
fn faults(rule: &Rule) -> Vec<(Fault, Edit)> {
    let with = |change: &dyn Fn(&mut Rule)| {
        let mut changed = rule.clone();
        change(&mut changed);
        (changed != *rule).then_some(Edit::ReplaceRule { rule: changed })
    };
    let spec = &rule.spec;
    let bare = spec.protocol.number(spec.family).map(|number| Protocol::of_number(spec.family, number));
    let ports = |move_ends: fn(u16, u16) -> (u16, u16)| {
        let moved = with_ports(&spec.protocol, move_ends);
        with(&|rule| moved.iter().for_each(|protocol| rule.spec.protocol = protocol.clone()))
    };
    let edits = [
        (Fault::Removed, Some(Edit::RemoveRule { rule: rule.id.clone() })),
        (Fault::AnyRemote, with(&|rule| rule.spec.remote = Remote::Any)),
        (Fault::AnyPort, with(&|rule| bare.iter().for_each(|bare| rule.spec.protocol = bare.clone()))),
        (Fault::PortBefore, ports(|first, last| (first.saturating_sub(1).max(1), last))),
        (Fault::PortBehind, ports(|first, last| (first, last.saturating_add(1)))),
        (Fault::Turned, with(&|rule| rule.spec.direction = rule.spec.direction.opposite())),
        (Fault::Inverted, with(&|rule| rule.spec.action = rule.spec.action.opposite())),
    ];
    edits.into_iter().filter_map(|(fault, edit)| Some((fault, edit?))).collect()
}

/// The protocol with the ends of each range of ports moved; `None` where it names none.
fn with_ports(protocol: &Protocol, move_ends: fn(u16, u16) -> (u16, u16)) -> Option<Protocol> {
    let PortMatch::Ranges(ranges) = protocol.ports()? else { return None };
    let moved = ranges.iter().filter_map(|range| {
        let (first, last) = move_ends(range.first(), range.last());
        PortRange::new(first, last).ok()
    });
    protocol.with_ports(PortMatch::of(moved))
}

impl MutationScore {
    /// Of all faults, in percent, those that were noticed; all of none.
    pub fn percent(&self) -> f64 {
        let all = self.noticed + self.survivors.len();
        if all == 0 { 100.0 } else { 100.0 * self.noticed as f64 / all as f64 }
    }

    /// For programs: `noticed`, `equivalent`, and `survivors` with `rule`, `fault` and `edit`.
    pub fn to_value(&self) -> Value {
        let survivor = |mutant: &Mutant| {
            json!({
                "rule": mutant.rule.as_str(),
                "fault": mutant.fault.to_string(),
                "edit": mutant.edit.to_string(),
            })
        };
        json!({
            "noticed": self.noticed,
            "equivalent": self.equivalent,
            "survivors": self.survivors.iter().map(survivor).collect::<Vec<_>>(),
        })
    }
}

impl fmt::Display for Mutant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "rule {} {}", self.rule, self.fault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Fault::Removed => "removed",
            Fault::AnyRemote => "for any remote",
            Fault::AnyPort => "for any port or message",
            Fault::PortBefore => "with the port before each range",
            Fault::PortBehind => "with the port behind each range",
            Fault::Turned => "in the other direction",
            Fault::Inverted => "with the other action",
        })
    }
}
