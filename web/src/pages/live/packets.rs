//! The latest packets that were dropped or opened a flow; each opens the simulator.

use leptos::prelude::*;
use wire::{Packet, Sketch};

use super::counts::{clock, grouped};
use super::filter::{Filter, toggled};
use crate::browser::address::encode;
use crate::browser::route::Route;
use crate::parts::flow::{Each, When, items, memo};
use crate::parts::icon::Icon;
use crate::parts::link::Go;
use crate::parts::search::SearchField;
use crate::parts::verdict::outcome_look;
use crate::text::{say, say_with};
use crate::workspace::{PacketLine, Workspace};

/// Of the filter in the address.
const NAME: &str = "packets";

#[component]
pub(super) fn Packets() -> impl IntoView {
    let workspace = Workspace::here();
    let route = Route::here();
    let search = RwSignal::new(untrack(|| route.query(NAME)).unwrap_or_default());
    Effect::new(move |_| {
        let filter = search.get();
        if untrack(|| route.query(NAME)).unwrap_or_default() != filter {
            route.replace_query(&[(NAME, &filter)]);
        }
    });
    let shown = memo(move || {
        let filter = search.with(|text| Filter::read(text));
        workspace.live.with(|live| live.packets.iter().filter(|line| filter.has(line)).cloned().collect::<Vec<_>>())
    });
    let suppressed = move || {
        workspace
            .live
            .with(|live| live.enforcers.values().map(|enforcer| enforcer.report.drops_suppressed).sum::<u64>())
    };
    let row = move |line| view! { <Row line=line search=search /> }.into_any();
    view! {
        <header class="page-head">
            <h2>{say("Recent packets")}</h2>
            <SearchField id="packet-search" label=say("Search packets") placeholder=say("Address, or vnic:web verdict:drop") value=search />
        </header>
        <p class="hint">
            {say("Drops, and packets that opened a flow, of each vnic up to ten a second. Press a value to narrow the list to it.")}
        </p>
        <div class="surface">
            <table id="packets" class="list">
                <thead>
                    <tr>
                        <th scope="col">{say("Time")}</th>
                        <th scope="col">{say("Vnic")}</th>
                        <th scope="col">{say("Direction")}</th>
                        <th scope="col">{say("Packet")}</th>
                        <th scope="col">{say("Verdict")}</th>
                    </tr>
                </thead>
                <tbody>
                    <Each items=Signal::derive(move || items(shown.get(), |line| format!("{line:?}"), row)) />
                </tbody>
            </table>
            <When case=move || shown.with(Vec::is_empty)>
                <p class="nothing">{say("No packet to show.")}</p>
            </When>
        </div>
        <When case=move || { suppressed() > 0 }>
            <p class="hint">{move || say_with("{n} more were dropped than are listed.", &[("n", &grouped(suppressed()))])}</p>
        </When>
    }
}

#[component]
fn Row(line: PacketLine, search: RwSignal<String>) -> impl IntoView {
    let question = question(&line);
    let (ends, packet) = packet_texts(&line.packet);
    let mark = line.reason.clone();
    let (look, glyph) = outcome_look(&line.verdict);
    view! {
        <tr data-reason=mark>
            <td data-label=say("Time") class="number-like">
                {clock(&line.at)}
            </td>
            <th scope="row">
                <Narrow field="vnic" value=line.vnic search=search />
            </th>
            <td data-label=say("Direction")>
                <Narrow field="direction" value=line.direction search=search />
            </td>
            <td data-label=say("Packet") class="packet-cell">
                <Go to=question>
                    <code title=ends>{packet}</code>
                </Go>
            </td>
            <td data-label=say("Verdict") class=format!("verdict-cell {look}")>
                <Icon glyph=glyph />
                <Narrow field="verdict" value=line.verdict search=search />
                <Narrow field="reason" value=line.reason search=search />
                {line.rule.map(|rule| view! { <Narrow field="rule" value=rule search=search /> })}
            </td>
        </tr>
    }
}

/// A value that shows only packets with it, and all again.
#[component]
fn Narrow(field: &'static str, value: String, search: RwSignal<String>) -> impl IntoView {
    let word = format!("{field}:{value}");
    let said = say_with("Only {word}", &[("word", &word)]);
    let is_on = {
        let word = word.clone();
        move || search.with(|text| text.split_whitespace().any(|found| found == word))
    };
    view! {
        <button
            type="button"
            class="narrow"
            title=said
            aria-pressed=move || is_on().to_string()
            on:click=move |_| search.update(|text| *text = toggled(text, &word))
        >
            {value}
        </button>
    }
}

/// The simulator's page with the packet; the other end is whoever has the address.
fn question(line: &PacketLine) -> String {
    let end = if line.direction == "egress" { "from" } else { "to" };
    let packet = match line.packet.parse::<Packet>() {
        Ok(packet) => {
            Sketch { macs: Some((packet.source_mac, packet.destination_mac)), payload: packet.payload }.to_string()
        }
        Err(_) => line.packet.clone(),
    };
    format!("/simulator#{end}={}&packet={}", encode(&line.vnic), encode(&packet))
}

/// The Ethernet addresses, and the packet without them.
fn packet_texts(text: &str) -> (String, String) {
    match text.parse::<Packet>() {
        Ok(packet) => {
            let ends = format!("{} > {}", packet.source_mac, packet.destination_mac);
            (ends, Sketch { macs: None, payload: packet.payload }.to_string())
        }
        Err(_) => (String::new(), text.to_owned()),
    }
}
