//! What the draft would let pass under the profile of another cloud.

use analysis::{NODES, diff, weigh};
use policy::{Diagnostic, Document, Profile, Resolved, Revision};
use serde_json::{Value, json};

/// What [`analysis::Diff`] tells, from the draft as it is to the draft under a profile; else the `faults` that it has there, or why
/// there is no answer.
pub(crate) fn of(profile: &str, draft: &Resolved) -> Value {
    let Some(profile) = Profile::named(profile) else {
        return json!({ "error": format!("there is no profile `{profile}`: name one of {}", Profile::NAMES.join(", ")) });
    };
    let document = Document { profile, ..draft.document().clone() };
    let elsewhere = match Resolved::new(document, Revision(1)) {
        Ok(elsewhere) => elsewhere,
        Err(faults) => return json!({ "faults": faults.0.iter().map(Diagnostic::to_value).collect::<Vec<_>>() }),
    };
    match weigh(elsewhere.policy(), NODES) {
        Ok(_) => diff(draft.policy(), elsewhere.policy()).to_value(),
        Err(spent) => json!({ "error": spent.to_string() }),
    }
}
