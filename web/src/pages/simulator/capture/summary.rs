//! What a capture came to: every verdict with how often it was given.

use leptos::prelude::*;
use serde_json::Value;

use super::grouped;
use crate::pages::simulator::told::reason;
use crate::parts::drawing::{Piece, button, list, tag, text};
use crate::parts::verdict::outcome_badge;
use crate::text::{say, say_with};

/// The verdicts, the most frequent first; each puts itself into the filter of the flows.
pub(super) fn draw(answer: &Value, filter: RwSignal<String>) -> Vec<Piece> {
    let mut tallies: Vec<&Value> = list(answer, "tallies").iter().collect();
    tallies.sort_by_key(|tally| std::cmp::Reverse(number(tally, "packets")));
    let count = |name: &str| grouped(number(answer, name));
    let parts: [(&str, &dyn std::fmt::Display); 2] = [("packets", &count("packets")), ("flows", &count("flows"))];
    let title = tag("h2").with("id", "capture-title").text(say("Verdicts"));
    let said = say_with("{packets} packets in {flows} flows", &parts);
    let header = tag("header").add(title).add(tag("span").with("id", "capture-counts").class("muted").text(said));
    let heads = [say("Verdict"), say("Reason"), say("Where"), say("Packets"), say("Flows"), ""];
    let heads = heads.map(|head| match head {
        "" => tag("td"),
        head => tag("th").with("scope", "col").text(head),
    });
    let rows = tallies.into_iter().map(|tally| row(tally, filter));
    let table =
        tag("table").class("list").add(tag("thead").add(tag("tr").add_all(heads))).add(tag("tbody").add_all(rows));
    let notes = notes(answer).into_iter().map(|note| tag("li").message(&note));
    let section = tag("section").with("id", "capture-verdicts").class("surface flows");
    let section = section.with("aria-labelledby", "capture-title").add(header).add(table);
    vec![section.add(tag("ul").class("notes").add_all(notes))]
}

fn row(tally: &Value, filter: RwSignal<String>) -> Piece {
    let place = format!("{} {}", text(tally, "vnic"), text(tally, "direction"));
    let words = format!("{place} {} {}", text(tally, "verdict"), reason(tally));
    let show = button(move || filter.set(words.clone())).class("quiet small").text(say("Show flows"));
    let cell = |label: &'static str, inside: Piece| tag("td").with("data-label", label).add(inside);
    let counted = |label, name| {
        let cell = tag("td").class("number").with("data-label", label);
        cell.text(grouped(number(tally, name)))
    };
    tag("tr")
        .add(cell(say("Verdict"), outcome_badge(text(tally, "verdict"))))
        .add(tag("th").with("scope", "row").add(tag("code").text(reason(tally))))
        .add(cell(say("Where"), tag("span").text(place)))
        .add(counted(say("Packets"), "packets"))
        .add(counted(say("Flows"), "flows"))
        .add(tag("td").add(show))
}

/// What was not judged, and why.
fn notes(answer: &Value) -> Vec<String> {
    let note = |name: &str, said: fn(&str) -> String| {
        let count = number(answer, name);
        (count > 0).then(|| said(&grouped(count)))
    };
    let malformed = list(answer, "malformed").iter().filter_map(|one| {
        let (what, n) = (one.get(0)?.as_str()?, grouped(one.get(1)?.as_u64()?));
        Some(say_with("{n} frames are malformed: {what}", &[("n", &n), ("what", &what)]))
    });
    let fault = Some(text(answer, "fault")).filter(|fault| !fault.is_empty());
    let fault = fault.map(|fault| say_with("The file ends early: {fault}", &[("fault", &fault)]));
    let some = [
        fault,
        note("foreign", |n| {
            say_with("{n} packets are of no instance of the draft, so nothing judges them", &[("n", &n)])
        }),
        note("cut", |n| say_with("{n} frames were recorded in part, so they cannot be judged", &[("n", &n)])),
        note("unlisted", |n| say_with("{n} packets are of flows beyond the most that are listed", &[("n", &n)])),
    ];
    some.into_iter().flatten().chain(malformed).collect()
}

fn number(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or_default()
}
