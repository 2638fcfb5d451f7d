//! Promises that a policy keeps, as text that a pipeline can check.
//!
//! ```text
//! # who may reach the database
//! deny  any except group:app -> group:db tcp 5432
//! allow group:app -> group:db tcp 5432
//! allow internet -> group:web tcp 80,443
//!
//! # of what passed before, only this may change
//! unchanged
//!   except any -> group:web tcp 8443
//! ```
//!
//! A line is one assertion: `allow` or `deny`, who opens, `->`, to whom, and what: a family, a protocol and its ports, as rules have
//! them; what is left out is any. Either end is a list of `any`, `internet`, a prefix, `group:ID`, `address-group:ID`,
//! `instance:ID` and `vnic:ID`, behind which `except` may take some away. `internet` is every address that no vnic has.
//!
//! Contract: proved over every new flow that is meant, not tried. A flow has a sender and a receiver, each a vnic or an address
//! that none has, and passes where those that are vnics allow it. What does not hold is shown by a packet and by what decides it.
//!
//! Absent: the source guard, flows, and a vnic that speaks to itself.

mod ends;
mod flows;
mod mutation;
mod parties;
mod text;
mod unchanged;

use std::cell::LazyCell;
use std::fmt;

use policy::{Action, Direction, Resolved, VnicId};
use serde_json::{Value, json};
use wire::Sketch;

use crate::atlas::Atlas;
use crate::beyond::Beyond;
use crate::diff::{Change, Diff, diff};
use crate::opening::Opening;
use crate::said::Said;

pub use ends::{End, EndError, Ends};
pub use mutation::{Fault, Mutant, MutationScore, mutation_score};
pub use text::{AssertionError, AssertionFault, AssertionFaults};

/// A promise with its place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// Its line, counted from 1.
    pub line: usize,
    /// What is promised.
    pub claim: Claim,
}

/// What is promised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// All of some flows pass, or none.
    Decided {
        /// Whether they pass.
        action: Action,
        /// The flows.
        flows: Flows,
    },
    /// Nothing but some flows fares otherwise than before.
    Unchanged {
        /// The flows that may.
        except: Vec<Flows>,
    },
}

/// New flows, by who opens them to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flows {
    /// Who opens them.
    pub from: Ends,
    /// To whom.
    pub to: Ends,
    /// What: of a family one, of both one each.
    pub openings: Vec<Opening>,
    /// The words for what.
    pub(crate) words: String,
}

/// What became of an assertion.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It is proved.
    Holds,
    /// No flow is meant: no vnic is in it.
    Vacuous,
    /// It does not hold.
    Broken(Counterexample),
    /// There is nothing to compare with.
    NotCompared,
}

/// What shows that an assertion does not hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Counterexample {
    /// A flow that is decided otherwise.
    Flow(Journey),
    /// Flows that fare otherwise than before: the whole change, which may be partly excepted.
    Change(Box<Change>),
    /// What else changed.
    Beyond(Beyond),
}

/// A packet that opens a flow, and what is said of it at each vnic that has one of its ends, the sender's first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journey {
    /// The packet; Ethernet addresses are left open.
    pub packet: Sketch,
    /// Where it is judged.
    pub legs: Vec<(VnicId, Direction, Said)>,
}

/// Proves assertions of a policy, or shows that they do not hold; those of what changes need the policy before.
///
/// # Errors
/// Every name in them that the document does not have.
pub fn prove(
    assertions: &[Assertion],
    after: &Resolved,
    before: Option<&Resolved>,
) -> Result<Vec<Outcome>, AssertionFaults> {
    let unknown = assertions.iter().flat_map(|assertion| assertion.unknown_names(after, before));
    let faults: Vec<AssertionFault> = unknown.collect();
    if !faults.is_empty() {
        return Err(AssertionFaults(faults));
    }
    // Of changes alone it is not needed.
    let atlas = LazyCell::new(|| Atlas::of(after.policy()));
    let mut compared: Option<Diff> = None;
    let prove_one = |assertion: &Assertion| match (&assertion.claim, before) {
        (Claim::Decided { action, flows }, _) => flows::prove(&atlas, after.document(), *action, flows),
        (Claim::Unchanged { .. }, None) => Outcome::NotCompared,
        (Claim::Unchanged { except }, Some(before)) => {
            let diff = compared.get_or_insert_with(|| diff(before.policy(), after.policy()));
            unchanged::prove(diff, except, [after, before])
        }
    };
    Ok(assertions.iter().map(prove_one).collect())
}

impl Assertion {
    fn unknown_names(&self, after: &Resolved, before: Option<&Resolved>) -> Vec<AssertionFault> {
        let flows = match &self.claim {
            Claim::Decided { flows, .. } => std::slice::from_ref(flows),
            Claim::Unchanged { except } => except,
        };
        let ends = flows.iter().flat_map(|flows| [&flows.from, &flows.to]);
        let unknown = ends.flat_map(|ends| ends.unknown(after.document(), before.map(Resolved::document)));
        unknown.map(|error| AssertionFault { line: self.line, error: error.into() }).collect()
    }
}

impl Outcome {
    /// Whether it may go on: it holds, or nothing is meant.
    pub fn is_kept(&self) -> bool {
        match self {
            Outcome::Holds | Outcome::Vacuous => true,
            Outcome::Broken(_) | Outcome::NotCompared => false,
        }
    }

    /// The stable name.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Holds => "holds",
            Outcome::Vacuous => "vacuous",
            Outcome::Broken(_) => "broken",
            Outcome::NotCompared => "not-compared",
        }
    }

    /// For programs: `outcome`, its `text`, and `flow`, `change` or `beyond` where it is broken.
    pub fn to_value(&self) -> Value {
        let mut value = json!({"outcome": self.name(), "text": self.to_string()});
        if let Outcome::Broken(counterexample) = self {
            match counterexample {
                Counterexample::Flow(journey) => value["flow"] = journey.to_value(),
                Counterexample::Change(change) => value["change"] = change.to_value(),
                Counterexample::Beyond(beyond) => value["beyond"] = beyond.to_value(),
            }
        }
        value
    }
}

impl Journey {
    /// For programs: `packet` and `legs`, each with `vnic`, `direction` and what is said.
    pub fn to_value(&self) -> Value {
        let leg = |(vnic, direction, said): &(VnicId, Direction, Said)| {
            let mut value = said.to_value();
            value["vnic"] = json!(vnic.as_str());
            value["direction"] = json!(direction.to_string());
            value
        };
        json!({"packet": self.packet.to_string(), "legs": self.legs.iter().map(leg).collect::<Vec<_>>()})
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Holds => out.write_str("it is proved over every flow that is meant"),
            Outcome::Vacuous => out.write_str("no flow is meant: no vnic is at either end of it"),
            Outcome::Broken(counterexample) => counterexample.fmt(out),
            Outcome::NotCompared => out.write_str("there is no document to compare with"),
        }
    }
}

impl fmt::Display for Counterexample {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Counterexample::Flow(journey) => journey.fmt(out),
            Counterexample::Change(change) => {
                write!(out, "{} is {} now, {} before", change.region, change.after, change.before)
            }
            Counterexample::Beyond(beyond) => beyond.fmt(out),
        }
    }
}

impl fmt::Display for Journey {
    /// `tcp 10.0.0.1:50000 > 10.0.0.2:22 SYN: app egress allowed by rule app/1, db ingress denied by default`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let legs = self.legs.iter().map(|(vnic, direction, said)| format!("{vnic} {direction} {said}"));
        write!(out, "{}: {}", self.packet, legs.collect::<Vec<_>>().join(", "))
    }
}
