//! Simulator
use leptos::prelude::*;
#[component]
pub(crate) fn Simulator() -> impl IntoView {
    view! { <p/> }
}
