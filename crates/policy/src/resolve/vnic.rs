//! Vnics and networks, and whom a vnic's addresses make a member.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use crate::cow::{Paged, Sharded};
use crate::lists::ListIndex;
use crate::model::{
    AddressBlock, AddressPair, Document, GroupId, Instance, Network, NetworkId, Prefix, Tracking, Vnic,
};
use crate::policy::{GroupIndex, PolicyGroup, PolicyNetwork, PolicyVnic};
use crate::profile::RemoteMembers;

/// What a vnic is resolved with.
pub(super) struct Surroundings<'p> {
    pub(super) networks: &'p HashMap<NetworkId, PolicyNetwork>,
    pub(super) groups: &'p Paged<Arc<PolicyGroup>>,
    pub(super) group_by_id: &'p Sharded<GroupId, GroupIndex>,
}

impl Surroundings<'_> {
    /// The groups of a vnic. One that is not there is a fault that validation reports; should it ever come here, it allows
    /// nothing.
    pub(super) fn groups(&self, vnic: &Vnic) -> Vec<GroupIndex> {
        vnic.groups.iter().filter_map(|group| self.group_by_id.get(group).copied()).collect()
    }

    /// A vnic whose groups are a list.
    pub(super) fn vnic(&self, instance: &Instance, vnic: &Vnic, list: ListIndex) -> PolicyVnic {
        let network = self.network(vnic);
        PolicyVnic {
            id: vnic.id.clone(),
            instance: instance.id.clone(),
            network: vnic.network.clone(),
            mac: vnic.mac,
            addresses: vnic.addresses.clone(),
            allowed_pairs: vnic.allowed_pairs.clone(),
            groups: vnic.groups.clone(),
            tracking: self.tracking(vnic.groups.first()),
            port_security: vnic.port_security,
            ethertypes: network.ethertypes,
            subnets: network.subnets,
            interface: vnic.interface.clone(),
            list,
        }
    }

    /// Whether a resolved vnic is what the document says.
    pub(super) fn is_same(&self, resolved: &PolicyVnic, instance: &Instance, vnic: &Vnic) -> bool {
        let network = self.network(vnic);
        resolved.id == vnic.id
            && resolved.instance == instance.id
            && resolved.network == vnic.network
            && resolved.mac == vnic.mac
            && resolved.addresses == vnic.addresses
            && resolved.allowed_pairs == vnic.allowed_pairs
            && resolved.groups == vnic.groups
            && resolved.tracking == self.tracking(vnic.groups.first())
            && resolved.port_security == vnic.port_security
            && Arc::ptr_eq(&resolved.ethertypes, &network.ethertypes)
            && Arc::ptr_eq(&resolved.subnets, &network.subnets)
            && resolved.interface == vnic.interface
    }

    fn network(&self, vnic: &Vnic) -> PolicyNetwork {
        self.networks
            .get(&vnic.network)
            .cloned()
            .unwrap_or_else(|| PolicyNetwork { ethertypes: Arc::default(), subnets: Arc::default() })
    }

    /// What the groups of a vnic say of tracking; validation sees to it that they agree.
    fn tracking(&self, first: Option<&GroupId>) -> Tracking {
        let first = first.and_then(|id| self.group_by_id.get(id));
        first.map_or(Tracking::default(), |group| self.groups.at(group.0).tracking)
    }
}

/// The networks of a document; those that are as in `known` are the very same.
pub(super) fn networks(
    document: &Document,
    known: &HashMap<NetworkId, PolicyNetwork>,
) -> HashMap<NetworkId, PolicyNetwork> {
    let resolved = |network: &Network| {
        let known = known.get(&network.id);
        let ethertypes = known.map(|known| &known.ethertypes).filter(|known| ***known == network.ethertypes[..]);
        let subnets = known.map(|known| &known.subnets).filter(|known| ***known == network.subnets[..]);
        PolicyNetwork {
            ethertypes: ethertypes.cloned().unwrap_or_else(|| network.ethertypes.as_slice().into()),
            subnets: subnets.cloned().unwrap_or_else(|| network.subnets.as_slice().into()),
        }
    };
    document.networks.iter().map(|network| (network.id.clone(), resolved(network))).collect()
}

/// The addresses by which a vnic is a member of its groups. Instances that are stopped keep theirs.
pub(super) fn member_blocks(
    counted: RemoteMembers,
    addresses: &[IpAddr],
    pairs: &[AddressPair],
) -> impl Iterator<Item = AddressBlock> {
    let pairs = match counted {
        RemoteMembers::Addresses => &[][..],
        RemoteMembers::AddressesAndPairs | RemoteMembers::AddressesPairsAndSources => pairs,
    };
    let fixed = addresses.iter().map(|address| Prefix::host(*address));
    fixed.chain(pairs.iter().map(|pair| pair.prefix)).map(AddressBlock::Prefix)
}

/// The addresses that are members of a group by its own word.
pub(super) fn source_blocks(counted: RemoteMembers, sources: &[Prefix]) -> impl Iterator<Item = AddressBlock> {
    let sources = match counted {
        RemoteMembers::Addresses | RemoteMembers::AddressesAndPairs => &[][..],
        RemoteMembers::AddressesPairsAndSources => sources,
    };
    sources.iter().copied().map(AddressBlock::Prefix)
}
