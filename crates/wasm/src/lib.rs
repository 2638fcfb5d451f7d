//! The policy core for JavaScript callers.
//!
//! Text in, JSON text out; the JSON is the same that the command line prints with `--json`.
//!
//! Absent: any meaning. Everything here calls the core.

use conntrack::{Config, Conntrack, Instant};
use engine::{EngineJudge, Place, Question, Route, Scenario, StepOutcome};
use policy::{Diagnostic, Document, Policy, Revision, resolve};
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;

/// Checks a document, YAML or JSON: an array of `{severity, path, message, fix}`.
#[wasm_bindgen]
pub fn check(document: &str) -> String {
    let (_, diagnostics) = Document::check(document);
    Value::Array(diagnostics.iter().map(Diagnostic::to_value).collect()).to_string()
}

/// Judges a packet in text between two ends, each an instance, a vnic, `outside`, or left out to be found by its address:
/// `{verdict, reason, rule, steps, legs}`.
///
/// # Errors
/// A faulty document or packet, or an end that there is not.
#[wasm_bindgen]
pub fn simulate(document: &str, packet: &str, from: Option<String>, to: Option<String>) -> Result<String, JsError> {
    let policy = read_policy(document)?;
    let place =
        |name: Option<String>| name.map(|name| if name == "outside" { Place::Outside } else { Place::Named(name) });
    let question = Question { sketch: packet.parse()?, route: Route::Between { from: place(from), to: place(to) } };
    let journey = question.ask(&policy, &mut Conntrack::new(Config::default()), Instant::from_millis(0))?;
    Ok(journey.to_json(&policy).to_string())
}

/// Runs the scenarios of a file: an array of `{name, passed, steps: [{step, expected, found}]}`.
///
/// # Errors
/// A faulty scenario file.
#[wasm_bindgen]
pub fn test(scenarios: &str) -> Result<String, JsError> {
    let scenarios = Scenario::read(scenarios)?;
    let run = |scenario: &Scenario| {
        let outcomes = scenario.run(&mut EngineJudge::new(scenario.pick_up));
        json!({
            "name": scenario.name,
            "passed": outcomes.iter().all(StepOutcome::is_expected),
            "steps": outcomes.iter().map(outcome_json).collect::<Vec<_>>(),
        })
    };
    Ok(Value::Array(scenarios.iter().map(run).collect()).to_string())
}

fn read_policy(document: &str) -> Result<Policy, JsError> {
    Ok(resolve(&document.parse::<Document>()?, Revision(1))?)
}

fn outcome_json(outcome: &StepOutcome) -> Value {
    let found = match &outcome.found {
        Ok(ruling) => ruling.as_ref().map(ToString::to_string),
        Err(error) => Some(error.clone()),
    };
    json!({"step": outcome.step.to_string(), "expected": outcome.is_expected(), "found": found})
}
