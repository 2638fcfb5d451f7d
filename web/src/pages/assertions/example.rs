//! Promises to begin with: what some rules of the draft say, as assertions.

use std::collections::BTreeSet;
use std::fmt::Write;

use policy::{Action, Direction, Document, IcmpMatch, PortMatch, Remote, Rule};

use crate::text::say;

/// So many rules are taken.
const FEW: usize = 4;

/// What rules for groups, networks and addresses let in, each with the promise that nobody else gets there.
pub(super) fn of(document: &Document) -> String {
    let mut text = format!("# {}\n", say("Who may get where, and nobody else. Change it to what must be so."));
    let mut known: BTreeSet<String> = BTreeSet::new();
    for (group, rule) in document.rules().filter(|(_, rule)| names_somebody(rule)) {
        let what = what(rule);
        if known.len() < FEW && known.insert(format!("{} {what}", group.id)) {
            let _ = write!(text, "\ndeny any except {} -> group:{} {what}", rule.spec.remote, group.id);
        }
    }
    if known.is_empty() {
        let _ = write!(text, "\ndeny internet -> any tcp 22,3389");
    }
    text.push('\n');
    text
}

fn names_somebody(rule: &Rule) -> bool {
    let spec = &rule.spec;
    let is_port = matches!(spec.protocol.ports(), Some(PortMatch::Ranges(_)));
    rule.enabled
        && spec.direction == Direction::Ingress
        && spec.action == Action::Allow
        && spec.remote != Remote::Any
        && (is_port || matches!(spec.protocol.icmp(), Some(IcmpMatch::Type(_) | IcmpMatch::TypeCode(..))))
}

/// `ipv4 tcp 22`.
fn what(rule: &Rule) -> String {
    let spec = &rule.spec;
    let name = spec.protocol.name(spec.family);
    match (spec.protocol.ports(), spec.protocol.icmp()) {
        (Some(ports), _) => format!("{} {name} {ports}", spec.family),
        (None, Some(icmp)) => format!("{} {name} {icmp}", spec.family),
        (None, None) => format!("{} {name}", spec.family),
    }
}
