//! Members that send from what does not count as theirs.

use policy::{Prefix, Remote, RemoteMembers, Resolved, RuleId, Vnic};

use crate::lint::Finding;

/// Finds the rules for a group of which a member may send from an address that is no member's.
pub(super) fn find(resolved: &Resolved) -> Vec<(RuleId, Finding)> {
    let document = resolved.document();
    match document.profile.remote_members {
        RemoteMembers::AddressesAndPairs | RemoteMembers::AddressesPairsAndSources => return Vec::new(),
        RemoteMembers::Addresses => {}
    }
    let rules = document.rules().map(|(_, rule)| rule).filter(|rule| rule.enabled);
    let found = rules.flat_map(|rule| {
        let Remote::Group(group) = &rule.spec.remote else { return Vec::new() };
        let members = document.vnics().map(|(_, vnic)| vnic).filter(|vnic| vnic.groups.contains(group));
        let virtual_addresses = members.flat_map(|vnic| {
            let addresses = virtual_addresses(vnic).filter(|prefix| prefix.family() == rule.spec.family);
            addresses.map(|prefix| Finding::VirtualAddress { vnic: vnic.id.clone(), address: prefix.first() })
        });
        virtual_addresses.map(|finding| (rule.id.clone(), finding)).collect()
    });
    found.collect()
}

/// Single addresses that a vnic may use besides its own; whole prefixes are routed, and no member's anywhere.
fn virtual_addresses(vnic: &Vnic) -> impl Iterator<Item = Prefix> {
    let alone = vnic.allowed_pairs.iter().map(|pair| pair.prefix).filter(|prefix| prefix.first() == prefix.last());
    alone.filter(|prefix| !vnic.addresses.contains(&prefix.first()))
}
