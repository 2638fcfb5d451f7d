//! Programs that work beside the page: they may think for long and neither delay the page nor stop it. `browser/worker.rs` starts them
//! and asks.
//!
//! ```text
//! page: browser/worker.rs --compiled program--> public/worker.js: main, as in the page --> serve --> one of these
//!                         <--ready, answers---
//!                         ---questions------->
//! ```
//!
//! A worker runs the same program as the page, which is there already. What only one of these needs is in a file of its own.
//!
//! Contract: the name of the worker says which of them it is. The word `ready` goes out first, or `failed` where something cannot be
//! fetched, and what comes in before it is lost. A question is a list of texts: the question itself as JSON with its `number`, and
//! the documents that it is about. An answer goes out as JSON with that `number`.
//!
//! Absent: the page, and anything that belongs to it.

mod analysis;
mod simulation;
mod yaml;

use std::future::{self, Future};
use std::pin::Pin;

use js_sys::Array;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use crate::apart::loaded_when_called;

/// Takes a message in, and answers it where it is a question in a form that it knows.
type Program = Box<dyn FnMut(JsValue) -> Answer>;

type Answer = Pin<Box<dyn Future<Output = Option<String>>>>;

type Start = fn() -> Program;

/// Goes out where something cannot be fetched: the page starts another worker then.
const FAILED: &str = "failed";

loaded_when_called! {
    Start:
    analysis / load_analysis: analysis::start;
    simulation / load_simulation: simulation::start;
    yaml / load_yaml: yaml::start;
}

/// Answers in a worker for as long as it lives.
pub(crate) async fn serve(scope: DedicatedWorkerGlobalScope) {
    let start = match scope.name().as_str() {
        "analysis" => load_analysis().await,
        "simulation" => load_simulation().await,
        "yaml" => load_yaml().await,
        _ => None,
    };
    let Some(start) = start else { return post(&scope, FAILED) };
    let mut program = start();
    let hear = {
        let scope = scope.clone();
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let (scope, answer) = (scope.clone(), program(event.data()));
            spawn_local(async move {
                if let Some(answer) = answer.await {
                    post(&scope, &answer);
                }
            });
        })
    };
    scope.set_onmessage(Some(hear.as_ref().unchecked_ref()));
    hear.forget();
    post(&scope, "ready");
}

fn post(scope: &DedicatedWorkerGlobalScope, text: &str) {
    scope.post_message(&text.into()).expect("a text can be sent");
}

/// An answer that is there at once.
fn at_once(answer: Option<String>) -> Answer {
    Box::pin(future::ready(answer))
}

/// The texts of a message.
fn texts(message: &JsValue) -> Vec<String> {
    Array::from(message).iter().filter_map(|text| text.as_string()).collect()
}
