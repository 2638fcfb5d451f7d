//! Reads and writes documents as people keep them in files, in a worker.
//!
//! YAML weighs as much as a third of the console, and only import and export need it, so that it is loaded then.
//!
//! Contract: questions come in as JSON, each the only text of a list, and answers go out as JSON with the question's `number`:
//! to `{number, read: TEXT}` `{number, document, diagnostics}`, to `{number, write: DOCUMENT}` `{number, text}`. The word
//! `ready` goes out first, and what comes in before it is lost.

use policy::{Diagnostic, Document};
use serde_json::{Value, json};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

fn main() {
    console_error_panic_hook::set_once();
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let hear = {
        let scope = scope.clone();
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(answer) =
                js_sys::Array::from(&event.data()).get(0).as_string().and_then(|question| answer(&question))
            {
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
