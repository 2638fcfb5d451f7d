//! Who can open connections to whom among groups: what a vnic that is to come may do, if it gets one group and no other.
//!
//! Each group gets two members that are made up, at addresses that nobody has and no host may have, so that rules for groups know
//! them and rules for prefixes do not: whatever address a member to come will have, it may do this, and perhaps more.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use policy::{
    Document, Faults, GroupId, IdError, Instance, InstanceId, InstanceState, Network, PortSecurity, Prefix, Revision,
    Subnet, Vnic, VnicId, resolve,
};
use wire::MacAddr;

use crate::matrix::{Exposure, Matrix, Reach, matrix};

/// Finds what members to come of each group may open to members to come of each other, and from and to the outside.
///
/// # Errors
/// The faults of the document with two members more for each group, such as limits of its profile.
pub fn group_matrix(document: &Document) -> Result<Matrix<GroupId>, Faults> {
    let (document, groups) = with_members(document);
    let found = matrix(&resolve(&document, Revision(1))?);
    let named = |vnics: &[VnicId]| {
        let names: BTreeSet<GroupId> = vnics.iter().filter_map(|vnic| groups.get(vnic).cloned()).collect();
        names.into_iter().collect::<Vec<_>>()
    };
    let within = found.within.iter().map(|reach| Reach {
        from: named(&reach.from),
        to: named(&reach.to),
        opens: reach.opens.clone(),
    });
    let outside = found.outside.iter().map(|one| Exposure { vnics: named(&one.vnics), region: one.region.clone() });
    let mut within: Vec<Reach<GroupId>> =
        within.filter(|reach| !reach.from.is_empty() && !reach.to.is_empty()).collect();
    within.sort_by(|one, other| (&one.from, &one.to).cmp(&(&other.from, &other.to)));
    Ok(Matrix { within, outside: outside.filter(|one| !one.vnics.is_empty()).collect() })
}

/// The document with two members more of each group, and whose members they are.
fn with_members(document: &Document) -> (Document, HashMap<VnicId, GroupId>) {
    let mut with = document.clone();
    let mut groups = HashMap::new();
    let taken: Vec<&str> = document.instances.iter().map(|instance| instance.id.as_str()).collect();
    let taken_by_vnics: Vec<&str> = document.vnics().map(|(_, vnic)| vnic.id.as_str()).collect();
    let members = document.groups.iter().flat_map(|group| [group, group]);
    for (at, group) in (1_u32..).zip(members) {
        let stem = format!("future-{at}");
        // On a network of its own: where a profile exempts subnets, members to come need not share one.
        let network = network(document, &stem, addresses(at));
        let id: VnicId = unused(&stem, taken_by_vnics.iter().copied());
        groups.insert(id.clone(), group.id.clone());
        let vnic = Vnic {
            id,
            network: network.id.clone(),
            mac: mac(at),
            addresses: addresses(at).to_vec(),
            allowed_pairs: Vec::new(),
            groups: vec![group.id.clone()],
            port_security: PortSecurity::On,
            interface: None,
        };
        let id: InstanceId = unused(&stem, taken.iter().copied());
        with.instances.push(Instance { name: stem, id, state: InstanceState::Running, vnics: vec![vnic] });
        with.networks.push(network);
    }
    (with, groups)
}

fn network(document: &Document, stem: &str, addresses: [IpAddr; 2]) -> Network {
    let id = unused(stem, document.networks.iter().map(|network| network.id.as_str()));
    let subnet = |address| Subnet { prefix: Prefix::host(address), gateway: None, dhcp: Vec::new() };
    Network { id, vlan: None, ethertypes: Vec::new(), subnets: addresses.map(subnet).to_vec() }
}

/// The first id of a stem that is not taken.
fn unused<'a, T: FromStr<Err = IdError>>(stem: &str, taken: impl Iterator<Item = &'a str> + Clone) -> T {
    let ids = (0..).map(|more| format!("{stem}{}", "x".repeat(more)));
    let mut free = ids.filter(|id| !taken.clone().any(|known| known == id));
    let found = free.next().and_then(|id| id.parse().ok());
    found.expect("a short id of letters, and fewer are taken than there are")
}

/// Locally administered, on a network of their own.
fn mac(at: u32) -> MacAddr {
    let [a, b, c, d] = at.to_be_bytes();
    MacAddr([0x0a, 0, a, b, c, d])
}

/// Of the blocks that no host has: reserved (RFC 1112 section 4) and discarded (RFC 6666).
fn addresses(at: u32) -> [IpAddr; 2] {
    let v4 = Ipv4Addr::new(240, 0, 0, 0).to_bits() + at;
    let v6 = Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0).to_bits() + u128::from(at);
    [Ipv4Addr::from_bits(v4).into(), Ipv6Addr::from_bits(v6).into()]
}
