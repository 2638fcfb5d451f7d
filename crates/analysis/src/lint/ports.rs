//! Rules of which some ports are taken away.

use policy::{Edit, PortMatch, PortRange, Protocol, Rule, RuleSpec};

use crate::ranges::without;

/// The destination ports that a protocol part names and others do not; the others ascend and are apart. `None` of a part that
/// has no ports: no one rule says the rest of it.
///
/// A part that takes every port loses port 0 too, which no rule can name, and fragments without a header.
pub(super) fn rest(protocol: &Protocol, others: &[(u16, u16)]) -> Option<Vec<PortRange>> {
    let own: Vec<(u16, u16)> = match protocol.ports()? {
        PortMatch::Any => vec![(1, u16::MAX)],
        PortMatch::Ranges(ranges) => ranges.iter().map(|range| (range.first(), range.last())).collect(),
    };
    let rest = without(&own, others).into_iter();
    Some(rest.filter_map(|(first, last)| PortRange::new(first, last).ok()).collect())
}

/// The edit that leaves a rule these ports; `None` where there is none.
pub(super) fn keeping(rule: &Rule, ports: Vec<PortRange>) -> Option<Edit> {
    if ports.is_empty() {
        return None;
    }
    let protocol = rule.spec.protocol.with_ports(PortMatch::of(ports))?;
    let spec = RuleSpec { protocol, ..rule.spec.clone() };
    Some(Edit::ReplaceRule { rule: Rule { spec, ..rule.clone() } })
}
