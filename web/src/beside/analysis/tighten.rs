//! The least that the flows of a capture need.

use analysis::suggest::Flow;
use analysis::tighten::{Seen, tighten};
use policy::{Resolved, Subject};
use serde_json::Value;
use wire::{Payload, Sketch};

/// What [`analysis::tighten::Tightening`] tells, from packets that opened a flow.
pub(crate) fn of(draft: &Resolved, packets: &Value) -> Value {
    let packets = packets.as_array().into_iter().flatten().filter_map(Value::as_str);
    let seen: Vec<Seen> =
        packets.filter_map(|packet| packet.parse().ok()).flat_map(|packet| ends(draft, packet)).collect();
    tighten(draft, &seen).to_value()
}

/// Where a packet is judged.
fn ends(draft: &Resolved, packet: Sketch) -> Vec<Seen> {
    let Payload::Ip(datagram) = packet.payload else { return Vec::new() };
    let flow = Flow::of(datagram, draft.policy());
    let subject = Subject::of(&datagram);
    flow.hops().map(|(vnic, direction)| Seen { vnic: vnic.clone(), direction, subject }).collect()
}
