//! Every revision that the server keeps, and what one of them changed.

use std::sync::Arc;

use leptos::prelude::*;
use policy::Document;
use serde_json::{Value, json};
use wasm_bindgen::JsValue;

use crate::browser::route::Route;
use crate::browser::worker::{Question, Reply};
use crate::parts::changes::{change_list, counts};
use crate::parts::difference::{difference_counts, difference_list};
use crate::parts::drawing::{Drawing, Piece, button, icon, link, tag};
use crate::parts::flow::memo;
use crate::parts::icon::Glyph;
use crate::parts::waiting::waiting;
use crate::text::{say, say_count, say_with};
use crate::workspace::{Entry, Saved, Workspace};

/// How many revisions are listed before a person asks for the rest.
const SHOWN: usize = 50;

#[component]
pub(super) fn HistoryList() -> impl IntoView {
    let workspace = Workspace::here();
    let route = Route::here();
    let entries = workspace.revisions();
    let most = RwSignal::new(SHOWN);
    let chosen = memo(move || route.query("revision").and_then(|number| number.parse::<u64>().ok()));
    // The chosen one, and the one before it.
    let numbers = memo(move || {
        let chosen = chosen.get();
        entries.with(|entries| match entries {
            Some(Ok(entries)) => {
                let older = entries.iter().map(|entry| entry.revision).filter(|number| Some(*number) < chosen);
                chosen.into_iter().chain(older.max()).collect()
            }
            Some(Err(_)) | None => Vec::new(),
        })
    });
    let past = workspace.past(Signal::from(numbers));
    let question = Signal::derive(move || past.with(|past| past.as_ref().and_then(ask)));
    let reply = workspace.ask_about(question);
    let draw_list = move || entries.with(|entries| lines(workspace, entries.as_ref(), chosen.get(), most));
    let draw_detail = move || {
        let entry = entries.with(|entries| match entries {
            Some(Ok(entries)) => entries.iter().find(|entry| Some(entry.revision) == chosen.get()).cloned(),
            Some(Err(_)) | None => None,
        });
        past.with(|past| detail(workspace, entry, past.as_ref(), &reply.get()))
    };
    view! {
        <div class="history" class:chosen=move || chosen.get().is_some()>
            <div class="surface history-list">
                <Drawing draw=Arc::new(draw_list) />
            </div>
            <section id="revision-detail" aria-label=say("The revision") class="surface padded part" aria-live="polite">
                <Drawing draw=Arc::new(draw_detail) />
            </section>
        </div>
    }
}

/// The question what a revision changed for packets.
fn ask(past: &Result<Vec<Saved>, String>) -> Option<Question> {
    let [chosen, older] = past.as_ref().ok()?.as_slice() else { return None };
    let text = |saved: &Saved| saved.document.to_json().into();
    Some(Question { ask: json!({ "ask": "changes" }), documents: vec![text(chosen), text(older)] })
}

fn lines(
    workspace: Workspace,
    entries: Option<&Result<Vec<Entry>, String>>,
    chosen: Option<u64>,
    most: RwSignal<usize>,
) -> Vec<Piece> {
    let entries = match entries {
        None => return vec![tag("p").class("nothing").text(say("Asking the server"))],
        Some(Err(error)) => return vec![tag("p").class("nothing fault").message(error)],
        Some(Ok(entries)) => entries,
    };
    let base = workspace.saved.with(|saved| saved.as_ref().map(|saved| saved.revision));
    let line = |entry: &Entry| line(entry, (chosen, base));
    let head = [say("Revision"), say("When"), say("Who"), say("Note")];
    let head = head.map(|name| tag("th").with("scope", "col").text(name));
    let table = tag("table")
        .class("list")
        .with("id", "history")
        .add(tag("thead").add(tag("tr").add_all(head)))
        .add(tag("tbody").add_all(entries.iter().take(most.get()).map(line)));
    let left = entries.len().saturating_sub(most.get());
    let more = (left > 0).then(|| {
        let press = button(move || most.update(|most| *most += SHOWN)).with("id", "older").class("quiet");
        tag("p").class("nothing").add(press.text(say_count(left, "Show {n} older one", "Show older ones, {n} in all")))
    });
    [table].into_iter().chain(more).collect()
}

fn line(entry: &Entry, (chosen, base): (Option<u64>, Option<u64>)) -> Piece {
    let path = format!("/changes?tab=history&revision={}", entry.revision);
    let name = link(&path).class("row-link").text(say_with("Revision {n}", &[("n", &entry.revision)]));
    let name = if chosen == Some(entry.revision) { name.with("aria-current", "true") } else { name };
    let mark = (base == Some(entry.revision)).then(|| tag("span").class("chip").text(say("the draft's start")));
    let cell = |name: &'static str, text: String| tag("td").with("data-label", name).text(text);
    let row = tag("tr").with("data-revision", entry.revision.to_string());
    let row = if chosen == Some(entry.revision) { row.class("current") } else { row };
    row.add(tag("th").with("scope", "row").add(name).add_all(mark))
        .add(tag("td").with("data-label", say("When")).add(when(&entry.saved_at)))
        .add(cell(say("Who"), entry.author.clone()))
        .add(cell(say("Note"), entry.note.clone()).class("note"))
}

fn detail(
    workspace: Workspace,
    entry: Option<Entry>,
    past: Option<&Result<Vec<Saved>, String>>,
    reply: &Reply,
) -> Vec<Piece> {
    let Some(entry) = entry else {
        return vec![
            tag("p").class("hint").text(say("Choose a revision to see what it changed, and to go back to it.")),
        ];
    };
    let back = link("/changes?tab=history").class("back").text(say("All revisions"));
    let title = tag("h2").text(say_with("Revision {n}", &[("n", &entry.revision)]));
    let said = tag("p").class("hint").add(when(&entry.saved_at)).text(" ").text(entry.author.clone());
    let note = (!entry.note.is_empty()).then(|| tag("p").class("noted").text(entry.note.clone()));
    let head = [back, title, said].into_iter().chain(note);
    let body = match past {
        None => vec![tag("p").class("hint").text(say("Asking the server"))],
        Some(Err(error)) => vec![tag("p").class("fault").message(error)],
        Some(Ok(saved)) => match saved.as_slice() {
            [first] => about(workspace, first, None, reply),
            [chosen, older] => about(workspace, chosen, Some(older), reply),
            _ => Vec::new(),
        },
    };
    head.chain(body).collect()
}

fn about(workspace: Workspace, chosen: &Saved, older: Option<&Saved>, reply: &Reply) -> Vec<Piece> {
    let is_draft = workspace.read(|draft| *draft == chosen.document);
    let restored = chosen.clone();
    let restore = match is_draft {
        true => tag("p").class("hint").text(say("The draft is just this revision.")),
        false => tag("p").class("page-tools").add(
            button(move || workspace.restore(&restored))
                .with("id", "restore")
                .add(icon(Glyph::Undo))
                .add(tag("span").text(say("Restore into the draft"))),
        ),
    };
    let Some(older) = older else {
        let said = tag("p").class("hint").text(say("It is the first revision: there is nothing to compare it with."));
        return vec![restore, said, counted(&chosen.document)];
    };
    let found = older.document.differences(&chosen.document);
    let title = tag("h3").text(say_with("Compared with revision {n}", &[("n", &older.revision)]));
    let items = tag("p").class("hint").text(difference_counts(&found));
    [restore, title]
        .into_iter()
        .chain(packets(workspace, reply))
        .chain([items])
        .chain(difference_list(&found, &chosen.document))
        .collect()
}

fn packets(workspace: Workspace, reply: &Reply) -> Vec<Piece> {
    if let Some(piece) = waiting(reply, workspace, say("Comparing every packet")) {
        return vec![piece];
    }
    let Reply::Said(answer) = reply else { return Vec::new() };
    if let Some(error) = answer.get("error").and_then(Value::as_str) {
        return vec![tag("p").class("fault").message(error)];
    }
    let head = tag("summary").text(counts(answer));
    let list = change_list(answer);
    vec![tag("details").with("id", "revision-packets").class("unfold").add(head).add_all(list)]
}

fn counted(document: &Document) -> Piece {
    let rules = document.rules().count();
    let said = [
        say_count(document.groups.len(), "{n} group", "{n} groups"),
        say_count(rules, "{n} rule", "{n} rules"),
        say_count(document.instances.len(), "{n} instance", "{n} instances"),
    ];
    tag("p").text(said.join(", "))
}

/// A time as people here write it.
fn when(text: &str) -> Piece {
    let date = js_sys::Date::new(&JsValue::from_str(text));
    let shown = match date.get_time().is_nan() {
        true => text.to_owned(),
        false => date.to_locale_string("sv-SE", &JsValue::UNDEFINED).into(),
    };
    tag("time").with("datetime", text).text(shown)
}
