//! Ways to stop a flow.

use policy::{
    Action, Decision, Direction, Edit, PortMatch, PortRange, Prefix, Remote, Resolved, Rule, RuleSpec, VnicId,
    VnicIndex,
};

use crate::suggest::allow::protocol_of;
use crate::suggest::{Flow, carry_out, passes};

/// Lists of edits, each of which may stop a flow: at one end is enough.
pub(super) fn ways(resolved: &Resolved, flow: &Flow) -> Vec<Vec<Edit>> {
    if !flow.passes(resolved.policy()) {
        return Vec::new();
    }
    let hops = flow.hops().flat_map(|(vnic, direction)| STEPS.map(|step| (vnic, direction, step)));
    hops.filter_map(|(vnic, direction, step)| follow(resolved, flow, (vnic, direction), step)).collect()
}

/// What to do about a rule that lets the flow pass.
type Step = fn(&Resolved, &Rule, (&VnicId, VnicIndex, Direction), &Flow) -> Option<Edit>;

const STEPS: [Step; 6] = [deny_before, without_port, disable, remove, leave_group, leave_remote];

/// No rule lets a flow pass that so many others did not.
const LONGEST: usize = 16;

/// The same step about every rule that lets the flow pass at a vnic, until none does.
fn follow(resolved: &Resolved, flow: &Flow, (vnic, direction): (&VnicId, Direction), step: Step) -> Option<Vec<Edit>> {
    let mut edits: Vec<Edit> = Vec::new();
    let mut now = resolved.clone();
    for _ in 0..LONGEST {
        let index = now.policy().vnic_index(vnic)?;
        if !passes(now.policy(), index, direction, flow) {
            return Some(edits);
        }
        let Decision::Allow(rule) = now.policy().decide(index, direction, &flow.subject()) else { return None };
        let rule = now.policy().rule(rule).rule.clone();
        let edit = step(&now, &rule, (vnic, index, direction), flow)?;
        now = carry_out(&now, std::slice::from_ref(&edit))?;
        edits.push(edit);
    }
    None
}

/// A rule that denies just this flow, of the same rank: there deny wins.
fn deny_before(
    resolved: &Resolved,
    rule: &Rule,
    (_, _, direction): (&VnicId, VnicIndex, Direction),
    flow: &Flow,
) -> Option<Edit> {
    let subject = flow.subject();
    let (group, _) = resolved.document().rule(&rule.id)?;
    let spec = RuleSpec {
        direction,
        family: rule.spec.family,
        protocol: protocol_of(&subject),
        remote: Remote::Prefix(Prefix::host(subject.remote(direction))),
        action: Action::Deny,
        priority: rule.spec.priority,
    };
    Some(Edit::new_rule(resolved.document(), &group.id, spec))
}

/// The rule without the port of the flow.
fn without_port(_: &Resolved, rule: &Rule, _: (&VnicId, VnicIndex, Direction), flow: &Flow) -> Option<Edit> {
    let port = flow.subject().key()?;
    let every = || PortRange::new(1, u16::MAX).ok();
    let ranges: Vec<PortRange> = match rule.spec.protocol.ports()? {
        PortMatch::Any => every().into_iter().collect(),
        PortMatch::Ranges(ranges) => ranges.clone(),
    };
    let rest: Vec<PortRange> = ranges
        .into_iter()
        .flat_map(|range| match range.contains(port) {
            false => [Some(range), None],
            true => [PortRange::new(range.first(), port - 1).ok(), after(port, range)],
        })
        .flatten()
        .collect();
    let mut rule = rule.clone();
    rule.spec.protocol = rule.spec.protocol.with_ports(PortMatch::of(rest.first().map(|_| rest.clone())?))?;
    Some(Edit::ReplaceRule { rule })
}

/// What is behind a port in a range.
fn after(port: u16, range: PortRange) -> Option<PortRange> {
    PortRange::new(port.checked_add(1)?, range.last()).ok()
}

fn disable(_: &Resolved, rule: &Rule, _: (&VnicId, VnicIndex, Direction), _: &Flow) -> Option<Edit> {
    Some(Edit::DisableRule { rule: rule.id.clone() })
}

fn remove(_: &Resolved, rule: &Rule, _: (&VnicId, VnicIndex, Direction), _: &Flow) -> Option<Edit> {
    Some(Edit::RemoveRule { rule: rule.id.clone() })
}

/// The vnic without the group that has the rule.
fn leave_group(
    resolved: &Resolved,
    rule: &Rule,
    (vnic, _, _): (&VnicId, VnicIndex, Direction),
    _: &Flow,
) -> Option<Edit> {
    let (group, _) = resolved.document().rule(&rule.id)?;
    Some(Edit::Detach { vnic: vnic.clone(), group: group.id.clone() })
}

/// The vnic at the other end without the group that is the rule's remote.
fn leave_remote(
    _: &Resolved,
    rule: &Rule,
    (_, _, direction): (&VnicId, VnicIndex, Direction),
    flow: &Flow,
) -> Option<Edit> {
    let other = flow.other(direction)?.clone();
    match &rule.spec.remote {
        Remote::Group(group) => Some(Edit::Detach { vnic: other, group: group.clone() }),
        Remote::Any | Remote::Prefix(_) | Remote::AddressGroup(_) => None,
    }
}
