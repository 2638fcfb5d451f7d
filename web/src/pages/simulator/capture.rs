//! A capture file, judged packet by packet in a worker of its own. The file stays in the browser.

mod flows;
mod summary;
mod tighten;

use std::sync::Arc;

use leptos::prelude::*;
use serde_json::{Value, json};
use web_sys::{DragEvent, File};

use crate::browser::worker::{Background, Question, Reply};
use crate::parts::drawing::{Drawing, Piece, text};
use crate::parts::flow::{When, memo};
use crate::text::{say, say_with};
use crate::workspace::Workspace;
use flows::FlowTable;
use tighten::Tighten;

/// The capture at hand, and how far it is. Copies are the same.
#[derive(Clone, Copy)]
struct Judging {
    background: Background,
    /// The name of the file.
    name: RwSignal<Option<String>>,
    /// Another number for another beginning.
    run: RwSignal<u32>,
    /// How far the capture is, as the worker said last.
    progress: Memo<Option<Arc<Value>>>,
    filter: RwSignal<String>,
    /// Whether somebody wants to know what the flows need.
    tightens: RwSignal<bool>,
}

#[component]
pub(super) fn CaptureView() -> impl IntoView {
    let draft = Workspace::here().written_draft();
    let background = Background::lasting("simulation");
    let (name, run, slice) = (RwSignal::new(None::<String>), RwSignal::new(0_u32), RwSignal::new(0_u32));
    let stopped = RwSignal::new(false);
    let question = move || {
        let ask = json!({ "ask": "replay", "run": run.get(), "slice": slice.get() });
        let asks = name.with(Option::is_some) && !stopped.get();
        asks.then(|| Some(Question { ask, documents: vec![draft.get()?] })).flatten()
    };
    let reply = background.follow(Signal::derive(question));
    // The latest progress of this run stays when nobody asks any more.
    let progress = Memo::new(move |before: Option<&Option<Arc<Value>>>| {
        let run = run.get();
        let of_run = |answer: &Arc<Value>| answer.get("run").and_then(Value::as_u64) == Some(run.into());
        let latest = reply.get().latest().filter(of_run);
        latest.or_else(|| before.cloned().flatten().filter(of_run))
    });
    Effect::new(move |_| {
        let Reply::Said(answer) = reply.get() else { return };
        if !is_done(&answer) && answer.get("error").is_none() {
            slice.update(|slice| *slice += 1);
        }
    });
    // Another draft judges from the beginning.
    Effect::new(move |before: Option<()>| {
        draft.track();
        if before.is_some() {
            run.update(|run| *run += 1);
        }
    });
    let open = move |file: Option<File>| {
        let Some(file) = file else { return };
        name.set(Some(file.name()));
        background.give(file.into());
        stopped.set(false);
        run.update(|run| *run += 1);
    };
    let (filter, tightens) = (RwSignal::new(String::new()), RwSignal::new(false));
    let judging = Judging { background, name, run, progress, filter, tightens };
    let is_busy = memo(move || {
        name.with(Option::is_some) && !stopped.get() && !progress.with(|answer| answer.as_deref().is_some_and(is_done))
    });
    let error = memo(move || match reply.get() {
        Reply::Said(answer) if !text(&answer, "error").is_empty() => Some(text(&answer, "error").to_owned()),
        Reply::Failed => Some(say("The simulation cannot be loaded, or broke down: open the file again.").to_owned()),
        _ => None,
    });
    let draw: Arc<dyn Fn() -> Vec<Piece> + Send + Sync> = Arc::new(move || {
        progress.with(|answer| answer.as_ref().map(|answer| summary::draw(answer, judging.filter)).unwrap_or_default())
    });
    view! {
        <OpenFile open=Callback::new(open) />
        <When case=move || is_busy.get()>
            <Progress judging=judging stopped=stopped />
        </When>
        <When case=move || error.with(Option::is_some)>
            <p class="surface padded fault" role="alert">
                {move || error.get()}
            </p>
        </When>
        <Drawing draw=draw />
        <When case=move || progress.with(Option::is_some)>
            <FlowTable judging=judging />
        </When>
        <When case=move || progress.with(|answer| answer.as_deref().is_some_and(is_done))>
            <Tighten judging=judging />
        </When>
    }
}

/// A place to drop a file, and a button to choose one.
#[component]
fn OpenFile(open: Callback<Option<File>>) -> impl IntoView {
    let over = RwSignal::new(false);
    let drop = move |event: DragEvent| {
        event.prevent_default();
        over.set(false);
        open.run(event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0)));
    };
    view! {
        <div
            class="drop-zone"
            class:over=move || over.get()
            on:dragover=move |event| {
                event.prevent_default();
                over.set(true);
            }
            on:dragleave=move |_| over.set(false)
            on:drop=drop
        >
            <label for="capture-file">{say("Open a capture file, or drop one here")}</label>
            <input
                id="capture-file"
                type="file"
                accept=".pcap,.pcapng,.cap,.ntar"
                on:change:target=move |event| open.run(event.target().files().and_then(|files| files.get(0)))
            />
            <p class="hint">
                {say("pcap or pcapng, of Ethernet frames. It is read in this browser and sent nowhere. Packets go between the instances that have their addresses.")}
            </p>
        </div>
    }
}

#[component]
fn Progress(judging: Judging, stopped: RwSignal<bool>) -> impl IntoView {
    let of = move |name: &str| {
        judging
            .progress
            .with(|answer| answer.as_ref().and_then(|answer| answer.get(name)).and_then(Value::as_f64))
            .unwrap_or_default()
    };
    let said = move || {
        let (read, size) = (megabytes(of("read")), megabytes(of("size")));
        let packets = grouped(of("packets") as u64);
        say_with("{read} of {size} MB, {packets} packets", &[("read", &read), ("size", &size), ("packets", &packets)])
    };
    view! {
        <div id="capture-progress" class="surface padded progress">
            <label for="capture-read">{move || judging.name.get()}</label>
            <progress id="capture-read" max=move || of("size").max(1.0).to_string() value=move || of("read").to_string()></progress>
            <span>{said}</span>
            <button id="capture-cancel" type="button" on:click=move |_| stopped.set(true)>
                {say("Cancel")}
            </button>
        </div>
    }
}

fn is_done(answer: &Value) -> bool {
    answer.get("done").and_then(Value::as_bool) == Some(true)
}

fn megabytes(bytes: f64) -> String {
    format!("{:.1}", bytes / 1e6)
}

/// `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn big_numbers_are_grouped() {
        for (number, expect) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(super::grouped(number), expect);
        }
    }
}
