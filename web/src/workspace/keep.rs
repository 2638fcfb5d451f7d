//! What the browser keeps of a workspace: the draft, where it started from, and the way back.

use std::time::Duration;

use leptos::prelude::*;
use policy::{Document, Severity};
use serde_json::{Value, json};

use super::history::{Change, Step};
use super::server::Saved;
use super::{Tone, Workspace};
use crate::browser::storage;

/// The name in the browser's storage.
const NAME: &str = "workspace";

/// How long typing may go on before the browser keeps what was typed.
const PAUSE: Duration = Duration::from_millis(250);

/// The project that a console shows which has kept nothing yet, as JSON.
const SAMPLE: &str = include_str!(concat!(env!("OUT_DIR"), "/sample.json"));

/// What is kept.
pub(super) struct Kept {
    pub(super) document: Document,
    pub(super) saved: Option<Saved>,
    pub(super) past: Vec<Step>,
    pub(super) future: Vec<Step>,
}

impl Kept {
    /// What was kept last; `None` where nothing was, or nothing that this version reads.
    pub(super) fn load() -> Option<Kept> {
        let value: Value = serde_json::from_str(&storage::load(NAME)?).ok()?;
        Some(Kept {
            document: document(value.get("document")?)?,
            saved: value.get("saved").and_then(|saved| Saved::read(saved).ok()),
            past: steps(value.get("past")),
            future: steps(value.get("future")),
        })
    }

    /// The sample project.
    pub(super) fn sample() -> Kept {
        let sample = serde_json::from_str(SAMPLE).expect("the build wrote it");
        let (document, _) = Document::read_value(&sample);
        Kept { document, saved: None, past: Vec::new(), future: Vec::new() }
    }
}

impl Workspace {
    /// Keeps every change, shortly after it happened and before the page goes away.
    pub(super) fn keep_from_now_on(self) {
        let pending = StoredValue::new(None::<TimeoutHandle>);
        Effect::new(move |before: Option<()>| {
            self.draft.track();
            self.history.track();
            self.saved.track();
            // The first run sees what was loaded.
            if before.is_none() {
                return;
            }
            if let Some(handle) = pending.get_value() {
                handle.clear();
            }
            pending.set_value(set_timeout_with_handle(move || self.keep(), PAUSE).ok());
        });
        let leaving = window_event_listener(leptos::ev::pagehide, move |_| {
            if pending.get_value().is_some() {
                self.keep();
            }
        });
        on_cleanup(move || {
            leaving.remove();
            if let Some(handle) = pending.try_get_value().flatten() {
                handle.clear();
            }
        });
    }

    /// Forgets everything that this browser keeps of the console, and shows the page anew.
    ///
    /// # Errors
    /// The sentence to show where the browser refuses.
    pub(crate) async fn forget_everything(self) -> Result<(), String> {
        storage::clear();
        let _ = window().location().reload();
        Ok(())
    }

    /// Keeps the workspace now.
    pub(super) fn keep(self) {
        let text = self.history.with_untracked(|history| {
            let (past, future) = history.steps();
            json!({
                "document": self.draft.with_untracked(Document::to_value),
                "saved": self.saved.with_untracked(|saved| saved.as_ref().map(Saved::to_value)),
                "past": past.iter().map(step_value).collect::<Vec<_>>(),
                "future": future.iter().map(step_value).collect::<Vec<_>>(),
            })
            .to_string()
        });
        if let Err(error) = storage::store(NAME, &text) {
            self.notices.show(Tone::Failed, error);
        }
    }
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
