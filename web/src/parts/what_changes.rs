//! What the draft changes, at the foot of the pages where it is edited.

use std::sync::Arc;

use leptos::prelude::*;
use serde_json::json;

use crate::browser::worker::Reply;
use crate::parts::changes::{change_list, counts};
use crate::parts::drawing::{Drawing, Piece, icon, tag};
use crate::parts::icon::Glyph;
use crate::parts::waiting::waiting;
use crate::text::{say, say_with};
use crate::workspace::{Checked, Workspace};

/// A quiet line, which unfolds to every change; nothing while the draft is what it started from.
#[component]
pub(crate) fn WhatChanges() -> impl IntoView {
    let workspace = Workspace::here();
    let reply = workspace.ask_about_changes(Signal::derive(|| Some(json!({ "ask": "changes" }))));
    let draw = move || draw(workspace, reply.get()).into_iter().collect();
    view! {
        <section id="what-changes" class="dock" aria-label=say("What the draft changes")>
            <Drawing draw=Arc::new(draw) />
        </section>
    }
}

fn draw(workspace: Workspace, reply: Reply) -> Option<Piece> {
    let is_sound = workspace.checked.with(Checked::is_sound);
    if !is_sound {
        return Some(
            tag("p")
                .class("dock-line hint")
                .text(say("What the draft changes can be told when its errors are mended.")),
        );
    }
    let waiting = waiting(&reply, workspace, say("Comparing every packet"));
    let Some(answer) = reply.latest() else { return waiting.map(|piece| tag("div").class("dock-line").add(piece)) };
    if let Some(error) = answer.get("error").and_then(|error| error.as_str()) {
        return Some(tag("p").class("dock-line hint").message(error));
    }
    let summary =
        tag("summary").class("dock-line").add(icon(Glyph::Matrix)).add(tag("strong").text(counts(&answer))).add(
            tag("span")
                .class("muted")
                .text(say_with("compared with {document}", &[("document", &workspace.called_before())])),
        );
    let body = tag("div").class("dock-body").with("tabindex", "0").add_all(change_list(&answer));
    Some(tag("details").with("id", "changes-unfolded").add(summary).add(body))
}
