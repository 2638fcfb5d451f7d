//! What the draft changes: for packets, for instances, and item by item; and what becomes of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use leptos::prelude::*;
use policy::Document;
use serde_json::{Value, json};

use crate::browser::worker::Reply;
use crate::parts::changes::{change_list, counts, equivalent};
use crate::parts::difference::{difference_counts, difference_list};
use crate::parts::drawing::{Drawing, Piece, link, list, tag, texts};
use crate::parts::field::TextField;
use crate::parts::flow::{When, memo};
use crate::parts::icon::{Glyph, Icon};
use crate::parts::link::Go;
use crate::parts::waiting::waiting;
use crate::text::{say, say_count, say_with};
use crate::workspace::{Checked, Link, Saving, Workspace};

/// As many vnics as are named; the rest are counted.
const NAMED: usize = 60;

#[component]
pub(super) fn Draft() -> impl IntoView {
    let workspace = Workspace::here();
    let before = memo(move || workspace.before());
    let reply = workspace.ask_about_changes(Signal::derive(|| Some(json!({ "ask": "changes" }))));
    let is_changed = move || before.with(Option::is_some);
    let is_served = move || matches!(workspace.link.get(), Link::Up | Link::Down(_));
    view! {
        <When case=move || !is_changed()>
            <div class="surface padded empty" id="no-changes">
                <h2>{move || say_with("The draft is {what}", &[("what", &workspace.called_before())])}</h2>
                <p>{say("Edit a rule, a group or an instance: what that changes will stand here before it becomes live.")}</p>
                <Go to="/groups" class="button">
                    {say("Show the groups")}
                </Go>
            </div>
        </When>
        <When case=is_changed>
            <section class="surface padded part" id="changed-packets" aria-labelledby="changed-packets-title">
                <h2 id="changed-packets-title">{say("What changes for packets")}</h2>
                <Drawing draw=Arc::new(move || packets(workspace, &reply.get())) />
            </section>
            <section class="surface padded part" id="changed-items" aria-labelledby="changed-items-title">
                <h2 id="changed-items-title">{say("What was edited")}</h2>
                <Drawing draw=Arc::new(move || before.with(|before| items(workspace, before.as_ref()))) />
            </section>
            <section class="surface padded part" id="apply-part" aria-labelledby="apply-title">
                <h2 id="apply-title">{say("What becomes of it")}</h2>
                <When case=is_served>
                    <Apply />
                </When>
                <When case=move || !is_served()>
                    <p class="hint">
                        {say("There is no server to make it live. The draft stays in this browser, and can be exported as a file.")}
                    </p>
                    <div class="page-tools">
                        <Go to="/transfer" class="button">
                            {say("Export")}
                        </Go>
                        <Discard />
                    </div>
                </When>
            </section>
        </When>
    }
}

#[component]
fn Apply() -> impl IntoView {
    let workspace = Workspace::here();
    let note = RwSignal::new(String::new());
    let is_faulty = move || workspace.checked.with(|checked| !checked.is_sound());
    let apply = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        workspace.save(note.get_untracked());
    };
    let is_idle = move || is_faulty() || workspace.saving.get() == Saving::Busy;
    view! {
        <form class="apply" on:submit=apply>
            <TextField
                id="apply-note"
                label=say("Note")
                hint=say("Stands in the history beside the revision.")
                value=note
            />
            <When case=is_faulty>
                <p class="fault">{say("The draft has errors, and the server would refuse it: mend them first.")}</p>
            </When>
            <div class="page-tools">
                <button id="apply" type="submit" class="primary" disabled=is_idle>
                    <Icon glyph=Glyph::Save />
                    <span>{say("Make it live")}</span>
                </button>
                <Discard />
            </div>
        </form>
    }
}

#[component]
fn Discard() -> impl IntoView {
    let workspace = Workspace::here();
    view! {
        <button id="discard" type="button" class="danger" on:click=move |_| workspace.discard()>
            <Icon glyph=Glyph::Undo />
            <span>{say("Discard the changes")}</span>
        </button>
    }
}

fn items(workspace: Workspace, before: Option<&Document>) -> Vec<Piece> {
    let Some(before) = before else { return Vec::new() };
    workspace.read(|draft| {
        let found = before.differences(draft);
        let head = tag("p").class("hint").text(difference_counts(&found));
        [head].into_iter().chain(difference_list(&found, draft)).collect()
    })
}

/// Exactly what fares otherwise, and at whom.
fn packets(workspace: Workspace, reply: &Reply) -> Vec<Piece> {
    let is_sound = workspace.checked.with(Checked::is_sound);
    if !is_sound {
        let said = say("The draft has errors: what it changes can be told when they are mended.");
        return vec![tag("p").class("fault").text(said)];
    }
    if let Some(piece) = waiting(reply, workspace, say("Comparing every packet")) {
        return vec![piece];
    }
    let Reply::Said(answer) = reply else { return vec![tag("p").class("hint").text(equivalent())] };
    if let Some(error) = answer.get("error").and_then(Value::as_str) {
        return vec![tag("p").class("fault").message(error)];
    }
    let compared = say_with(
        "{counts}. Compared with {what}.",
        &[("counts", &counts(answer).trim_end_matches('.')), ("what", &workspace.called_before())],
    );
    let head = tag("p").class("hint").text(compared);
    [head].into_iter().chain(affected(workspace, answer)).chain(change_list(answer)).collect()
}

/// The vnics at which something fares otherwise.
fn affected(workspace: Workspace, answer: &Value) -> Option<Piece> {
    let changes = list(answer, "changes").iter().chain(list(answer, "beyond"));
    let vnics: BTreeSet<&str> = changes.flat_map(|change| texts(change, "vnics")).collect();
    if vnics.is_empty() {
        return None;
    }
    let chip = |vnic: &&str| {
        let instance = workspace.read(|draft| draft.vnic(vnic).map(|(instance, _)| instance.name.clone()));
        let name = match instance {
            Some(name) if name != *vnic => format!("{name} ({vnic})"),
            Some(_) | None => (*vnic).to_owned(),
        };
        link("/instances").class("chip link").text(name)
    };
    let chips = vnics.iter().take(NAMED).map(chip);
    let more = vnics.len().saturating_sub(NAMED);
    let more = (more > 0).then(|| tag("span").class("muted").text(say_count(more, "and {n} more", "and {n} more")));
    let head = tag("strong").text(say_count(vnics.len(), "{n} vnic is affected:", "{n} vnics are affected:"));
    Some(tag("p").class("affected").with("id", "affected").add(head).add_all(chips).add_all(more))
}
