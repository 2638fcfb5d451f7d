//! Networks: their subnets do not overlap, and routers and DHCP servers can be reached in them.

use std::collections::HashMap;
use std::net::IpAddr;

use super::index::Index;
use super::path::Path;
use super::repeats::Repeats;
use super::{NETWORKS, unique_in_list};
use crate::Diagnostic;
use crate::model::{Family, Network, NetworkId, Subnet, VlanId};

pub(super) fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    unique_in_list(&NETWORKS, &index.document.networks, found);
    let mut vlans: HashMap<VlanId, &NetworkId> = HashMap::new();
    for (place, (network, subnets)) in index.networks().enumerate() {
        let path = NETWORKS.item(place);
        vlan(&mut vlans, network, &path, found);
        ethertypes(network, &path, found);
        for (n, (path, subnet)) in path.field("subnets").items(&network.subnets).enumerate() {
            if subnets.overlap() {
                overlap(network, n, subnet, &path, found);
            }
            gateway(subnet, &path, found);
            dhcp(subnet, &path, found);
        }
    }
}

/// Two networks may share a VLAN id on two wires.
fn vlan<'d>(
    taken: &mut HashMap<VlanId, &'d NetworkId>,
    network: &'d Network,
    path: &Path<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let Some(vlan) = network.vlan else { return };
    if let Some(other) = taken.insert(vlan, &network.id) {
        let message =
            format!("the network `{other}` has the VLAN `{vlan}` too: choose another one, unless they share no wire");
        found.push(Diagnostic::warning(path.field("vlan"), message));
    }
}

fn ethertypes(network: &Network, path: &Path<'_>, found: &mut Vec<Diagnostic>) {
    for (place, _) in Repeats::of(&network.ethertypes).iter() {
        let message = format!("`{}` stands in the list twice: remove one", network.ethertypes[place]);
        found.push(Diagnostic::warning(path.field("ethertypes").item(place), message));
    }
}

fn overlap(network: &Network, index: usize, subnet: &Subnet, path: &Path<'_>, found: &mut Vec<Diagnostic>) {
    let prefix = subnet.prefix;
    let overlaps = |other: &&Subnet| other.prefix.contains(prefix.first()) || prefix.contains(other.prefix.first());
    if let Some(other) = network.subnets[..index].iter().find(overlaps) {
        let message =
            format!("`{prefix}` overlaps `{}` of the same network: an address would be in both", other.prefix);
        found.push(Diagnostic::error(path.field("prefix"), message));
    }
}

fn gateway(subnet: &Subnet, path: &Path<'_>, found: &mut Vec<Diagnostic>) {
    let Some(gateway) = subnet.gateway else { return };
    if !subnet.prefix.contains(gateway) && !is_link_local_of(gateway, subnet) {
        let message = format!("the gateway `{gateway}` is outside of its subnet `{}`", subnet.prefix);
        found.push(Diagnostic::error(path.field("gateway"), message));
    }
}

fn dhcp(subnet: &Subnet, path: &Path<'_>, found: &mut Vec<Diagnostic>) {
    for (path, server) in path.field("dhcp").items(&subnet.dhcp) {
        if Family::of(*server) != subnet.prefix.family() {
            let message =
                format!("the DHCP server `{server}` is of another family than its subnet `{}`", subnet.prefix);
            found.push(Diagnostic::error(path, message));
        }
    }
}

/// An IPv6 router may be known by its link-local address alone.
fn is_link_local_of(address: IpAddr, subnet: &Subnet) -> bool {
    match address {
        IpAddr::V4(_) => false,
        IpAddr::V6(address) => address.is_unicast_link_local() && subnet.prefix.family() == Family::Ipv6,
    }
}
