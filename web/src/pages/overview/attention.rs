//! What the core and the analysis say of the draft, the worst first, each with the way to its place.

use std::sync::Arc;

use leptos::prelude::*;
use policy::Severity;
use serde_json::Value;

use crate::browser::worker::Reply;
use crate::parts::drawing::{Drawing, Piece, icon, link, list, tag, text};
use crate::parts::icon::Glyph;
use crate::parts::place::{diagnostic_path, rule_path};
use crate::parts::waiting::waiting;
use crate::text::{say, say_count};
use crate::workspace::{Checked, Workspace, capital};

/// How many lines are shown before a person asks for the rest.
const SHOWN: usize = 8;

/// How much something matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Error,
    Open,
    Warning,
    Note,
}

#[component]
pub(super) fn Attention(lints: Signal<Reply>) -> impl IntoView {
    let workspace = Workspace::here();
    view! {
        <section id="attention" class="surface padded part" aria-labelledby="attention-title">
            <h2 id="attention-title">{say("Wants attention")}</h2>
            <Drawing draw=Arc::new(move || draw(workspace, &lints.get())) />
        </section>
    }
}

fn draw(workspace: Workspace, reply: &Reply) -> Vec<Piece> {
    let mut lines = said(workspace);
    let answer = reply.clone().latest();
    lines.extend(answer.iter().flat_map(|answer| list(answer, "lints")).map(|lint| found(workspace, lint)));
    lines.sort_by_key(|(weight, _)| *weight);
    let is_sound = workspace.checked.with(Checked::is_sound);
    let working = waiting(reply, workspace, say("Asking every packet")).filter(|_| is_sound);
    let nothing = (lines.is_empty() && working.is_none()).then(|| {
        let said =
            say("Nothing: no fault, no rule that does nothing, no service open to the world that should not be.");
        tag("p").class("fine").add(icon(Glyph::Accept)).text(said)
    });
    let mut pieces: Vec<Piece> = lines.into_iter().map(|(_, piece)| piece).collect();
    let rest = pieces.split_off(pieces.len().min(SHOWN));
    let all = tag("ul").class("attention").add_all(pieces);
    let more = (!rest.is_empty()).then(|| {
        let summary = tag("summary").text(say_count(rest.len(), "{n} more", "{n} more"));
        let details = tag("details").class("unfold").with("id", "attention-rest").add(summary);
        details.add(tag("ul").class("attention").add_all(rest))
    });
    [all].into_iter().chain(more).chain(nothing).chain(working).collect()
}

/// What the core says of the document.
fn said(workspace: Workspace) -> Vec<(Weight, Piece)> {
    let diagnostics = workspace.checked.with(|checked| checked.diagnostics.clone());
    workspace.read(|draft| {
        let line = |found: &policy::Diagnostic| {
            let weight = match found.severity {
                Severity::Error => Weight::Error,
                Severity::Warning => Weight::Warning,
            };
            let path = diagnostic_path(draft, &found.path);
            let place = if found.path.is_empty() { say("the project").to_owned() } else { found.path.clone() };
            (weight, line(weight, &found.message, link(&path).text(place)))
        };
        diagnostics.iter().map(line).collect()
    })
}

/// What the analysis finds at a rule.
fn found(workspace: Workspace, lint: &Value) -> (Weight, Piece) {
    let weight = match (text(lint, "finding"), text(lint, "level")) {
        ("world-open", _) => Weight::Open,
        (_, "note") => Weight::Note,
        _ => Weight::Warning,
    };
    let rule = text(lint, "rule");
    let path = workspace.read(|draft| rule_path(draft, &rule.parse().ok()?));
    let place = link(path.as_deref().unwrap_or("/groups")).text(rule);
    (weight, line(weight, text(lint, "message"), place))
}

fn line(weight: Weight, message: &str, place: Piece) -> Piece {
    let (class, glyph, word) = match weight {
        Weight::Error => ("weight error", Glyph::Drop, say("error")),
        Weight::Open => ("weight open", Glyph::Warning, say("open to the world")),
        Weight::Warning => ("weight warning", Glyph::Warning, say("warning")),
        Weight::Note => ("weight", Glyph::Note, say("note")),
    };
    let badge = tag("span").class(class).add(icon(glyph)).text(word);
    let said = tag("p").add(place).text(": ").message(&capital(message));
    tag("li").add(badge).add(said)
}
