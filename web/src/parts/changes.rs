//! What passes under one document and not under another, as a list that people read.

use serde_json::Value;

use super::drawing::{Piece, icon, link, list, tag, text, texts};
use super::icon::Glyph;
use crate::browser::address::encode;
use crate::text::{say, say_with};

/// What is said where nothing changes.
pub(crate) fn equivalent() -> &'static str {
    say("Nothing changes: proved, every packet fares alike.")
}

/// How many changes are shown before a person asks for the rest.
const SHOWN: usize = 20;

/// `2 newly allowed, 1 newly denied`, of an answer about changes.
pub(crate) fn counts(answer: &Value) -> String {
    let of = |turn: &str| list(answer, "changes").iter().filter(|change| text(change, "turn") == turn).count();
    let words = [
        (of("allowed"), say("newly allowed")),
        (of("denied"), say("newly denied")),
        (list(answer, "beyond").len(), say("besides")),
    ];
    let some = words.iter().filter(|(count, _)| *count > 0);
    let said = some.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ");
    if said.is_empty() { equivalent().to_owned() } else { said }
}

/// Every change with what was said, what is said now, and a packet that shows it.
pub(crate) fn change_list(answer: &Value) -> Vec<Piece> {
    let changes = list(answer, "changes");
    let (first, rest) = changes.split_at(changes.len().min(SHOWN));
    let beyond = list(answer, "beyond").iter().map(|beyond| {
        let badge = tag("span").class("outcome hold").text(say("besides"));
        tag("li").class("change").add(badge).add(tag("p").class("region").message(text(beyond, "text")))
    });
    let all = tag("ul").class("changes").add_all(first.iter().map(change)).add_all(beyond);
    let more = (!rest.is_empty()).then(|| {
        let summary = tag("summary").text(say_with("{n} more, smaller ones", &[("n", &rest.len())]));
        tag("details").add(summary).add(tag("ul").class("changes").add_all(rest.iter().map(change)))
    });
    [all].into_iter().chain(more).collect()
}

fn change(change: &Value) -> Piece {
    let (class, glyph, word) = match text(change, "turn") {
        "allowed" => ("outcome accept", Glyph::Accept, say("newly allowed")),
        _ => ("outcome drop", Glyph::Drop, say("newly denied")),
    };
    let of = |name: &str| change.get(name).unwrap_or(&Value::Null);
    let badge = tag("span").class(class).add(icon(glyph)).text(word);
    let region = tag("p").class("region").add(tag("code").text(text(of("region"), "text")));
    let names = texts(change, "remotes").map(|name| tag("span").class("chip").text(name));
    let fact = |term: &str, said: Piece| [tag("dt").text(term), said];
    let vnics = texts(change, "vnics").collect::<Vec<_>>().join(", ");
    let witness = change.get("witness").map(|witness| fact(say("try"), tag("dd").add(try_it(witness))));
    let facts = [
        fact(say("at"), tag("dd").text(vnics)),
        fact(say("was"), tag("dd").message(text(of("before"), "text"))),
        fact(say("is"), tag("dd").message(text(of("after"), "text"))),
    ];
    let facts = tag("dl").add_all(facts.into_iter().chain(witness).flatten());
    tag("li").class("change").add(badge).add(region.add_all(names)).add(facts)
}

/// A link that sends a witness through the simulator.
pub(crate) fn try_it(witness: &Value) -> Piece {
    let (vnic, packet) = (text(witness, "vnic"), text(witness, "packet"));
    let question = match text(witness, "direction") {
        "ingress" => simulator("", vnic, packet),
        _ => simulator(vnic, "", packet),
    };
    link(&question).class("try").with("title", say("Send this packet through the simulator")).text(packet)
}

/// The path of the simulator with a packet; an end that is empty is found by its address.
pub(crate) fn simulator(from: &str, to: &str, packet: &str) -> String {
    let pairs = [("from", from), ("to", to), ("packet", packet)];
    let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
    let question: Vec<String> = pairs.map(|(name, value)| format!("{name}={}", encode(value))).collect();
    format!("/simulator#{}", question.join("&"))
}
