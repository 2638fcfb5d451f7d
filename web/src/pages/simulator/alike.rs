//! What could be another in a packet without another answer, proved over every packet.

use std::sync::Arc;

use leptos::prelude::*;
use serde_json::{Value, json};

use super::ask::Ask;
use crate::browser::worker::Reply;
use crate::parts::drawing::{Piece, list, tag, text};
use crate::parts::unfold::Unfold;
use crate::parts::waiting::waiting;
use crate::text::{say, say_with};
use crate::workspace::{Workspace, capital};

/// A button, and the packets that it asks for.
#[component]
pub(super) fn Alike(ask: RwSignal<Ask>) -> impl IntoView {
    let workspace = Workspace::here();
    let wanted = RwSignal::new(false);
    let question = Signal::derive(move || {
        let question = |ask: &Ask| {
            let (packet, from, to) = ask.packet()?;
            Some(json!({ "ask": "alike", "packet": packet, "from": from, "to": to }))
        };
        wanted.get().then(|| ask.with(question)).flatten()
    });
    let reply = workspace.ask_about_draft(question);
    view! {
        <section class="plans">
            <Unfold
                ids=["vary", "alike"]
                label=say("What fares alike")
                name=say("Packets that fare alike")
                wanted=wanted
                draw=Arc::new(move || alike(workspace, &reply.get()))
            />
        </section>
    }
}

fn alike(workspace: Workspace, reply: &Reply) -> Vec<Piece> {
    if let Some(piece) = waiting(reply, workspace, say("Looking at every packet around it")) {
        return vec![piece];
    }
    let Reply::Said(answer) = reply else { return Vec::new() };
    if let Some(error) = answer.get("error").and_then(Value::as_str) {
        return vec![tag("p").class("hint").message(&capital(error))];
    }
    let hint =
        tag("p").class("hint").text(say("The rules say the same, by the same rule, of every new packet like these:"));
    vec![hint, tag("ul").class("plan-list").add_all(list(answer, "legs").iter().map(leg))]
}

fn leg(leg: &Value) -> Piece {
    let vnic = text(leg, "vnic");
    let head = match text(leg, "direction") {
        "ingress" => say_with("Into {vnic}", &[("vnic", &vnic)]),
        _ => say_with("Out of {vnic}", &[("vnic", &vnic)]),
    };
    let told = |region: &str, said: &str| {
        let said = tag("p").class("hint").message(&capital(text(leg, said)));
        [tag("p").add(tag("code").text(text(leg, region))), said]
    };
    let replies = leg.get("replies").map(|_| {
        let head = tag("p")
            .text(say("Nothing is tracked here, so the rules judge replies like any packet. Those like the first:"));
        [head].into_iter().chain(told("replies", "replied"))
    });
    let body = tag("div").add(tag("strong").text(head)).add_all(told("alike", "said"));
    tag("li").add(body.add_all(replies.into_iter().flatten()))
}
