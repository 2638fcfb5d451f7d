//! Ways to let a flow through.

use policy::{
    Action, AddressBlock, AddressPair, Decision, Direction, Document, Edit, Family, GroupId, IcmpMatch, Instance,
    Place, Policy, PortMatch, PortRange, Prefix, Priority, Protocol, Remote, Resolved, Rule, RuleSpec, Subject, Vnic,
    VnicId, VnicIndex,
};

use crate::opening::Opening;
use crate::suggest::{FOLLOWED, Flow, carry_out, owns, passes};

/// Lists of edits, each of which may let a flow through: what is needed at one end with what is needed at the other.
pub(super) fn ways(resolved: &Resolved, flow: &Flow) -> Vec<Vec<Edit>> {
    let policy = resolved.policy();
    let mut ends: Vec<Vec<Vec<Edit>>> = Vec::new();
    for (vnic, direction) in flow.hops() {
        let Some(index) = policy.vnic_index(vnic) else { return Vec::new() };
        if !passes(policy, index, direction, flow) {
            ends.push(at_hop(resolved, (vnic, index, direction), flow));
        }
    }
    // Every pair is looked at: of two ends half as many.
    let followed = FOLLOWED / ends.len().max(1);
    ends.iter().fold(vec![Vec::new()], |ways, found| {
        let pairs = ways.iter().flat_map(|way| found.iter().take(followed).map(move |more| (way, more)));
        pairs.map(|(way, more)| [way.as_slice(), more].concat()).collect()
    })
}

/// A vnic, and which way the flow goes there.
type Hop<'h> = (&'h VnicId, VnicIndex, Direction);

/// Edits by which the flow passes at one vnic, those that seem to change least first.
fn at_hop(resolved: &Resolved, hop: Hop<'_>, flow: &Flow) -> Vec<Vec<Edit>> {
    let (policy, document) = (resolved.policy(), resolved.document());
    let Some((instance, vnic)) = document.vnic(hop.0.as_str()) else { return Vec::new() };
    let guard: Vec<Edit> = match owns(policy, hop.1, hop.2, flow) {
        true => Vec::new(),
        false => vec![pair(instance, vnic, flow.subject().remote(hop.2.opposite()))],
    };
    let decision = policy.decide(hop.1, hop.2, &flow.subject());
    if decision.action() == Action::Allow {
        return vec![guard];
    }
    let candidates = new_rules(document, vnic, hop.2, flow, denier(policy, decision))
        .into_iter()
        .chain(rules_that_almost_match(document, vnic, hop.2, flow))
        .chain(memberships(document, vnic, hop.2, flow))
        .chain(obstacles(policy, decision));
    let mut works: Vec<Vec<Edit>> = Vec::new();
    for edit in candidates {
        let edits: Vec<Edit> = guard.iter().cloned().chain([edit]).collect();
        let after = carry_out(resolved, &edits);
        let is_through = after.is_some_and(|after| {
            let vnic = after.policy().vnic_index(hop.0);
            vnic.is_some_and(|vnic| passes(after.policy(), vnic, hop.2, flow))
        });
        if is_through && !works.contains(&edits) {
            works.push(edits);
        }
        if works.len() == FOLLOWED {
            break;
        }
    }
    works
}

/// The rank of the rule that denies, where one does.
fn denier(policy: &Policy, decision: Decision) -> Option<Priority> {
    match decision {
        Decision::Deny(rule) => Some(policy.rule(rule).rule.spec.priority),
        _ => None,
    }
}

/// A rule in a group of the vnic that lets just this pass, from the narrowest remote to the widest.
fn new_rules(
    document: &Document,
    vnic: &Vnic,
    direction: Direction,
    flow: &Flow,
    denier: Option<Priority>,
) -> Vec<Edit> {
    let subject = flow.subject();
    let family = subject.endpoints.family();
    // Before what denies: of one rank deny wins.
    let priority = match denier {
        None => Some(Priority::FIRST),
        Some(priority) => priority.before(),
    };
    let Some(priority) = priority else { return Vec::new() };
    let protocol = protocol_of(&subject);
    let by_remote = remotes(document, direction, flow).into_iter().flat_map(|remote| {
        let spec = RuleSpec { direction, family, protocol: protocol.clone(), remote, action: Action::Allow, priority };
        vnic.groups.iter().map(move |group| (group, spec.clone()))
    });
    by_remote.map(|(group, spec)| Edit::new_rule(document, group, spec)).collect()
}

/// What rules call the other end: its address, its groups, an address group that has it, its subnet.
fn remotes(document: &Document, direction: Direction, flow: &Flow) -> Vec<Remote> {
    let address = flow.subject().remote(direction);
    let other = flow.other(direction).and_then(|id| document.vnic(id.as_str()));
    let groups = other.into_iter().flat_map(|(_, vnic)| &vnic.groups).cloned().map(Remote::Group);
    let has_it = |blocks: &[AddressBlock]| blocks.iter().any(|block| block.contains(address));
    let address_groups = document.address_groups.iter().filter(|group| has_it(&group.prefixes));
    let address_groups = address_groups.map(|group| Remote::AddressGroup(group.id.clone()));
    let subnets = document.networks.iter().flat_map(|network| &network.subnets).map(|subnet| subnet.prefix);
    let subnets = subnets.filter(|prefix| prefix.contains(address)).map(Remote::Prefix);
    let host = [Remote::Prefix(Prefix::host(address))];
    host.into_iter().chain(groups).chain(address_groups).chain(subnets).chain([Remote::Any]).collect()
}

/// The protocol of a packet with its destination port, or its ICMP type and code.
pub(super) fn protocol_of(subject: &Subject) -> Protocol {
    let family: Family = subject.endpoints.family();
    let protocol = Protocol::of_number(family, subject.protocol);
    match (&protocol, subject.key()) {
        (Protocol::Icmp(_), Some(key)) => {
            let [kind, code] = key.to_be_bytes();
            Protocol::Icmp(IcmpMatch::TypeCode(kind, code))
        }
        (_, Some(port)) => {
            let alone = PortRange::new(port, port).ok().map(|range| PortMatch::of([range]));
            alone.and_then(|ports| protocol.with_ports(ports)).unwrap_or(protocol)
        }
        (_, None) => protocol,
    }
}

/// Rules of the vnic's groups that differ in one thing: they are switched off, lack the port, or an address in their group.
fn rules_that_almost_match(document: &Document, vnic: &Vnic, direction: Direction, flow: &Flow) -> Vec<Edit> {
    let subject = flow.subject();
    let address = subject.remote(direction);
    let groups = document.groups.iter().filter(|group| vnic.groups.contains(&group.id));
    let rules = groups.flat_map(|group| &group.rules);
    let of_side = rules.filter(|rule| {
        rule.spec.direction == direction
            && rule.spec.family == subject.endpoints.family()
            && rule.spec.action == Action::Allow
    });
    let edits = of_side.flat_map(|rule| {
        let matches = Opening::of(rule.spec.family, &rule.spec.protocol).contains(&subject);
        let enable = (!rule.enabled).then(|| Edit::EnableRule { rule: rule.id.clone() });
        let widen = with_port(rule, &subject).filter(|_| !matches && rule.enabled);
        let listed = match &rule.spec.remote {
            Remote::AddressGroup(id) if matches => with_address(document, id.as_str(), address),
            _ => None,
        };
        [enable, widen, listed].into_iter().flatten()
    });
    edits.collect()
}

/// A rule with the port of a packet besides its own.
fn with_port(rule: &Rule, subject: &Subject) -> Option<Edit> {
    let PortMatch::Ranges(ranges) = rule.spec.protocol.ports()? else { return None };
    if rule.spec.protocol.number(rule.spec.family) != Some(subject.protocol) {
        return None;
    }
    let port = PortRange::new(subject.key()?, subject.key()?).ok()?;
    let mut rule = rule.clone();
    rule.spec.protocol = rule.spec.protocol.with_ports(PortMatch::of(ranges.iter().copied().chain([port])))?;
    Some(Edit::ReplaceRule { rule })
}

/// An address group with one more address.
fn with_address(document: &Document, id: &str, address: std::net::IpAddr) -> Option<Edit> {
    let mut address_group = document.address_groups.iter().find(|group| group.id.as_str() == id)?.clone();
    address_group.prefixes.push(AddressBlock::Prefix(Prefix::host(address)));
    Some(Edit::ReplaceAddressGroup { address_group })
}

/// Groups that the vnic could have, or the vnic at the other end.
fn memberships(document: &Document, vnic: &Vnic, direction: Direction, flow: &Flow) -> Vec<Edit> {
    let join =
        |vnic: &Vnic, group: &GroupId| Edit::Attach { vnic: vnic.id.clone(), place: Place::Last, group: group.clone() };
    let other = flow.other(direction).and_then(|id| document.vnic(id.as_str())).map(|(_, vnic)| vnic);
    let named = document.groups.iter().filter(|group| vnic.groups.contains(&group.id)).flat_map(|group| &group.rules);
    let named = named.filter(|rule| rule.spec.direction == direction).filter_map(|rule| match &rule.spec.remote {
        Remote::Group(group) => Some(group),
        Remote::Any | Remote::Prefix(_) | Remote::AddressGroup(_) => None,
    });
    let others = other.into_iter().flat_map(|other| {
        let missing = named.clone().filter(|group| !other.groups.contains(group));
        missing.map(|group| join(other, group)).collect::<Vec<_>>()
    });
    let own = document.groups.iter().filter(|group| !vnic.groups.contains(&group.id) && !group.rules.is_empty());
    others.chain(own.map(|group| join(vnic, &group.id))).collect()
}

/// What stands in the way may go.
fn obstacles(policy: &Policy, decision: Decision) -> Option<Edit> {
    match decision {
        Decision::Deny(rule) => Some(Edit::RemoveRule { rule: policy.rule_id(rule).clone() }),
        _ => None,
    }
}

/// The instance with one more allowed address pair.
fn pair(instance: &Instance, vnic: &Vnic, address: std::net::IpAddr) -> Edit {
    let mut instance = instance.clone();
    let found = instance.vnics.iter_mut().filter(|found| found.id == vnic.id);
    let pair = AddressPair { prefix: Prefix::host(address), mac: None };
    found.for_each(|vnic| vnic.allowed_pairs.push(pair.clone()));
    Edit::ReplaceInstance { instance }
}
