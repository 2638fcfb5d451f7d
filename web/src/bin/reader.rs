//! Reads documents of people in a worker: YAML or JSON in, the document and every fault out.
//!
//! The reader of YAML weighs as much as a quarter of the console, and only an import needs it, so that it is loaded then.
//!
//! Contract: `[number, text]` comes in as JSON, `{number, document, diagnostics}` goes out as JSON, in the same order; the word
//! `ready` goes out first, and what comes in before it is lost.

use policy::{Diagnostic, Document};
use serde_json::{Value, json};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

fn main() {
    console_error_panic_hook::set_once();
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let answer = {
        let scope = scope.clone();
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(answer) = event.data().as_string().and_then(|question| answer(&question)) {
                post(&scope, &answer);
            }
        })
    };
    scope.set_onmessage(Some(answer.as_ref().unchecked_ref()));
    answer.forget();
    post(&scope, "ready");
}

fn post(scope: &DedicatedWorkerGlobalScope, text: &str) {
    scope.post_message(&text.into()).expect("a text can be sent");
}

/// `None` where the page asks in another form than this version of it does.
fn answer(question: &str) -> Option<String> {
    let (number, text): (u32, String) = serde_json::from_str(question).ok()?;
    let (document, diagnostics) = Document::check(&text);
    let diagnostics: Vec<Value> = diagnostics.iter().map(Diagnostic::to_value).collect();
    Some(json!({ "number": number, "document": document.to_value(), "diagnostics": diagnostics }).to_string())
}
