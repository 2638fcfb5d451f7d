//! The whole document as a file: out, and in with every fault listed first.

mod export;
mod import;

use leptos::prelude::*;

use crate::browser::address::name_page;

#[component]
pub(crate) fn Transfer() -> impl IntoView {
    name_page("Import, export");
    view! {
        <section class="page" aria-labelledby="transfer-title">
            <header class="page-head">
                <div>
                    <h1 id="transfer-title">"Import, export"</h1>
                    <p class="lead">
                        "One document holds the whole project, as YAML or JSON. The command line reads the same file."
                    </p>
                </div>
            </header>
            <div class="columns">
                <export::Export />
                <import::Import />
            </div>
        </section>
    }
}
