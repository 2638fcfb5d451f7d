//! The three checks of a change: what was wanted was not so before, all of it is so now, and nothing else changed.

use analysis::assertion::{Assertion, Claim, Outcome, prove};
use policy::{Action, Resolved};
use serde_json::{Value, json};

/// Proves an intent, which is an assertion, over every packet; without one only the changes are told.
pub(crate) fn check(intent: &str, before: &Resolved, draft: &Resolved) -> Value {
    let mut answer = analysis::diff(before.policy(), draft.policy()).to_value();
    if !intent.trim().is_empty() {
        match checks(intent, before, draft) {
            Ok(checks) => answer["checks"] = checks,
            Err(fault) => answer["fault"] = json!(fault),
        }
    }
    answer
}

fn checks(intent: &str, before: &Resolved, draft: &Resolved) -> Result<Value, String> {
    let first = |faults: analysis::assertion::AssertionFaults| {
        faults.0.first().map(|fault| fault.error.to_string()).unwrap_or_default()
    };
    let read = Assertion::read(intent).map_err(first)?;
    let [Assertion { line, claim: Claim::Decided { action, flows } }] = read.as_slice() else {
        return Err("write what you want as one line: `allow` or `deny`, who opens, `->`, to whom, and what".to_owned());
    };
    let (wanted, opposite) = match action {
        Action::Allow => ("allowed", Action::Deny),
        Action::Deny => ("denied", Action::Allow),
    };
    let claim = |claim: Claim| [Assertion { line: *line, claim }];
    let decided = |action: Action| claim(Claim::Decided { action, flows: flows.clone() });
    // A name that only one of the documents has is known all the same.
    let was = prove(&decided(opposite), before, Some(draft)).map_err(first)?;
    let is = prove(&decided(*action), draft, Some(before)).map_err(first)?;
    let others = prove(&claim(Claim::Unchanged { except: vec![flows.clone()] }), draft, Some(before)).map_err(first)?;
    let told = [
        (format!("It was not {wanted} before"), was),
        (format!("All of it is {wanted} now"), is),
        ("Nothing else changes".to_owned(), others),
    ];
    Ok(told.iter().map(|(says, outcomes)| tell(says, outcomes)).collect())
}

fn tell(says: &str, outcomes: &[Outcome]) -> Value {
    let mut value = outcomes.first().map_or(Value::Null, Outcome::to_value);
    value["says"] = json!(says);
    value
}
