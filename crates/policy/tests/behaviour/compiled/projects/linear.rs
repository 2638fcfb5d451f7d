//! The decision as semantics section 2 has it: every rule of the vnic in turn, read from the document.

use std::net::IpAddr;

use policy::{
    Action, AddressBlock, AddressSet, Decision, Direction, Document, EgressDefault, Evaluation, IcmpMatch, Part,
    Policy, PortMatch, Prefix, Protocol, Remote, RemoteMembers, Rule, RuleId, RuleSpec, SameSubnet, Subject, Vnic,
    VnicIndex,
};

/// A decision with the id of its rule, which two policies have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    SameSubnet,
    Allow(RuleId),
    Deny(RuleId),
    DefaultAllow,
    DefaultDeny,
    NoGroups,
}

/// What a policy decides.
pub(crate) fn said(policy: &Policy, vnic: VnicIndex, direction: Direction, subject: &Subject) -> Said {
    match policy.decide(vnic, direction, subject) {
        Decision::SameSubnet => Said::SameSubnet,
        Decision::Allow(rule) => Said::Allow(policy.rule_id(rule).clone()),
        Decision::Deny(rule) => Said::Deny(policy.rule_id(rule).clone()),
        Decision::DefaultAllow => Said::DefaultAllow,
        Decision::DefaultDeny => Said::DefaultDeny,
        Decision::NoGroups => Said::NoGroups,
    }
}

/// What the document says by a search through all rules.
pub(crate) fn search(document: &Document, vnic: &Vnic, direction: Direction, subject: &Subject) -> Said {
    let remote = match direction {
        Direction::Ingress => subject.endpoints.source(),
        Direction::Egress => subject.endpoints.destination(),
    };
    let mut subnets =
        document.networks.iter().filter(|network| network.id == vnic.network).flat_map(|one| &one.subnets);
    if document.profile.same_subnet == SameSubnet::Exempt && subnets.any(|subnet| subnet.prefix.contains(remote)) {
        return Said::SameSubnet;
    }
    if vnic.groups.is_empty() {
        return Said::NoGroups;
    }
    let rules = rules_of(document, vnic, direction);
    let found = rules.iter().find(|rule| matches(document, &rule.spec, subject, remote));
    if let Some(rule) = found {
        return match rule.spec.action {
            Action::Allow => Said::Allow(rule.id.clone()),
            Action::Deny => Said::Deny(rule.id.clone()),
        };
    }
    let family = subject.endpoints.family();
    let open = match document.profile.egress_default {
        EgressDefault::Deny => false,
        EgressDefault::AllowUntilFirstRule => rules.is_empty(),
        EgressDefault::AllowUntilFirstRuleOfFamily => rules.iter().all(|rule| rule.spec.family != family),
    };
    match direction == Direction::Egress && open {
        true => Said::DefaultAllow,
        false => Said::DefaultDeny,
    }
}

/// The enabled rules of a vnic in the order of evaluation.
fn rules_of<'d>(document: &'d Document, vnic: &Vnic, direction: Direction) -> Vec<&'d Rule> {
    let of_group = |id: &policy::GroupId| -> Vec<&'d Rule> {
        let group = document.group(id.as_str()).expect("groups of vnics are there");
        let wanted = |rule: &&Rule| rule.enabled && rule.spec.direction == direction;
        let mut rules: Vec<&Rule> = group.rules.iter().filter(wanted).collect();
        if document.profile.evaluation == Evaluation::Ordered {
            rules.sort_by_key(|rule| (rule.spec.priority, rule.spec.action != Action::Deny));
        }
        rules
    };
    vnic.groups.iter().flat_map(of_group).collect()
}

fn matches(document: &Document, spec: &RuleSpec, subject: &Subject, remote: IpAddr) -> bool {
    let family = subject.endpoints.family();
    let number = spec.protocol.number(family);
    spec.family == family
        && number.is_none_or(|number| number == subject.protocol)
        && matches_part(&spec.protocol, subject.part)
        && matches_remote(document, &spec.remote, remote)
}

fn matches_part(protocol: &Protocol, part: Part) -> bool {
    match (protocol.ports(), protocol.icmp(), part) {
        (Some(ports), _, Part::Ports(packet)) => ports.contains(packet.destination),
        (_, Some(icmp), Part::Icmp { kind, code }) => icmp.contains(kind, code),
        // The header is missing: only a rule that names no part of it matches.
        (Some(ports), _, _) => *ports == PortMatch::Any,
        (_, Some(icmp), _) => icmp == IcmpMatch::Any,
        (None, None, _) => true,
    }
}

fn matches_remote(document: &Document, remote: &Remote, address: IpAddr) -> bool {
    let set = match remote {
        Remote::Any => return true,
        Remote::Prefix(prefix) => AddressSet::of([*prefix]),
        Remote::AddressGroup(id) => {
            let groups = document.address_groups.iter().filter(|group| group.id == *id);
            AddressSet::of(groups.flat_map(|group| group.prefixes.iter().copied()))
        }
        Remote::Group(id) => {
            let (pairs, sources) = match document.profile.remote_members {
                RemoteMembers::Addresses => (false, false),
                RemoteMembers::AddressesAndPairs => (true, false),
                RemoteMembers::AddressesPairsAndSources => (true, true),
            };
            let members = || document.vnics().map(|(_, vnic)| vnic).filter(|vnic| vnic.groups.contains(id));
            let mut blocks: Vec<AddressBlock> =
                members().flat_map(|vnic| &vnic.addresses).map(|own| Prefix::host(*own).into()).collect();
            if pairs {
                blocks
                    .extend(members().flat_map(|vnic| &vnic.allowed_pairs).map(|pair| AddressBlock::from(pair.prefix)));
            }
            if sources {
                let group = document.group(id.as_str()).into_iter();
                blocks.extend(group.flat_map(|group| &group.sources).map(|prefix| AddressBlock::from(*prefix)));
            }
            AddressSet::of(blocks)
        }
    };
    set.contains(address)
}
