//! The resolved policy.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use wire::{Family, MacAddr};

use crate::address_set::AddressSet;
use crate::cow::{Paged, Sharded};
use crate::lists::{ListIndex, Lists};
use crate::memory;
use crate::model::{
    AddressPair, Direction, EtherType, GroupId, InstanceId, NetworkId, PortSecurity, Prefix, Rule, RuleId, Subnet,
    Tracking, Vnic, VnicId,
};
use crate::profile::Profile;
use crate::program::Program;
use crate::remote::{Remotes, SelectorIndex, Survey};

/// An immutable snapshot of a document that resolved. Made by [`crate::resolve`] and its kin only.
///
/// A copy is cheap, and so is the policy of the next revision: they share what they have in common.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(crate) revision: Revision,
    pub(crate) profile: Arc<Profile>,
    /// Every rule that is, and some that were.
    pub(crate) rules: Paged<PolicyRule>,
    /// Every group that is, and some that were.
    pub(crate) groups: Paged<Arc<PolicyGroup>>,
    pub(crate) group_by_id: Sharded<GroupId, GroupIndex>,
    pub(crate) lists: Lists,
    pub(crate) networks: Arc<HashMap<NetworkId, PolicyNetwork>>,
    pub(crate) vnics: Paged<Arc<PolicyVnic>>,
    /// By vnic: its list once more, where a decision finds it without the vnic.
    pub(crate) seats: Vec<ListIndex>,
    pub(crate) vnic_by_id: Sharded<VnicId, VnicIndex>,
    pub(crate) neighbourhood: Arc<Neighbourhood>,
    pub(crate) remotes: Remotes,
    /// What programs are compiled with; it may lag behind the remotes.
    pub(crate) survey: Arc<Survey>,
}

/// Counts the versions of a document, upward from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Revision(pub u64);

/// A rule of one policy; means nothing in another revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleIndex(pub u32);

/// A vnic of one policy; means nothing in another revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VnicIndex(pub u32);

/// A security group of one policy and of those that follow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct GroupIndex(pub(crate) u32);

/// A rule with its remote resolved.
#[derive(Clone, Debug)]
pub struct PolicyRule {
    /// The rule as edited.
    pub rule: Rule,
    /// The group that holds it.
    pub group: GroupId,
    /// Its remote; `None` is every address.
    pub(crate) selector: Option<SelectorIndex>,
}

/// A security group, compiled.
#[derive(Debug)]
pub(crate) struct PolicyGroup {
    pub(crate) id: GroupId,
    pub(crate) tracking: Tracking,
    pub(crate) sources: Vec<Prefix>,
    /// Its rules in the order of the document.
    pub(crate) rules: Vec<RuleIndex>,
    /// The families that an enabled egress rule names: ingress never opens by itself.
    pub(crate) egress: Vec<Family>,
    pub(crate) program: Arc<Program>,
}

/// What vnics know of their network.
#[derive(Clone, Debug)]
pub(crate) struct PolicyNetwork {
    pub(crate) ethertypes: Arc<[EtherType]>,
    pub(crate) subnets: Arc<[Subnet]>,
}

/// A vnic with everything that judging its packets needs.
#[derive(Clone, Debug)]
pub struct PolicyVnic {
    /// Its id.
    pub id: VnicId,
    /// The instance that it belongs to.
    pub instance: InstanceId,
    /// The network that it is plugged into.
    pub network: NetworkId,
    /// Its Ethernet address.
    pub mac: MacAddr,
    /// Its fixed addresses.
    pub addresses: Vec<IpAddr>,
    /// Its allowed address pairs.
    pub allowed_pairs: Vec<AddressPair>,
    /// Attached groups, in order.
    pub groups: Vec<GroupId>,
    /// Whether flows are tracked: what its groups say, which agree.
    pub tracking: Tracking,
    /// Whether anything is filtered.
    pub port_security: PortSecurity,
    /// The further EtherTypes that its network permits.
    pub ethertypes: Arc<[EtherType]>,
    /// The subnets of its network.
    pub subnets: Arc<[Subnet]>,
    /// The guest-side link on its hypervisor.
    pub interface: Option<String>,
    /// Its groups, compiled.
    pub(crate) list: ListIndex,
}

/// What all instances own together: none of it belongs to a router or a DHCP server.
#[derive(Clone, Debug)]
pub(crate) struct Neighbourhood {
    macs: HashSet<MacAddr>,
    addresses: AddressSet,
}

impl Neighbourhood {
    pub(crate) fn of<'a>(vnics: impl Iterator<Item = &'a Vnic> + Clone) -> Neighbourhood {
        let pair_macs = |vnic: &'a Vnic| vnic.allowed_pairs.iter().filter_map(|pair| pair.mac);
        let macs: HashSet<MacAddr> = vnics.clone().flat_map(|vnic| pair_macs(vnic).chain([vnic.mac])).collect();
        let link_locals = macs.iter().map(|mac| Prefix::host(mac.link_local().into()));
        let fixed = vnics.flat_map(|vnic| vnic.addresses.iter().copied().map(Prefix::host));
        let addresses = AddressSet::of(link_locals.chain(fixed));
        Neighbourhood { macs, addresses }
    }

    /// About the bytes that it takes.
    pub(crate) fn bytes(&self) -> usize {
        memory::of_set(&self.macs) + self.addresses.bytes()
    }

    /// Whether a frame with these source addresses claims to come from an instance.
    pub(crate) fn contains(&self, mac: MacAddr, address: IpAddr) -> bool {
        self.macs.contains(&mac) || self.addresses.contains(address)
    }
}

impl Policy {
    /// The revision that it was resolved from.
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The semantics of its rules.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Where a vnic stands, by its id.
    pub fn vnic_index(&self, id: &VnicId) -> Option<VnicIndex> {
        self.vnic_by_id.get(id).copied()
    }

    /// The vnic at an index of this policy.
    pub fn vnic(&self, index: VnicIndex) -> &PolicyVnic {
        self.vnics.at(index.0)
    }

    /// All vnics, in document order.
    pub fn vnics(&self) -> impl Iterator<Item = (VnicIndex, &PolicyVnic)> {
        (0..).map(VnicIndex).zip(self.vnics.iter().map(|vnic| &**vnic))
    }

    /// The rule at an index of this policy.
    pub fn rule(&self, index: RuleIndex) -> &PolicyRule {
        self.rules.at(index.0)
    }

    /// The id of the rule at an index of this policy.
    pub fn rule_id(&self, index: RuleIndex) -> &RuleId {
        &self.rule(index).rule.id
    }

    /// Every rule, group by group, each group's in the order of the document.
    pub fn rules(&self) -> impl Iterator<Item = RuleIndex> {
        let mut groups: Vec<(&GroupId, &GroupIndex)> = self.group_by_id.iter().collect();
        groups.sort_unstable_by_key(|(id, _)| *id);
        groups.into_iter().flat_map(|(_, group)| self.groups.at(group.0).rules.iter().copied())
    }

    /// Every rule has an index below this. There may be some that no rule has.
    pub fn rule_places(&self) -> usize {
        self.rules.len()
    }

    /// The rules of a vnic in one direction, in the order of evaluation, disabled ones included.
    pub fn rules_at(&self, vnic: VnicIndex, direction: Direction) -> impl Iterator<Item = RuleIndex> {
        let programs = self.lists.programs(self.vnic(vnic).list);
        programs.iter().flat_map(move |program| program.rules(direction).iter().copied())
    }

    /// The groups of a vnic, in order.
    pub(crate) fn groups_at(&self, vnic: VnicIndex) -> impl Iterator<Item = &PolicyGroup> {
        self.lists.groups(self.vnic(vnic).list).iter().map(|group| &**self.groups.at(group.0))
    }
}

impl PolicyVnic {
    /// Whether the vnic may use this source MAC: its own or an allowed pair's.
    pub fn owns_mac(&self, mac: MacAddr) -> bool {
        mac == self.mac || self.allowed_pairs.iter().any(|pair| pair.mac == Some(mac))
    }

    /// Whether the vnic may use this address with this source MAC: a fixed address with its own MAC, an allowed pair's, or
    /// the link-local address derived from a MAC of its own.
    pub fn owns(&self, address: IpAddr, mac: MacAddr) -> bool {
        let fixed = mac == self.mac && self.addresses.contains(&address);
        let paired = || {
            self.allowed_pairs.iter().any(|pair| pair.mac.unwrap_or(self.mac) == mac && pair.prefix.contains(address))
        };
        let link_local = || address == IpAddr::V6(mac.link_local()) && self.owns_mac(mac);
        fixed || paired() || link_local()
    }

    /// Whether the address is one of the vnic's with any of its MACs.
    pub fn owns_address(&self, address: IpAddr) -> bool {
        let paired =
            |pair: &AddressPair| pair.prefix.contains(address) || pair.mac.is_some_and(|mac| self.owns(address, mac));
        self.owns(address, self.mac) || self.allowed_pairs.iter().any(paired)
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0)
    }
}
