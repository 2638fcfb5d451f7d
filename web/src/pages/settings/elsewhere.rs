//! What the same rules would let pass in another cloud.

use std::sync::Arc;

use leptos::prelude::*;
use policy::Profile;
use serde_json::{Value, json};

use crate::browser::worker::Reply;
use crate::parts::changes::{change_list, counts};
use crate::parts::drawing::{Drawing, Piece, link, list, tag, text};
use crate::parts::place::diagnostic_path;
use crate::parts::waiting::waiting;
use crate::text::{say, say_count};
use crate::workspace::{Checked, Workspace};

#[component]
pub(super) fn Elsewhere() -> impl IntoView {
    let workspace = Workspace::here();
    let chosen = RwSignal::new(String::new());
    let ask = move || (!chosen.with(String::is_empty)).then(|| json!({ "ask": "elsewhere", "profile": chosen.get() }));
    let reply = workspace.ask_about_draft(Signal::derive(ask));
    let option = move |known: &'static str| view! { <option value=known>{known}</option> };
    view! {
        <section class="surface padded settings" aria-labelledby="elsewhere-title">
            <h2 id="elsewhere-title">{say("In another cloud")}</h2>
            <p class="hint">
                {say("What the same groups and rules would let pass under another profile, over every packet. Nothing is changed.")}
            </p>
            <div class="field">
                <label for="elsewhere-profile">{say("Compare with")}</label>
                <select id="elsewhere-profile" bind:value=chosen>
                    <option value="">{say("choose a profile")}</option>
                    {Profile::NAMES.map(option)}
                </select>
            </div>
            <div id="elsewhere" class="elsewhere" role="status">
                <Drawing draw=Arc::new(move || draw(workspace, &reply.get())) />
            </div>
        </section>
    }
}

fn draw(workspace: Workspace, reply: &Reply) -> Vec<Piece> {
    if !workspace.checked.with(Checked::is_sound) {
        let said = say("The draft has errors: what it would be elsewhere can be told when they are mended.");
        return vec![tag("p").class("hint").text(said)];
    }
    if let Some(piece) = waiting(reply, workspace, say("Comparing every packet")) {
        return vec![piece];
    }
    let Reply::Said(answer) = reply else { return Vec::new() };
    if let Some(error) = answer.get("error").and_then(Value::as_str) {
        return vec![tag("p").class("fault").message(error)];
    }
    let faults = list(answer, "faults");
    if faults.is_empty() {
        return [tag("h3").text(counts(answer))].into_iter().chain(change_list(answer)).collect();
    }
    let head = say_count(
        faults.len(),
        "It cannot be moved there as it is: {n} thing has to change first.",
        "It cannot be moved there as it is: {n} things have to change first.",
    );
    let fault = |fault: &Value| {
        let path = workspace.peek(|draft| diagnostic_path(draft, text(fault, "path")));
        let place = link(&path).add(tag("code").text(text(fault, "path")));
        tag("li").add(place).text(" ").message(text(fault, "message"))
    };
    vec![tag("p").class("fault").text(head), tag("ul").add_all(faults.iter().map(fault))]
}
