//! The whole document as a file: out, and in with every fault listed first.

mod export;
mod import;

use leptos::prelude::*;

use crate::browser::address::name_page;
use crate::browser::worker::Background;
use crate::text::say;

/// What is said where YAML can be neither read nor written.
fn no_worker() -> &'static str {
    say("Files cannot be read or written now: check the connection and reload the page.")
}

#[component]
pub(crate) fn Transfer() -> impl IntoView {
    name_page(say("Import, export"));
    let yaml = Background::open("yaml");
    view! {
        <section class="page" aria-labelledby="transfer-title">
            <header class="page-head">
                <div>
                    <h1 id="transfer-title">{say("Import, export")}</h1>
                    <p class="lead">
                        {say("One document holds the whole project, as YAML or JSON. The command line reads the same file.")}
                    </p>
                </div>
            </header>
            <div class="columns">
                <export::Export yaml=yaml />
                <import::Import yaml=yaml />
            </div>
        </section>
    }
}
