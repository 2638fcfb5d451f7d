//! What the policy promises, proved over every flow while one writes, and how much of the rules the promises guard.

mod example;
mod outcomes;

use std::sync::Arc;

use leptos::prelude::*;
use serde_json::json;

use crate::browser::address::name_page;
use crate::browser::file;
use crate::browser::worker::Reply;
use crate::parts::drawing::Drawing;
use crate::parts::flow::When;
use crate::parts::text_file::TextFile;
use crate::text::say;
use crate::workspace::{Tone, Workspace};
use outcomes::{outcomes, score};

/// The name under which the assertions are downloaded.
const FILE: &str = "assertions.txt";

#[component]
pub(crate) fn AssertionsPage() -> impl IntoView {
    name_page(say("Assertions"));
    let workspace = Workspace::here();
    let written = workspace.assertions;
    // What is scored, and not what is written since: it takes long.
    let scored = RwSignal::new(None::<String>);
    let is_empty = move || written.with(|text| text.trim().is_empty());
    let ask = move || (!is_empty()).then(|| json!({ "ask": "assertions", "text": written.get() }));
    let proved = workspace.ask_about_both(Signal::derive(ask));
    let ask = move || scored.get().map(|text| json!({ "ask": "score", "text": text }));
    let good = workspace.ask_about_both(Signal::derive(ask));
    Effect::new(move |before: Option<()>| {
        workspace.read(|_| ());
        if before.is_some() {
            scored.set(None);
        }
    });
    // Nobody waits for a score while writing: the worker is needed for what is written.
    Effect::new(move |before: Option<()>| {
        written.track();
        if before.is_some() && matches!(good.get_untracked(), Reply::Busy(_)) {
            scored.set(None);
        }
    });
    let begin = move |_| written.set(workspace.peek(example::of));
    view! {
        <section class="page" aria-labelledby="assertions-title">
            <header class="page-head">
                <div>
                    <h1 id="assertions-title">{say("Assertions")}</h1>
                    <p class="lead">
                        {say("What the policy promises, proved over every new flow whenever you edit.")}
                    </p>
                </div>
                <Files />
            </header>
            <div class="columns">
                <section class="surface padded assertions" aria-labelledby="assertions-label">
                    <h2>
                        <label id="assertions-label" for="assertions-text">
                            {say("Promises")}
                        </label>
                    </h2>
                    <p id="assertions-hint" class="hint">
                        {say("One a line: allow or deny, who opens, ->, to whom, and what. Ends are any, internet, a prefix, group:ID, address-group:ID, instance:ID or vnic:ID, several with commas, and except takes some away. The line unchanged says that nothing else may change.")}
                    </p>
                    <textarea
                        id="assertions-text"
                        rows="14"
                        spellcheck="false"
                        aria-describedby="assertions-hint"
                        placeholder="deny any except group:app -> group:db tcp 5432"
                        bind:value=written
                    ></textarea>
                    <When case=is_empty>
                        <div class="page-tools">
                            <button id="assertions-example" type="button" on:click=begin>
                                {say("Begin with an example")}
                            </button>
                        </div>
                    </When>
                    <p class="hint">
                        {say("A pipeline proves the same file:")}
                        " "
                        <code>"portcullis assert assertions.txt"</code>
                    </p>
                </section>
                <div class="assertions">
                    <section id="outcomes" class="surface padded" aria-labelledby="outcomes-title" aria-live="polite">
                        <h2 id="outcomes-title">{say("Kept or broken")}</h2>
                        <Drawing draw=Arc::new(move || outcomes(workspace, &proved.get())) />
                    </section>
                    <section id="score" class="surface padded" aria-labelledby="score-title">
                        <h2 id="score-title">{say("What they guard")}</h2>
                        <p class="hint">
                            {say("Plants faults in your rules, one at a time, and tells which of them no promise notices.")}
                        </p>
                        <div class="page-tools">
                            <button
                                id="score-ask"
                                type="button"
                                disabled=is_empty
                                on:click=move |_| scored.set(Some(written.get_untracked()))
                            >
                                {say("Plant faults")}
                            </button>
                        </div>
                        <div role="status">
                            <Drawing draw=Arc::new(move || score(workspace, &good.get(), scored, written)) />
                        </div>
                    </section>
                </div>
            </div>
        </section>
    }
}

/// From a file, and into one.
#[component]
fn Files() -> impl IntoView {
    let workspace = Workspace::here();
    let written = workspace.assertions;
    let download = move |_| {
        if let Err(error) = written.with_untracked(|text| file::download(FILE, "text/plain", text)) {
            workspace.notices.show(Tone::Failed, error);
        }
    };
    view! {
        <div class="page-tools">
            <label class="button" for="assertions-file">
                {say("Open a file")}
            </label>
            <TextFile
                id="assertions-file"
                accept=".txt,text/plain"
                hidden=true
                open=Callback::new(move |text| written.set(text))
            />
            <button id="assertions-download" type="button" on:click=download>
                {say("Download")}
            </button>
        </div>
    }
}
