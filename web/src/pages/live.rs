//! What enforcers do right now: what they apply, what they count, what they drop.

mod counts;
mod enforcers;
mod filter;
mod packets;
mod rules;

use leptos::prelude::*;

use crate::browser::address::name_page;
use crate::parts::faults::Message;
use crate::parts::flow::When;
use crate::text::say;
use crate::workspace::Workspace;

#[component]
pub(crate) fn LivePage() -> impl IntoView {
    name_page(say("Live"));
    let workspace = Workspace::here();
    let silent = move || workspace.live.with(|live| live.enforcers.is_empty());
    view! {
        <section class="page" aria-labelledby="live-title">
            <header class="page-head">
                <div>
                    <h1 id="live-title">{say("Live")}</h1>
                    <p class="lead">
                        {say("What the enforcers apply and count, and the packets that they drop or open a flow for. Counters count from the start of each enforcer.")}
                    </p>
                </div>
            </header>
            <When case=silent>
                <div class="surface padded empty">
                    <h2>{say("No enforcer has reported yet")}</h2>
                    <p>
                        <Message text=say("Start one on a hypervisor with `portcullis enforce`, or the whole lab with `portcullis lab up`.") />
                    </p>
                </div>
            </When>
            <When case=move || !silent()>
                <enforcers::Enforcers />
                <counts::VnicCounters />
                <div class="columns">
                    <counts::Reasons />
                    <rules::RuleHits />
                </div>
            </When>
            <packets::Packets />
        </section>
    }
}
