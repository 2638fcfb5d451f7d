//! The bar at the top: what is open, how it stands, and what can be done to it anywhere.

use leptos::prelude::*;
use policy::{Edit, Profile, Severity};

use super::save::SaveButton;
use super::shell::Shell;
use crate::browser::theme::Theme;
use crate::parts::dialog::{Dialog, closer};
use crate::parts::faults::FaultList;
use crate::parts::flow::{When, memo};
use crate::parts::icon::{Glyph, Icon};
use crate::parts::link::Go;
use crate::text::{say, say_count, say_with};
use crate::workspace::{Link, Workspace};

#[component]
pub(crate) fn Bar() -> impl IntoView {
    let workspace = Workspace::here();
    let palette = Shell::here().palette;
    let undo_label = move || {
        workspace.undoes().map_or_else(|| say("Undo").to_owned(), |title| say_with("Undo: {step}", &[("step", &title)]))
    };
    let redo_label = move || {
        workspace.redoes().map_or_else(|| say("Redo").to_owned(), |title| say_with("Redo: {step}", &[("step", &title)]))
    };
    view! {
        <header id="bar">
            <Go to="/" class="brand">
                <Icon glyph=Glyph::Gate />
                <span>"Portcullis"</span>
            </Go>
            <Go to="/projects" class="chip project" title=say("Projects in this browser")>
                {move || workspace.project.with(|project| project.name.clone())}
            </Go>
            <ProfileChoice />
            <Standing />
            <div class="bar-tools">
                <Problems />
                <button
                    id="find"
                    type="button"
                    class="quiet icon-only"
                    aria-label=say("Go anywhere, do anything")
                    title=say("Go anywhere, do anything (Ctrl+K)")
                    aria-haspopup="dialog"
                    on:click=move |_| palette.set(true)
                >
                    <Icon glyph=Glyph::Search />
                </button>
                <button
                    id="undo"
                    type="button"
                    class="quiet icon-only"
                    aria-label=undo_label
                    title=move || format!("{} (Ctrl+Z)", undo_label())
                    disabled=move || workspace.undoes().is_none()
                    on:click=move |_| workspace.undo()
                >
                    <Icon glyph=Glyph::Undo />
                </button>
                <button
                    id="redo"
                    type="button"
                    class="quiet icon-only"
                    aria-label=redo_label
                    title=move || format!("{} (Ctrl+Shift+Z)", redo_label())
                    disabled=move || workspace.redoes().is_none()
                    on:click=move |_| workspace.redo()
                >
                    <Icon glyph=Glyph::Redo />
                </button>
                <ThemeSwitch />
                <SaveButton />
            </div>
        </header>
    }
}

/// The profile: which cloud's semantics the rules have.
#[component]
fn ProfileChoice() -> impl IntoView {
    let workspace = Workspace::here();
    let current = memo(move || workspace.read(|draft| draft.profile.name.clone()));
    let choose = move |name: String| {
        if let Some(profile) = Profile::named(&name) {
            workspace
                .perform_aloud(say_with("set profile {name}", &[("name", &name)]), vec![Edit::SetProfile { profile }]);
        }
    };
    let option = move |name: &'static str| {
        view! {
            <option value=name selected=move || current.get() == name>
                {name}
            </option>
        }
    };
    view! {
        <select
            id="profile"
            class="chip profile"
            aria-label=say("Profile")
            title=say("Profile: which cloud's semantics the rules have")
            on:change:target=move |event| choose(event.target().value())
        >
            {Profile::NAMES.map(option)}
            <When case=move || !Profile::NAMES.contains(&current.get().as_str())>
                <option selected=true>{move || current.get()}</option>
            </When>
        </select>
    }
}

/// Revision and state of saving.
#[component]
fn Standing() -> impl IntoView {
    let workspace = Workspace::here();
    let revision = move || workspace.saved.with(|saved| saved.as_ref().map(|saved| saved.revision));
    let place = move || match workspace.link.get() {
        Link::Looking => say("Looking for a server").to_owned(),
        Link::Alone => say("In this browser only").to_owned(),
        Link::Up | Link::Down(_) => revision().map_or_else(
            || say("No revision").to_owned(),
            |number| say_with("Revision {number}", &[("number", &number)]),
        ),
    };
    let state = move || match (workspace.link.get(), workspace.changed.get()) {
        (Link::Looking | Link::Alone, _) => None,
        (Link::Down(_), _) => Some((say("Server away"), "drop")),
        (Link::Up, true) => Some((say("Unsaved changes"), "pending")),
        (Link::Up, false) => Some((say("Saved"), "accept")),
    };
    view! {
        <p id="standing" class="standing">
            <span id="revision">{move || place()}</span>
            {move || {
                state()
                    .map(|(text, class)| {
                        view! {
                            <span id="save-state" class=format!("dot {class}")>
                                {text}
                            </span>
                        }
                    })
            }}
        </p>
    }
}

/// What the core says of the whole draft, where it says anything.
#[component]
fn Problems() -> impl IntoView {
    let workspace = Workspace::here();
    let open = RwSignal::new(false);
    let count = move || workspace.checked.with(|checked| checked.diagnostics.len());
    let errors = move || workspace.checked.with(|checked| checked.errors().count());
    let text = move || match (errors(), count()) {
        (0, warnings) => say_count(warnings, "{n} warning", "{n} warnings"),
        (errors, _) => say_count(errors, "{n} error", "{n} errors"),
    };
    view! {
        <When case=move || { count() > 0 }>
            <button
                id="problems"
                type="button"
                class="quiet problems"
                class:severe=move || { errors() > 0 }
                on:click=move |_| open.set(true)
            >
                <Icon glyph=Glyph::Warning />
                <span>{move || text()}</span>
            </button>
        </When>
        <Dialog id="problems-dialog" title=say("What the core says of this document") open=open close=closer(open)>
            {move || {
                let (errors, warnings): (Vec<_>, Vec<_>) = workspace
                    .checked
                    .with(|checked| checked.diagnostics.to_vec())
                    .into_iter()
                    .partition(|fault| fault.severity == Severity::Error);
                let all = [errors, warnings].concat();
                view! { <FaultList faults=all /> }
            }}
        </Dialog>
    }
}

#[component]
fn ThemeSwitch() -> impl IntoView {
    let theme = RwSignal::new(Theme::kept());
    let label = move || say_with("Colours: {theme}", &[("theme", &theme.get().called())]);
    let turn = move |_| {
        theme.update(|theme| *theme = theme.next());
        theme.get_untracked().apply();
    };
    view! {
        <button id="theme" type="button" class="quiet icon-only" aria-label=label title=label on:click=turn>
            <Icon glyph=Glyph::Theme />
        </button>
    }
}
