//! Exact answers about every packet at once, in a worker.
//!
//! The analysis weighs as much as a third of the console and may think for long: here it neither delays the first page nor stops
//! one that is there.
//!
//! Contract: a question is a list of texts: the question itself as JSON, the draft, and what the draft is compared with, where that
//! is something else. An answer goes out as JSON with the question's `number`, and `error`, a sentence, where there is none. The word
//! `ready` goes out first, and what comes in before it is lost. Questions:
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
mod grid;
mod groups;
mod intent;
mod suggest;
mod tighten;

use analysis::lint::{Lint, lints};
use analysis::{NODES, weigh};
use js_sys::Array;
use policy::{Document, Resolved, Revision};
use serde_json::{Value, json};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

/// The documents of the latest questions: the next one is mostly about the same.
#[derive(Default)]
struct Library(Vec<(String, Resolved)>);

/// How many documents are kept: both of a question, and both of the one before.
const KEPT: usize = 4;

fn main() {
    console_error_panic_hook::set_once();
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let mut library = Library::default();
    let hear = {
        let scope = scope.clone();
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let texts: Vec<String> = Array::from(&event.data()).iter().filter_map(|text| text.as_string()).collect();
            if let Some(answer) = answer(&mut library, &texts) {
                post(&scope, &answer);
            }
        })
    };
    scope.set_onmessage(Some(hear.as_ref().unchecked_ref()));
    hear.forget();
    post(&scope, "ready");
}

fn post(scope: &DedicatedWorkerGlobalScope, text: &str) {
    scope.post_message(&text.into()).expect("a text can be sent");
}

/// `None` where the page asks in another form than its worker knows.
fn answer(library: &mut Library, texts: &[String]) -> Option<String> {
    let [question, draft, before @ ..] = texts else { return None };
    let question: Value = serde_json::from_str(question).ok()?;
    let mut answer = match library.open(draft, before.first()) {
        Ok((draft, before)) => tell(&question, &draft, before.as_ref())?,
        Err(error) => json!({ "error": error }),
    };
    answer["number"] = question.get("number")?.clone();
    Some(answer.to_string())
}

fn tell(question: &Value, draft: &Resolved, before: Option<&Resolved>) -> Option<Value> {
    let text = |name: &str| question.get(name).and_then(Value::as_str).unwrap_or_default();
    let answer = match text("ask") {
        "changes" => analysis::diff(before?.policy(), draft.policy()).to_value(),
        "lints" => json!({ "lints": lints(draft).iter().map(Lint::to_value).collect::<Vec<_>>() }),
        "intent" => intent::check(text("intent"), before?, draft),
        "suggest" => suggest::plans(draft, text("wish"), text("packet"), (text("from"), text("to"))),
        "alike" => suggest::alike(draft, text("packet"), (text("from"), text("to"))),
        "matrix" if text("by") == "group" => groups::of(draft, before),
        "matrix" => grid::of(draft, before),
        "tighten" => tighten::of(draft, question.get("packets")?),
        "elsewhere" => elsewhere::of(text("profile"), draft),
        "assertions" => assertions::outcomes(text("text"), draft, before),
        "score" => assertions::score(text("text"), draft, before),
        _ => return None,
    };
    Some(answer)
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
