//! Which addresses a remote stands for, as far as validation asks.

use std::collections::{HashMap, HashSet};

use crate::model::{AddressGroupId, Document, Family, GroupId, SecurityGroup};
use crate::profile::RemoteMembers;

/// The families of the addresses of groups and address groups.
pub(super) struct Members<'d> {
    attached: HashSet<&'d GroupId>,
    groups: HashMap<&'d GroupId, Families>,
    address_groups: HashMap<&'d AddressGroupId, Families>,
}

/// Whether there are addresses of each family.
#[derive(Clone, Copy, Default)]
pub(super) struct Families {
    ipv4: bool,
    ipv6: bool,
}

impl<'d> Members<'d> {
    pub(super) fn of(document: &'d Document) -> Members<'d> {
        let mut members: HashMap<&GroupId, Families> = HashMap::new();
        let counts = document.profile.remote_members;
        for (_, vnic) in document.vnics() {
            let fixed = Families::of(vnic.addresses.iter().map(|address| Family::of(*address)));
            let families = match counts {
                RemoteMembers::Addresses => fixed,
                RemoteMembers::AddressesAndPairs | RemoteMembers::AddressesPairsAndSources => {
                    fixed.and(Families::of(vnic.allowed_pairs.iter().map(|pair| pair.prefix.family())))
                }
            };
            for group in &vnic.groups {
                let known = members.entry(group).or_default();
                *known = known.and(families);
            }
        }
        let sources = |group: &SecurityGroup| match counts {
            RemoteMembers::Addresses | RemoteMembers::AddressesAndPairs => Families::default(),
            RemoteMembers::AddressesPairsAndSources => Families::of(group.sources.iter().map(|prefix| prefix.family())),
        };
        let of_group = |group: &'d SecurityGroup| {
            (&group.id, members.get(&group.id).copied().unwrap_or_default().and(sources(group)))
        };
        let groups = document.groups.iter().map(of_group).collect();
        let attached = members.into_keys().collect();
        let address_groups = document.address_groups.iter();
        let address_groups =
            address_groups.map(|group| (&group.id, Families::of(group.prefixes.iter().map(|block| block.family()))));
        Members { attached, groups, address_groups: address_groups.collect() }
    }

    /// Whether any vnic has the group.
    pub(super) fn is_attached(&self, id: &GroupId) -> bool {
        self.attached.contains(id)
    }

    /// The addresses that a group stands for, where there is one of this id.
    pub(super) fn group(&self, id: &GroupId) -> Option<Families> {
        self.groups.get(id).copied()
    }

    /// The addresses of an address group, where there is one of this id.
    pub(super) fn address_group(&self, id: &AddressGroupId) -> Option<Families> {
        self.address_groups.get(id).copied()
    }
}

impl Families {
    fn of(families: impl Iterator<Item = Family>) -> Families {
        families.fold(Families::default(), |known, family| match family {
            Family::Ipv4 => Families { ipv4: true, ..known },
            Family::Ipv6 => Families { ipv6: true, ..known },
        })
    }

    fn and(self, other: Families) -> Families {
        Families { ipv4: self.ipv4 || other.ipv4, ipv6: self.ipv6 || other.ipv6 }
    }

    /// Why a rule of this family matches none of the addresses.
    pub(super) fn doubt(self, family: Family) -> Option<String> {
        match (self, family) {
            (Families { ipv4: false, ipv6: false }, _) => Some("has no address".to_owned()),
            (Families { ipv4: true, .. }, Family::Ipv4) | (Families { ipv6: true, .. }, Family::Ipv6) => None,
            (_, family) => Some(format!("has no {family} address")),
        }
    }
}
