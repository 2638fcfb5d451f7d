//! The worker that reads and writes YAML, see `bin/yaml.rs`. It is loaded at the first question.

use leptos::prelude::*;
use serde_json::{Value, json};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, MessageEvent, Worker};

use super::address::href;

/// The worker of a page; it ends with the page. Copies are the same.
#[derive(Clone, Copy)]
pub(crate) struct Yaml {
    worker: StoredValue<Option<Worker>, LocalStorage>,
    state: RwSignal<State>,
    /// What the worker said last.
    said: RwSignal<Option<Value>>,
    count: StoredValue<u32>,
}

/// What became of a question.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reply {
    /// Nothing was asked.
    Nothing,
    /// The worker is at it.
    Busy,
    /// This is its answer.
    Said(Value),
    /// The worker cannot be loaded.
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nobody has asked.
    Idle,
    /// It is being loaded.
    Loading,
    Ready,
    Failed,
}

impl Yaml {
    /// A worker that is not loaded yet.
    pub(crate) fn open() -> Yaml {
        let worker = StoredValue::new_local(None::<Worker>);
        on_cleanup(move || {
            if let Some(Some(worker)) = worker.try_get_value() {
                worker.terminate();
            }
        });
        let (state, said) = (RwSignal::new(State::Idle), RwSignal::new(None));
        Yaml { worker, state, said, count: StoredValue::new(0) }
    }

    /// Asks whenever the question changes, and gives the answer to the latest one.
    pub(crate) fn follow(self, question: Signal<Option<Value>>) -> Signal<Reply> {
        let asked = RwSignal::new(None::<u32>);
        Effect::new(move |_| match (question.get(), self.state.get()) {
            (None, _) => asked.set(None),
            (Some(_), State::Idle) => self.load(),
            (Some(_), State::Loading | State::Failed) => {}
            (Some(question), State::Ready) => asked.set(Some(self.ask(question))),
        });
        let answer = RwSignal::new(None::<Value>);
        Effect::new(move |_| {
            let mine =
                |said: &Value| said.get("number").and_then(Value::as_u64).map(|number| number as u32) == asked.get();
            if let Some(said) = self.said.get().filter(|said| asked.get().is_some() && mine(said)) {
                answer.set(Some(said));
            }
        });
        Signal::derive(move || match (question.with(Option::is_some), self.state.get(), answer.get()) {
            (false, _, _) => Reply::Nothing,
            (true, State::Failed, _) => Reply::Failed,
            (true, State::Ready, Some(answer)) => Reply::Said(answer),
            (true, State::Idle | State::Loading | State::Ready, _) => Reply::Busy,
        })
    }

    /// Sends a question and returns its number.
    fn ask(self, mut question: Value) -> u32 {
        self.count.update_value(|count| *count += 1);
        let number = self.count.get_value();
        question["number"] = json!(number);
        self.worker.with_value(|worker| {
            if let Some(worker) = worker {
                worker.post_message(&question.to_string().as_str().into()).expect("a text can be sent");
            }
        });
        number
    }

    fn load(self) {
        self.state.set(State::Loading);
        let Ok(worker) = Worker::new(&href("/yaml_loader.js")) else {
            self.state.set(State::Failed);
            return;
        };
        let hear = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            match event.data().as_string().as_deref() {
                Some("ready") => self.state.set(State::Ready),
                Some(answer) => self.said.set(serde_json::from_str(answer).ok()),
                None => {}
            }
        });
        let fail = Closure::<dyn FnMut(Event)>::new(move |_| self.state.set(State::Failed));
        worker.set_onmessage(Some(hear.as_ref().unchecked_ref()));
        worker.set_onerror(Some(fail.as_ref().unchecked_ref()));
        // They live as long as the worker.
        hear.forget();
        fail.forget();
        self.worker.set_value(Some(worker));
    }
}
