//! What a person sees first: how much there is, what wants attention, and who may reach whom.

mod attention;
mod counts;
mod layout;
mod map;
mod picture;

use leptos::prelude::*;
use serde_json::json;

use crate::browser::address::name_page;
use crate::text::say;
use crate::workspace::Workspace;

#[component]
pub(crate) fn Overview() -> impl IntoView {
    name_page(say("Overview"));
    let workspace = Workspace::here();
    let lints = workspace.ask_about_draft(Signal::derive(|| Some(json!({ "ask": "lints" }))));
    view! {
        <section class="page overview" aria-labelledby="overview-title">
            <header class="page-head">
                <div>
                    <h1 id="overview-title">{say("Overview")}</h1>
                    <p class="lead">{say("The project as the draft has it: how much there is, what wants attention, and who may reach whom.")}</p>
                </div>
            </header>
            <counts::Tallies />
            <attention::Attention lints=lints />
            <picture::Picture />
        </section>
    }
}
