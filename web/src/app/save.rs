//! Saving to the server: the button, and what happens when somebody else was first.

use leptos::prelude::*;

use super::later::ReviewDialog;
use crate::browser::route::Route;
use crate::parts::dialog::Dialog;
use crate::parts::faults::FaultList;
use crate::parts::flow::When;
use crate::parts::icon::{Glyph, Icon};
use crate::text::{say, say_with};
use crate::workspace::{Link, Saving, Workspace};

/// Shows what saving would change; saving is the button behind it.
#[component]
pub(crate) fn SaveButton() -> impl IntoView {
    let workspace = Workspace::here();
    let idle = move || !workspace.changed.get() || workspace.saving.get() == Saving::Busy;
    let text = move || if workspace.saving.get() == Saving::Busy { say("Saving") } else { say("Save") };
    view! {
        <When case=move || matches!(workspace.link.get(), Link::Up | Link::Down(_))>
            <button
                id="save"
                type="button"
                class="primary"
                title=say("Review what changes and save it as a new revision (Ctrl+S)")
                aria-haspopup="dialog"
                disabled=idle
                on:click=move |_| workspace.reviewing.set(true)
            >
                <Icon glyph=Glyph::Save />
                <span>{move || text()}</span>
            </button>
        </When>
        <ReviewDialog />
        <ConflictDialog />
        <RefusedDialog />
    }
}

/// Somebody else saved first: nothing happens until the person chooses.
#[component]
fn ConflictDialog() -> impl IntoView {
    let workspace = Workspace::here();
    let route = Route::here();
    let theirs = move || match workspace.saving.get() {
        Saving::Conflict(revision) => Some(revision),
        Saving::Idle | Saving::Busy | Saving::Refused(_) | Saving::Failed(_) => None,
    };
    let close = stop_saving(workspace);
    let title = Signal::derive(move || {
        theirs().map_or_else(String::new, |revision| {
            say_with("Revision {revision} was saved first", &[("revision", &revision)])
        })
    });
    let keep = move |_| {
        if let Some(revision) = theirs() {
            workspace.saving.set(Saving::Idle);
            workspace.save_over(revision, say("kept over a change that was saved meanwhile").to_owned());
        }
    };
    let merge = move |_| {
        workspace.saving.set(Saving::Idle);
        route.go("/changes?tab=merge");
    };
    view! {
        <Dialog id="conflict-dialog" title=title open=Signal::derive(move || theirs().is_some()) close=close>
            <p>{say("Somebody else saved while you were editing. Nothing is lost: choose how to go on.")}</p>
            <div class="choices">
                <button id="conflict-merge" type="button" class="choice" on:click=merge>
                    <strong>{say("Merge")}</strong>
                    <span>{say("What only one of you changed is taken; the rest you choose one by one.")}</span>
                </button>
                <button id="conflict-theirs" type="button" class="choice" on:click=move |_| workspace.take_theirs()>
                    <strong>{say("Load theirs")}</strong>
                    <span>{say("Their revision replaces your draft here. Undo brings your draft back.")}</span>
                </button>
                <button id="conflict-mine" type="button" class="choice" on:click=keep>
                    <strong>{say("Keep mine")}</strong>
                    <span>{say("Your draft becomes the next revision. Theirs stays in the history.")}</span>
                </button>
            </div>
            <footer>
                <button type="button" class="quiet" on:click=move |_| close.run(())>
                    {say("Decide later")}
                </button>
            </footer>
        </Dialog>
    }
}

#[component]
fn RefusedDialog() -> impl IntoView {
    let workspace = Workspace::here();
    let refused = move || match workspace.saving.get() {
        Saving::Refused(faults) => Some(faults),
        Saving::Idle | Saving::Busy | Saving::Conflict(_) | Saving::Failed(_) => None,
    };
    view! {
        <Dialog
            id="refused-dialog"
            title=say("The server refuses this document")
            open=Signal::derive(move || refused().is_some())
            close=stop_saving(workspace)
        >
            <p>{say("Nothing was saved and the revision before goes on being enforced. Mend these and save again:")}</p>
            {move || refused().map(|faults| view! { <FaultList faults=faults /> })}
        </Dialog>
    }
}

fn stop_saving(workspace: Workspace) -> Callback<()> {
    Callback::new(move |()| workspace.saving.set(Saving::Idle))
}
