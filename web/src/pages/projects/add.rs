//! A new project: empty, the sample, or from a file.

use leptos::prelude::*;
use leptos::task::spawn_local;
use policy::{Document, Profile};
use serde_json::{Value, json};

use super::tell;
use crate::browser::http::diagnostic;
use crate::browser::worker::{Background, Question, Reply};
use crate::parts::faults::FaultList;
use crate::parts::field::TextField;
use crate::parts::flow::memo;
use crate::parts::text_file::{DOCUMENTS, TextFile};
use crate::text::{say, say_count};
use crate::workspace::{Tone, Workspace};

#[component]
pub(super) fn AddProject(look: Callback<()>) -> impl IntoView {
    let workspace = Workspace::here();
    let name = RwSignal::new(say("New project").to_owned());
    let create = move |document: Document| {
        let written = name.get_untracked().trim().to_owned();
        let name = if written.is_empty() { say("New project").to_owned() } else { written };
        spawn_local(async move { tell(workspace, workspace.create_project(&name, document).await) });
    };
    let text = RwSignal::new(String::new());
    let yaml = Background::open("yaml");
    let question = move || text.with(|text| (!text.is_empty()).then(|| Question::alone(json!({ "read": text }))));
    let reply = yaml.follow(Signal::derive(question));
    // A file that can be used becomes a project; what is wrong with another one is shown.
    let faults = memo(move || match reply.get() {
        Reply::Said(answer) => list(&answer),
        Reply::Nothing | Reply::Busy(_) | Reply::Stopped | Reply::Failed => Vec::new(),
    });
    Effect::new(move |_| {
        let Reply::Said(answer) = reply.get() else { return };
        let (document, unread) = Document::read_value(answer.get("document").unwrap_or(&Value::Null));
        let is_usable = |fault: &policy::Diagnostic| fault.severity == policy::Severity::Warning;
        if unread.iter().chain(&list(&answer)).all(is_usable) {
            create(document);
        }
    });
    let open = Callback::new(move |content: String| {
        spawn_local(async move {
            match workspace.import_projects(&content).await {
                Some(Ok(count)) => {
                    let said = say_count(count, "Added {n} project", "Added {n} projects");
                    workspace.notices.show(Tone::Done, said);
                }
                Some(Err(error)) => workspace.notices.show(Tone::Failed, error),
                None => text.set(content),
            }
            look.run(());
        });
    });
    view! {
        <section class="surface padded settings" aria-labelledby="new-project-title">
            <h2 id="new-project-title">{say("New project")}</h2>
            <div class="project-new">
                <TextField id="new-project-name" label=say("Name") value=name />
                <button id="project-empty" type="button" on:click=move |_| create(Document::new(Profile::default()))>
                    {say("Start empty")}
                </button>
                <button id="project-sample" type="button" on:click=move |_| create(Workspace::sample())>
                    {say("Start from the sample")}
                </button>
            </div>
            <div class="field">
                <label for="project-file">{say("Or from a file: one document, or all projects as they were exported")}</label>
                <TextFile id="project-file" accept=DOCUMENTS open=open />
            </div>
            <div id="project-file-said" role="status">
                {move || view! { <FaultList faults=faults.get() /> }}
            </div>
        </section>
    }
}

fn list(answer: &Value) -> Vec<policy::Diagnostic> {
    answer.get("diagnostics").and_then(Value::as_array).into_iter().flatten().map(diagnostic).collect()
}
