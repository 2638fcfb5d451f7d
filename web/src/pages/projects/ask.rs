//! What is asked before a project is called otherwise, or goes away.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::tell;
use crate::parts::dialog::Dialog;
use crate::parts::field::{Autofocus, TextField};
use crate::text::{say, say_with};
use crate::workspace::{Project, Workspace};

/// What is asked about a project.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Asked {
    /// How it shall be called.
    Name(Project),
    /// Whether it shall go.
    Deletion(Project),
}

#[component]
pub(super) fn AskDialog(asked: RwSignal<Option<Asked>>, look: Callback<()>) -> impl IntoView {
    let close = Callback::new(move |()| asked.set(None));
    let title = Signal::derive(move || match asked.get() {
        Some(Asked::Name(project)) => say_with("Rename project {project}", &[("project", &project.name)]),
        Some(Asked::Deletion(project)) => say_with("Delete project {project}?", &[("project", &project.name)]),
        None => String::new(),
    });
    let inside = move || match asked.get() {
        Some(Asked::Name(project)) => view! { <NameForm project=project close=close look=look /> }.into_any(),
        Some(Asked::Deletion(project)) => view! { <Deletion project=project close=close look=look /> }.into_any(),
        None => ().into_any(),
    };
    view! {
        <Dialog id="project-dialog" title=title open=Signal::derive(move || asked.get().is_some()) close=close>
            {inside}
        </Dialog>
    }
}

#[component]
fn NameForm(project: Project, close: Callback<()>, look: Callback<()>) -> impl IntoView {
    let workspace = Workspace::here();
    let name = RwSignal::new(project.name);
    let id = project.id;
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (id, name) = (id.clone(), name.get_untracked().trim().to_owned());
        if name.is_empty() {
            return;
        }
        close.run(());
        spawn_local(async move {
            tell(workspace, workspace.rename_project(&id, &name).await);
            look.run(());
        });
    };
    view! {
        <form on:submit=save>
            <TextField id="project-name" label=say("Name") value=name autofocus=Autofocus::Yes />
            <footer>
                <button type="button" class="quiet" on:click=move |_| close.run(())>
                    {say("Cancel")}
                </button>
                <button id="project-rename" type="submit" class="primary">
                    {say("Rename")}
                </button>
            </footer>
        </form>
    }
}

#[component]
fn Deletion(project: Project, close: Callback<()>, look: Callback<()>) -> impl IntoView {
    let workspace = Workspace::here();
    let remove = move |_| {
        let id = project.id.clone();
        close.run(());
        spawn_local(async move {
            tell(workspace, workspace.delete_project(&id).await);
            look.run(());
        });
    };
    view! {
        <p>{say("Its document and its history go away in this browser. This cannot be undone; export it first to keep it.")}</p>
        <footer>
            <button type="button" class="quiet" on:click=move |_| close.run(())>
                {say("Cancel")}
            </button>
            <button id="project-delete" type="button" class="destructive" on:click=remove>
                {say("Delete project")}
            </button>
        </footer>
    }
}
