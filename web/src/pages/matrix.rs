//! Who can open connections to whom, with what the draft changes in it.

mod table;

use std::sync::Arc;

use leptos::prelude::*;
use serde_json::{Value, json};

use crate::browser::address::{href, name_page};
use crate::browser::route::Route;
use crate::browser::worker::Reply;
use crate::parts::drawing::{Drawing, Piece, tag};
use crate::parts::flow::memo;
use crate::parts::search::SearchField;
use crate::parts::waiting::waiting;
use crate::text::say;
use crate::workspace::Workspace;
use table::{Spot, detail, table};

#[component]
pub(crate) fn MatrixPage() -> impl IntoView {
    name_page(say("Matrix"));
    let workspace = Workspace::here();
    let search = RwSignal::new(String::new());
    let chosen = RwSignal::new(None::<Spot>);
    // Which of the two stands in the address.
    let route = Route::here();
    let by_group = memo(move || route.query("by").as_deref() == Some("group"));
    let by = move || if by_group.get() { "group" } else { "" };
    let reply = workspace.ask_about_both(Signal::derive(move || Some(json!({ "ask": "matrix", "by": by() }))));
    Effect::new(move |_| {
        by_group.track();
        chosen.set(None);
    });
    let tab = move |wanted: bool| (by_group.get() == wanted).then_some("page");
    let draw_table = move || draw(workspace, &reply.get(), |answer| table(answer, &search.get(), chosen));
    let draw_detail = move || {
        let answer = reply.get().latest();
        let spot = chosen.get();
        answer.zip(spot).and_then(|(answer, spot)| detail(&answer, spot, chosen)).into_iter().collect()
    };
    view! {
        <section class="page" aria-labelledby="matrix-title">
            <header class="page-head">
                <div>
                    <h1 id="matrix-title">{say("Matrix")}</h1>
                    <p class="lead">
                        {move || match by_group.get() {
                            true => say("What a member of one group may open to a member of another, whatever address it has, proved over every packet."),
                            false => say("Who can open connections to whom, proved over every packet. Vnics that no rule tells apart share a row."),
                        }}
                    </p>
                </div>
            </header>
            <nav class="tabs" aria-label=say("What stands in a row")>
                <a href=href("/matrix") aria-current=move || tab(false)>
                    {say("By vnic")}
                </a>
                <a href=href("/matrix?by=group") aria-current=move || tab(true)>
                    {say("By group")}
                </a>
            </nav>
            <SearchField id="matrix-search" label=say("Search vnics and groups") placeholder=say("Search by vnic or group") value=search />
            <div id="matrix">
                <Drawing draw=Arc::new(draw_table) />
            </div>
            <section id="matrix-detail" class="dock" aria-label=say("Openings") aria-live="polite">
                <Drawing draw=Arc::new(draw_detail) />
            </section>
        </section>
    }
}

fn draw(workspace: Workspace, reply: &Reply, table: impl FnOnce(&Value) -> Vec<Piece>) -> Vec<Piece> {
    let is_sound = workspace.checked.with(|checked| checked.is_sound());
    if !is_sound {
        let said = say("The draft has errors: who reaches whom can be told when they are mended.");
        return vec![tag("p").class("surface padded").text(said)];
    }
    match reply.clone().latest() {
        Some(answer) => match answer.get("error").and_then(Value::as_str) {
            Some(error) => vec![tag("p").class("surface padded").message(error)],
            None => table(&answer),
        },
        None => waiting(reply, workspace, say("Asking every packet")).into_iter().collect(),
    }
}
