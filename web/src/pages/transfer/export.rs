//! The draft as YAML.

use leptos::prelude::*;
use leptos::task::spawn_local;
use policy::Document;
use serde_json::{Value, json};

use crate::browser::worker::{Background, Question, Reply};
use crate::browser::{clipboard, file};
use crate::parts::flow::memo;
use crate::parts::icon::{Glyph, Icon};
use crate::text::{say, say_with};
use crate::workspace::{Tone, Workspace};

/// The name that the command line looks for.
const NAME: &str = "portcullis.yaml";

#[component]
pub(super) fn Export(yaml: Background) -> impl IntoView {
    let workspace = Workspace::here();
    let question =
        Signal::derive(move || Some(Question::alone(json!({ "write": workspace.read(Document::to_value) }))));
    let reply = yaml.follow(question);
    let text = memo(move || match reply.get() {
        Reply::Said(answer) => answer.get("text").and_then(Value::as_str).unwrap_or_default().to_owned(),
        Reply::Nothing | Reply::Busy(_) | Reply::Stopped => String::new(),
        Reply::Failed => super::no_worker().to_owned(),
    });
    let not_yet = move || !matches!(reply.get(), Reply::Said(_));
    let download = move |_| match file::download(NAME, "application/yaml", &text.get_untracked()) {
        Ok(()) => {}
        Err(error) => workspace.notices.show(Tone::Failed, error),
    };
    let copy = move |_| {
        spawn_local(async move {
            match clipboard::copy(&text.get_untracked()).await {
                true => workspace.notices.show(Tone::Done, say("Copied the document")),
                false => workspace
                    .notices
                    .show(Tone::Failed, say("this browser does not copy: select the text and copy it by hand")),
            }
        });
    };
    view! {
        <section class="surface padded transfer" aria-labelledby="export-title">
            <h2 id="export-title">{say("Export")}</h2>
            <p class="hint">{say("The draft as it is now, saved or not.")}</p>
            <div class="page-tools">
                <button id="export-download"
                    disabled=not_yet type="button" class="primary" on:click=download>
                    <Icon glyph=Glyph::Transfer />
                    <span>{say_with("Download {file}", &[("file", &NAME)])}</span>
                </button>
                <button id="export-copy" disabled=not_yet type="button" on:click=copy>
                    <Icon glyph=Glyph::Copy />
                    <span>{say("Copy")}</span>
                </button>
            </div>
            <textarea
                id="export-text"
                readonly
                rows="18"
                spellcheck="false"
                aria-label=say("The document as YAML")
                prop:value=move || text.get()
            ></textarea>
        </section>
    }
}
