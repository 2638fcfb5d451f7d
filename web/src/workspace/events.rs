//! What the server tells while the page is open.

use leptos::prelude::*;
use serde_json::Value;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, EventSource, MessageEvent};

use super::{Link, Report, Workspace, server};
use crate::browser::http;
use crate::text::say;

impl Workspace {
    /// Listens for as long as the page is open; the browser connects again by itself.
    pub(crate) fn follow_events(self) {
        let Ok(source) = EventSource::new(&server::events_url()) else { return };
        listen(&source, "document", move |value| {
            if let Some(revision) = value.get("revision").and_then(Value::as_u64) {
                self.hear_of(revision);
            }
        });
        listen(&source, "report", move |value| {
            if let Some((name, seen_at, report)) = Report::read_event(&value) {
                self.live.update(|live| live.hear(&name, &seen_at, report, js_sys::Date::now()));
            }
        });
        let lost = Closure::<dyn FnMut(Event)>::new(move |_| {
            self.link.set(Link::Down(
                say("the server does not answer: changes are kept in this browser until it does").to_owned(),
            ));
        });
        source.set_onerror(Some(lost.as_ref().unchecked_ref()));
        // They live as long as the page.
        lost.forget();
        std::mem::forget(source);
        self.ask_for_enforcers();
    }

    fn ask_for_enforcers(self) {
        leptos::task::spawn_local(async move {
            let Ok(answer) = http::get("/api/v1/enforcers").await else { return };
            for enforcer in answer.body.as_array().into_iter().flatten() {
                if let Some((name, seen_at, report)) = Report::read_event(enforcer) {
                    self.live.update(|live| live.hear(&name, &seen_at, report, js_sys::Date::now()));
                }
            }
        });
    }
}

fn listen(source: &EventSource, event: &str, mut hear: impl FnMut(Value) + 'static) {
    let closure = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let text = event.data().as_string().unwrap_or_default();
        if let Ok(value) = serde_json::from_str(&text) {
            hear(value);
        }
    });
    // An event source takes any name of an event.
    let _ = source.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    closure.forget();
}
