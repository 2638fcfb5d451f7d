//! An answer that is asked for by a button and stands below it.

use std::sync::Arc;

use leptos::prelude::*;

use crate::parts::drawing::{Drawing, Piece};
use crate::parts::flow::When;

/// The button, and the answer while it is wanted.
#[component]
pub(crate) fn Unfold(
    /// Of the button and of the answer, each unique in the page.
    ids: [&'static str; 2],
    label: &'static str,
    /// What the answer is called.
    name: &'static str,
    wanted: RwSignal<bool>,
    /// Draws the answer, or that it is waited for.
    draw: Arc<dyn Fn() -> Vec<Piece> + Send + Sync>,
) -> impl IntoView {
    let [button, answer] = ids;
    view! {
        <button
            id=button
            type="button"
            aria-expanded=move || wanted.get().to_string()
            on:click=move |_| wanted.update(|wanted| *wanted = !*wanted)
        >
            {label}
        </button>
        <When case=move || wanted.get()>
            <div id=answer role="region" aria-label=name>
                <Drawing draw=draw.clone() />
            </div>
        </When>
    }
}
