//! The worker that reads documents of people, see `bin/reader.rs`.

use leptos::prelude::*;
use policy::{Diagnostic, Document};
use serde_json::{Value, json};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, MessageEvent, Worker};

use super::address::href;

/// What became of a text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reading {
    /// There is no text.
    Nothing,
    /// The worker reads it.
    Busy,
    /// What could be read, and every fault.
    Done(Box<Document>, Vec<Diagnostic>),
    /// The worker cannot be loaded.
    Failed,
}

/// Follows a text: whenever it changes, what it says is read anew. The worker lives as long as the component.
pub(crate) fn follow(text: RwSignal<String>) -> ReadSignal<Reading> {
    let (reading, set_reading) = signal(Reading::Nothing);
    let worker = StoredValue::new_local(None::<Worker>);
    let ready = RwSignal::new(false);
    let number = StoredValue::new(0_u32);
    let hear = move |said: String| match said.as_str() {
        "ready" => ready.set(true),
        answer => {
            // An older text's answer is of no use.
            if let Some((_, done)) = read_answer(answer).filter(|(answered, _)| *answered == number.get_value()) {
                set_reading.set(done);
            }
        }
    };
    Effect::new(move |_| {
        let text = text.get();
        if text.trim().is_empty() {
            number.update_value(|number| *number += 1);
            set_reading.set(Reading::Nothing);
            return;
        }
        set_reading.set(Reading::Busy);
        if worker.with_value(Option::is_none) {
            let started = start(hear, move || set_reading.set(Reading::Failed));
            worker.set_value(started);
        }
        if ready.get() {
            number.update_value(|number| *number += 1);
            let question = json!([number.get_value(), text]).to_string();
            worker.with_value(|worker| {
                if let Some(worker) = worker {
                    worker.post_message(&question.as_str().into()).expect("a text can be sent");
                }
            });
        }
    });
    on_cleanup(move || {
        if let Some(Some(worker)) = worker.try_get_value() {
            worker.terminate();
        }
    });
    reading
}

fn start(mut hear: impl FnMut(String) + 'static, fail: impl Fn() + 'static) -> Option<Worker> {
    let worker = Worker::new(&href("/reader_loader.js")).ok()?;
    let message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(said) = event.data().as_string() {
            hear(said);
        }
    });
    let failure = Closure::<dyn FnMut(Event)>::new(move |_| fail());
    worker.set_onmessage(Some(message.as_ref().unchecked_ref()));
    worker.set_onerror(Some(failure.as_ref().unchecked_ref()));
    message.forget();
    failure.forget();
    Some(worker)
}

fn read_answer(answer: &str) -> Option<(u32, Reading)> {
    let value: Value = serde_json::from_str(answer).ok()?;
    let number = value.get("number")?.as_u64()?.try_into().ok()?;
    let (document, _) = Document::read_value(value.get("document")?);
    let faults = value.get("diagnostics")?.as_array()?.iter().map(super::http::diagnostic).collect();
    Some((number, Reading::Done(Box::new(document), faults)))
}
