//! Before the draft is saved: exactly what it changes, and whether that is what was wanted.

use std::sync::Arc;

use leptos::prelude::*;
use serde_json::{Value, json};

use crate::browser::worker::Reply;
use crate::pages::groups::quota;
use crate::parts::changes::{change_list, counts, equivalent, try_it};
use crate::parts::dialog::{Dialog, closer};
use crate::parts::drawing::{Drawing, Piece, icon, list, tag, text};
use crate::parts::field::{Autofocus, TextField};
use crate::parts::icon::Glyph;
use crate::parts::waiting::waiting;
use crate::text::{say, say_with};
use crate::workspace::{Checked, Workspace};

#[component]
pub(super) fn ReviewDialog() -> impl IntoView {
    let open = Workspace::here().reviewing;
    view! {
        <Dialog id="review-dialog" title=say("Review and save") open=open close=closer(open)>
            <Review />
        </Dialog>
    }
}

#[component]
fn Review() -> impl IntoView {
    let workspace = Workspace::here();
    let open = workspace.reviewing;
    let (note, intent) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let question = Signal::derive(move || Some(json!({ "ask": "intent", "intent": intent.get() })));
    let reply = workspace.ask_about_changes(question);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        open.set(false);
        workspace.save(note.get_untracked());
    };
    let label = move || match reply.get() {
        Reply::Said(answer) if !list(&answer, "checks").iter().all(is_kept) => say("Save anyway"),
        _ => say("Save"),
    };
    view! {
        <form on:submit=save>
            <TextField
                id="note"
                label=say("Note")
                hint=say("Stands in the history beside the revision.")
                placeholder=say("Open the web tier for the office")
                value=note
                autofocus=Autofocus::Yes
            />
            <TextField
                id="intent"
                label=say("What you want, if it shall be proved")
                hint=say("As assertions are written: allow or deny, who opens, an arrow, to whom, and what.")
                placeholder=Signal::stored("allow any -> group:web tcp 8443".to_owned())
                value=intent
            />
            <div id="checks" role="status">
                <Drawing draw=Arc::new(move || checks(&reply.get())) />
            </div>
            <section id="review-changes" class="review-changes" aria-label=say("What changes")>
                <Drawing draw=Arc::new(move || changes(workspace, &reply.get())) />
            </section>
            <p id="review-quota" class="hint">
                {move || workspace.read(quota)}
            </p>
            <footer>
                <button type="button" class="quiet" on:click=move |_| open.set(false)>
                    {say("Cancel")}
                </button>
                <button id="review-save" type="submit" class="primary">
                    {move || label()}
                </button>
            </footer>
        </form>
    }
}

/// What was wanted was not so before, all of it is so now, and nothing else changes.
fn checks(reply: &Reply) -> Vec<Piece> {
    let Some(answer) = reply.clone().latest() else { return Vec::new() };
    let fault = answer.get("fault").and_then(Value::as_str);
    let fault = fault.map(|fault| tag("p").class("fault").message(fault));
    let checks = list(&answer, "checks");
    let checks = (!checks.is_empty()).then(|| tag("ol").class("checks").add_all(checks.iter().map(check)));
    fault.into_iter().chain(checks).collect()
}

fn check(check: &Value) -> Piece {
    let (class, glyph, word) = match text(check, "outcome") {
        "holds" => ("outcome accept", Glyph::Accept, say("proved")),
        "vacuous" => ("outcome hold", Glyph::Hold, say("vacuous")),
        _ => ("outcome drop", Glyph::Drop, say("not so")),
    };
    let badge = tag("span").class(class).add(icon(glyph)).text(word);
    let said = tag("div").add(tag("strong").text(text(check, "says")));
    let said = match text(check, "outcome") {
        "holds" => said,
        _ => said.add(tag("p").class("hint").message(text(check, "text"))),
    };
    let witness = check.get("change").and_then(|change| change.get("witness"));
    tag("li").add(badge).add(said.add_all(witness.map(try_it)))
}

/// Whether nothing in a check asks for a second look.
fn is_kept(check: &Value) -> bool {
    matches!(text(check, "outcome"), "holds" | "vacuous")
}

/// Exactly what changes.
fn changes(workspace: Workspace, reply: &Reply) -> Vec<Piece> {
    let is_sound = workspace.checked.with(Checked::is_sound);
    if !is_sound {
        let said = say(
            "The draft has errors: the server will refuse it, and what it changes can be told when they are mended.",
        );
        return vec![tag("p").class("fault").text(said)];
    }
    if let Some(piece) = waiting(reply, workspace, say("Comparing every packet")) {
        return vec![piece];
    }
    let Reply::Said(answer) = reply else { return vec![tag("p").class("hint").text(equivalent())] };
    if let Some(error) = answer.get("error").and_then(Value::as_str) {
        return vec![tag("p").class("fault").message(error)];
    }
    let compared = say_with("Compared with {document}.", &[("document", &workspace.called_before())]);
    let head = tag("h3").text(counts(answer)).text(" ").add(tag("span").class("muted").text(compared));
    [head].into_iter().chain(change_list(answer)).collect()
}
