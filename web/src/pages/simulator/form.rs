//! The question: a form for the step that is looked at, and the same packet as one line of text.

mod ends;

use leptos::prelude::*;
use serde_json::json;

use super::Asking;
use super::ask::Ask;
use super::event_text::EventKind;
use super::packet_text::{BARE, PacketText, WITH_MESSAGE, WITH_PORTS};
use super::told::{fault, vnics};
use crate::browser::worker::Reply;
use crate::parts::drawing::text;
use crate::parts::faults::Message;
use crate::parts::flow::{Each, When, items, memo};
use crate::parts::icon::{Glyph, Icon};
use crate::text::{say, say_with};
use crate::workspace::{Tone, Workspace, capital};
use ends::{EndFields, Side};

/// The step that is looked at: a packet, an edit, or time.
#[component]
pub(super) fn QuestionForm(asking: Asking) -> impl IntoView {
    let Asking { ask, answer, .. } = asking;
    let cut = memo(move || ask.with(|ask| ask.packet().and_then(|(packet, ..)| PacketText::cut(packet))));
    let kind = memo(move || ask.with(|ask| ask.event().kind));
    let fault = memo(move || answer.with(|answer| answer.as_ref().and_then(|answer| fault(answer)).map(str::to_owned)));
    view! {
        <form class="question surface" aria-label=say("Packet") on:submit=|event| event.prevent_default()>
            <When case=move || ask.with(|ask| !ask.is_single())>
                <StepTools ask=ask />
            </When>
            <EndFields side=Side::Source ask=ask cut=cut />
            <EndFields side=Side::Destination ask=ask cut=cut />
            <When case=move || kind.get().is_packet()>
                <ProtocolFields ask=ask cut=cut />
                <PacketLine asking=asking fault=fault />
            </When>
            <When case=move || kind.get() == EventKind::Edit>
                <EditLine asking=asking fault=fault />
            </When>
        </form>
    }
}

/// When the step is, what kind it is, and its place among the others.
#[component]
fn StepTools(ask: RwSignal<Ask>) -> impl IntoView {
    let title = move || {
        let parts = ask.with(|ask| (ask.step + 1, ask.events.len()));
        say_with("Step {n} of {all}", &[("n", &parts.0), ("all", &parts.1)])
    };
    let set_kind = move |verb: String| {
        let kind = EventKind::ALL.into_iter().find(|kind| kind.verb() == verb).unwrap_or(EventKind::Forth);
        ask.update(|ask| {
            let event = ask.event_mut();
            if event.kind.is_packet() != kind.is_packet() {
                event.rest.clear();
            }
            event.kind = kind;
        });
    };
    let kinds = [
        (EventKind::Forth, say("From → To")),
        (EventKind::Back, say("To → From")),
        (EventKind::Edit, say("Edit of the policy")),
        (EventKind::Wait, say("Time passes")),
    ];
    let option = move |(kind, label): (EventKind, &'static str)| {
        view! {
            <option value=kind.verb() selected=move || ask.with(|ask| ask.event().kind == kind)>
                {label}
            </option>
        }
    };
    view! {
        <div class="step-tools line">
            <h2 id="step-title">{title}</h2>
            <div class="field">
                <label for="event-at">{say("At")}</label>
                <input
                    id="event-at"
                    class="mono"
                    type="text"
                    autocomplete="off"
                    placeholder="10ms"
                    prop:value=move || ask.with(|ask| ask.event().at.clone())
                    on:change:target=move |event| {
                        let at = event.target().value().replace(' ', "");
                        let at = if at.is_empty() { "0ms".to_owned() } else { at };
                        ask.update(|ask| ask.event_mut().at = at);
                    }
                />
            </div>
            <div class="field">
                <label for="event-kind">{say("What happens")}</label>
                <select id="event-kind" on:change:target=move |event| set_kind(event.target().value())>
                    {kinds.map(option).collect_view()}
                </select>
            </div>
            <div class="step-actions">
                <StepButton id="step-earlier" label=say("Move earlier") glyph=Glyph::Up press=move || ask.update(Ask::move_earlier) />
                <StepButton id="step-later" label=say("Move later") glyph=Glyph::Down press=move || ask.update(Ask::move_later) />
                <StepButton id="step-copy" label=say("Duplicate") glyph=Glyph::Copy press=move || ask.update(Ask::duplicate) />
                <StepButton id="step-delete" label=say("Delete this step") glyph=Glyph::Delete press=move || ask.update(Ask::delete) />
            </div>
        </div>
    }
}

#[component]
fn StepButton(id: &'static str, label: &'static str, glyph: Glyph, #[prop(into)] press: Callback<()>) -> impl IntoView {
    view! {
        <button
            id=id
            type="button"
            class="quiet icon-only"
            title=label
            aria-label=label
            on:click=move |_| press.run(())
        >
            <Icon glyph=glyph />
        </button>
    }
}

/// Protocol, flags, numbers, and the kind of a message.
#[component]
fn ProtocolFields(ask: RwSignal<Ask>, cut: Memo<Option<PacketText>>) -> impl IntoView {
    let protocol = move || cut.with(|cut| cut.as_ref().map(|text| text.protocol.clone()).unwrap_or_default());
    let set_protocol = move |protocol: String| change(ask, move |text| text.with_protocol(&protocol));
    let rest = move || cut.with(|cut| cut.as_ref().map(|text| text.rest.clone()).unwrap_or_default());
    let has_message = move || WITH_MESSAGE.contains(&protocol().as_str());
    view! {
        <fieldset class="end">
            <legend>{say("What")}</legend>
            <div class="field">
                <label for="protocol">{say("Protocol")}</label>
                <select
                    id="protocol"
                    prop:value=protocol
                    disabled=move || cut.with(Option::is_none)
                    on:change:target=move |event| set_protocol(event.target().value())
                >
                    {WITH_PORTS
                        .into_iter()
                        .chain(WITH_MESSAGE)
                        .chain(BARE)
                        .map(|name| view! { <option value=name>{name}</option> })
                        .collect_view()}
                </select>
            </div>
            <div class="field">
                <label for="rest">
                    {move || if has_message() { say("Message") } else { say("Flags and numbers") }}
                </label>
                <input
                    id="rest"
                    type="text"
                    autocomplete="off"
                    list="messages"
                    placeholder=move || if has_message() { "echo-request" } else { "[SA] seq=1 ack=1 len=0" }
                    disabled=move || cut.with(Option::is_none)
                    prop:value=rest
                    on:change:target=move |event| {
                        let rest = event.target().value();
                        change(ask, move |text| PacketText { rest, ..text });
                    }
                />
                <datalist id="messages">
                    <option value="echo-request"></option>
                    <option value="echo-reply"></option>
                    <option value="type 3 code 3"></option>
                </datalist>
            </div>
        </fieldset>
    }
}

/// The packet as text; a frame in hex that is put there becomes the text of its packet.
#[component]
fn PacketLine(asking: Asking, fault: Memo<Option<String>>) -> impl IntoView {
    let Asking { ask, other, .. } = asking;
    let workspace = Workspace::here();
    let dump = RwSignal::new(None::<String>);
    let question = move || dump.get().map(|text| json!({ "ask": "frame", "text": text }));
    let reply = workspace.simulate(Signal::derive(question), other);
    Effect::new(move |_| {
        let Reply::Said(answer) = reply.get() else { return };
        match text(&answer, "packet") {
            "" => workspace.notices.show(Tone::Failed, capital(text(&answer, "error"))),
            packet => set_packet(ask, packet.to_owned()),
        }
        dump.set(None);
    });
    let take = move |text: String| match is_dump(&text) {
        true => dump.set(Some(text)),
        false => set_packet(ask, text),
    };
    let paste = move |event: leptos::ev::ClipboardEvent| {
        let text = event.clipboard_data().and_then(|data| data.get_data("text").ok()).unwrap_or_default();
        if is_dump(&text) {
            event.prevent_default();
            dump.set(Some(text));
        }
    };
    view! {
        <div class="field line">
            <label for="packet">{say("The packet as text, or a frame in hex")}</label>
            <input
                id="packet"
                class="mono"
                type="text"
                autocomplete="off"
                spellcheck="false"
                autocapitalize="off"
                aria-describedby="packet-said"
                aria-invalid=move || fault.with(Option::is_some).then_some("true")
                prop:value=move || ask.with(|ask| ask.packet().map(|(packet, ..)| packet.to_owned()).unwrap_or_default())
                on:input:target=move |event| set_packet(ask, event.target().value())
                on:change:target=move |event| take(event.target().value())
                on:paste=paste
            />
            <FaultLine id="packet-said" fault=fault />
        </div>
    }
}

/// An edit as text, with those that suit the ends to choose from.
#[component]
fn EditLine(asking: Asking, fault: Memo<Option<String>>) -> impl IntoView {
    let Asking { ask, answer, .. } = asking;
    let workspace = Workspace::here();
    let choices = memo(move || {
        let vnics = answer.with(|answer| answer.as_ref().map(|answer| vnics(answer)).unwrap_or_default());
        workspace.read(|draft| edits_at(draft, &vnics))
    });
    let option = |edit: String| view! { <option value=edit></option> }.into_any();
    view! {
        <div class="field line">
            <label for="edit">{say("The edit, as text")}</label>
            <input
                id="edit"
                class="mono"
                type="text"
                autocomplete="off"
                spellcheck="false"
                list="edits"
                placeholder="disable rule web-http"
                aria-describedby="edit-said"
                aria-invalid=move || fault.with(Option::is_some).then_some("true")
                prop:value=move || ask.with(|ask| ask.event().rest.clone())
                on:input:target=move |event| {
                    let edit = event.target().value();
                    ask.update(|ask| ask.event_mut().rest = edit);
                }
            />
            <datalist id="edits">
                <Each items=Signal::derive(move || items(choices.get(), String::clone, option)) />
            </datalist>
            <FaultLine id="edit-said" fault=fault />
        </div>
    }
}

#[component]
fn FaultLine(id: &'static str, fault: Memo<Option<String>>) -> impl IntoView {
    let line = |text: String| {
        view! {
            <p class="fault">
                <Message text=text />
            </p>
        }
    };
    view! {
        <div class="said" id=id role="alert">
            {move || fault.get().map(line)}
        </div>
    }
}

/// Writes the packet of the step. Who types the whole of a packet says by its addresses who sends it to whom.
fn set_packet(ask: RwSignal<Ask>, packet: String) {
    ask.update(|ask| match ask.is_single() {
        true => *ask = Ask { policy: std::mem::take(&mut ask.policy), ..Ask::of_packet(packet) },
        false => ask.event_mut().rest = packet,
    });
}

/// Changes the packet by its fields, where its text has them.
fn change(ask: RwSignal<Ask>, change: impl FnOnce(PacketText) -> PacketText) {
    let Some(text) = ask.with_untracked(|ask| ask.packet().and_then(|(packet, ..)| PacketText::cut(packet))) else {
        return;
    };
    let packet = change(text).join();
    ask.update(|ask| ask.event_mut().rest = packet);
}

/// Whether a text can only be meant as the bytes of a frame: it has as many hex digits as the shortest one, and no arrow.
fn is_dump(text: &str) -> bool {
    const SHORTEST: usize = 2 * 14;
    !text.contains('>')
        && text.bytes().filter(u8::is_ascii_hexdigit).count() >= SHORTEST
        && text.trim_start().starts_with(|first: char| first.is_ascii_hexdigit())
}

/// The edits that suit the vnics which packets passed: of the rules in their groups.
fn edits_at(draft: &policy::Document, vnics: &[String]) -> Vec<String> {
    let groups = draft.vnics().filter(|(_, vnic)| vnics.iter().any(|id| *id == vnic.id.as_str()));
    let groups: Vec<_> =
        groups.flat_map(|(_, vnic)| vnic.groups.iter().map(|group| (vnic.id.clone(), group.clone()))).collect();
    let has = |id: &str| groups.iter().any(|(_, group)| group.as_str() == id);
    let rules = draft.groups.iter().filter(|group| has(group.id.as_str())).flat_map(|group| &group.rules);
    let of_rules =
        rules.flat_map(|rule| ["disable", "enable", "remove"].map(|verb| format!("{verb} rule {}", rule.id)));
    let of_groups = groups.iter().map(|(vnic, group)| format!("detach {group} from {vnic}"));
    of_rules.chain(of_groups).collect()
}

impl Ask {
    /// Changes places with the step before; the times stay where they are.
    fn move_earlier(&mut self) {
        if self.step > 0 {
            self.swap_with_next(self.step - 1);
            self.step -= 1;
        }
    }

    fn move_later(&mut self) {
        if self.step + 1 < self.events.len() {
            self.swap_with_next(self.step);
            self.step += 1;
        }
    }

    fn swap_with_next(&mut self, index: usize) {
        self.events.swap(index, index + 1);
        let time = std::mem::take(&mut self.events[index].at);
        self.events[index].at = std::mem::replace(&mut self.events[index + 1].at, time);
    }

    fn duplicate(&mut self) {
        self.events.insert(self.step + 1, self.event().clone());
        self.step += 1;
    }

    /// Takes the step out; the last one stays.
    fn delete(&mut self) {
        if self.events.len() > 1 {
            self.events.remove(self.step);
            self.step = self.step.min(self.events.len() - 1);
        }
    }
}
