//! Reads and writes documents as people keep them in files: only import and export need YAML.
//!
//! Contract: to `{read: TEXT}` it answers `{document, diagnostics}`, to `{write: DOCUMENT}` `{text}`.

use policy::{Diagnostic, Document};
use serde_json::{Value, json};

use super::{Program, at_once, texts};

/// Begins to answer.
pub(super) fn start() -> Program {
    Box::new(|message| at_once(texts(&message).first().and_then(|question| answer(question))))
}

/// `None` where the page asks in another form than its worker knows.
fn answer(question: &str) -> Option<String> {
    let question: Value = serde_json::from_str(question).ok()?;
    let number = question.get("number")?;
    let answer = match (question.get("read").and_then(Value::as_str), question.get("write")) {
        (Some(text), _) => {
            let (document, diagnostics) = Document::check(text);
            let diagnostics: Vec<Value> = diagnostics.iter().map(Diagnostic::to_value).collect();
            json!({ "number": number, "document": document.to_value(), "diagnostics": diagnostics })
        }
        (None, Some(document)) => json!({ "number": number, "text": Document::read_value(document).0.to_yaml() }),
        (None, None) => return None,
    };
    Some(answer.to_string())
}
