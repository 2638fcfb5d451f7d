//! The flows of a capture: a table of which only the rows in sight are there.

use std::sync::Arc;

use leptos::html;
use leptos::prelude::*;
use serde_json::{Value, json};

use super::{Judging, grouped};
use crate::browser::address::encode;
use crate::browser::worker::Question;
use crate::parts::changes::simulator;
use crate::parts::drawing::{Drawing, Piece, link, list, tag, text};
use crate::parts::flow::memo;
use crate::parts::icon::{Glyph, Icon};
use crate::parts::verdict::outcome_badge;
use crate::text::{say, say_with};

/// How high a row is, in rem; the style sheet says the same.
const ROW: f64 = 2.5;
/// Rows that are asked for at a time, and how many of them lie above what is in sight.
const WINDOW: usize = 80;
const ABOVE: usize = 20;

#[component]
pub(super) fn FlowTable(judging: Judging) -> impl IntoView {
    let Judging { background, run, progress, filter, .. } = judging;
    let first = RwSignal::new(0_usize);
    let known = memo(move || progress.with(|answer| answer.as_ref().and_then(|answer| answer.get("flows").cloned())));
    let question = move || {
        let known = known.get()?;
        let ask = json!({
            "ask": "flows", "run": run.get(), "known": known,
            "filter": filter.get(), "first": first.get(), "count": WINDOW,
        });
        Some(Question::alone(ask))
    };
    let reply = background.follow(Signal::derive(question));
    let answer = memo(move || reply.get().latest().filter(|answer| answer.get("rows").is_some()));
    let number = move |name: &str| {
        answer
            .with(|answer| answer.as_ref().and_then(|answer| answer.get(name)).and_then(Value::as_u64))
            .unwrap_or_default()
    };
    let total = memo(move || number("total"));
    let start = memo(move || number("first"));
    let body = NodeRef::<html::Div>::new();
    let look = move |_| {
        let Some(body) = body.get_untracked() else { return };
        let total = total.get_untracked() as f64;
        let row = f64::from(body.scroll_height()) / total.max(1.0);
        let top = (f64::from(body.scroll_top()) / row) as usize;
        // Not for every row, so that scrolling asks seldom.
        first.set(top.saturating_sub(ABOVE) / ABOVE * ABOVE);
    };
    Effect::new(move |_| {
        filter.track();
        first.set(0);
        if let Some(body) = body.get() {
            body.set_scroll_top(0);
        }
    });
    let draw: Arc<dyn Fn() -> Vec<Piece> + Send + Sync> = Arc::new(move || {
        let start = start.get();
        answer.with(|answer| answer.as_ref().map(|answer| rows(answer, start)).unwrap_or_default())
    });
    let heads = [say("No."), say("First packet"), say("Verdict"), say("Packets"), say("Dropped"), say("Began")];
    let said = move || say_with("{n} flows shown", &[("n", &grouped(total.get()))]);
    view! {
        <section class="surface capture-flows" aria-labelledby="capture-flows-title">
            <header>
                <h2 id="capture-flows-title">{say("Flows")}</h2>
                <span id="capture-shown" class="muted" role="status">
                    {said}
                </span>
                <div class="search">
                    <Icon glyph=Glyph::Search />
                    <input
                        id="capture-filter"
                        type="search"
                        autocomplete="off"
                        aria-label=say("Filter the flows")
                        placeholder=say("drop 192.0.2.20 rule:web-http")
                        bind:value=filter
                    />
                </div>
            </header>
            <div class="flow-rows" role="table" aria-label=say("Flows") aria-rowcount=move || (total.get() + 1).to_string()>
                <div role="rowgroup">
                    <div class="flow-row head" role="row" aria-rowindex="1">
                        {heads.map(|head| view! { <span role="columnheader">{head}</span> }).collect_view()}
                    </div>
                </div>
                <div class="flow-body" role="rowgroup" tabindex="0" node_ref=body on:scroll=look>
                    <div class="flow-room" style:height=move || format!("{}rem", total.get() as f64 * ROW)>
                        <div class="flow-window" style:transform=move || format!("translateY({}rem)", start.get() as f64 * ROW)>
                            <Drawing draw=draw />
                        </div>
                    </div>
                </div>
            </div>
        </section>
    }
}

fn rows(answer: &Value, start: u64) -> Vec<Piece> {
    (start..).zip(list(answer, "rows")).map(|(index, flow)| row(index, flow)).collect()
}

fn row(index: u64, flow: &Value) -> Piece {
    let number = |name: &str| flow.get(name).and_then(Value::as_u64).unwrap_or_default();
    let cell = || tag("span").with("role", "cell");
    let began = flow.get("began").unwrap_or(&Value::Null);
    let broke = flow.get("broke").filter(|broke| broke.is_object());
    let packet = link(&simulator("", "", text(flow, "packet"))).text(text(flow, "packet"));
    let verdict = cell().class("ruling").add(outcome_badge(text(began, "verdict"))).add(ruling(began));
    let later = broke.map(|broke| {
        let said = say("then dropped");
        link(&connection(text(flow, "packet"), broke))
            .class("chip")
            .with("title", text(&broke["ruling"], "ruling"))
            .text(said)
    });
    tag("div")
        .class("flow-row")
        .with("role", "row")
        .with("aria-rowindex", (index + 2).to_string())
        .add(cell().class("muted").text(grouped(number("number"))))
        .add(cell().class("what").add(packet))
        .add(verdict.add_all(later))
        .add(cell().text(grouped(number("packets"))))
        .add(cell().text(grouped(number("dropped"))))
        .add(cell().text(format!("{:.3} s", number("start_ms") as f64 / 1000.0)))
}

fn ruling(place: &Value) -> Piece {
    let (vnic, direction) = (text(place, "vnic"), text(place, "direction"));
    let reason = text(place, "ruling").split_once(' ').map_or("", |(_, reason)| reason);
    tag("code").with("title", format!("{vnic} {direction}")).text(reason)
}

/// The path of the simulator with the first packet of a flow and the one that was dropped.
fn connection(first: &str, broke: &Value) -> String {
    let opened = encode(&format!("0ms > {first}"));
    let at = broke.get("after_ms").and_then(Value::as_u64).unwrap_or_default();
    let dropped = encode(&format!("{at}ms {} {}", text(broke, "way"), text(broke, "packet")));
    format!("/simulator#event={opened}&event={dropped}&step=2")
}
