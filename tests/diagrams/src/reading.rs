//! What decides which packets at a vnic.

use std::collections::BTreeMap;

use policy::{
    Action, Direction, Document, EgressDefault, Evaluation, IcmpMatch, PortMatch, PortSecurity, Protocol, Remote,
    RemoteMembers, Rule, RuleId, SameSubnet, Vnic, VnicId,
};
use wire::{Family, IpProtocol};

use crate::packets::{Packets, Universe};

/// What decides about a packet at a vnic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decider {
    /// The document does not know the vnic.
    UnknownVnic,
    /// Port security is off.
    PortSecurityOff,
    /// The other end is in a subnet of the vnic, which the profile exempts.
    SameSubnet,
    /// The vnic has no group.
    NoGroups,
    /// A rule.
    Rule(RuleId, Action),
    /// No rule matches.
    Default(Action),
}

/// A document, read for packets of one family.
#[derive(Debug)]
pub struct Reading<'d> {
    document: &'d Document,
    universe: &'d Universe,
    matching: BTreeMap<&'d RuleId, Packets>,
}

impl Decider {
    /// Whether the packets pass.
    pub fn action(&self) -> Action {
        match self {
            Decider::PortSecurityOff | Decider::SameSubnet => Action::Allow,
            Decider::UnknownVnic | Decider::NoGroups => Action::Deny,
            Decider::Rule(_, action) | Decider::Default(action) => *action,
        }
    }
}

impl<'d> Reading<'d> {
    /// Reads every rule of a document.
    pub fn of(document: &'d Document, universe: &'d Universe) -> Reading<'d> {
        let rules = document.groups.iter().flat_map(|group| &group.rules);
        let matching = rules.map(|rule| (&rule.id, matching(document, universe, rule))).collect();
        Reading { document, universe, matching }
    }

    /// The packets that match a rule of the document, whatever decides them.
    pub fn matching(&self, rule: &RuleId) -> &Packets {
        &self.matching[rule]
    }

    /// The rules that a vnic asks of one direction and of both families, in the order of evaluation: of a union profile any
    /// order would do.
    pub fn rules_at(&self, vnic: &VnicId, direction: Direction) -> Vec<&'d Rule> {
        let groups = self.document.vnic(vnic.as_str()).into_iter().flat_map(|(_, vnic)| vnic.groups.iter().enumerate());
        let of_group = |(place, group): (usize, &policy::GroupId)| {
            let rules = self.document.group(group.as_str()).map_or(&[][..], |group| &group.rules);
            rules.iter().map(move |rule| (place, rule))
        };
        let asked = groups.flat_map(of_group).filter(|(_, rule)| rule.enabled && rule.spec.direction == direction);
        let mut asked: Vec<(usize, &Rule)> = asked.collect();
        if self.document.profile.evaluation == Evaluation::Ordered {
            asked.sort_by_key(|(place, rule)| (*place, rule.spec.priority, rule.spec.action == Action::Allow));
        }
        asked.into_iter().map(|(_, rule)| rule).collect()
    }

    /// What decides which packets at a vnic; each packet is decided by one.
    pub fn deciders(&self, vnic: &VnicId, direction: Direction) -> BTreeMap<Decider, Packets> {
        self.deciders_of(vnic, direction, &self.rules_at(vnic, direction))
    }

    /// The same if the vnic asked these rules in this order.
    pub fn deciders_of(&self, vnic: &VnicId, direction: Direction, rules: &[&Rule]) -> BTreeMap<Decider, Packets> {
        let Some((_, found)) = self.document.vnic(vnic.as_str()) else {
            return BTreeMap::from([(Decider::UnknownVnic, self.universe.all().clone())]);
        };
        if found.port_security == PortSecurity::Off {
            return BTreeMap::from([(Decider::PortSecurityOff, self.universe.all().clone())]);
        }
        let mut undecided = self.universe.all().clone();
        let mut deciders = BTreeMap::new();
        let mut give = |decider: Decider, packets: &Packets| {
            let own = undecided.intersection(packets);
            undecided = undecided.without(&own);
            if !own.is_empty() {
                deciders.insert(decider, own);
            }
        };
        if self.document.profile.same_subnet == SameSubnet::Exempt {
            give(Decider::SameSubnet, &self.neighbours(found));
        }
        if found.groups.is_empty() {
            give(Decider::NoGroups, self.universe.all());
        }
        for rule in rules {
            give(Decider::Rule(rule.id.clone(), rule.spec.action), self.matching(&rule.id));
        }
        give(Decider::Default(self.default(direction, rules)), self.universe.all());
        deciders
    }

    fn neighbours(&self, vnic: &Vnic) -> Packets {
        let networks = self.document.networks.iter().filter(|network| network.id == vnic.network);
        let prefixes = networks.flat_map(|network| &network.subnets).map(|subnet| subnet.prefix);
        prefixes.fold(self.universe.nothing(), |set, prefix| {
            set.union(&self.universe.remotes(prefix.first(), prefix.last()))
        })
    }

    fn default(&self, direction: Direction, rules: &[&Rule]) -> Action {
        let is_closed = match (direction, self.document.profile.egress_default) {
            (Direction::Ingress, _) | (Direction::Egress, EgressDefault::Deny) => true,
            (Direction::Egress, EgressDefault::AllowUntilFirstRule) => !rules.is_empty(),
            (Direction::Egress, EgressDefault::AllowUntilFirstRuleOfFamily) => {
                rules.iter().any(|rule| rule.spec.family == self.universe.family())
            }
        };
        if is_closed { Action::Deny } else { Action::Allow }
    }
}

fn matching(document: &Document, universe: &Universe, rule: &Rule) -> Packets {
    if rule.spec.family != universe.family() {
        return universe.nothing();
    }
    let packets = of_protocol(universe, &rule.spec.protocol).intersection(universe.all());
    packets.intersection(&of_remote(document, universe, &rule.spec.remote))
}

fn of_protocol(universe: &Universe, protocol: &Protocol) -> Packets {
    let with_ports = |number: u8, ports: &PortMatch| {
        let packets = universe.protocols([IpProtocol(number)]);
        match ports {
            PortMatch::Any => packets,
            PortMatch::Ranges(ranges) => {
                let ports = ranges.iter().map(|range| universe.keys(range.first(), range.last()));
                packets.intersection(&ports.fold(universe.nothing(), |set, ports| set.union(&ports)))
            }
        }
    };
    match protocol {
        Protocol::Any => universe.all().clone(),
        Protocol::Tcp(ports) => with_ports(6, ports),
        Protocol::Udp(ports) => with_ports(17, ports),
        Protocol::UdpLite(ports) => with_ports(136, ports),
        Protocol::Sctp(ports) => with_ports(132, ports),
        Protocol::Dccp(ports) => with_ports(33, ports),
        Protocol::Number(number) => universe.protocols([*number]),
        Protocol::Icmp(icmp) => {
            let own = match universe.family() {
                Family::Ipv4 => 1,
                Family::Ipv6 => 58,
            };
            let packets = universe.protocols([IpProtocol(own)]);
            let key = |kind: u8, code: u8| u16::from(kind) << 8 | u16::from(code);
            match icmp {
                IcmpMatch::Any => packets,
                IcmpMatch::Type(kind) => packets.intersection(&universe.keys(key(*kind, 0), key(*kind, 255))),
                IcmpMatch::TypeCode(kind, code) => {
                    packets.intersection(&universe.keys(key(*kind, *code), key(*kind, *code)))
                }
            }
        }
    }
}

fn of_remote(document: &Document, universe: &Universe, remote: &Remote) -> Packets {
    let blocks = match remote {
        Remote::Any => return universe.all().clone(),
        Remote::Prefix(prefix) => vec![(prefix.first(), prefix.last())],
        Remote::Group(group) => members(document, group),
        Remote::AddressGroup(id) => {
            let groups = document.address_groups.iter().filter(|group| group.id == *id);
            groups.flat_map(|group| &group.prefixes).map(|block| (block.first(), block.last())).collect()
        }
    };
    blocks.into_iter().fold(universe.nothing(), |set, (first, last)| set.union(&universe.remotes(first, last)))
}

/// Who is a member of a group: fixed addresses, and allowed pairs and extra sources where the profile counts them.
fn members(document: &Document, group: &policy::GroupId) -> Vec<(std::net::IpAddr, std::net::IpAddr)> {
    let vnics = || document.vnics().map(|(_, vnic)| vnic).filter(|vnic| vnic.groups.contains(group));
    let fixed = vnics().flat_map(|vnic| &vnic.addresses).map(|address| (*address, *address));
    let pairs = vnics().flat_map(|vnic| &vnic.allowed_pairs).map(|pair| pair.prefix);
    let sources = document.groups.iter().filter(|known| known.id == *group).flat_map(|known| &known.sources).copied();
    let prefixes: Vec<policy::Prefix> = match document.profile.remote_members {
        RemoteMembers::Addresses => Vec::new(),
        RemoteMembers::AddressesAndPairs => pairs.collect(),
        RemoteMembers::AddressesPairsAndSources => pairs.chain(sources).collect(),
    };
    fixed.chain(prefixes.into_iter().map(|prefix| (prefix.first(), prefix.last()))).collect()
}
