//! Reads rules.

use std::collections::HashSet;

use serde_json::Value;

use super::mend;
use super::node::{Fields, Node, Walk};
use crate::Diagnostic;
use crate::model::{
    Action, Direction, Family, IcmpMatch, PortMatch, Priority, Protocol, ProtocolError, Remote, Rule, RuleId, RuleSpec,
    read_family,
};

const FIELDS: [&str; 11] = [
    "id",
    "direction",
    "family",
    "protocol",
    "ports",
    "icmp",
    "remote",
    "action",
    "priority",
    "enabled",
    "description",
];

/// Ids for the rules that have none; where there is no such supply, every rule must have one.
pub(super) type Supply<'a> = Option<&'a mut dyn Iterator<Item = RuleId>>;

impl Rule {
    /// Reads one rule, in any of its forms, with an id. Paths are within the rule: `ports`.
    ///
    /// # Errors
    /// Every fault.
    pub fn read_value(value: &Value) -> Result<Rule, Vec<Diagnostic>> {
        let mut walk = Walk::default();
        let rule = rule(&mut walk, Node { path: String::new(), value }, None);
        walk.finish(rule)
    }
}

/// Every id that a rule of a document names itself.
pub(super) fn declared_ids(document: &Value) -> HashSet<String> {
    let rules = items(document, "groups").flat_map(|group| items(group, "rules"));
    rules
        .filter_map(|rule| match (short_form(rule), rule.get("id")) {
            (Some((id, _)), _) => Some(id.to_owned()),
            (None, Some(Value::String(id))) => Some(id.clone()),
            (None, Some(Value::Number(id))) => Some(id.to_string()),
            (None, _) => None,
        })
        .collect()
}

fn items<'v>(value: &'v Value, field: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    value.get(field).and_then(Value::as_array).into_iter().flatten()
}

/// Reads a rule in any of its forms.
pub(super) fn rule(walk: &mut Walk, node: Node<'_>, supply: Supply<'_>) -> Option<Rule> {
    if node.value.is_string() {
        let spec = walk.parse(&node, mend::spec);
        let id = free_id(walk, &node, supply);
        return Some(Rule { id: id?, spec: spec?, enabled: true, description: String::new() });
    }
    if let Some((id, spec)) = short_form(node.value) {
        let text = Value::String(id.to_owned());
        let id = walk.parse(&Node { path: node.path.clone(), value: &text }, mend::id);
        let spec = walk.parse(&Node { path: node.path, value: spec }, mend::spec);
        return Some(Rule { id: id?, spec: spec?, enabled: true, description: String::new() });
    }
    long_form(walk, &node, supply)
}

/// `ID: SPEC`: one field whose name is none of a rule's.
fn short_form(value: &Value) -> Option<(&str, &Value)> {
    let map = value.as_object()?;
    let (id, spec) = map.iter().next()?;
    (map.len() == 1 && spec.is_string() && !FIELDS.contains(&id.as_str())).then_some((id, spec))
}

fn long_form(walk: &mut Walk, node: &Node<'_>, supply: Supply<'_>) -> Option<Rule> {
    let fields = walk.fields(node, &FIELDS)?;
    let id: Option<RuleId> = match fields.get("id") {
        Some(id) => walk.parse(&id, mend::id),
        None => free_id(walk, node, supply),
    };
    let spec = spec(walk, &fields);
    let enabled = fields.get("enabled").map_or(Some(true), |node| walk.truth(&node));
    let description = fields.get("description").map_or(Some(String::new()), |node| walk.text(&node));
    Some(Rule { id: id?, spec: spec?, enabled: enabled?, description: description? })
}

/// The first id of the supply that no other rule has.
fn free_id(walk: &mut Walk, node: &Node<'_>, supply: Supply<'_>) -> Option<RuleId> {
    let Some(supply) = supply else {
        walk.faults.push(Diagnostic::error(&node.path, "the rule has no id: give it one, such as `id: web-https`"));
        return None;
    };
    let id = std::iter::from_fn(|| supply.next()).find(|id| !walk.rule_ids.contains(id.as_str()))?;
    walk.rule_ids.insert(id.to_string());
    Some(id)
}

fn spec(walk: &mut Walk, fields: &Fields<'_>) -> Option<RuleSpec> {
    let direction: Option<Direction> = walk
        .required(fields, "direction", "ingress")
        .and_then(|node| walk.parse(&node, mend::word(&["ingress", "egress"])));
    let remote = remote(walk, fields);
    let family = family(walk, fields, remote.as_ref());
    let protocol = protocol(walk, fields, family);
    let action = optional(walk, fields, "action", Action::Allow, mend::word(&["allow", "deny"]));
    let priority = optional(walk, fields, "priority", Priority::FIRST, mend::nothing);
    let spec = RuleSpec {
        direction: direction?,
        family: family?,
        protocol: protocol?,
        remote: remote?,
        action: action?,
        priority: priority?,
    };
    match spec.checked() {
        Ok(spec) => Some(spec),
        Err(error) => {
            walk.faults.push(Diagnostic::error(fields.path_of("remote"), error));
            None
        }
    }
}

fn remote(walk: &mut Walk, fields: &Fields<'_>) -> Option<Remote> {
    let node = walk.required(fields, "remote", "any")?;
    if !node.value.is_array() {
        return walk.parse(&node, mend::prefix);
    }
    let message = "a rule has one remote: write a rule for each, or gather the prefixes in an address group";
    walk.faults.push(Diagnostic::error(node.path, message));
    None
}

/// The family; where it is missing, the fix is the one that the remote or the protocol needs.
fn family(walk: &mut Walk, fields: &Fields<'_>, remote: Option<&Remote>) -> Option<Family> {
    let Some(node) = fields.get("family") else {
        let message = "`family` is missing: write `family: ipv4` or `family: ipv6`; traffic of both needs two rules";
        let fault = Diagnostic::error(fields.path_of("family"), message);
        walk.faults.push(match remote {
            Some(Remote::Prefix(prefix)) => fault.with_fix(prefix.family().to_string()),
            Some(Remote::Any | Remote::Group(_) | Remote::AddressGroup(_)) | None => fault,
        });
        return None;
    };
    let text = walk.text(&node)?;
    match read_family(&text) {
        Ok(family) => Some(family),
        Err(error) => {
            let fix = mend::word(&["ipv4", "ipv6"])(&text);
            walk.faults.push(Diagnostic { fix, ..Diagnostic::error(node.path, error) });
            None
        }
    }
}

/// Protocol, ports and ICMP part: each is judged alone, then with the others. Without a family, either will do.
fn protocol(walk: &mut Walk, fields: &Fields<'_>, family: Option<Family>) -> Option<Protocol> {
    let name = walk.required(fields, "protocol", "tcp").and_then(|node| walk.text(&node));
    let ports = ports(walk, fields);
    let icmp = optional(walk, fields, "icmp", IcmpMatch::Any, mend::nothing);
    let (name, ports, icmp) = (name?, ports.map(|ports| ports.to_string()), icmp.map(|icmp| icmp.to_string()));
    let read = |name: &str, ports: Option<&str>, icmp: Option<&str>| -> Result<Protocol, ProtocolError> {
        match family {
            Some(family) => Protocol::read(family, name, ports, icmp),
            None => Protocol::read(Family::Ipv4, name, ports, icmp)
                .or_else(|error| Protocol::read(Family::Ipv6, name, ports, icmp).map_err(|_| error)),
        }
    };
    if let Err(error) = read(&name, None, None) {
        let fix = mend::word(&["any", "tcp", "udp", "icmp", "icmpv6", "sctp", "esp", "gre"])(&name);
        let fix = fix.filter(|fix| read(fix, None, None).is_ok());
        walk.faults.push(Diagnostic { fix, ..Diagnostic::error(fields.path_of("protocol"), error) });
        return None;
    }
    let with_ports = read(&name, ports.as_deref(), None);
    let with_icmp = read(&name, None, icmp.as_deref());
    for (field, outcome) in [("ports", &with_ports), ("icmp", &with_icmp)] {
        if let Err(error) = outcome {
            walk.faults.push(Diagnostic::error(fields.path_of(field), error));
        }
    }
    with_ports.ok().and(with_icmp.ok())?;
    read(&name, Some(&ports?), Some(&icmp?)).ok()
}

fn ports(walk: &mut Walk, fields: &Fields<'_>) -> Option<PortMatch> {
    let Some(Node { path, value: Value::Array(items) }) = fields.get("ports") else {
        return optional(walk, fields, "ports", PortMatch::Any, mend::ports);
    };
    let joined = items
        .iter()
        .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
        .collect::<Vec<_>>()
        .join(",");
    let fix = joined.parse().ok().map(|ports: PortMatch| ports.to_string());
    let message = "a list stands where a text is wanted: write ports behind commas, such as `22,80,8000-8090`";
    walk.faults.push(Diagnostic { fix, ..Diagnostic::error(path, message) });
    None
}

/// A field that has a default.
fn optional<T>(
    walk: &mut Walk,
    fields: &Fields<'_>,
    name: &str,
    default: T,
    mend: impl Fn(&str) -> Option<String>,
) -> Option<T>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    match fields.get(name) {
        Some(node) => walk.parse(&node, mend),
        None => Some(default),
    }
}
