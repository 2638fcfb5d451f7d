//! What the simulation says, read out of its answer.

use serde_json::Value;

use crate::parts::drawing::{list, text};
use crate::text::{say, say_with};

/// One hook as the page shows it.
#[derive(Clone, Copy)]
pub(super) struct Hook<'v> {
    pub(super) leg: &'v Value,
    pub(super) role: Role,
}

/// What a hook has to do with the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The packet passed by.
    Way,
    /// It was dropped before; this is what would have happened.
    Beyond,
    /// The reply passed by.
    Back,
}

/// The step that was looked at; nothing where it could not be read.
pub(super) fn now(answer: &Value) -> &Value {
    answer.get("now").unwrap_or(&Value::Null)
}

/// Why its text is none.
pub(super) fn fault(answer: &Value) -> Option<&str> {
    now(answer).get("fault").and_then(Value::as_str)
}

/// Why it cannot be carried out.
pub(super) fn error(answer: &Value) -> Option<&str> {
    let whole = answer.get("error").and_then(Value::as_str);
    whole.or_else(|| now(answer).get("error").and_then(Value::as_str))
}

/// The leg that decided: the one that dropped, else the last one.
pub(super) fn deciding(step: &Value) -> Option<&Value> {
    list(step, "legs").last()
}

/// Whether the packet of a step arrives.
pub(super) fn arrives(step: &Value) -> bool {
    step.get("arrives").and_then(Value::as_bool) == Some(true)
}

/// The verdict in a few words; `None` of a step that is no packet.
pub(super) fn headline(step: &Value) -> Option<String> {
    let leg = deciding(step)?;
    Some(match text(leg, "verdict") {
        "accept" => say("The packet arrives").to_owned(),
        "hold" => say("On hold until its datagram is whole").to_owned(),
        _ => say_with(
            "Dropped on {direction} at {vnic}",
            &[("direction", &text(leg, "direction")), ("vnic", &text(leg, "vnic"))],
        ),
    })
}

/// Every hook, in the order of the way; the reply's only where nothing else says what comes back.
pub(super) fn hooks(step: &Value, with_reply: bool) -> Vec<Hook<'_>> {
    let with = |role| move |leg| Hook { leg, role };
    let way = list(step, "legs").iter().map(with(Role::Way));
    let beyond = step.get("beyond").filter(|leg| leg.is_object()).map(with(Role::Beyond));
    let reply = step.get("reply").filter(|_| with_reply).map_or(&[][..], |reply| list(reply, "legs"));
    way.chain(beyond).chain(reply.iter().map(with(Role::Back))).collect()
}

/// The vnics that packets passed by, at any step.
pub(super) fn vnics(answer: &Value) -> Vec<String> {
    let legs = list(answer, "steps").iter().flat_map(|step| list(step, "legs"));
    let mut vnics: Vec<String> = legs.map(|leg| text(leg, "vnic").to_owned()).collect();
    vnics.sort();
    vnics.dedup();
    vnics
}

/// The reason of a leg and the rule that decided, as in scenarios.
pub(super) fn reason(leg: &Value) -> String {
    match (text(leg, "reason"), text(leg, "rule")) {
        ("rule", rule) => format!("rule:{rule}"),
        (reason, "") => reason.to_owned(),
        (reason, rule) => format!("{reason} rule:{rule}"),
    }
}

impl Role {
    pub(super) fn name(self) -> &'static str {
        match self {
            Role::Way => "way",
            Role::Beyond => "beyond",
            Role::Back => "back",
        }
    }
}
