//! The table, and the openings of one of its cells.

use std::collections::{BTreeSet, HashMap};

use leptos::prelude::*;
use serde_json::Value;

use crate::parts::changes::simulator;
use crate::parts::drawing::{Piece, button, icon, link, list, tag, text, texts};
use crate::parts::icon::Glyph;
use crate::text::{say, say_count, say_with};
use crate::workspace::capital;

/// A cell: the places of its row and its column among the lots.
pub(super) type Spot = (usize, usize);

/// As many rows and columns as can be looked at; a search narrows more.
const SHOWN: usize = 60;

/// Rows open connections, columns receive them.
pub(super) fn table(answer: &Value, search: &str, chosen: RwSignal<Option<Spot>>) -> Vec<Piece> {
    let lots = list(answer, "lots");
    let cells = cells(answer);
    let mut wanted = wanted(lots, &cells, search);
    let all = wanted.len();
    wanted.truncate(SHOWN);
    let changed = cells.values().filter(|cell| cell.get("was").is_some()).count();
    let said = match (answer.get("compared").and_then(Value::as_bool), changed) {
        (Some(true), changed) => say_count(changed, "The draft changes {n} cell.", "The draft changes {n} cells."),
        _ => say("The draft is what it started from.").to_owned(),
    };
    let left_out = match all.saturating_sub(SHOWN) {
        0 => String::new(),
        more => say_with("{more} more rows and columns are left out: search narrows.", &[("more", &more)]),
    };
    let head = wanted.iter().map(|to| tag("th").with("scope", "col").add_all(lot(&lots[*to])));
    let corner = tag("td").class("corner").text(format!("{} \u{2193}  {} \u{2192}", say("from"), say("to")));
    let rows = wanted.iter().map(|from| {
        let cells = wanted.iter().map(|to| cell(lots, cells.get(&(*from, *to)).copied(), (*from, *to), chosen));
        tag("tr").add(tag("th").with("scope", "row").add_all(lot(&lots[*from]))).add_all(cells)
    });
    let table = tag("table")
        .class("matrix")
        .add(tag("thead").add(tag("tr").add(corner).add_all(head)))
        .add(tag("tbody").add_all(rows));
    let frame = tag("div").class("surface matrix-frame").with("tabindex", "0").with("role", "group");
    let frame = frame.with("aria-label", say("Who reaches whom")).add(table);
    vec![tag("p").class("hint").with("role", "status").text(format!("{said} {left_out}")), frame]
}

/// The openings of a cell, before and now, each with what decides and a way to try it.
pub(super) fn detail(answer: &Value, spot: Spot, chosen: RwSignal<Option<Spot>>) -> Option<Piece> {
    let lots = list(answer, "lots");
    let (from, to) = (lots.get(spot.0)?, lots.get(spot.1)?);
    let close = button(move || chosen.set(None)).class("quiet icon-only").with("aria-label", say("Close"));
    let title = say_with("{from} to {to}", &[("from", &text(from, "name")), ("to", &text(to, "name"))]);
    let head = tag("header").class("dock-line").add(tag("h2").text(title)).add(close.add(icon(Glyph::Close)));
    let cells = cells(answer);
    let cell = cells.get(&spot).copied().unwrap_or(&Value::Null);
    let part = |name: &str, title: &str| {
        let openings = list(cell, name);
        let none = openings.is_empty().then(|| tag("p").class("hint").text(say("Nothing can be opened.")));
        let all = tag("ul").class("openings").add_all(openings.iter().map(opening));
        tag("section").add(tag("h3").text(title)).add_all(none).add(all)
    };
    let parts = match cell.get("was").is_some() {
        true => vec![part("was", say("Before")), part("is", say("In the draft"))],
        false => vec![part("is", say("Can be opened"))],
    };
    // The first is the outside; a group may have no vnic yet.
    let end = |at: usize, nth: usize| match at {
        0 => Some("outside"),
        at => texts(&lots[at], "vnics").nth(nth),
    };
    let ends = end(spot.0, 0).zip(end(spot.1, usize::from(spot.0 == spot.1)));
    let ask = |(from, to)| link(&simulator(from, to, "")).class("button").text(say("Ask about another packet"));
    let body = tag("div").class("dock-body padded-body").with("tabindex", "0").add_all(parts).add_all(ends.map(ask));
    Some(tag("div").add(head).add(body))
}

fn opening(opening: &Value) -> Piece {
    let item = tag("li").add(tag("strong").text(text(opening, "text")));
    let packet = text(opening, "packet");
    if packet.is_empty() {
        return item;
    }
    let try_it = link(&simulator(text(opening, "from"), text(opening, "to"), packet));
    let try_it = try_it.class("try").with("title", say("Send this packet through the simulator")).text(packet);
    item.add(tag("p").class("hint").message(&capital(text(opening, "because")))).add(try_it)
}

/// The name of a lot with its groups.
fn lot(lot: &Value) -> [Piece; 2] {
    let all = texts(lot, "vnics").collect::<Vec<_>>().join(", ");
    let name = tag("span").class("lot").with("title", all).text(text(lot, "name"));
    [name, tag("span").class("lot-groups").text(text(lot, "groups"))]
}

fn cell(lots: &[Value], found: Option<&Value>, spot: Spot, chosen: RwSignal<Option<Spot>>) -> Piece {
    let name = text(&lots[spot.1], "name");
    let place =
        tag("td").with("data-label", name).with("data-cell", format!("{}-{}", text(&lots[spot.0], "name"), name));
    // One that is alone in its lot has nobody there to speak to.
    let is_alone = lots[spot.0].get("to_come").is_none() && list(&lots[spot.0], "vnics").len() < 2;
    if found.is_none() && spot.0 == spot.1 && is_alone {
        return place.class("none itself").add(tag("span").class("visually-hidden").text(say("itself")));
    }
    let press = button(move || chosen.set(Some(spot))).class("quiet cell");
    let Some(found) = found else {
        let said = tag("span").class("visually-hidden").text(say("nothing"));
        return place.class("none").add(press.text("\u{2013}").add(said));
    };
    match found.get("was").is_some() {
        true => {
            let half = |class: &str, word: &str, name: &str| {
                let badge = tag("span").class("half-word").text(word);
                tag("span")
                    .class(class)
                    .add(badge)
                    .text(" ")
                    .add(tag("span").class("half-text").text(words(found, name)))
            };
            let both = press.add(half("half was", say("was"), "was")).add(half("half is", say("now"), "is"));
            place.class("changed").add(both)
        }
        false => place.add(press.text(words(found, "is"))),
    }
}

/// What a cell says: its openings, the first few.
fn words(cell: &Value, name: &str) -> String {
    const FEW: usize = 4;
    let openings = list(cell, name);
    let mut words: Vec<String> = openings.iter().take(FEW).map(|opening| text(opening, "text").to_owned()).collect();
    match openings.len() {
        0 => words.push(say("nothing").to_owned()),
        FEW.. if openings.len() > FEW => words.push(say_with("{n} more", &[("n", &(openings.len() - FEW))])),
        _ => {}
    }
    words.join("; ")
}

fn cells(answer: &Value) -> HashMap<Spot, &Value> {
    let place = |cell: &Value, name: &str| cell.get(name).and_then(Value::as_u64).map(|at| at as usize);
    list(answer, "cells").iter().filter_map(|cell| Some(((place(cell, "from")?, place(cell, "to")?), cell))).collect()
}

/// The lots that a search names, and those that they speak with.
fn wanted(lots: &[Value], cells: &HashMap<Spot, &Value>, search: &str) -> Vec<usize> {
    let search = search.to_lowercase();
    let is_named = |lot: &Value| {
        let text = format!(
            "{} {} {}",
            text(lot, "name"),
            text(lot, "groups"),
            texts(lot, "vnics").collect::<Vec<_>>().join(" ")
        );
        search.split_whitespace().all(|word| text.to_lowercase().contains(word))
    };
    let named: BTreeSet<usize> = (0..lots.len()).filter(|at| is_named(&lots[*at])).collect();
    if named.len() == lots.len() {
        return (0..lots.len()).collect();
    }
    let beside = cells.keys().flat_map(|(from, to)| {
        let from_it = named.contains(from).then_some(*to);
        [from_it, named.contains(to).then_some(*from)]
    });
    let all: BTreeSet<usize> = beside.flatten().chain(named.iter().copied()).collect();
    all.into_iter().collect()
}
