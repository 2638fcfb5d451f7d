//! How a packet is let through, or stopped: edits that are complete on both ends, each carried out by one button.

use std::sync::Arc;

use leptos::prelude::*;
use policy::Edit;
use serde_json::{Value, json};

use super::ask::Ask;
use crate::browser::worker::Reply;
use crate::parts::changes::change_list;
use crate::parts::drawing::{Piece, button, list, tag, text, texts};
use crate::parts::unfold::Unfold;
use crate::parts::waiting::waiting;
use crate::text::say;
use crate::workspace::{Workspace, capital};

/// The button behind a verdict, and the plans that it asks for.
#[component]
pub(super) fn Plans(ask: RwSignal<Ask>, is_accepted: bool) -> impl IntoView {
    let workspace = Workspace::here();
    let wanted = RwSignal::new(false);
    let (wish, label) = if is_accepted { ("deny", say("Stop it")) } else { ("allow", say("Let it through")) };
    let question = Signal::derive(move || {
        let question = |ask: &Ask| {
            let (packet, from, to) = ask.packet()?;
            Some(json!({ "ask": "suggest", "wish": wish, "packet": packet, "from": from, "to": to }))
        };
        wanted.get().then(|| ask.with(question)).flatten()
    });
    let reply = workspace.ask_about_draft(question);
    view! {
        <section class="plans">
            <Unfold
                ids=["fix", "plans"]
                label=label
                name=say("Ways")
                wanted=wanted
                draw=Arc::new(move || plans(workspace, &reply.get(), label))
            />
        </section>
    }
}

fn plans(workspace: Workspace, reply: &Reply, label: &str) -> Vec<Piece> {
    if let Some(piece) = waiting(reply, workspace, say("Trying edits on both ends")) {
        return vec![piece];
    }
    let Reply::Said(answer) = reply else { return Vec::new() };
    let said = |text: &str| vec![tag("p").class("hint").message(text)];
    if let Some(error) = answer.get("error").and_then(Value::as_str) {
        return said(&capital(error));
    }
    if answer.get("fares_so").and_then(Value::as_bool) == Some(true) {
        return said(say(
            "By the rules a new flow like this fares so already: what decided here is the state of the flow or the source guard.",
        ));
    }
    match list(answer, "plans") {
        [] => said(say("No edit is known that does it: the source guard, or something else than rules, decides.")),
        plans => vec![tag("ol").class("plan-list").add_all(plans.iter().map(|plan| draw(workspace, plan, label)))],
    }
}

fn draw(workspace: Workspace, plan: &Value, label: &str) -> Piece {
    let edits: Option<Vec<Edit>> = texts(plan, "edits").map(|edit| edit.parse().ok()).collect();
    let lines = texts(plan, "edits").map(|edit| tag("li").add(tag("code").text(capital(edit))));
    let summary = tag("summary").text(capital(text(plan, "besides")));
    let besides = tag("details").add(summary).add_all(change_list(plan));
    let title = format!("{}: {}", label.to_lowercase(), texts(plan, "edits").next().unwrap_or_default());
    let apply = edits.map(|edits| {
        button(move || workspace.perform_aloud(title.clone(), edits.clone())).class("apply").text(say("Apply"))
    });
    let edits = tag("ul").class("edits").add_all(lines);
    tag("li").add(tag("div").add(edits).add(besides)).add_all(apply)
}
