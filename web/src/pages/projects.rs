//! The projects that this browser keeps.

mod add;
mod ask;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;

use crate::browser::address::name_page;
use crate::browser::file;
use crate::parts::flow::{Each, items};
use crate::parts::icon::{Glyph, Icon};
use crate::text::{Language, say, say_with};
use crate::workspace::{Project, Tone, Workspace};
use ask::{AskDialog, Asked};

/// The name of the file with all projects.
const FILE: &str = "portcullis-projects.json";

#[component]
pub(crate) fn Projects() -> impl IntoView {
    name_page(say("Projects"));
    let workspace = Workspace::here();
    let list = RwSignal::new(Vec::<Project>::new());
    let asked = RwSignal::new(None::<Asked>);
    let look = Callback::new(move |()| {
        spawn_local(async move {
            match workspace.projects().await {
                Ok(projects) => list.set(projects),
                Err(error) => workspace.notices.show(Tone::Failed, error),
            }
        });
    });
    look.run(());
    let export = move |_| {
        spawn_local(async move {
            let text = workspace.export_projects().await;
            let done = text.and_then(|text| file::download(FILE, "application/json", &text));
            if let Err(error) = done {
                workspace.notices.show(Tone::Failed, error);
            }
        });
    };
    let row = move |project| view! { <Row project=project asked=asked look=look /> }.into_any();
    view! {
        <section class="page" aria-labelledby="projects-title">
            <header class="page-head">
                <div>
                    <h1 id="projects-title">{say("Projects")}</h1>
                    <p class="lead">
                        {say("Each is a document with its history, kept in this browser. The first one follows the server, where there is one.")}
                    </p>
                </div>
                <button id="export-projects" type="button" on:click=export>
                    <Icon glyph=Glyph::Transfer />
                    <span>{say("Export all")}</span>
                </button>
            </header>
            <div class="surface">
                <table id="projects" class="list">
                    <thead>
                        <tr>
                            <th scope="col">{say("Project")}</th>
                            <th scope="col">{say("Changed")}</th>
                            <th scope="col">
                                <span class="visually-hidden">{say("Actions")}</span>
                            </th>
                        </tr>
                    </thead>
                    <tbody>
                        <Each items=Signal::derive(move || items(list.get(), |project| format!("{project:?}"), row)) />
                    </tbody>
                </table>
            </div>
            <add::AddProject look=look />
            <AskDialog asked=asked look=look />
        </section>
    }
}

#[component]
fn Row(project: Project, asked: RwSignal<Option<Asked>>, look: Callback<()>) -> impl IntoView {
    let workspace = Workspace::here();
    let Project { id, name, changed, .. } = project.clone();
    let is_open = {
        let id = id.clone();
        move || workspace.project.with(|open| open.id == id)
    };
    let open = {
        let id = id.clone();
        move |_| {
            let id = id.clone();
            spawn_local(async move { tell(workspace, workspace.open_project(&id).await) });
        }
    };
    let copy = {
        let (id, name) = (id.clone(), say_with("{project}, copy", &[("project", &name)]));
        move |_| {
            let (id, name) = (id.clone(), name.clone());
            spawn_local(async move {
                tell(workspace, workspace.duplicate_project(&id, &name).await);
                look.run(());
            });
        }
    };
    let (renamed, deleted) = (project.clone(), project);
    let called: [(&str, &dyn std::fmt::Display); 1] = [("project", &name)];
    view! {
        <tr data-project=id>
            <th scope="row">
                <span class="project-names">
                    <span>{name.clone()}</span>
                    {is_open.clone()().then(|| view! { <span class="chip">{say("open")}</span> })}
                </span>
            </th>
            <td data-label=say("Changed")>{date(changed)}</td>
            <td class="actions">
                <button
                    type="button"
                    data-action="open"
                    aria-label=say_with("Open project {project}", &called)
                    disabled=is_open()
                    on:click=open
                >
                    {say("Open")}
                </button>
                <button
                    type="button"
                    class="quiet icon-only"
                    data-action="rename"
                    aria-label=say_with("Rename project {project}", &called)
                    title=say("Rename")
                    on:click=move |_| asked.set(Some(Asked::Name(renamed.clone())))
                >
                    <Icon glyph=Glyph::Edit />
                </button>
                <button
                    type="button"
                    class="quiet icon-only"
                    data-action="duplicate"
                    aria-label=say_with("Duplicate project {project}", &called)
                    title=say("Duplicate")
                    on:click=copy
                >
                    <Icon glyph=Glyph::Copy />
                </button>
                <button
                    type="button"
                    class="quiet icon-only danger"
                    data-action="delete"
                    aria-label=say_with("Delete project {project}", &called)
                    title=say("Delete")
                    on:click=move |_| asked.set(Some(Asked::Deletion(deleted.clone())))
                >
                    <Icon glyph=Glyph::Delete />
                </button>
            </td>
        </tr>
    }
}

/// Says what went wrong, where something did.
fn tell(workspace: Workspace, outcome: Result<(), String>) {
    if let Err(error) = outcome {
        workspace.notices.show(Tone::Failed, error);
    }
}

/// Day and time, as people of the language write them.
fn date(milliseconds: f64) -> String {
    let locale = match Language::chosen() {
        Language::English => "en-GB",
        Language::German => "de-DE",
    };
    js_sys::Date::new(&JsValue::from_f64(milliseconds)).to_locale_string(locale, &JsValue::UNDEFINED).into()
}
