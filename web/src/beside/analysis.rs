//! Exact answers about every packet at once. It may think for long.
//!
//! Contract: behind a question stand the draft, and what the draft is compared with, where that is something else. An answer has an
//! `error`, a sentence, where there is none. Questions:
//!
//! | `ask` | besides | answer |
//! |---|---|---|
//! | `changes` | | what [`analysis::Diff`] tells |
//! | `lints` | | `lints`, each as [`analysis::lint::Lint`] tells it |
//! | `intent` | `intent`, an assertion, or none | `changes`, and the three `checks` of the intent |
//! | `suggest` | `wish`, `packet`, `from`, `to` | `fares_so`, and `plans` as [`analysis::suggest::Plan`] tells them |
//! | `alike` | `packet`, `from`, `to` | `legs`, see [`suggest::alike`] |
//! | `matrix` | `by`, `group` or nothing | `lots` and `cells`, see [`grid`] |
//! | `elsewhere` | `profile`, a name | what [`analysis::Diff`] tells, or `faults`, see [`elsewhere`] |
//! | `tighten` | `packets`, each of which opened a flow | what [`analysis::tighten::Tightening`] tells |
//! | `assertions` | `text` | `outcomes` or `faults`, see [`assertions`] |
//! | `score` | `text` | which faults in the rules the assertions notice, see [`assertions`] |
//!
//! Absent: anything that the analysis does not say itself; this only brings it into the shape in which the console shows it.

mod assertions;
mod elsewhere;
mod further;
mod grid;
mod groups;
mod intent;
mod suggest;
mod tighten;

use std::cell::RefCell;
use std::rc::Rc;

use analysis::lint::{Lint, lints};
use analysis::{NODES, weigh};
use policy::{Document, Resolved, Revision};
use serde_json::{Value, json};

use super::{FAILED, Program, texts};
use crate::apart::loaded_when_called;

/// The documents of the latest questions: the next one is mostly about the same.
#[derive(Default)]
struct Library(Vec<(String, Resolved)>);

/// How many documents are kept: both of a question, and both of the one before.
const KEPT: usize = 4;

/// Answers questions beyond those that pages ask by themselves.
type Further = fn(&Value, &Resolved, Option<&Resolved>) -> Option<Value>;

loaded_when_called! {
    Further:
    further / load_further: further::tell;
}

/// Begins to answer.
pub(super) fn start() -> Program {
    let library = Rc::new(RefCell::new(Library::default()));
    Box::new(move |message| {
        let library = library.clone();
        Box::pin(async move { answer(&library, &texts(&message)).await })
    })
}

/// `None` where the page asks in another form than its worker knows.
async fn answer(library: &RefCell<Library>, texts: &[String]) -> Option<String> {
    let [question, draft, before @ ..] = texts else { return None };
    let question: Value = serde_json::from_str(question).ok()?;
    let documents = library.borrow_mut().open(draft, before.first());
    let mut answer = match documents {
        Ok((draft, before)) => match told(&question, &draft, before.as_ref()) {
            Some(answer) => answer,
            None => match load_further().await {
                Some(tell) => tell(&question, &draft, before.as_ref())?,
                None => return Some(FAILED.to_owned()),
            },
        },
        Err(error) => json!({ "error": error }),
    };
    answer["number"] = question.get("number")?.clone();
    Some(answer.to_string())
}

/// What pages ask by themselves; `None` where it is another question.
fn told(question: &Value, draft: &Resolved, before: Option<&Resolved>) -> Option<Value> {
    match text(question, "ask") {
        "changes" => Some(analysis::diff(before?.policy(), draft.policy()).to_value()),
        "lints" => Some(json!({ "lints": lints(draft).iter().map(Lint::to_value).collect::<Vec<_>>() })),
        "elsewhere" => Some(elsewhere::of(text(question, "profile"), draft)),
        _ => None,
    }
}

/// The text under a name of a question; empty where it has none.
fn text<'q>(question: &'q Value, name: &str) -> &'q str {
    question.get(name).and_then(Value::as_str).unwrap_or_default()
}

impl Library {
    /// The draft, and what it is compared with.
    ///
    /// # Errors
    /// The sentence to show where one of them has errors.
    fn open(&mut self, draft: &str, before: Option<&String>) -> Result<(Resolved, Option<Resolved>), String> {
        let draft = self.read(draft).map_err(|fault| format!("the draft cannot be analysed: {fault}"))?;
        let before = before.map(|before| self.read(before)).transpose();
        let before = before.map_err(|fault| format!("what the draft started from cannot be compared with: {fault}"))?;
        Ok((draft, before))
    }

    /// The first fault where there is one.
    fn read(&mut self, text: &str) -> Result<Resolved, String> {
        if let Some((_, known)) = self.0.iter().find(|(known, _)| known == text) {
            return Ok(known.clone());
        }
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let (document, _) = Document::read_value(&value);
        let resolved = Resolved::new(document, Revision(1)).map_err(|faults| faults.to_string())?;
        weigh(resolved.policy(), NODES).map_err(|spent| spent.to_string())?;
        self.0.insert(0, (text.to_owned(), resolved.clone()));
        self.0.truncate(KEPT);
        Ok(resolved)
    }
}
