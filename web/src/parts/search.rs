//! The field by which a list is narrowed; the slash key leads to it.

use leptos::prelude::*;

use crate::parts::icon::{Glyph, Icon};

#[component]
pub(crate) fn SearchField(
    /// Unique in the page.
    id: &'static str,
    label: &'static str,
    placeholder: &'static str,
    value: RwSignal<String>,
) -> impl IntoView {
    view! {
        <div class="search">
            <Icon glyph=Glyph::Search />
            <input
                id=id
                type="search"
                data-search=""
                aria-label=label
                placeholder=placeholder
                bind:value=value
            />
        </div>
    }
}
