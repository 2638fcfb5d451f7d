//! Programs that work beside the page, see `beside`. Each is started at the first question to it.
//!
//! Contract: a question goes out as JSON with its `number`, its documents behind it; an answer comes back as JSON with the
//! same number. An answer to a question that nobody asks any more is thrown away, and a program that has been at one for long is
//! ended and loaded anew.

use std::sync::Arc;

use leptos::prelude::*;
use serde_json::{Value, json};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::address::href;

/// A program beside the page; it ends with the component that opened it. Copies are the same.
#[derive(Clone, Copy)]
pub(crate) struct Background {
    name: &'static str,
    worker: StoredValue<Option<Worker>, LocalStorage>,
    state: RwSignal<State>,
    count: StoredValue<u32>,
    /// Who waits for the answer to the question of a number.
    waiting: StoredValue<Vec<Waiting>>,
    patience: f64,
    /// What it is given before its first question, whenever it is loaded.
    gift: StoredValue<Option<JsValue>, LocalStorage>,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Question {
    /// The question itself, an object.
    pub(crate) ask: Value,
    /// What it is about, as text that need not be written anew for each question.
    pub(crate) documents: Vec<Arc<str>>,
}

/// What became of a question.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Reply {
    /// Nothing was asked.
    Nothing,
    /// The worker is at it; this was the answer to the question before.
    Busy(Option<Arc<Value>>),
    /// This is its answer.
    Said(Arc<Value>),
    /// Somebody stopped it.
    Stopped,
    /// The worker cannot be loaded, or broke down.
    Failed,
}

impl Question {
    /// A question that says itself what it is about.
    pub(crate) fn alone(ask: Value) -> Question {
        Question { ask, documents: Vec::new() }
    }
}

impl Reply {
    /// The answer, or while another is looked for the one before.
    pub(crate) fn latest(self) -> Option<Arc<Value>> {
        match self {
            Reply::Said(answer) => Some(answer),
            Reply::Busy(before) => before,
            Reply::Nothing | Reply::Stopped | Reply::Failed => None,
        }
    }
}

type Answered = (Question, Arc<Value>);

type Waiting = (u32, RwSignal<Option<Answered>>, Question);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nobody has asked.
    Idle,
    /// It is being loaded.
    Loading,
    Ready,
    Stopped,
    Failed,
}

/// How long a worker may be at a question that nobody asks any more, in milliseconds: about as long as it takes to load another one.
const PATIENCE: f64 = 250.0;

impl Background {
    /// The program of this name, not loaded yet.
    pub(crate) fn open(name: &'static str) -> Background {
        Background::with_patience(name, PATIENCE)
    }

    /// The same, and it is never ended for being late: it keeps what it learns from one question for the next.
    pub(crate) fn lasting(name: &'static str) -> Background {
        Background::with_patience(name, f64::INFINITY)
    }

    /// Gives it something that is no text, such as a file, ahead of the questions to come.
    pub(crate) fn give(self, gift: JsValue) {
        self.gift.set_value(Some(gift));
        if self.state.get_untracked() == State::Ready {
            self.hand_over();
        }
    }

    fn with_patience(name: &'static str, patience: f64) -> Background {
        let background = Background {
            name,
            worker: StoredValue::new_local(None),
            state: RwSignal::new(State::Idle),
            count: StoredValue::new(0),
            waiting: StoredValue::new(Vec::new()),
            patience,
            gift: StoredValue::new_local(None),
        };
        on_cleanup(move || background.end());
        background
    }

    /// Asks whenever the question changes, and gives the answer to the latest one.
    pub(crate) fn follow(self, question: Signal<Option<Question>>) -> Signal<Reply> {
        let answer = RwSignal::new(None::<Answered>);
        // The question that is on its way, and since when.
        let asked = StoredValue::new(None::<(u32, f64)>);
        let question = Memo::new(move |_| question.get());
        Effect::new(move |before: Option<Option<Question>>| {
            let (now, state) = (question.get(), self.state.get());
            let is_new = before.is_none_or(|before| before != now);
            let is_answered =
                answer.with_untracked(|answer| answer.as_ref().map(|(question, _)| question) == now.as_ref());
            let Some(question) = now.clone().filter(|_| !is_answered) else { return now };
            match state {
                State::Idle => self.load(),
                State::Stopped | State::Failed if is_new => self.load(),
                State::Ready if is_new && self.is_late(asked.get_value()) => self.load(),
                State::Ready if !self.waits_for(&question, answer) => {
                    asked.set_value(Some((self.ask(question, answer), now_ms())))
                }
                State::Loading | State::Ready | State::Stopped | State::Failed => {}
            }
            now
        });
        on_cleanup(move || {
            if self.is_late(asked.get_value()) {
                self.load();
            }
        });
        let reply = move || {
            let Some(question) = question.get() else { return Reply::Nothing };
            let (mine, old) = match answer.get() {
                Some((answered, said)) if answered == question => (Some(said), None),
                other => (None, other.map(|(_, said)| said)),
            };
            match (mine, self.state.get()) {
                (Some(said), _) => Reply::Said(said),
                (None, State::Failed) => Reply::Failed,
                (None, State::Stopped) => Reply::Stopped,
                (None, State::Idle | State::Loading | State::Ready) => Reply::Busy(old),
            }
        };
        Memo::new(move |_| reply()).into()
    }

    /// Ends what is being worked at. What is asked stays unanswered until somebody asks anew.
    pub(crate) fn stop(self) {
        self.end();
        self.state.set(State::Stopped);
    }

    /// Asks again what was stopped or failed.
    pub(crate) fn ask_again(self) {
        self.end();
        self.state.set(State::Idle);
    }

    /// Sends a question and returns its number.
    fn ask(self, question: Question, answer: RwSignal<Option<Answered>>) -> u32 {
        self.count.update_value(|count| *count += 1);
        let number = self.count.get_value();
        let mut ask = question.ask.clone();
        ask["number"] = json!(number);
        let message = js_sys::Array::of1(&ask.to_string().as_str().into());
        for document in &question.documents {
            message.push(&(&**document).into());
        }
        self.waiting.update_value(|waiting| {
            waiting.retain(|(_, other, _)| *other != answer);
            waiting.push((number, answer, question));
        });
        self.worker.with_value(|worker| {
            if let Some(worker) = worker {
                worker.post_message(&message).expect("texts can be sent");
            }
        });
        number
    }

    fn hand_over(self) {
        self.gift.with_value(|gift| {
            self.worker.with_value(|worker| {
                if let (Some(gift), Some(worker)) = (gift, worker) {
                    worker.post_message(gift).expect("a file can be sent");
                }
            });
        });
    }

    fn waits_for(self, question: &Question, answer: RwSignal<Option<Answered>>) -> bool {
        self.waiting.with_value(|waiting| waiting.iter().any(|(_, other, asked)| *other == answer && asked == question))
    }

    /// Whether the question of this number has been on its way for long.
    fn is_late(self, asked: Option<(u32, f64)>) -> bool {
        let waits = |number: u32| {
            self.waiting
                .try_with_value(|waiting| waiting.iter().any(|(other, ..)| *other == number))
                .unwrap_or_default()
        };
        asked.is_some_and(|(number, since)| waits(number) && now_ms() - since > self.patience)
    }

    fn hear(self, said: &str) {
        let Ok(said) = serde_json::from_str::<Value>(said) else { return };
        let number = said.get("number").and_then(Value::as_u64).unwrap_or_default() as u32;
        let mut found = None;
        self.waiting.update_value(|waiting| {
            if let Some(place) = waiting.iter().position(|(other, ..)| *other == number) {
                found = Some(waiting.remove(place));
            }
        });
        if let Some((_, answer, question)) = found {
            // Who asked may be gone.
            let _ = answer.try_set(Some((question, Arc::new(said))));
        }
    }

    fn end(self) {
        if let Some(Some(worker)) = self.worker.try_update_value(Option::take) {
            worker.terminate();
        }
        let _ = self.waiting.try_update_value(Vec::clear);
    }

    fn load(self) {
        self.end();
        self.state.set(State::Loading);
        let Ok(worker) = start(self.name) else {
            self.state.set(State::Failed);
            return;
        };
        let hear = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            match event.data().as_string().as_deref() {
                Some("ready") => {
                    self.hand_over();
                    self.state.set(State::Ready);
                }
                Some("failed") => self.state.set(State::Failed),
                Some(answer) => self.hear(answer),
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

#[wasm_bindgen]
extern "C" {
    /// Where the page's own program was loaded from: what binds it to JavaScript.
    #[wasm_bindgen(thread_local_v2, js_namespace = ["import", "meta"], js_name = url)]
    static BINDINGS: String;
}

/// Starts a worker of this name, and gives it the page's own program, so that it need not load and compile it.
fn start(name: &str) -> Result<Worker, JsValue> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    options.set_name(name);
    let worker = Worker::new_with_options(&href("/worker.js"), &options)?;
    worker.post_message(&js_sys::Array::of2(&BINDINGS.with(|url| url.into()), &wasm_bindgen::module()))?;
    Ok(worker)
}

fn now_ms() -> f64 {
    js_sys::Date::now()
}
