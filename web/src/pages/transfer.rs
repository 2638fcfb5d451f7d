//! Transfer
use leptos::prelude::*;
#[component]
pub(crate) fn Transfer() -> impl IntoView {
    view! { <p/> }
}
