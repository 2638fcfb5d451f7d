//! Another document in the place of the draft: nothing happens before it is read and all its faults are shown.

use leptos::prelude::*;
use policy::{Diagnostic, Document, Profile, Severity};
use serde_json::{Value, json};

use crate::browser::http::diagnostic;
use crate::browser::worker::{Background, Question, Reply};
use crate::parts::faults::FaultList;
use crate::parts::text_file::{DOCUMENTS, TextFile};
use crate::text::{say, say_count, say_with};
use crate::workspace::{Tone, Workspace};

/// What was read of a text.
#[derive(Clone, Debug, PartialEq)]
struct Read {
    document: Document,
    found: Vec<Diagnostic>,
}

#[component]
pub(super) fn Import(yaml: Background) -> impl IntoView {
    let workspace = Workspace::here();
    let text = RwSignal::new(String::new());
    let question = Signal::derive(move || {
        text.with(|text| (!text.trim().is_empty()).then(|| Question::alone(json!({ "read": text }))))
    });
    let reply = yaml.follow(question);
    let usable = move || match reply.get() {
        Reply::Said(answer) => Read::of(&answer).filter(Read::is_usable),
        Reply::Nothing | Reply::Busy(_) | Reply::Stopped | Reply::Failed => None,
    };
    let apply = move |_| {
        if let Some(Read { document, .. }) = untrack(usable) {
            workspace.replace(say("import a document"), document);
            text.set(String::new());
            workspace.notices.show(Tone::Undoable, say("Imported; the draft before is one undo away"));
        }
    };
    let start = move |title: &'static str, document: Document| {
        workspace.replace(title, document);
        workspace.notices.show(Tone::Undoable, say("The draft before is one undo away"));
    };
    view! {
        <section class="surface padded transfer" aria-labelledby="import-title">
            <h2 id="import-title">{say("Import")}</h2>
            <p class="hint">
                {say("Open a file or paste its text. It replaces the draft only when you say so, and undo brings the draft back.")}
            </p>
            <div class="field">
                <label for="import-file">{say("File")}</label>
                <TextFile id="import-file" accept=DOCUMENTS open=Callback::new(move |content| text.set(content)) />
            </div>
            <div class="field">
                <label for="import-text">{say("Text")}</label>
                <textarea
                    id="import-text"
                    rows="10"
                    spellcheck="false"
                    placeholder="version: 1"
                    bind:value=text
                ></textarea>
            </div>
            <div id="import-said" role="status">
                {move || match reply.get() {
                    Reply::Nothing | Reply::Stopped => ().into_any(),
                    Reply::Busy(_) => view! { <p class="hint">{say("Reading")}</p> }.into_any(),
                    Reply::Said(answer) => Read::of(&answer).map(|read| view! { <Said read=read /> }).into_any(),
                    Reply::Failed => view! { <p class="fault">{super::no_worker()}</p> }.into_any(),
                }}
            </div>
            <div class="page-tools">
                <button
                    id="import-apply"
                    type="button"
                    class="primary"
                    disabled=move || usable().is_none()
                    on:click=apply
                >
                    {say("Replace the draft")}
                </button>
                <button
                    id="start-sample"
                    type="button"
                    on:click=move |_| start(say("load the sample"), Workspace::sample())
                >
                    {say("Load the sample")}
                </button>
                <button
                    id="start-empty"
                    type="button"
                    on:click=move |_| start(say("start empty"), Document::new(Profile::default()))
                >
                    {say("Start empty")}
                </button>
            </div>
        </section>
    }
}

/// What is in the document, and everything that the core says of it.
#[component]
fn Said(read: Read) -> impl IntoView {
    let Read { document, found } = read;
    let errors = found.iter().filter(|fault| fault.severity == Severity::Error).count();
    let rules: usize = document.groups.iter().map(|group| group.rules.len()).sum();
    let (groups, instances) = (document.groups.len(), document.instances.len());
    let holds = say_with(
        "Groups: {groups}, rules: {rules}, instances: {instances}.",
        &[("groups", &groups), ("rules", &rules), ("instances", &instances)],
    );
    let verdict = match errors {
        0 => say("It can be used.").to_owned(),
        errors => say_count(errors, "It cannot be used: {n} error.", "It cannot be used: {n} errors."),
    };
    view! {
        <p class:fault=(errors > 0)>{holds} " " {verdict}</p>
        <FaultList faults=found />
    }
}

impl Read {
    fn of(answer: &Value) -> Option<Read> {
        let (document, _) = Document::read_value(answer.get("document")?);
        let found = answer.get("diagnostics")?.as_array()?.iter().map(diagnostic).collect();
        Some(Read { document, found })
    }

    fn is_usable(&self) -> bool {
        self.found.iter().all(|fault| fault.severity == Severity::Warning)
    }
}
