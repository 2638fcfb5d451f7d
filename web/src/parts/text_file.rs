//! The field by which a text file of this computer is opened.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::HtmlInputElement;

use crate::browser::file;
use crate::workspace::{Tone, Workspace};

/// What documents are kept in.
pub(crate) const DOCUMENTS: &str = ".yaml,.yml,.json,application/yaml,application/json,text/plain";

#[component]
pub(crate) fn TextFile(
    /// Unique in the page.
    id: &'static str,
    /// Kinds of files, as `accept` of an input lists them.
    accept: &'static str,
    /// Whether its label alone is seen.
    #[prop(optional)]
    hidden: bool,
    /// Gets the text of a file that can be read.
    open: Callback<String>,
) -> impl IntoView {
    let workspace = Workspace::here();
    let read = move |input: HtmlInputElement| {
        let Some(chosen) = input.files().and_then(|files| files.get(0)) else { return };
        spawn_local(async move {
            match file::read(&chosen).await {
                Ok(text) => open.run(text),
                Err(error) => workspace.notices.show(Tone::Failed, error),
            }
            // The same file can be chosen again.
            input.set_value("");
        });
    };
    view! {
        <input
            id=id
            class:visually-hidden=hidden
            type="file"
            accept=accept
            on:change:target=move |event| read(event.target())
        />
    }
}
