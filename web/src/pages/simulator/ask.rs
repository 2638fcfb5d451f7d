//! The question as text: what stands in the address and in the form.

use policy::{Document, Vnic};
use serde_json::{Value, json};

use super::event_text::{EventKind, EventText};
use crate::browser::address::{decode, encode};

/// What happens between two ends. Empty ends are found by the packets' addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) from: String,
    pub(super) to: String,
    /// One at least.
    pub(super) events: Vec<EventText>,
    /// The step that is looked at; there is one of this number.
    pub(super) step: usize,
    /// The policy that came with a link, packed, see `linked`.
    pub(super) policy: String,
}

impl Ask {
    /// Reads `from=outside&to=web&packet=...`, or `event=...` for each step and `step=2`; what is missing becomes a question that
    /// suits the document.
    pub(super) fn read(fragment: &str, document: &Document) -> Ask {
        let pairs = fragment.trim_start_matches('?').split('&').filter_map(|pair| pair.split_once('='));
        let (mut from, mut to, mut policy) = Default::default();
        let (mut events, mut step) = (Vec::new(), 1);
        for (name, value) in pairs {
            match name {
                "from" => from = decode(value),
                "to" => to = decode(value),
                "packet" => events.push(EventText::first(decode(value))),
                "event" => events.push(EventText::cut(&decode(value))),
                "step" => step = value.parse().unwrap_or(1),
                "policy" => policy = value.to_owned(),
                _ => {}
            }
        }
        if events.is_empty() {
            return Ask { policy, ..Ask::suited(from, to, document) };
        }
        let step = step.clamp(1, events.len()) - 1;
        Ask { from, to, events, step, policy }
    }

    /// What [`Ask::read`] reads.
    pub(super) fn to_fragment(&self) -> String {
        let mut pairs: Vec<(&str, String)> = vec![("from", encode(&self.from)), ("to", encode(&self.to))];
        match self.events.as_slice() {
            [only] if only.is_first() => pairs.push(("packet", encode(&only.rest))),
            events => {
                pairs.extend(events.iter().map(|event| ("event", encode(&event.join()))));
                pairs.push(("step", (self.step + 1).to_string()));
            }
        }
        pairs.push(("policy", self.policy.clone()));
        // A packet that is wiped out is not one that was never asked about.
        let pairs = pairs.iter().filter(|(name, value)| !value.is_empty() || *name == "packet");
        pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    }

    /// The step that is looked at.
    pub(super) fn event(&self) -> &EventText {
        &self.events[self.step]
    }

    /// The same, to be changed.
    pub(super) fn event_mut(&mut self) -> &mut EventText {
        &mut self.events[self.step]
    }

    /// Whether it is about one packet alone.
    pub(super) fn is_single(&self) -> bool {
        matches!(self.events.as_slice(), [only] if only.is_first())
    }

    /// The packet of a text between ends that nobody names.
    pub(super) fn of_packet(packet: String) -> Ask {
        let (from, to, policy) = Default::default();
        Ask { from, to, events: vec![EventText::first(packet)], step: 0, policy }
    }

    /// The first packet, and who sends it to whom: what a course is made of.
    pub(super) fn first_packet(&self) -> &str {
        self.events.iter().find(|event| event.kind == EventKind::Forth).map_or("", |event| &event.rest)
    }

    /// The packet that is looked at, with who sends it and who receives it; `None` of another step.
    pub(super) fn packet(&self) -> Option<(&str, &str, &str)> {
        let event = self.event();
        match event.kind {
            EventKind::Forth => Some((&event.rest, &self.from, &self.to)),
            EventKind::Back => Some((&event.rest, &self.to, &self.from)),
            EventKind::Edit | EventKind::Wait => None,
        }
    }

    /// As the simulation takes it.
    pub(super) fn to_value(&self) -> Value {
        let events: Vec<String> = self.events.iter().map(EventText::join).collect();
        json!({ "ask": "play", "from": self.from, "to": self.to, "events": events, "step": self.step })
    }

    /// A first packet for the ends at hand: to the instance that is named, else to the first one.
    fn suited(from: String, to: String, document: &Document) -> Ask {
        let named = |id: &str| document.vnic(id).map(|(_, vnic)| vnic);
        let target = named(&to).or_else(|| document.vnics().map(|(_, vnic)| vnic).next());
        let to = match (to.is_empty(), target) {
            (true, Some(vnic)) => vnic.id.to_string(),
            (true, None) | (false, _) => to,
        };
        let from = if from.is_empty() { "outside".to_owned() } else { from };
        let source = named(&from).and_then(address).unwrap_or_else(|| OUTSIDE.to_owned());
        let destination = target.and_then(address).unwrap_or_else(|| INSIDE.to_owned());
        Ask { from, to, ..Ask::of_packet(format!("tcp {source}:40000 > {destination}:443")) }
    }
}

/// A host of the documentation prefix TEST-NET-2 (RFC 5737), for a sender that is no instance.
pub(super) const OUTSIDE: &str = "198.51.100.7";
/// The same for IPv6 (RFC 3849).
pub(super) const OUTSIDE_V6: &str = "2001:db8:ffff::7";
/// A receiver where the document has none.
const INSIDE: &str = "192.0.2.10";

/// The first address, IPv4 where there is one.
fn address(vnic: &Vnic) -> Option<String> {
    let first = vnic.addresses.iter().find(|address| address.is_ipv4()).or(vnic.addresses.first())?;
    Some(if first.is_ipv4() { first.to_string() } else { format!("[{first}]") })
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn the_fragment_holds_the_whole_question() {
        for text in [
            "from=outside&to=web&packet=tcp+198.51.100.7:5000+%3E+192.0.2.10:443",
            "packet=udp+192.0.2.10:1+%3E+192.0.2.20:53&policy=q1bKz",
            "event=0ms+%3E+udp+192.0.2.10:1+%3E+192.0.2.20:53&event=1s+apply+disable+rule+x&event=5d+wait&step=2",
        ] {
            assert_eq!(Ask::read(text, &Document::default()).to_fragment(), text);
        }
        let beyond = Ask::read("event=1s+wait&step=9", &Document::default());
        assert_eq!((beyond.step, beyond.events.len()), (0, 1));
    }
}
