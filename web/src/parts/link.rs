//! Links within the console.

use leptos::prelude::*;

use crate::browser::address::href;

/// The path of a group's page.
pub(crate) fn group_path(id: &str) -> String {
    format!("/groups/{}", escaped(id))
}

/// The path of an address group's page.
pub(crate) fn address_group_path(id: &str) -> String {
    format!("/address-groups/{}", escaped(id))
}

/// The path of the tab of a group's page that shows one direction.
pub(crate) fn group_tab(id: &str, tab: &str) -> String {
    format!("{}?tab={tab}", group_path(id))
}

/// A link to a path of the console, below whatever path the console is served.
#[component]
pub(crate) fn Go(
    #[prop(into)] to: String,
    #[prop(optional)] class: &'static str,
    #[prop(optional, into)] title: Option<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <a class=class href=href(&to) title=title>
            {children()}
        </a>
    }
}

/// Ids may hold slashes, which would end a part of a path.
fn escaped(id: &str) -> String {
    js_sys::encode_uri_component(id).into()
}
