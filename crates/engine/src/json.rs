//! Answers as JSON, the same from the command line and in the browser. Fields are added, never renamed.

use policy::{Explained, Policy, PortSecurity, Subject, Tracking};
use serde_json::{Value, json};

use crate::travel::{Journey, Leg};

impl Journey {
    /// `verdict`, `reason`, `rule` of the last leg, all `steps`, and every leg on its own under `legs`.
    pub fn to_json(&self, policy: &Policy) -> Value {
        let ruling = self.legs.last().map(|leg| leg.verdict.named(policy));
        let steps: Vec<Value> = self.legs.iter().flat_map(|leg| steps_json(policy, leg)).collect();
        let legs: Vec<Value> = self.legs.iter().map(|leg| leg_json(policy, leg)).collect();
        json!({
            "verdict": ruling.as_ref().map(|ruling| ruling.outcome.to_string()),
            "reason": ruling.as_ref().map(|ruling| ruling.reason.as_str()),
            "rule": ruling.as_ref().and_then(|ruling| ruling.rule.as_ref()).map(ToString::to_string),
            "steps": steps,
            "legs": legs,
        })
    }

    /// For every leg, every rule with its match or each field that differs.
    pub fn explain_json(&self, policy: &Policy) -> Value {
        json!({"legs": self.legs.iter().map(|leg| leg.explain_json(policy)).collect::<Vec<_>>()})
    }
}

impl Leg {
    /// Every rule at this hook with match or mismatch, nearest first; none where no rule can look at the packet.
    pub fn explain(&self, policy: &Policy) -> Vec<Explained> {
        let subject = self.packet.datagram().map(Subject::of);
        subject.map(|subject| policy.explain(self.hook.vnic, self.hook.direction, &subject)).unwrap_or_default()
    }

    /// The leg as in [`Journey::to_json`], with the rule that `decided` and every rule with its match or each field that differs.
    pub fn explain_json(&self, policy: &Policy) -> Value {
        let mut value = leg_json(policy, self);
        let rules: Vec<Value> =
            self.explain(policy).iter().map(|explained| explained_json(policy, explained)).collect();
        value["decided"] = self.verdict.rule().map(|index| policy.rule(index)).map_or(Value::Null, |found| {
            json!({"rule": found.rule.id.as_str(), "group": found.group.as_str(), "spec": found.rule.spec.to_string()})
        });
        value["rules_asked"] = self.steps.ask_rules().into();
        value["rules"] = Value::Array(rules);
        value
    }
}

pub(crate) fn leg_json(policy: &Policy, leg: &Leg) -> Value {
    let (ruling, vnic) = (leg.verdict.named(policy), policy.vnic(leg.hook.vnic));
    let tracks = vnic.tracking == Tracking::Stateful && vnic.port_security == PortSecurity::On;
    json!({
        "vnic": vnic.id.as_str(),
        "direction": leg.hook.direction.to_string(),
        "port_security": vnic.port_security == PortSecurity::On,
        "tracking": if tracks { "on" } else { "off" },
        "packet": leg.packet.to_string(),
        "verdict": ruling.outcome.to_string(),
        "reason": ruling.reason,
        "rule": ruling.rule.as_ref().map(ToString::to_string),
        "steps": steps_json(policy, leg),
    })
}

fn steps_json(policy: &Policy, leg: &Leg) -> Vec<Value> {
    let at = leg.hook.vnic;
    let vnic = policy.vnic(at).id.as_str();
    let direction = leg.hook.direction.to_string();
    let steps = leg.steps.0.iter();
    steps
        .map(|step| json!({"vnic": vnic, "direction": direction, "stage": step.stage(), "text": step.describe(policy, at)}))
        .collect()
}

fn explained_json(policy: &Policy, explained: &Explained) -> Value {
    let found = policy.rule(explained.rule);
    let mismatches: Vec<Value> = explained
        .mismatches
        .iter()
        .map(|mismatch| json!({"field": mismatch.field(), "text": mismatch.to_string()}))
        .collect();
    json!({
        "rule": found.rule.id.as_str(),
        "group": found.group.as_str(),
        "spec": found.rule.spec.to_string(),
        "matches": explained.mismatches.is_empty(),
        "mismatches": mismatches,
    })
}
