//! Whether the draft keeps its promises, and how good they are.

use analysis::assertion::{Assertion, AssertionFaults, mutation_score, prove};
use policy::Resolved;
use serde_json::{Value, json};

/// Proves each assertion of a text: `outcomes`, as [`analysis::assertion::Outcome`] tells them, each with its `line` and what it
/// `says`; else the `faults` of the text, each with `line` and `message`.
pub(crate) fn outcomes(text: &str, draft: &Resolved, before: Option<&Resolved>) -> Value {
    let answer = Assertion::read(text).and_then(|assertions| {
        let proved = prove(&assertions, draft, before)?;
        let tell = |(assertion, outcome): (&Assertion, &analysis::assertion::Outcome)| {
            let mut value = outcome.to_value();
            value["line"] = json!(assertion.line);
            value["says"] = json!(words(text, assertion.line));
            value
        };
        let outcomes: Vec<Value> = assertions.iter().zip(&proved).map(tell).collect();
        Ok(json!({ "outcomes": outcomes }))
    });
    answer.unwrap_or_else(faults)
}

/// Which faults in the rules the assertions of a text notice, as [`analysis::assertion::MutationScore`] tells it, with `percent`; else
/// `faults`.
pub(crate) fn score(text: &str, draft: &Resolved, before: Option<&Resolved>) -> Value {
    let answer = Assertion::read(text).and_then(|assertions| {
        let score = mutation_score(&assertions, draft, before)?;
        let mut value = score.to_value();
        value["percent"] = json!(score.percent());
        Ok(value)
    });
    answer.unwrap_or_else(faults)
}

/// An assertion as it is written.
fn words(text: &str, line: usize) -> &str {
    let line = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    line.split(" #").next().unwrap_or_default().trim()
}

fn faults(faults: AssertionFaults) -> Value {
    let tell =
        |fault: &analysis::assertion::AssertionFault| json!({ "line": fault.line, "message": fault.error.to_string() });
    json!({ "faults": faults.0.iter().map(tell).collect::<Vec<_>>() })
}
