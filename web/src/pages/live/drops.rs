//! The latest drops; each opens the simulator with its packet.

use leptos::prelude::*;
use wire::{Packet, Sketch};

use super::counts::{clock, grouped};
use crate::browser::address::encode;
use crate::parts::flow::{Each, When, items, memo};
use crate::parts::icon::{Glyph, Icon};
use crate::parts::link::Go;
use crate::text::{say, say_with};
use crate::workspace::{DropLine, Workspace};

#[component]
pub(super) fn Drops() -> impl IntoView {
    let workspace = Workspace::here();
    let search = RwSignal::new(String::new());
    let shown = memo(move || {
        let words = search.get().to_lowercase();
        workspace.live.with(|live| live.drops.iter().filter(|drop| is_about(drop, &words)).cloned().collect::<Vec<_>>())
    });
    let suppressed = move || {
        workspace
            .live
            .with(|live| live.enforcers.values().map(|enforcer| enforcer.report.drops_suppressed).sum::<u64>())
    };
    let row = |drop| view! { <Row drop=drop /> }.into_any();
    view! {
        <header class="page-head">
            <h2>{say("Recent drops")}</h2>
            <div class="search">
                <Icon glyph=Glyph::Search />
                <input
                    id="drop-search"
                    type="search"
                    data-search=""
                    aria-label=say("Search drops")
                    placeholder=say("Vnic, address, reason or rule")
                    bind:value=search
                />
            </div>
        </header>
        <div class="surface">
            <table id="drops" class="list">
                <thead>
                    <tr>
                        <th scope="col">{say("Time")}</th>
                        <th scope="col">{say("Vnic")}</th>
                        <th scope="col">{say("Direction")}</th>
                        <th scope="col">{say("Packet")}</th>
                        <th scope="col">{say("Reason")}</th>
                    </tr>
                </thead>
                <tbody>
                    <Each items=Signal::derive(move || items(shown.get(), |drop| format!("{drop:?}"), row)) />
                </tbody>
            </table>
            <When case=move || shown.with(Vec::is_empty)>
                <p class="nothing">{say("No drop to show.")}</p>
            </When>
        </div>
        <When case=move || { suppressed() > 0 }>
            <p class="hint">{move || say_with("{n} more were dropped than are listed.", &[("n", &grouped(suppressed()))])}</p>
        </When>
    }
}

#[component]
fn Row(drop: DropLine) -> impl IntoView {
    let question = question(&drop);
    let (ends, packet) = packet_texts(&drop.packet);
    let reason = match &drop.rule {
        Some(rule) => format!("{} rule:{rule}", drop.reason),
        None => drop.reason.clone(),
    };
    view! {
        <tr data-reason=drop.reason.clone()>
            <td data-label=say("Time") class="number-like">
                {clock(&drop.at)}
            </td>
            <th scope="row">{drop.vnic}</th>
            <td data-label=say("Direction")>{drop.direction}</td>
            <td data-label=say("Packet") class="packet-cell">
                <Go to=question>
                    <code title=ends>{packet}</code>
                </Go>
            </td>
            <td data-label=say("Reason")>
                <code class="why">{reason}</code>
            </td>
        </tr>
    }
}

/// The simulator's page with the packet; the other end is whoever has the address.
fn question(drop: &DropLine) -> String {
    let end = if drop.direction == "egress" { "from" } else { "to" };
    let packet = match drop.packet.parse::<Packet>() {
        Ok(packet) => {
            Sketch { macs: Some((packet.source_mac, packet.destination_mac)), payload: packet.payload }.to_string()
        }
        Err(_) => drop.packet.clone(),
    };
    format!("/simulator#{end}={}&packet={}", encode(&drop.vnic), encode(&packet))
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

fn is_about(drop: &DropLine, words: &str) -> bool {
    let rule = drop.rule.as_deref().unwrap_or_default();
    let text = format!("{} {} {} {} {rule}", drop.vnic, drop.direction, drop.packet, drop.reason).to_lowercase();
    words.split_whitespace().all(|word| text.contains(word))
}
