//! The least that the flows of the capture need: rules that could be narrower, and what would no longer pass.

use std::sync::Arc;

use leptos::prelude::*;
use policy::Edit;
use serde_json::{Value, json};

use super::Judging;
use crate::browser::worker::{Question, Reply};
use crate::parts::changes::change_list;
use crate::parts::drawing::{Piece, button, link, list, tag, text, texts};
use crate::parts::place::rule_path;
use crate::parts::unfold::Unfold;
use crate::parts::waiting::waiting;
use crate::text::{say, say_count};
use crate::workspace::{Workspace, capital};

/// A button below the flows of a capture that was read to its end.
#[component]
pub(super) fn Tighten(judging: Judging) -> impl IntoView {
    let workspace = Workspace::here();
    let wanted = judging.tightens;
    let ask = move || {
        let question = || Question::alone(json!({ "ask": "opened", "run": judging.run.get() }));
        wanted.get().then(question)
    };
    let opened = judging.background.follow(Signal::derive(ask));
    let ask = move || match opened.get() {
        Reply::Said(answer) => Some(json!({ "ask": "tighten", "packets": answer.get("packets")? })),
        Reply::Nothing | Reply::Busy(_) | Reply::Stopped | Reply::Failed => None,
    };
    let reply = workspace.ask_about_draft(Signal::derive(ask));
    view! {
        <section class="surface padded tighten" aria-labelledby="tighten-title">
            <h2 id="tighten-title">{say("The least that these flows need")}</h2>
            <p class="hint">
                {say("Narrows each rule to what passed by it. What the capture has not seen may be wanted all the same: the longer one looks, the better.")}
            </p>
            <Unfold
                ids=["tighten-ask", "tighten"]
                label=say("Find narrower rules")
                name=say("Narrower rules")
                wanted=wanted
                draw=Arc::new(move || draw(workspace, &reply.get()))
            />
        </section>
    }
}

fn draw(workspace: Workspace, reply: &Reply) -> Vec<Piece> {
    if let Some(piece) = waiting(reply, workspace, say("Asking every packet")) {
        return vec![piece];
    }
    let Reply::Said(answer) = reply else { return Vec::new() };
    if let Some(error) = answer.get("error").and_then(Value::as_str) {
        return vec![tag("p").class("fault").message(error)];
    }
    let rules = list(answer, "rules");
    if rules.is_empty() {
        return vec![tag("p").text(say("No rule allows more than was seen."))];
    }
    let title = say("narrow rules to what was seen");
    let all: Option<Vec<Edit>> = rules.iter().map(edits).collect::<Option<Vec<_>>>().map(|all| all.concat());
    let apply = all.map(|all| {
        let press = move || workspace.perform_aloud(title, all.clone());
        button(press).class("primary").with("id", "tighten-apply").text(say("Narrow all of them"))
    });
    let head = say_count(rules.len(), "{n} rule could be narrower.", "{n} rules could be narrower.");
    let lost = tag("summary").text(say("What would no longer pass"));
    let lost = tag("details").with("id", "tighten-lost").add(lost).add_all(change_list(answer));
    let lines = tag("ol").class("plan-list").add_all(rules.iter().map(|rule| line(workspace, rule)));
    [tag("p").text(head), lines, lost].into_iter().chain(apply).collect()
}

fn line(workspace: Workspace, narrowing: &Value) -> Piece {
    let rule = text(narrowing, "rule");
    let name = tag("code").text(rule);
    let name = match workspace.peek(|draft| rule_path(draft, &rule.parse().ok()?)) {
        Some(path) => link(&path).add(name),
        None => name,
    };
    let flows = narrowing.get("flows").and_then(Value::as_u64).unwrap_or_default() as usize;
    let uses = match flows {
        0 => say("nothing passed by it").to_owned(),
        flows => say_count(flows, "{n} kind of flow passed by it", "{n} kinds of flows passed by it"),
    };
    let lines = texts(narrowing, "edits").map(|edit| tag("li").add(tag("code").text(capital(edit))));
    let apply = edits(narrowing).map(|edits| {
        let title = texts(narrowing, "edits").next().unwrap_or_default().to_owned();
        button(move || workspace.perform_aloud(title.clone(), edits.clone())).class("apply").text(say("Apply"))
    });
    let head = tag("p").add(name).text(" ").add(tag("span").class("muted").text(uses));
    tag("li").add(tag("div").add(head).add(tag("ul").class("edits").add_all(lines))).add_all(apply)
}

/// The edits of a rule, where all can be read.
fn edits(narrowing: &Value) -> Option<Vec<Edit>> {
    texts(narrowing, "edits").map(|edit| edit.parse().ok()).collect()
}
