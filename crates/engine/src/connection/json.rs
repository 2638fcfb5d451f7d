//! Steps as JSON, for who shows them. Fields are added, never renamed.

use conntrack::{Sender, TcpSide, Way};
use serde_json::{Value, json};

use super::text::tuple;
use super::{Found, LiveFlow, Scene, Travel};
use crate::json::leg_json;
use crate::question::addresses;
use crate::travel::Leg;

impl Scene {
    /// `error`, or what happened in short: `legs` as in [`crate::Journey::to_json`], and whether the packet `arrives`.
    pub fn to_json(&self) -> Value {
        match &self.found {
            Err(error) => json!({"error": error}),
            Ok(Found::Applied) => json!({"revision": self.policy.revision().0}),
            Ok(Found::Passed) => json!({}),
            Ok(Found::Travelled(travel)) => {
                let journey = &travel.journey;
                let legs: Vec<Value> = journey.legs.iter().map(|leg| leg_json(&self.policy, leg)).collect();
                json!({"legs": legs, "arrives": journey.arrives()})
            }
        }
    }

    /// The same with every rule at every hook, the addresses of both ends, what the receiver would have said (`beyond`), the `reply` that was tried, and
    /// the `flows` before and after.
    pub fn explain_json(&self) -> Value {
        let mut value = self.to_json();
        let told = |legs: &[Leg]| legs.iter().map(|leg| leg.explain_json(&self.policy)).collect::<Vec<_>>();
        if let Ok(Found::Travelled(travel)) = &self.found {
            let Travel { journey, beyond, reply } = &**travel;
            let (source, destination) = journey.legs.first().map_or((None, None), |leg| addresses(&leg.packet.payload));
            value["source"] = json!(source.map(|address| address.to_string()));
            value["destination"] = json!(destination.map(|address| address.to_string()));
            value["legs"] = json!(told(&journey.legs));
            value["beyond"] = json!(beyond.as_ref().map(|leg| leg.explain_json(&self.policy)));
            value["reply"] = json!(reply.as_ref().map(|(sketch, journey)| {
                json!({"packet": sketch.to_string(), "legs": told(&journey.legs), "arrives": journey.arrives()})
            }));
        }
        value["flows"] = Value::Array(self.flows_json());
        value
    }

    /// Every flow that lives before or after, with `before` and `after`, of which one may be missing.
    fn flows_json(&self) -> Vec<Value> {
        let same = |one: &LiveFlow, other: &LiveFlow| one.id == other.id;
        let gone =
            self.before.iter().filter(|old| !self.after.iter().any(|new| same(old, new))).map(|old| (Some(old), None));
        let here = self.after.iter().map(|new| (self.before.iter().find(|old| same(old, new)), Some(new)));
        here.chain(gone).filter_map(|(before, after)| flow_json(before, after)).collect()
    }
}

fn flow_json(before: Option<&LiveFlow>, after: Option<&LiveFlow>) -> Option<Value> {
    let live = after.or(before)?;
    let opener = match live.flow.original().sender() {
        Sender::Remote => "ingress",
        Sender::Instance => "egress",
    };
    Some(json!({
        "vnic": live.vnic.as_str(),
        "flow": tuple(&live.flow.original()),
        "opened": opener,
        "before": before.map(state_json),
        "after": after.map(state_json),
    }))
}

fn state_json(live: &LiveFlow) -> Value {
    let flow = &live.flow;
    let [opener, other] = flow.tcp_sides();
    let counted = |way| (flow.counters(way).packets, flow.counters(way).bytes);
    let (sent, received) = (counted(Way::Original), counted(Way::Reply));
    json!({
        "state": flow.state().to_string(),
        "left_ms": live.left.as_millis() as u64,
        "assured": flow.is_assured(),
        "revoked": flow.is_revoked(),
        "rule": live.rule.as_ref().map(ToString::to_string),
        "packets": [sent.0, received.0],
        "bytes": [sent.1, received.1],
        "opener": opener.as_ref().map(side_json),
        "other": other.as_ref().map(side_json),
    })
}

fn side_json(side: &TcpSide) -> Value {
    json!({
        "end": side.end,
        "limit": side.limit,
        "window": side.window,
        "acknowledged": side.acknowledged,
        "fin": side.fin,
        "scale": side.scale,
    })
}
