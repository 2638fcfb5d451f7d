//! Rule sets on one vnic.
//!
//! [`realistic`] is what a cloud project looks like: a few services for everyone, single hosts and office prefixes, and remote
//! groups with members. [`generated`] is in the style of ClassBench (Taylor, Turner, INFOCOM 2005): nested prefixes, port
//! ranges, a mix of protocols, all of it heavily overlapping. Rules are ingress and of one family, so their number is that of
//! the rules that a packet meets.

pub mod disjoint;
pub mod generated;
pub mod grid;
pub mod realistic;

use std::collections::HashSet;
use std::net::IpAddr;

use policy::{
    Action, AddressGroup, Direction, Document, Family, GroupId, Instance, InstanceState, Network, Policy, PortSecurity,
    Prefix, Priority, Profile, Protocol, Remote, Revision, Rule, RuleId, RuleSpec, SecurityGroup, Subnet, Tracking,
    Vnic, VnicIndex, resolve,
};
use wire::MacAddr;

/// The groups that the vnic's rules are spread over.
const GROUPS: usize = 5;

/// The MAC of whoever is not an instance.
pub const ROUTER: MacAddr = MacAddr([0x52, 0x54, 0, 0xff, 0xff, 0xfe]);

/// A document whose vnic [`RuleSet::VNIC`] has the rules.
#[derive(Clone, Debug)]
pub struct RuleSet {
    /// Everything.
    pub document: Document,
    /// The family of the rules.
    pub family: Family,
}

/// What a rule set may be made of beside its rules.
#[derive(Debug, Default)]
struct Surroundings {
    groups: Vec<SecurityGroup>,
    address_groups: Vec<AddressGroup>,
    instances: Vec<Instance>,
}

/// In which style rules are made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As in a cloud project.
    Realistic,
    /// As ClassBench does it.
    Generated,
}

impl Style {
    /// Both.
    pub const ALL: [Style; 2] = [Style::Realistic, Style::Generated];

    /// What the table calls it.
    pub fn name(self) -> &'static str {
        match self {
            Style::Realistic => "realistic",
            Style::Generated => "generated",
        }
    }

    /// A set of so many rules in this style.
    pub fn rule_set(self, family: Family, count: usize) -> RuleSet {
        match self {
            Style::Realistic => realistic::rule_set(family, count),
            Style::Generated => generated::rule_set(family, count),
        }
    }
}

impl RuleSet {
    /// The id of the vnic whose packets are judged.
    pub const VNIC: &'static str = "server";

    /// Rules in this order, without those that say the same as an earlier one.
    pub fn of(family: Family, specs: impl IntoIterator<Item = RuleSpec>) -> RuleSet {
        RuleSet::among(family, specs, Surroundings::default())
    }

    /// The policy of the document, and the vnic in it.
    ///
    /// # Panics
    /// The document has a fault, which is one of whoever made it.
    pub fn resolve(&self) -> (Policy, VnicIndex) {
        let policy = resolve(&self.document, Revision(1)).expect("the rule set has no fault");
        let vnic = policy.vnic_index(&id(RuleSet::VNIC)).expect("the vnic is there");
        (policy, vnic)
    }

    fn among(family: Family, specs: impl IntoIterator<Item = RuleSpec>, around: Surroundings) -> RuleSet {
        let mut seen = HashSet::new();
        let specs: Vec<RuleSpec> = specs.into_iter().filter(|spec| seen.insert(spec.clone())).collect();
        let mut document = Document::new(Profile::default());
        document.networks.push(network());
        let pieces = specs.chunks(specs.len().div_ceil(GROUPS).max(1));
        let groups: Vec<SecurityGroup> =
            pieces.enumerate().map(|(at, specs)| group(&format!("own-{at}"), specs.to_vec())).collect();
        let attached = groups.iter().map(|group| group.id.clone()).collect();
        document.groups.extend(groups);
        document.groups.extend(around.groups);
        document.address_groups = around.address_groups;
        document.instances = vec![instance(RuleSet::VNIC, 0, attached)];
        document.instances.extend(around.instances);
        RuleSet { document, family }
    }
}

/// An id that is known to be one.
pub fn id<I>(text: &str) -> I
where
    I: std::str::FromStr,
    I::Err: std::fmt::Debug,
{
    text.parse().expect("an id")
}

/// An ingress rule that allows.
pub fn ingress(family: Family, protocol: Protocol, remote: Remote) -> RuleSpec {
    RuleSpec {
        direction: Direction::Ingress,
        family,
        protocol,
        remote,
        action: Action::Allow,
        priority: Priority::FIRST,
    }
}

/// A stateful group of these rules.
pub fn group(name: &str, specs: Vec<RuleSpec>) -> SecurityGroup {
    let id: GroupId = id(name);
    let rule = |(id, spec): (RuleId, RuleSpec)| Rule { id, spec, enabled: true, description: String::new() };
    let rules = RuleId::numbered(&id).zip(specs).map(rule).collect();
    let (description, tracking) = (String::new(), Tracking::Stateful);
    SecurityGroup { id, name: name.to_owned(), description, tracking, sources: Vec::new(), rules }
}

/// The instance of a number, with one vnic of the same name.
pub fn instance(name: &str, number: usize, groups: Vec<GroupId>) -> Instance {
    let vnic = Vnic {
        id: id(name),
        network: id("net"),
        mac: mac(number),
        addresses: Family::ALL.map(|family| own_address(family, number)).to_vec(),
        allowed_pairs: Vec::new(),
        groups,
        port_security: PortSecurity::On,
        interface: None,
    };
    Instance { id: id(name), name: name.to_owned(), state: InstanceState::Running, vnics: vec![vnic] }
}

/// The network that all instances are in.
pub fn network() -> Network {
    let subnet = |prefix: &str| Subnet { prefix: id(prefix), gateway: None, dhcp: Vec::new() };
    let subnets = vec![subnet("10.64.0.0/10"), subnet("2001:db8:1::/64")];
    Network { id: id("net"), vlan: None, ethertypes: Vec::new(), subnets }
}

/// The MAC of the instance of a number.
pub fn mac(number: usize) -> MacAddr {
    let [.., a, b, c] = (number as u32).to_be_bytes();
    MacAddr([0x52, 0x54, 0, a, b, c])
}

/// The address of the instance of a number.
pub fn own_address(family: Family, number: usize) -> IpAddr {
    const FIRST: u128 = 10;
    address(family, first_own(family) + FIRST + number as u128)
}

fn first_own(family: Family) -> u128 {
    match family {
        Family::Ipv4 => 0x0a40_0000,
        Family::Ipv6 => 0x2001_0db8_0001 << 80,
    }
}

/// The bits of an address.
pub fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// The address of these bits, which the family has room for.
pub fn address(family: Family, bits: u128) -> IpAddr {
    match family {
        Family::Ipv4 => IpAddr::V4((bits as u32).into()),
        Family::Ipv6 => IpAddr::V6(bits.into()),
    }
}

/// The bits of an address of the family.
pub fn width(family: Family) -> u8 {
    match family {
        Family::Ipv4 => 32,
        Family::Ipv6 => 128,
    }
}

/// The prefix of an address with so many bits.
fn prefix(family: Family, bits: u128, length: u8) -> Prefix {
    Prefix::masked(address(family, bits), length).expect("the family has this length")
}
