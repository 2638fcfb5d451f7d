//! The steps of a connection: a list to walk through, and what makes it longer.

use std::sync::Arc;

use leptos::prelude::*;
use serde_json::{Value, json};

use super::Asking;
use super::ask::Ask;
use super::event_text::{EventKind, EventText};
use crate::browser::worker::Reply;
use crate::parts::drawing::{Drawing, Piece, icon, list, tag, text};
use crate::parts::flow::{When, memo};
use crate::parts::icon::{Glyph, Icon};
use crate::parts::verdict::outcome_badge;
use crate::text::{say, say_with};
use crate::workspace::{Tone, Workspace};

/// The courses of the core, by name.
fn courses() -> [(&'static str, &'static str); 9] {
    [
        ("tcp", say("TCP: handshake, data, close")),
        ("reset", say("TCP: open and reset")),
        ("timeout", say("TCP: silent for five days")),
        ("path-mtu", say("TCP: a segment too large for a router")),
        ("revoked", say("TCP: its rule switched off and on")),
        ("udp", say("UDP: question, answer, late answer")),
        ("ping", say("Ping: two echoes")),
        ("unreachable", say("UDP: answered by an ICMP error")),
        ("fragments", say("UDP: one datagram in two fragments")),
    ]
}

#[component]
pub(super) fn Timeline(asking: Asking) -> impl IntoView {
    let Asking { ask, answer, .. } = asking;
    let draw: Arc<dyn Fn() -> Vec<Piece> + Send + Sync> =
        Arc::new(move || ask.with(|now| answer.with(|answer| moments(ask, now, answer.as_deref()))));
    let length = memo(move || ask.with(|ask| ask.events.len()));
    let select = move |step: usize| ask.update(|ask| ask.step = step.min(ask.events.len() - 1));
    let walk = move |event: leptos::ev::KeyboardEvent| {
        let (step, last) = ask.with_untracked(|ask| (ask.step, ask.events.len() - 1));
        let next = match event.key().as_str() {
            "ArrowUp" | "ArrowLeft" => step.saturating_sub(1),
            "ArrowDown" | "ArrowRight" => step + 1,
            "Home" => 0,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        select(next);
    };
    let add = move |kind: EventKind| ask.update(|ask| ask.add(kind));
    view! {
        <section class="timeline surface" aria-labelledby="timeline-title">
            <header>
                <h2 id="timeline-title">{say("Timeline")}</h2>
                <Courses asking=asking />
                <div class="adders" role="group" aria-label=say("Add a step")>
                    <button id="add-packet" type="button" class="quiet" on:click=move |_| add(EventKind::Forth)>
                        <Icon glyph=Glyph::Add />
                        {say("Packet")}
                    </button>
                    <button id="add-reply" type="button" class="quiet" on:click=move |_| add(EventKind::Back)>
                        <Icon glyph=Glyph::Add />
                        {say("Packet back")}
                    </button>
                    <button id="add-edit" type="button" class="quiet" on:click=move |_| add(EventKind::Edit)>
                        <Icon glyph=Glyph::Add />
                        {say("Edit")}
                    </button>
                    <button id="add-wait" type="button" class="quiet" on:click=move |_| add(EventKind::Wait)>
                        <Icon glyph=Glyph::Add />
                        {say("Time")}
                    </button>
                </div>
            </header>
            <When case=move || { length.get() > 1 }>
                <input
                    id="scrub"
                    type="range"
                    min="1"
                    max=move || length.get().to_string()
                    aria-label=say("Step")
                    prop:value=move || ask.with(|ask| (ask.step + 1).to_string())
                    on:input:target=move |event| select(event.target().value().parse().unwrap_or(1_usize).max(1) - 1)
                />
            </When>
            <div
                id="moments"
                class="moments"
                role="listbox"
                tabindex="0"
                aria-label=say("Steps")
                aria-activedescendant=move || ask.with(|ask| moment_id(ask.step))
                on:keydown=walk
            >
                <Drawing draw=draw />
            </div>
        </section>
    }
}

/// A choice of courses; the chosen one takes the place of the steps.
#[component]
fn Courses(asking: Asking) -> impl IntoView {
    let Asking { ask, other, .. } = asking;
    let workspace = Workspace::here();
    let chosen = RwSignal::new(String::new());
    let question = move || {
        let course = chosen.get();
        let question = |ask: &Ask| json!({ "ask": "course", "course": course, "from": ask.from, "to": ask.to, "packet": ask.first_packet() });
        (!course.is_empty()).then(|| ask.with_untracked(question))
    };
    let reply = workspace.simulate(Signal::derive(question), other);
    Effect::new(move |_| {
        let Reply::Said(answer) = reply.get() else { return };
        let events: Vec<EventText> =
            list(&answer, "events").iter().filter_map(Value::as_str).map(EventText::cut).collect();
        match events.is_empty() {
            false => ask.update(|ask| {
                ask.events = events;
                ask.step = 0;
            }),
            true => workspace.notices.show(Tone::Failed, text(&answer, "error")),
        }
        chosen.set(String::new());
    });
    view! {
        <select
            id="course"
            aria-label=say("Course of the connection")
            prop:value=move || chosen.get()
            on:change:target=move |event| chosen.set(event.target().value())
        >
            <option value="">{say("Choose a course")}</option>
            {courses().map(|(name, label)| view! { <option value=name>{label}</option> }).collect_view()}
        </select>
    }
}

fn moments(asked: RwSignal<Ask>, ask: &Ask, answer: Option<&Value>) -> Vec<Piece> {
    let steps = answer.map_or(&[][..], |answer| list(answer, "steps"));
    let moment = |(index, event): (usize, &EventText)| {
        let selected = index == ask.step;
        let step = steps.get(index).unwrap_or(&Value::Null);
        let row = tag("div").with("id", moment_id(index)).class(if selected { "moment selected" } else { "moment" });
        let row = row.with("role", "option").with("aria-selected", selected.to_string());
        let row = row.press(move || asked.update(|ask| ask.step = index));
        let at = tag("span").class("at").text(&event.at);
        let (class, sign) = look(event.kind);
        let sign = tag("span").class(class).add(icon(sign));
        let said = match event.kind {
            EventKind::Wait => tag("span").class("what").text(say("time passes")),
            EventKind::Edit => tag("span").class("what").add(tag("code").text(&event.rest)),
            EventKind::Forth | EventKind::Back => tag("code").class("what").text(&event.rest),
        };
        row.add(at).add(sign).add(said).add(tag("span").class("became").add_all(became(step)))
    };
    ask.events.iter().enumerate().map(moment).collect()
}

/// What a step led to: a badge for each hook, or what is wrong.
fn became(step: &Value) -> Vec<Piece> {
    if !text(step, "fault").is_empty() || !text(step, "error").is_empty() {
        return vec![tag("span").class("mark").add(icon(Glyph::Warning)).text(say("not carried out"))];
    }
    if let Some(revision) = step.get("revision") {
        return vec![tag("span").class("chip").text(say_with("revision {n}", &[("n", revision)]))];
    }
    let legs = list(step, "legs").iter();
    let leg = |leg: &Value| {
        let name = tag("span").class("muted small").text(format!("{} {}", text(leg, "vnic"), text(leg, "direction")));
        [name, outcome_badge(text(leg, "verdict"))]
    };
    legs.flat_map(leg).collect()
}

fn look(kind: EventKind) -> (&'static str, Glyph) {
    match kind {
        EventKind::Forth => ("sign forth", Glyph::Arrow),
        EventKind::Back => ("sign back", Glyph::Arrow),
        EventKind::Edit => ("sign", Glyph::Edit),
        EventKind::Wait => ("sign", Glyph::Hold),
    }
}

fn moment_id(index: usize) -> String {
    format!("moment-{}", index + 1)
}

impl Ask {
    /// Adds a step behind the one that is looked at, and looks at it.
    fn add(&mut self, kind: EventKind) {
        let here = self.event().clone();
        let rest = match kind {
            EventKind::Wait | EventKind::Edit => String::new(),
            EventKind::Forth | EventKind::Back if here.kind == kind => here.rest.clone(),
            EventKind::Forth | EventKind::Back => self.nearest(kind),
        };
        self.step += 1;
        self.events.insert(self.step, EventText { at: here.at, kind, rest });
    }

    /// The packet of the nearest step before that goes the same way, else the first packet turned round.
    fn nearest(&self, kind: EventKind) -> String {
        let before = self.events[..=self.step].iter().rev();
        let same = before.clone().find(|event| event.kind == kind).map(|event| event.rest.clone());
        same.unwrap_or_else(|| super::packet_text::turned(self.first_packet()))
    }
}
