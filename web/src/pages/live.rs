//! Live
use leptos::prelude::*;
#[component]
pub(crate) fn LivePage() -> impl IntoView {
    view! { <p/> }
}
