//! What became of each promise, and which faults in the rules none notices.

use leptos::prelude::*;
use serde_json::Value;

use crate::browser::worker::Reply;
use crate::parts::changes::{simulator, try_it};
use crate::parts::drawing::{Piece, icon, link, list, tag, text};
use crate::parts::icon::Glyph;
use crate::parts::place::rule_path;
use crate::parts::waiting::waiting;
use crate::text::{say, say_count, say_with};
use crate::workspace::{Checked, Workspace, capital};

/// Of as many rules as anybody reads.
const SHOWN: usize = 200;

/// Every promise with what became of it, else what is wrong with their text.
pub(super) fn outcomes(workspace: Workspace, reply: &Reply) -> Vec<Piece> {
    let hint = |said: &str| vec![tag("p").class("hint").text(said)];
    if workspace.assertions.with(|text| text.trim().is_empty()) {
        return hint(say("Nothing is promised yet. Write what must never pass, and what always must."));
    }
    if !workspace.checked.with(Checked::is_sound) {
        return hint(say("The draft has errors: what it keeps can be told when they are mended."));
    }
    let Some(answer) = reply.clone().latest() else {
        return waiting(reply, workspace, say("Proving every promise")).into_iter().collect();
    };
    if let Some(faults) = faults(&answer) {
        return vec![faults];
    }
    let all = list(&answer, "outcomes");
    let kept = all.iter().filter(|outcome| matches!(text(outcome, "outcome"), "holds" | "vacuous")).count();
    let counts = [("kept", &kept as &dyn std::fmt::Display), ("all", &all.len())];
    let counts = tag("p").text(say_with("Kept: {kept} of {all}.", &counts));
    vec![counts, tag("ol").class("checks").add_all(all.iter().map(outcome))]
}

fn outcome(outcome: &Value) -> Piece {
    let (class, glyph, word) = match text(outcome, "outcome") {
        "holds" => ("outcome accept", Glyph::Accept, say("proved")),
        "vacuous" => ("outcome hold", Glyph::Hold, say("vacuous")),
        "not-compared" => ("outcome hold", Glyph::Hold, say("nothing to compare")),
        _ => ("outcome drop", Glyph::Drop, say("broken")),
    };
    let badge = tag("span").class(class).add(icon(glyph)).text(word);
    let said = tag("div").add(tag("code").text(text(outcome, "says")));
    let said = match text(outcome, "outcome") {
        "holds" => said,
        "not-compared" => {
            said.add(tag("p").class("hint").text(say("The draft is what it started from: nothing has changed.")))
        }
        _ => said.add(tag("p").class("hint").message(&why(outcome))),
    };
    tag("li").add(badge).add(said.add_all(counterexample(outcome)))
}

/// Why a promise is broken, or means nothing. The packet that shows it stands beside it.
fn why(outcome: &Value) -> String {
    let said = text(outcome, "text");
    let packet = outcome.get("flow").map_or("", |flow| text(flow, "packet"));
    match said.strip_prefix(packet).and_then(|said| said.strip_prefix(": ")) {
        // It begins with the name of a vnic.
        Some(legs) => legs.to_owned(),
        None => capital(said),
    }
}

/// A way to send what breaks a promise through the simulator.
fn counterexample(outcome: &Value) -> Option<Piece> {
    if let Some(witness) = outcome.get("change").and_then(|change| change.get("witness")) {
        return Some(try_it(witness));
    }
    let flow = outcome.get("flow")?;
    let end = |direction: &str| {
        let leg = list(flow, "legs").iter().find(|leg| text(leg, "direction") == direction);
        leg.map_or("", |leg| text(leg, "vnic"))
    };
    let packet = text(flow, "packet");
    let path = simulator(end("egress"), end("ingress"), packet);
    Some(link(&path).class("try").with("title", say("Send this packet through the simulator")).text(packet))
}

/// Which faults no promise notices. `scored` is what was asked about, `written` what the page says now.
pub(super) fn score(
    workspace: Workspace,
    reply: &Reply,
    scored: RwSignal<Option<String>>,
    written: RwSignal<String>,
) -> Vec<Piece> {
    if let Some(piece) = waiting(reply, workspace, say("Planting faults")) {
        return vec![piece];
    }
    let Reply::Said(answer) = reply else { return Vec::new() };
    if let Some(faults) = faults(answer) {
        return vec![faults];
    }
    let survivors = list(answer, "survivors");
    let noticed = answer.get("noticed").and_then(Value::as_u64).unwrap_or_default();
    let percent = answer.get("percent").and_then(Value::as_f64).unwrap_or_default();
    let (percent, all) = (format!("{percent:.0}"), noticed + survivors.len() as u64);
    let counts: [(&str, &dyn std::fmt::Display); 3] = [("noticed", &noticed), ("all", &all), ("percent", &percent)];
    let head = tag("p").text(say_with("Noticed: {noticed} of {all} faults, {percent} %.", &counts));
    let is_old = scored.with(|scored| written.with(|written| scored.as_ref() != Some(written)));
    let old = is_old.then(|| tag("p").class("hint").text(say("You changed the promises since.")));
    let unnoticed = (!survivors.is_empty()).then(|| tag("h3").text(say("Noticed by none")));
    // Those of a rule stand together.
    let of_rules: Vec<&[Value]> = survivors.chunk_by(|one, other| text(one, "rule") == text(other, "rule")).collect();
    let lines = of_rules.iter().take(SHOWN).map(|survivors| line(workspace, survivors));
    let rest = of_rules.len().saturating_sub(SHOWN);
    let rest = (rest > 0).then(|| tag("p").class("hint").text(say_count(rest, "and {n} more", "and {n} more")));
    let all = tag("ul").class("survivors").add_all(lines);
    [head].into_iter().chain(old).chain(unnoticed).chain([all]).chain(rest).collect()
}

/// `db-ssh for any remote, in the other direction`.
fn line(workspace: Workspace, survivors: &[Value]) -> Piece {
    let rule = survivors.first().map_or("", |survivor| text(survivor, "rule"));
    let path = workspace.peek(|draft| rule_path(draft, &rule.parse().ok()?));
    let name = tag("code").text(rule);
    let name = path.map(|path| link(&path).add(tag("code").text(rule))).unwrap_or(name);
    let faults: Vec<&str> = survivors.iter().map(|survivor| fault(text(survivor, "fault"))).collect();
    tag("li").add(name).text(" ").text(faults.join(", "))
}

/// What was done to a rule.
fn fault(name: &str) -> &str {
    match name {
        "removed" => say("removed"),
        "for any remote" => say("for any remote"),
        "for any port or message" => say("for any port or message"),
        "with the port before each range" => say("with the port before each range"),
        "with the port behind each range" => say("with the port behind each range"),
        "in the other direction" => say("in the other direction"),
        "with the other action" => say("with the other action"),
        other => other,
    }
}

/// What is wrong with the text, or why nothing was proved.
fn faults(answer: &Value) -> Option<Piece> {
    if let Some(error) = answer.get("error").and_then(Value::as_str) {
        return Some(tag("p").class("fault").message(error));
    }
    let faults = list(answer, "faults");
    let line = |fault: &Value| {
        let line = fault.get("line").and_then(Value::as_u64).unwrap_or_default();
        let place = tag("strong").text(say_with("Line {line}", &[("line", &line)]));
        tag("li").class("fault").add(place).text(": ").message(text(fault, "message"))
    };
    (!faults.is_empty()).then(|| tag("ul").add_all(faults.iter().map(line)))
}
