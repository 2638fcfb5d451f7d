//! The document: everything of one project that people edit.

use std::net::IpAddr;

use wire::MacAddr;

use crate::model::id::{AddressGroupKind, GroupKind, InstanceKind, NetworkKind, RuleKind, VnicKind};
use crate::model::{
    AddressBlock, AddressGroupId, EtherType, GroupId, Id, IdKind, InstanceId, InstanceState, NetworkId, PortSecurity,
    Prefix, Rule, RuleId, RuleSpec, Tracking, VlanId, VnicId,
};
use crate::profile::Profile;

/// One project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The semantics that the rules have.
    pub profile: Profile,
    /// The group that a new vnic starts with where nobody names one.
    pub primary_group: GroupId,
    /// Where the instances are.
    pub networks: Vec<Network>,
    /// Security groups; the order is for people only.
    pub groups: Vec<SecurityGroup>,
    /// Named sets of addresses.
    pub address_groups: Vec<AddressGroup>,
    /// Virtual machines.
    pub instances: Vec<Instance>,
}

/// A layer-2 network and its subnets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Unique in the project.
    pub id: NetworkId,
    /// The VLAN that carries it, for people: guests see no tag.
    pub vlan: Option<VlanId>,
    /// What its vnics may send and receive besides IP and ARP.
    pub ethertypes: Vec<EtherType>,
    /// Its subnets, IPv4 and IPv6.
    pub subnets: Vec<Subnet>,
}

/// One prefix of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subnet {
    /// Addresses of the subnet.
    pub prefix: Prefix,
    /// The router, of the prefix's family; for IPv6 it may be link-local.
    pub gateway: Option<IpAddr>,
    /// DHCP servers; where none is listed, any host that is no instance may answer.
    pub dhcp: Vec<IpAddr>,
}

/// A named set of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityGroup {
    /// Unique in the project. The group `default` cannot be deleted.
    pub id: GroupId,
    /// What people call it: 1 to 255 characters, unique in the project.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Whether replies pass without a rule; the groups of one vnic agree on it.
    pub tracking: Tracking,
    /// Extra sources: addresses that count as members where the group is a remote, in profiles that have such.
    pub sources: Vec<Prefix>,
    /// Rules of both directions; the order is for people only.
    pub rules: Vec<Rule>,
}

/// A named set of addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressGroup {
    /// Unique in the project.
    pub id: AddressGroupId,
    /// What people call it.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Prefixes and ranges of both families.
    pub prefixes: Vec<AddressBlock>,
}

/// A virtual machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Unique in the project.
    pub id: InstanceId,
    /// What people call it.
    pub name: String,
    /// Whether it runs. It keeps its addresses and memberships while it does not.
    pub state: InstanceState,
    /// Its ports (NICs), at least one.
    pub vnics: Vec<Vnic>,
}

/// A port of an instance: its NIC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vnic {
    /// Unique in the project.
    pub id: VnicId,
    /// The network that it is plugged into.
    pub network: NetworkId,
    /// Its Ethernet address, unique in its network.
    pub mac: MacAddr,
    /// Its fixed addresses.
    pub addresses: Vec<IpAddr>,
    /// What else it may use as source (virtual addresses, routed prefixes).
    pub allowed_pairs: Vec<AddressPair>,
    /// Attached groups, in order; none where port security is off.
    pub groups: Vec<GroupId>,
    /// Whether anything is filtered.
    pub port_security: PortSecurity,
    /// The guest-side link on its hypervisor, where an enforcer owns it.
    pub interface: Option<String>,
}

/// An address that a vnic may use besides its own. Text form: `10.0.0.100/32` or `10.0.0.100/32 52:54:00:00:00:64`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AddressPair {
    /// Source addresses.
    pub prefix: Prefix,
    /// Source MAC; the vnic's own where it is absent.
    pub mac: Option<MacAddr>,
}

impl Default for Document {
    /// The default profile and nothing else, not even the group `default`.
    fn default() -> Document {
        Document {
            profile: Profile::default(),
            primary_group: Document::default_group_id(),
            networks: Vec::new(),
            groups: Vec::new(),
            address_groups: Vec::new(),
            instances: Vec::new(),
        }
    }
}

impl Document {
    /// The id of the group that every project has.
    pub const DEFAULT_GROUP: &'static str = "default";

    /// A project that has only its `default` group.
    pub fn new(profile: Profile) -> Document {
        let mut document = Document { profile, ..Document::default() };
        document.add_default_group();
        document
    }

    /// [`Document::DEFAULT_GROUP`] as an id.
    pub fn default_group_id() -> GroupId {
        Document::DEFAULT_GROUP.parse().expect("the name of the default group is an id")
    }

    /// A group with the rules that the profile gives to new groups; it is not yet in the document.
    pub fn new_group(&self, id: GroupId) -> SecurityGroup {
        self.group_of(id, self.profile.new_group_rules.clone())
    }

    /// The id that a new rule of the group gets when nobody names it: the first free one of `GROUP/1`, `GROUP/2` ...
    pub fn free_rule_id(&self, group: &GroupId) -> RuleId {
        let mut ids = RuleId::numbered(group);
        ids.find(|id| self.rule(id).is_none()).expect("there are more numbers than rules")
    }

    /// Adds the group `default` with its first rules, where it is missing.
    pub(crate) fn add_default_group(&mut self) {
        if self.group(Document::DEFAULT_GROUP).is_none() {
            let group = self.group_of(Document::default_group_id(), self.profile.default_group_rules.clone());
            self.groups.push(group);
        }
    }

    fn group_of(&self, id: GroupId, specs: Vec<RuleSpec>) -> SecurityGroup {
        let free = RuleId::numbered(&id).filter(|id| self.rule(id).is_none());
        let rules = free.zip(specs).map(|(id, spec)| Rule { id, spec, enabled: true, description: String::new() });
        let (name, description, tracking) = (id.to_string(), String::new(), Tracking::default());
        SecurityGroup { id, name, description, tracking, sources: Vec::new(), rules: rules.collect() }
    }

    /// The group of this id.
    pub fn group(&self, id: &str) -> Option<&SecurityGroup> {
        self.groups.iter().find(|group| group.id.as_str() == id)
    }

    /// The rule of this id and the group that holds it.
    pub fn rule(&self, id: &RuleId) -> Option<(&SecurityGroup, &Rule)> {
        self.groups.iter().find_map(|group| Some((group, group.rules.iter().find(|rule| rule.id == *id)?)))
    }

    /// The vnic of this id and its instance.
    pub fn vnic(&self, id: &str) -> Option<(&Instance, &Vnic)> {
        self.vnics().find(|(_, vnic)| vnic.id.as_str() == id)
    }

    /// Every vnic and its instance, in document order.
    pub fn vnics(&self) -> impl Iterator<Item = (&Instance, &Vnic)> + Clone {
        self.instances.iter().flat_map(|instance| instance.vnics.iter().map(move |vnic| (instance, vnic)))
    }

    /// The network of this id.
    pub fn network(&self, id: &NetworkId) -> Option<&Network> {
        self.networks.iter().find(|network| network.id == *id)
    }
}

/// What has an id that is unique among its kind.
pub(crate) trait Named {
    /// Its kind.
    type Kind: IdKind;

    /// Its id.
    fn id(&self) -> &Id<Self::Kind>;
}

impl Named for Network {
    type Kind = NetworkKind;

    fn id(&self) -> &NetworkId {
        &self.id
    }
}

impl Named for SecurityGroup {
    type Kind = GroupKind;

    fn id(&self) -> &GroupId {
        &self.id
    }
}

impl Named for Rule {
    type Kind = RuleKind;

    fn id(&self) -> &RuleId {
        &self.id
    }
}

impl Named for AddressGroup {
    type Kind = AddressGroupKind;

    fn id(&self) -> &AddressGroupId {
        &self.id
    }
}

impl Named for Instance {
    type Kind = InstanceKind;

    fn id(&self) -> &InstanceId {
        &self.id
    }
}

impl Named for Vnic {
    type Kind = VnicKind;

    fn id(&self) -> &VnicId {
        &self.id
    }
}

impl std::fmt::Display for AddressPair {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.mac {
            None => write!(out, "{}", self.prefix),
            Some(mac) => write!(out, "{} {mac}", self.prefix),
        }
    }
}

impl std::str::FromStr for AddressPair {
    type Err = String;

    fn from_str(text: &str) -> Result<AddressPair, String> {
        let mut words = text.split_whitespace();
        let prefix =
            words.next().unwrap_or_default().parse().map_err(|error: crate::model::PrefixError| error.to_string())?;
        let mac =
            words.next().map(|word| word.parse()).transpose().map_err(|error: wire::MacError| error.to_string())?;
        match words.next() {
            None => Ok(AddressPair { prefix, mac }),
            Some(word) => Err(format!("the word `{word}` fits nowhere: write a prefix and, at most, a MAC address")),
        }
    }
}
