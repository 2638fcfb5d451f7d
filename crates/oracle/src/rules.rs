//! Rules, read from the document each time.

use std::net::IpAddr;

use engine::{Outcome, Ruling};
use policy::{
    Action, Direction, Document, EgressDefault, Evaluation, GroupId, IcmpMatch, PortMatch, Protocol, Remote,
    RemoteMembers, Rule, RuleId, SameSubnet, Subject, Tracking, Vnic, VnicId,
};
use wire::{Datagram, Family};

/// What a rule can ask of a packet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    pub(crate) source: IpAddr,
    pub(crate) destination: IpAddr,
    pub(crate) protocol: u8,
    pub(crate) destination_port: Option<u16>,
    pub(crate) icmp: Option<(u8, u8)>,
}

/// What the rules say.
#[derive(Clone, Debug)]
pub(crate) enum Decision {
    SameSubnet,
    Rule(Action, RuleId),
    DefaultAllow,
    DefaultDeny,
    NoGroups,
}

impl Question {
    pub(crate) fn of(datagram: &Datagram) -> Question {
        let subject = Subject::of(datagram);
        Question {
            source: subject.endpoints.source(),
            destination: subject.endpoints.destination(),
            protocol: subject.protocol.0,
            destination_port: datagram.ports().map(|ports| ports.destination),
            icmp: match subject.part {
                policy::Part::Icmp { kind, code } => Some((kind, code)),
                policy::Part::Ports(_) | policy::Part::None => None,
            },
        }
    }
}

impl Question {
    fn family(&self) -> Family {
        if self.source.is_ipv4() { Family::Ipv4 } else { Family::Ipv6 }
    }

    /// The address of the other end.
    fn remote(&self, direction: Direction) -> IpAddr {
        match direction {
            Direction::Ingress => self.source,
            Direction::Egress => self.destination,
        }
    }
}

impl Decision {
    pub(crate) fn allows(&self) -> bool {
        matches!(self, Decision::SameSubnet | Decision::Rule(Action::Allow, _) | Decision::DefaultAllow)
    }

    pub(crate) fn rule(&self) -> Option<RuleId> {
        match self {
            Decision::Rule(_, id) => Some(id.clone()),
            Decision::SameSubnet | Decision::DefaultAllow | Decision::DefaultDeny | Decision::NoGroups => None,
        }
    }

    pub(crate) fn ruling(&self) -> Ruling {
        let reason = match self {
            Decision::SameSubnet => "same-subnet",
            Decision::Rule(..) => "rule",
            Decision::DefaultAllow | Decision::DefaultDeny => "default",
            Decision::NoGroups => "no-groups",
        };
        let outcome = if self.allows() { Outcome::Accept } else { Outcome::Drop };
        Ruling { outcome, reason: reason.to_owned(), rule: self.rule() }
    }
}

/// Whether a group of the vnic is stateless; then all of them are.
pub(crate) fn is_stateless(document: &Document, vnic: &VnicId) -> bool {
    let groups = document.vnic(vnic.as_str()).map(|(_, vnic)| vnic.groups.clone()).unwrap_or_default();
    let stateless =
        |id: &GroupId| document.group(id.as_str()).is_some_and(|group| group.tracking == Tracking::Stateless);
    groups.iter().any(stateless)
}

/// Semantics section 2: all groups of a vnic together; no match is the default.
pub(crate) fn decide(document: &Document, vnic: &VnicId, direction: Direction, question: &Question) -> Decision {
    let Some((_, vnic)) = document.vnic(vnic.as_str()) else {
        return Decision::NoGroups;
    };
    if document.profile.same_subnet == SameSubnet::Exempt && is_neighbour(document, vnic, direction, question) {
        return Decision::SameSubnet;
    }
    if vnic.groups.is_empty() {
        return Decision::NoGroups;
    }
    let mut candidates: Vec<(usize, &Rule)> = Vec::new();
    for (order, group) in vnic.groups.iter().enumerate() {
        let rules = document.group(group.as_str()).map(|group| group.rules.as_slice()).unwrap_or_default();
        candidates.extend(
            rules.iter().filter(|rule| rule.enabled && rule.spec.direction == direction).map(|rule| (order, rule)),
        );
    }
    if document.profile.evaluation == Evaluation::Ordered {
        candidates.sort_by_key(|(order, rule)| (*order, rule.spec.priority, rule.spec.action == Action::Allow));
    }
    for (_, rule) in &candidates {
        if matches(document, rule, question) {
            return Decision::Rule(rule.spec.action, rule.id.clone());
        }
    }
    let is_open = match document.profile.egress_default {
        EgressDefault::Deny => false,
        EgressDefault::AllowUntilFirstRule => candidates.is_empty(),
        EgressDefault::AllowUntilFirstRuleOfFamily => {
            candidates.iter().filter(|(_, rule)| rule.spec.family == question.family()).count() == 0
        }
    };
    if direction == Direction::Egress && is_open { Decision::DefaultAllow } else { Decision::DefaultDeny }
}

/// Semantics section 2.7: whether the other end is in a subnet of the vnic's network.
fn is_neighbour(document: &Document, vnic: &Vnic, direction: Direction, question: &Question) -> bool {
    let remote = question.remote(direction);
    let networks = document.networks.iter().filter(|network| network.id == vnic.network);
    networks.flat_map(|network| &network.subnets).any(|subnet| subnet.prefix.contains(remote))
}

fn matches(document: &Document, rule: &Rule, question: &Question) -> bool {
    rule.spec.family == question.family()
        && matches_protocol(&rule.spec.protocol, question)
        && matches_remote(document, &rule.spec.remote, question.remote(rule.spec.direction))
}

fn matches_protocol(protocol: &Protocol, question: &Question) -> bool {
    let with_ports = |number: u8, ports: &PortMatch| {
        question.protocol == number
            && match (ports, question.destination_port) {
                (PortMatch::Any, _) => true,
                (PortMatch::Ranges(_), None) => false,
                (PortMatch::Ranges(ranges), Some(port)) => {
                    ranges.iter().any(|range| range.first() <= port && port <= range.last())
                }
            }
    };
    match protocol {
        Protocol::Any => true,
        Protocol::Tcp(ports) => with_ports(6, ports),
        Protocol::Udp(ports) => with_ports(17, ports),
        Protocol::UdpLite(ports) => with_ports(136, ports),
        Protocol::Sctp(ports) => with_ports(132, ports),
        Protocol::Dccp(ports) => with_ports(33, ports),
        Protocol::Number(number) => question.protocol == number.0,
        Protocol::Icmp(icmp) => {
            let own = if question.source.is_ipv4() { 1 } else { 58 };
            question.protocol == own
                && match (icmp, question.icmp) {
                    (IcmpMatch::Any, _) => true,
                    (IcmpMatch::Type(kind), Some((found, _))) => *kind == found,
                    (IcmpMatch::TypeCode(kind, code), Some(found)) => (*kind, *code) == found,
                    (IcmpMatch::Type(_) | IcmpMatch::TypeCode(..), None) => false,
                }
        }
    }
}

fn matches_remote(document: &Document, remote: &Remote, address: IpAddr) -> bool {
    match remote {
        Remote::Any => true,
        Remote::Prefix(prefix) => prefix.contains(address),
        Remote::Group(group) => is_member(document, group, address),
        Remote::AddressGroup(id) => {
            let groups = document.address_groups.iter().filter(|group| group.id == *id);
            groups.flat_map(|group| &group.prefixes).any(|prefix| prefix.contains(address))
        }
    }
}

/// Semantics section 2.3: fixed addresses of all members, their allowed pairs, and extra sources of the group, as far as the
/// profile counts them.
fn is_member(document: &Document, group: &GroupId, address: IpAddr) -> bool {
    let (pairs_count, sources_count) = match document.profile.remote_members {
        RemoteMembers::Addresses => (false, false),
        RemoteMembers::AddressesAndPairs => (true, false),
        RemoteMembers::AddressesPairsAndSources => (true, true),
    };
    let members = || document.vnics().map(|(_, vnic)| vnic).filter(|vnic| vnic.groups.contains(group));
    let is_fixed = members().any(|vnic| vnic.addresses.contains(&address));
    let is_pair = members().any(|vnic| vnic.allowed_pairs.iter().any(|pair| pair.prefix.contains(address)));
    let of_group = document.groups.iter().filter(|known| known.id == *group);
    let is_source = of_group.flat_map(|known| &known.sources).any(|prefix| prefix.contains(address));
    is_fixed || pairs_count && is_pair || sources_count && is_source
}
