//! A workspace as a text.

use policy::{Document, Severity};
use serde_json::{Value, json};

use super::history::{Change, Step};
use super::server::Saved;

/// The project that a console shows which has kept nothing yet, as JSON.
const SAMPLE: &str = include_str!(concat!(env!("OUT_DIR"), "/sample.json"));

/// What is kept of a workspace.
#[derive(Clone)]
pub(crate) struct Kept {
    pub(super) document: Document,
    pub(super) saved: Option<Saved>,
    pub(super) past: Vec<Step>,
    pub(super) future: Vec<Step>,
    /// What the policy promises.
    pub(super) assertions: String,
}

impl Kept {
    /// A document without a past.
    pub(super) fn new(document: Document) -> Kept {
        Kept { document, saved: None, past: Vec::new(), future: Vec::new(), assertions: String::new() }
    }

    /// What a text holds; `None` where this version does not read it.
    pub(super) fn read(text: &str) -> Option<Kept> {
        let value: Value = serde_json::from_str(text).ok()?;
        Some(Kept {
            document: document(value.get("document")?)?,
            saved: value.get("saved").and_then(|saved| Saved::read(saved).ok()),
            past: steps(value.get("past")),
            future: steps(value.get("future")),
            assertions: value.get("assertions").and_then(Value::as_str).unwrap_or_default().to_owned(),
        })
    }

    /// The sample project.
    pub(super) fn sample() -> Kept {
        let sample = serde_json::from_str(SAMPLE).expect("the build wrote it");
        Kept::new(Document::read_value(&sample).0)
    }

    /// The text that [`Kept::read`] reads.
    pub(super) fn text(&self) -> String {
        let saved = self.saved.as_ref().map(|saved| saved.text(&saved.document.to_json()));
        let document = self.document.to_json();
        text(&document, saved.as_deref(), (&self.past, &self.future), &self.assertions)
    }
}

/// What [`Kept::read`] reads, of a document and a revision of the server that are JSON already: at ten thousand rules it takes longer
/// to write them than to do all else.
pub(super) fn text(
    document: &str,
    saved: Option<&str>,
    (past, future): (&[Step], &[Step]),
    assertions: &str,
) -> String {
    let steps = |steps: &[Step]| steps.iter().map(step_value).collect::<Value>();
    let (past, future, assertions) = (steps(past), steps(future), json!(assertions));
    let saved = saved.unwrap_or("null");
    format!(r#"{{"document":{document},"saved":{saved},"past":{past},"future":{future},"assertions":{assertions}}}"#)
}

fn step_value(step: &Step) -> Value {
    match &step.change {
        Change::Edits(edits) => {
            json!({ "title": step.title, "edits": edits.iter().map(ToString::to_string).collect::<Vec<_>>() })
        }
        Change::Whole(document) => json!({ "title": step.title, "document": document.to_value() }),
    }
}

/// The steps of a list. A step that cannot be read ends the way there, so all before it are left out.
fn steps(list: Option<&Value>) -> Vec<Step> {
    let list = list.and_then(Value::as_array);
    let mut readable: Vec<Step> = list.into_iter().flatten().rev().map_while(read_step).collect();
    readable.reverse();
    readable
}

fn read_step(value: &Value) -> Option<Step> {
    let title = value.get("title")?.as_str()?.to_owned();
    let change = match value.get("edits") {
        Some(edits) => {
            let edits: Option<Vec<_>> = edits.as_array()?.iter().map(|edit| edit.as_str()?.parse().ok()).collect();
            Change::Edits(edits?)
        }
        None => Change::Whole(Box::new(document(value.get("document")?)?)),
    };
    Some(Step { title, change })
}

fn document(value: &Value) -> Option<Document> {
    let (document, faults) = Document::read_value(value);
    faults.iter().all(|fault| fault.severity == Severity::Warning).then_some(document)
}
