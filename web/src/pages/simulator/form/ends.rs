//! The two ends: who, by which address, and through which port.

use leptos::prelude::*;
use policy::{AddressBlock, Document};

use super::change;
use crate::pages::simulator::ask::{Ask, OUTSIDE, OUTSIDE_V6};
use crate::pages::simulator::event_text::EventKind;
use crate::pages::simulator::packet_text::{End, PacketText};
use crate::parts::flow::{Each, When, items, memo};
use crate::text::say;
use crate::workspace::Workspace;

/// Which end of the connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Source,
    Destination,
}

/// Something that a person may choose as an end.
#[derive(Clone, Debug, PartialEq)]
struct Choice {
    /// The vnic, or `outside`.
    place: String,
    /// The address, where the place alone does not tell it.
    address: Option<String>,
    name: String,
}

/// The choices under one heading.
type Heading = (&'static str, Vec<Choice>);

/// Who, by which address, and through which port.
#[component]
pub(super) fn EndFields(side: Side, ask: RwSignal<Ask>, cut: Memo<Option<PacketText>>) -> impl IntoView {
    let workspace = Workspace::here();
    let places = memo(move || workspace.read(choices));
    let place = move || ask.with(|ask| side.place(ask).to_owned());
    let kind = move || ask.with(|ask| ask.event().kind);
    let choose = move |value: String| {
        let found = places
            .with_untracked(|all| all.iter().flat_map(|(_, some)| some).find(|one| one.value() == value).cloned());
        let choice = found.unwrap_or(Choice { place: value, address: None, name: String::new() });
        ask.update(|ask| workspace.peek(|draft| ask.set_end(side, &choice, draft)));
    };
    let option = move |choice: Choice| {
        let (value, is_place) = (choice.value(), choice.address.is_none());
        let id = choice.place;
        view! {
            <option value=value selected=move || is_place && place() == id>
                {choice.name}
            </option>
        }
        .into_any()
    };
    let heading = move |(label, some): Heading| {
        view! { <optgroup label=label>{some.into_iter().map(option).collect_view()}</optgroup> }.into_any()
    };
    let key = |heading: &Heading| format!("{heading:?}");
    let end = move || cut.with(|cut| cut.as_ref().map(|text| side.end(kind(), text).clone()));
    let address = move || end().map(|end| end.address).unwrap_or_default();
    let port = move || end().and_then(|end| end.port);
    let set = move |write: fn(&mut End, String), value: String| {
        let (kind, value) = (kind(), value.replace(' ', ""));
        change(ask, move |mut text| {
            write(side.end_mut(kind, &mut text), value);
            text
        });
    };
    let (legend, id) = match side {
        Side::Source => (say("From"), "from"),
        Side::Destination => (say("To"), "to"),
    };
    view! {
        <fieldset class="end">
            <legend>{legend}</legend>
            <div class="field">
                <label for=id>{say("Instance")}</label>
                <select
                    id=id
                    on:change:target=move |event| {
                        choose(event.target().value());
                        event.target().set_value(&place());
                    }
                >
                    <option value="" selected=move || place().is_empty()>
                        {say("Whoever has the address")}
                    </option>
                    <option value="outside" selected=move || place() == "outside">
                        {say("Outside, the internet")}
                    </option>
                    <Each items=Signal::derive(move || items(places.get(), key, heading)) />
                </select>
            </div>
            <div class="socket">
                <div class="field">
                    <label for=format!("{id}-address")>{say("Address")}</label>
                    <input
                        id=format!("{id}-address")
                        class="mono"
                        type="text"
                        autocomplete="off"
                        disabled=move || cut.with(Option::is_none)
                        prop:value=address
                        on:input:target=move |event| set(|end, value| end.address = value, event.target().value())
                    />
                </div>
                <When case=move || port().is_some()>
                    <div class="field port">
                        <label for=format!("{id}-port")>{say("Port")}</label>
                        <input
                            id=format!("{id}-port")
                            class="mono"
                            type="text"
                            inputmode="numeric"
                            autocomplete="off"
                            prop:value=move || port().unwrap_or_default()
                            on:input:target=move |event| {
                                set(|end, value| end.port = Some(value), event.target().value());
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

    /// The end that this side has in a packet: one that goes back has them the other way round.
    fn end(self, kind: EventKind, text: &PacketText) -> &End {
        match (self, kind) {
            (Side::Source, EventKind::Back) | (Side::Destination, EventKind::Forth) => &text.destination,
            (Side::Source | Side::Destination, _) => &text.source,
        }
    }

    fn end_mut(self, kind: EventKind, text: &mut PacketText) -> &mut End {
        match (self, kind) {
            (Side::Source, EventKind::Back) | (Side::Destination, EventKind::Forth) => &mut text.destination,
            (Side::Source | Side::Destination, _) => &mut text.source,
        }
    }
}

impl Choice {
    /// As a list of choices tells them apart.
    fn value(&self) -> String {
        match &self.address {
            Some(address) => format!("{}@{address}", self.name),
            None => self.place.clone(),
        }
    }
}

impl Ask {
    /// Puts somebody else at an end: every packet gets the address, of the family that it has.
    fn set_end(&mut self, side: Side, choice: &Choice, draft: &Document) {
        match side {
            Side::Source => self.from = choice.place.clone(),
            Side::Destination => self.to = choice.place.clone(),
        }
        for event in self.events.iter_mut().filter(|event| event.kind.is_packet()) {
            let Some(mut text) = PacketText::cut(&event.rest) else { continue };
            let is_v6 = text.source.address.contains(':') || text.destination.address.contains(':');
            if let Some(address) = choice.address_of(draft, is_v6) {
                side.end_mut(event.kind, &mut text).address = address;
                // They belonged to the ends before; without them the core fills in the right ones.
                text.macs.clear();
                event.rest = text.join();
            }
        }
    }
}

impl Choice {
    fn address_of(&self, draft: &Document, is_v6: bool) -> Option<String> {
        match (&self.address, draft.vnic(&self.place)) {
            (Some(address), _) => Some(address.clone()),
            (None, Some((_, vnic))) => {
                vnic.addresses.iter().find(|address| address.is_ipv6() == is_v6).map(ToString::to_string)
            }
            (None, None) if self.place == "outside" => Some(if is_v6 { OUTSIDE_V6 } else { OUTSIDE }.to_owned()),
            (None, None) => None,
        }
    }
}

/// Every vnic, the first member of every group, and the first address of every address group.
fn choices(draft: &Document) -> Vec<Heading> {
    let vnic = |(instance, vnic): (&policy::Instance, &policy::Vnic)| {
        let id = vnic.id.to_string();
        let name = if id == instance.name { id.clone() } else { format!("{} ({id})", instance.name) };
        Choice { place: id, address: None, name }
    };
    let member = |group: &policy::SecurityGroup| {
        let (_, vnic) = draft.vnics().find(|(_, vnic)| vnic.groups.contains(&group.id))?;
        let address = vnic.addresses.first()?.to_string();
        Some(Choice { place: vnic.id.to_string(), address: Some(address), name: group.name.clone() })
    };
    let listed = |group: &policy::AddressGroup| {
        let address = group.prefixes.first().map(first_address)?;
        Some(Choice { place: "outside".to_owned(), address: Some(address), name: group.name.clone() })
    };
    let all = [
        (say("Instances"), draft.vnics().map(vnic).collect::<Vec<_>>()),
        (say("A member of a group"), draft.groups.iter().filter_map(member).collect()),
        (say("An address of a group"), draft.address_groups.iter().filter_map(listed).collect()),
    ];
    all.into_iter().filter(|(_, some)| !some.is_empty()).collect()
}

/// The text of the block up to where it says how long it is.
fn first_address(block: &AddressBlock) -> String {
    let text = block.to_string();
    text.split(['/', '-']).next().unwrap_or_default().trim().to_owned()
}
