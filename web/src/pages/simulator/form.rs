//! The question: a form, and the same packet as one line of text.

use leptos::prelude::*;
use policy::Document;

use super::answer::{Answer, NoAnswer};
use super::ask::{Ask, OUTSIDE, OUTSIDE_V6};
use super::packet_text::{BARE, PacketText, WITH_MESSAGE, WITH_PORTS};
use crate::parts::faults::Message;
use crate::parts::flow::{Each, When, items, memo};
use crate::workspace::Workspace;

/// Which end of the packet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Source,
    Destination,
}

#[component]
pub(super) fn QuestionForm(ask: RwSignal<Ask>, answer: Memo<Result<Answer, NoAnswer>>) -> impl IntoView {
    let cut = memo(move || ask.with(|ask| PacketText::cut(&ask.packet)));
    let protocol = move || cut.with(|cut| cut.as_ref().map(|text| text.protocol.clone()).unwrap_or_default());
    let set_protocol = move |protocol: String| change(ask, move |text| text.with_protocol(&protocol));
    let rest = move || cut.with(|cut| cut.as_ref().map(|text| text.rest.clone()).unwrap_or_default());
    let has_message = move || WITH_MESSAGE.contains(&protocol().as_str());
    let fault = move || match answer.get() {
        Err(NoAnswer::Packet(error)) => Some(error.to_string()),
        Ok(_) | Err(NoAnswer::Policy | NoAnswer::Question(_)) => None,
    };
    view! {
        <form class="question surface" aria-label="Packet" on:submit=|event| event.prevent_default()>
            <EndFields side=Side::Source ask=ask cut=cut />
            <EndFields side=Side::Destination ask=ask cut=cut />
            <fieldset class="end">
                <legend>"What"</legend>
                <div class="field">
                    <label for="protocol">"Protocol"</label>
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
                    <label for="rest">{move || if has_message() { "Message" } else { "Flags and numbers" }}</label>
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
            <div class="field line">
                <label for="packet">"The packet as text"</label>
                <input
                    id="packet"
                    class="mono"
                    type="text"
                    autocomplete="off"
                    spellcheck="false"
                    autocapitalize="off"
                    aria-describedby="packet-said"
                    aria-invalid=move || fault().is_some().then_some("true")
                    prop:value=move || ask.with(|ask| ask.packet.clone())
                    // Who types the whole packet says by its addresses who sends it to whom.
                    on:input:target=move |event| ask.set(Ask { packet: event.target().value(), ..Ask::default() })
                />
                <div class="said" id="packet-said" role="alert">
                    {move || {
                        fault()
                            .map(|text| {
                                view! {
                                    <p class="fault">
                                        <Message text=text />
                                    </p>
                                }
                            })
                    }}
                </div>
            </div>
        </form>
    }
}

/// Who, by which address, and through which port.
#[component]
fn EndFields(side: Side, ask: RwSignal<Ask>, cut: Memo<Option<PacketText>>) -> impl IntoView {
    let workspace = Workspace::here();
    let places = memo(move || workspace.read(places));
    let place = move || ask.with(|ask| side.place(ask).to_owned());
    let option = move |(id, name): (String, String)| {
        let value = id.clone();
        view! {
            <option value=value selected=move || place() == id>
                {name}
            </option>
        }
        .into_any()
    };
    let choose = move |chosen: String| {
        let packet = workspace.peek(|draft| moved(draft, &chosen, side, &ask.get_untracked().packet));
        ask.update(|ask| {
            *side.place_mut(ask) = chosen;
            ask.packet = packet;
        });
    };
    let address = move || cut.with(|cut| cut.as_ref().map(|text| side.end(text).address.clone()).unwrap_or_default());
    let port = move || cut.with(|cut| cut.as_ref().and_then(|text| side.end(text).port.clone()));
    let (legend, id) = match side {
        Side::Source => ("From", "from"),
        Side::Destination => ("To", "to"),
    };
    view! {
        <fieldset class="end">
            <legend>{legend}</legend>
            <div class="field">
                <label for=id>"Instance"</label>
                <select id=id on:change:target=move |event| choose(event.target().value())>
                    <option value="" selected=move || place().is_empty()>
                        "Whoever has the address"
                    </option>
                    <option value="outside" selected=move || place() == "outside">
                        "Outside"
                    </option>
                    <Each items=Signal::derive(move || items(places.get(), |(id, _)| id.clone(), option)) />
                </select>
            </div>
            <div class="socket">
                <div class="field">
                    <label for=format!("{id}-address")>"Address"</label>
                    <input
                        id=format!("{id}-address")
                        class="mono"
                        type="text"
                        autocomplete="off"
                        disabled=move || cut.with(Option::is_none)
                        prop:value=address
                        on:input:target=move |event| {
                            let address = event.target().value();
                            change(
                                ask,
                                move |mut text| {
                                    side.end_mut(&mut text).address = address.replace(' ', "");
                                    text
                                },
                            );
                        }
                    />
                </div>
                <When case=move || port().is_some()>
                    <div class="field port">
                        <label for=format!("{id}-port")>"Port"</label>
                        <input
                            id=format!("{id}-port")
                            class="mono"
                            type="text"
                            inputmode="numeric"
                            autocomplete="off"
                            prop:value=move || port().unwrap_or_default()
                            on:input:target=move |event| {
                                let port = event.target().value();
                                change(
                                    ask,
                                    move |mut text| {
                                        side.end_mut(&mut text).port = Some(port.replace(' ', ""));
                                        text
                                    },
                                );
                            }
                        />
                    </div>
                </When>
            </div>
        </fieldset>
    }
}

impl Side {
    fn place(self, ask: &Ask) -> &str {
        match self {
            Side::Source => &ask.from,
            Side::Destination => &ask.to,
        }
    }

    fn place_mut(self, ask: &mut Ask) -> &mut String {
        match self {
            Side::Source => &mut ask.from,
            Side::Destination => &mut ask.to,
        }
    }

    fn end(self, text: &PacketText) -> &super::packet_text::End {
        match self {
            Side::Source => &text.source,
            Side::Destination => &text.destination,
        }
    }

    fn end_mut(self, text: &mut PacketText) -> &mut super::packet_text::End {
        match self {
            Side::Source => &mut text.source,
            Side::Destination => &mut text.destination,
        }
    }
}

/// Changes the packet by its fields, where its text has them.
fn change(ask: RwSignal<Ask>, change: impl FnOnce(PacketText) -> PacketText) {
    let Some(text) = ask.with_untracked(|ask| PacketText::cut(&ask.packet)) else { return };
    let packet = change(text).join();
    ask.update(|ask| ask.packet = packet);
}

/// The ids and names of all vnics.
fn places(document: &Document) -> Vec<(String, String)> {
    let place = |(instance, vnic): (&policy::Instance, &policy::Vnic)| {
        let id = vnic.id.to_string();
        let name = if id == instance.name { id.clone() } else { format!("{} ({id})", instance.name) };
        (id, name)
    };
    document.vnics().map(place).collect()
}

/// The packet with the address of another end: of the family that the packet has, where the vnic has one of it.
fn moved(document: &Document, place: &str, side: Side, packet: &str) -> String {
    let Some(mut text) = PacketText::cut(packet) else { return packet.to_owned() };
    let is_v6 = text.source.address.contains(':') || text.destination.address.contains(':');
    let address = match document.vnic(place) {
        Some((_, vnic)) => vnic.addresses.iter().find(|address| address.is_ipv6() == is_v6).map(ToString::to_string),
        None if place == "outside" => Some(if is_v6 { OUTSIDE_V6 } else { OUTSIDE }.to_owned()),
        None => None,
    };
    if let Some(address) = address {
        side.end_mut(&mut text).address = address;
        // They belonged to the ends before; without them the core fills in the right ones.
        text.macs.clear();
    }
    text.join()
}
