//! Shows the workspace's messages.

use leptos::prelude::*;

use super::faults::Message;
use super::flow::{Each, items};
use super::icon::{Glyph, Icon};
use crate::text::say;
use crate::workspace::{Notice, Tone, Workspace};

/// The messages at the edge of the page; screen readers read them out.
#[component]
pub(crate) fn Toasts() -> impl IntoView {
    let workspace = Workspace::here();
    let notices = workspace.notices;
    let toast = |notice| view! { <Toast notice=notice /> }.into_any();
    view! {
        <div id="toasts" class="toasts" role="status" aria-live="polite">
            <Each items=Signal::derive(move || items(notices.list(), |notice| notice.id.to_string(), toast)) />
        </div>
    }
}

#[component]
fn Toast(notice: Notice) -> impl IntoView {
    let workspace = Workspace::here();
    let Notice { id, text, tone } = notice;
    view! {
        <div class="toast" class:failed=tone == Tone::Failed>
            <span>
                <Message text=text />
            </span>
            {(tone == Tone::Undoable)
                .then(|| {
                    view! {
                        <button type="button" class="toast-undo" on:click=move |_| workspace.undo()>
                            {say("Undo")}
                        </button>
                    }
                })}
            <button
                type="button"
                class="quiet icon-only"
                aria-label=say("Dismiss")
                on:click=move |_| workspace.notices.close(id)
            >
                <Icon glyph=Glyph::Close />
            </button>
        </div>
    }
}
