//! Shows the workspace's messages.

use leptos::prelude::*;

use super::faults::Message;
use super::icon::{Glyph, Icon};
use crate::workspace::{Tone, Workspace};

/// The messages at the edge of the page; screen readers read them out.
#[component]
pub(crate) fn Toasts() -> impl IntoView {
    let workspace = Workspace::here();
    let notices = workspace.notices;
    view! {
        <div id="toasts" class="toasts" role="status" aria-live="polite">
            <For each=move || notices.list() key=|notice| notice.id let:notice>
                <div class="toast" class:failed=notice.tone == Tone::Failed>
                    <span>
                        <Message text=notice.text />
                    </span>
                    {(notice.tone == Tone::Undoable)
                        .then(|| {
                            view! {
                                <button type="button" class="toast-undo" on:click=move |_| workspace.undo()>
                                    "Undo"
                                </button>
                            }
                        })}
                    <button
                        type="button"
                        class="quiet icon-only"
                        aria-label="Dismiss"
                        on:click=move |_| notices.close(notice.id)
                    >
                        <Icon glyph=Glyph::Close />
                    </button>
                </div>
            </For>
        </div>
    }
}
