//! Reads profiles.

use serde_json::Value;

use super::mend;
use super::node::{Fields, Node, Walk};
use crate::Diagnostic;
use crate::model::RuleSpec;
use crate::profile::{Count, Limit, Limits, Profile, ProtocolWord, Protocols, Seconds, Switch};
use crate::suggest::nearest;

const FIELDS: [&str; 17] = [
    "name",
    "base",
    "evaluation",
    "egress_default",
    "new_group_rules",
    "default_group_rules",
    "minimum_groups",
    "maximum_groups",
    "group_changes",
    "same_subnet",
    "remote_members",
    "bum",
    "ingress_revocation",
    "egress_revocation",
    "protocols",
    "limits",
    "udp_stream_timeout",
];

const LIMITS: [&str; 5] =
    ["groups", "rules", "rules_per_group", "rules_per_direction_and_family", "groups_times_rules_per_vnic"];

impl Profile {
    /// Reads a profile: the name of a built-in one, or an object. Paths are within it: `limits.groups`.
    ///
    /// # Errors
    /// Every fault.
    pub fn read_value(value: &Value) -> Result<Profile, Vec<Diagnostic>> {
        let mut walk = Walk::default();
        let found = profile(&mut walk, &Node { path: String::new(), value });
        walk.finish(found)
    }
}

pub(super) fn profile(walk: &mut Walk, node: &Node<'_>) -> Option<Profile> {
    if !node.value.is_object() {
        return built_in(walk, node);
    }
    let fields = walk.fields(node, &FIELDS)?;
    let name = walk.required(&fields, "name", "my-cloud").and_then(|node| walk.text(&node));
    let base = match fields.get("base") {
        Some(node) => built_in(walk, &node),
        None => Some(Profile::default()),
    };
    // The faults of the switches show whatever the base is.
    let mut profile = base.clone().unwrap_or_default();
    switches(walk, &fields, &mut profile);
    base.and(Some(Profile { name: name?, ..profile }))
}

fn built_in(walk: &mut Walk, node: &Node<'_>) -> Option<Profile> {
    let name = walk.text(node)?;
    let profile = Profile::named(&name);
    if profile.is_none() {
        let known = Profile::NAMES.map(|name| format!("`{name}`")).join(", ");
        let message = format!("`{name}` is no built-in profile: write one of {known}");
        let fault = Diagnostic::error(&node.path, message);
        walk.faults.push(Diagnostic { fix: mend::word(&Profile::NAMES)(&name), ..fault });
    }
    profile
}

/// Sets the switches that the fields name.
fn switches(walk: &mut Walk, fields: &Fields<'_>, profile: &mut Profile) {
    switch(walk, fields, "evaluation", &mut profile.evaluation);
    switch(walk, fields, "egress_default", &mut profile.egress_default);
    rules(walk, fields, "new_group_rules", &mut profile.new_group_rules);
    rules(walk, fields, "default_group_rules", &mut profile.default_group_rules);
    if let Some(Count(count)) = parsed(walk, fields, "minimum_groups") {
        profile.minimum_groups = count;
    }
    limit(walk, fields, "maximum_groups", &mut profile.maximum_groups);
    switch(walk, fields, "group_changes", &mut profile.group_changes);
    switch(walk, fields, "same_subnet", &mut profile.same_subnet);
    switch(walk, fields, "remote_members", &mut profile.remote_members);
    switch(walk, fields, "bum", &mut profile.bum);
    switch(walk, fields, "ingress_revocation", &mut profile.revocation.ingress);
    switch(walk, fields, "egress_revocation", &mut profile.revocation.egress);
    if let Some(node) = fields.get("protocols")
        && let Some(found) = protocols(walk, node)
    {
        profile.protocols = found;
    }
    if let Some(node) = fields.get("limits") {
        limits(walk, &node, &mut profile.limits);
    }
    if let Some(Seconds(timeout)) = parsed(walk, fields, "udp_stream_timeout") {
        profile.udp_stream_timeout = timeout;
    }
}

fn switch<S: Switch>(walk: &mut Walk, fields: &Fields<'_>, name: &str, setting: &mut S) {
    let Some(node) = fields.get(name) else { return };
    let Some(word) = walk.text(&node) else { return };
    if let Some(found) = S::of_word(&word) {
        *setting = found;
        return;
    }
    let known = S::WORDS.iter().map(|(word, _)| *word);
    let listed: Vec<String> = known.clone().map(|word| format!("`{word}`")).collect();
    let message = format!("`{word}` is no setting of `{name}`: write {}", listed.join(" or "));
    let fix = nearest(&word, known).map(str::to_owned);
    walk.faults.push(Diagnostic { fix, ..Diagnostic::error(node.path, message) });
}

fn rules(walk: &mut Walk, fields: &Fields<'_>, name: &str, specs: &mut Vec<RuleSpec>) {
    let read = |walk: &mut Walk, node: Node<'_>| walk.parse(&node, mend::spec);
    if let Some(found) = walk.list(fields.get_or_null(name), read) {
        *specs = found;
    }
}

fn limits(walk: &mut Walk, node: &Node<'_>, limits: &mut Limits) {
    let Some(fields) = walk.fields(node, &LIMITS) else { return };
    limit(walk, &fields, "groups", &mut limits.groups);
    limit(walk, &fields, "rules", &mut limits.rules);
    limit(walk, &fields, "rules_per_group", &mut limits.rules_per_group);
    limit(walk, &fields, "rules_per_direction_and_family", &mut limits.rules_per_direction_and_family);
    limit(walk, &fields, "groups_times_rules_per_vnic", &mut limits.groups_times_rules_per_vnic);
}

fn limit(walk: &mut Walk, fields: &Fields<'_>, name: &str, limit: &mut Option<usize>) {
    if let Some(Limit(found)) = parsed(walk, fields, name) {
        *limit = found;
    }
}

fn protocols(walk: &mut Walk, node: Node<'_>) -> Option<Protocols> {
    match node.value {
        Value::Array(_) => {
            let words = walk.list(Some(node), |walk, node| walk.parse::<ProtocolWord>(&node, mend::nothing))?;
            Some(Protocols::Only(words.into_iter().collect()))
        }
        Value::String(all) if all == "all" => Some(Protocols::All),
        _ => {
            let message = "write `all`, or a list such as `[any, number, tcp, udp, icmp, icmpv6]`";
            walk.faults.push(Diagnostic::error(node.path, message));
            None
        }
    }
}

fn parsed<T: std::str::FromStr<Err = String>>(walk: &mut Walk, fields: &Fields<'_>, name: &str) -> Option<T> {
    fields.get(name).and_then(|node| walk.parse(&node, mend::nothing))
}
