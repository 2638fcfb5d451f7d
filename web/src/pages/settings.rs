//! What the rules of this project mean, how much it may hold, and how this browser shows it.

mod browser;
mod elsewhere;
mod limits;
mod number;
mod profile;
mod switches;

use leptos::prelude::*;

use crate::browser::address::name_page;
use crate::text::say;

#[component]
pub(crate) fn Settings() -> impl IntoView {
    name_page(say("Settings"));
    view! {
        <section class="page" aria-labelledby="settings-title">
            <header class="page-head">
                <div>
                    <h1 id="settings-title">{say("Settings")}</h1>
                    <p class="lead">
                        {say("The profile and its limits belong to the project; everything else to this browser.")}
                    </p>
                </div>
            </header>
            <profile::ProfileSettings />
            <elsewhere::Elsewhere />
            <limits::Limits />
            <browser::BrowserSettings />
        </section>
    }
}
