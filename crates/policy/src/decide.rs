//! What the rules say of a new flow.

use std::net::IpAddr;

use wire::IpProtocol;

use crate::model::{Action, Direction, Family, Protocol};
use crate::policy::{Policy, PolicyRule, RuleIndex, VnicIndex};
use crate::profile::{EgressDefault, SameSubnet};
use crate::subject::{Part, Subject};

/// What the rules say of a new flow, and which one said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The other end is in a subnet of the vnic's network, which the profile exempts from rules.
    SameSubnet,
    /// This rule allows it.
    Allow(RuleIndex),
    /// This rule denies it.
    Deny(RuleIndex),
    /// No rule matches; the profile allows it.
    DefaultAllow,
    /// No rule matches; it is denied.
    DefaultDeny,
    /// The vnic has no group, so nothing can allow it.
    NoGroups,
}

impl Policy {
    /// The decision at a vnic: the exemption of the same subnet where the profile has it, the first matching rule in the order
    /// of evaluation, else the default.
    pub fn decide(&self, vnic: VnicIndex, direction: Direction, subject: &Subject) -> Decision {
        if self.exempts(vnic, direction, subject) {
            return Decision::SameSubnet;
        }
        if self.vnic(vnic).groups.is_empty() {
            return Decision::NoGroups;
        }
        let rules = self.rules_at(vnic, direction);
        let found = rules.iter().copied().find(|index| self.rule(*index).matches(subject));
        match found.map(|index| (index, self.rule(index).rule.spec.action)) {
            Some((index, Action::Allow)) => Decision::Allow(index),
            Some((index, Action::Deny)) => Decision::Deny(index),
            None => match self.is_open(direction, rules, subject.endpoints.family()) {
                true => Decision::DefaultAllow,
                false => Decision::DefaultDeny,
            },
        }
    }

    fn exempts(&self, vnic: VnicIndex, direction: Direction, subject: &Subject) -> bool {
        match self.profile().same_subnet {
            SameSubnet::Filtered => false,
            SameSubnet::Exempt => {
                let remote = remote_address(direction, subject);
                self.vnic(vnic).subnets.iter().any(|subnet| subnet.prefix.contains(remote))
            }
        }
    }

    /// Whether what no rule names passes. Rules as edited: one with an empty remote closes the default too.
    fn is_open(&self, direction: Direction, rules: &[RuleIndex], family: Family) -> bool {
        let mut enabled = rules.iter().map(|index| &self.rule(*index).rule).filter(|rule| rule.enabled);
        match (direction, self.profile().egress_default) {
            (Direction::Ingress, _) | (Direction::Egress, EgressDefault::Deny) => false,
            (Direction::Egress, EgressDefault::AllowUntilFirstRule) => enabled.next().is_none(),
            (Direction::Egress, EgressDefault::AllowUntilFirstRuleOfFamily) => {
                enabled.all(|rule| rule.spec.family != family)
            }
        }
    }
}

impl PolicyRule {
    /// Whether the rule matches; its direction is taken as given.
    pub(crate) fn matches(&self, subject: &Subject) -> bool {
        let spec = &self.rule.spec;
        self.rule.enabled
            && spec.family == subject.endpoints.family()
            && matches_protocol(&spec.protocol, spec.protocol.number(spec.family), subject)
            && self.matches_remote(remote_address(spec.direction, subject))
    }

    /// Whether the address belongs to the rule's remote.
    pub(crate) fn matches_remote(&self, address: IpAddr) -> bool {
        self.remote.as_ref().is_none_or(|set| set.contains(address))
    }
}

/// The address of the other end.
pub(crate) fn remote_address(direction: Direction, subject: &Subject) -> IpAddr {
    match direction {
        Direction::Ingress => subject.endpoints.source(),
        Direction::Egress => subject.endpoints.destination(),
    }
}

fn matches_protocol(protocol: &Protocol, number: Option<IpProtocol>, subject: &Subject) -> bool {
    if number.is_some_and(|number| number != subject.protocol) {
        return false;
    }
    match (protocol.ports(), protocol.icmp(), subject.part) {
        (Some(ports), _, Part::Ports(packet)) => ports.contains(packet.destination),
        (_, Some(icmp), Part::Icmp { kind, code }) => icmp.contains(kind, code),
        // The header is missing: only a rule that names no part of it matches.
        (Some(ports), _, _) => *ports == crate::model::PortMatch::Any,
        (_, Some(icmp), _) => icmp == crate::model::IcmpMatch::Any,
        (None, None, _) => true,
    }
}
