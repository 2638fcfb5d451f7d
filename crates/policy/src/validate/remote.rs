//! Which addresses a remote stands for, as far as validation asks.

use super::index::Index;
use crate::model::{Document, Family, Vnic};
use crate::profile::RemoteMembers;

/// The families of the addresses of groups and address groups, by their places.
pub(super) struct Members {
    groups: Vec<Group>,
    address_groups: Vec<Families>,
}

/// A remote that has members, by its place in its list.
#[derive(Clone, Copy)]
pub(super) enum Target {
    Group(usize),
    AddressGroup(usize),
}

#[derive(Clone, Default)]
struct Group {
    /// Whether any vnic has it.
    attached: bool,
    families: Families,
}

/// Whether there are addresses of each family.
#[derive(Clone, Copy, Default)]
pub(super) struct Families {
    ipv4: bool,
    ipv6: bool,
}

impl Members {
    pub(super) fn of(index: &Index<'_>) -> Members {
        let document = index.document;
        let mut groups = sources(index);
        for (_, vnic) in document.vnics() {
            let families = of_vnic(document, vnic);
            for place in vnic.groups.iter().filter_map(|id| index.place_of_group(id)) {
                groups[place] = Group { attached: true, families: groups[place].families.and(families) };
            }
        }
        let mut address_groups = vec![Families::default(); document.address_groups.len()];
        for group in &document.address_groups {
            if let Some(place) = index.place_of_address_group(&group.id) {
                address_groups[place] = Families::of(group.prefixes.iter().map(|block| block.family()));
            }
        }
        Members { groups, address_groups }
    }

    /// Whether any vnic has the group.
    pub(super) fn is_attached(&self, group: usize) -> bool {
        self.groups[group].attached
    }

    /// The addresses that a remote stands for.
    pub(super) fn families(&self, target: Target) -> Families {
        match target {
            Target::Group(place) => self.groups[place].families,
            Target::AddressGroup(place) => self.address_groups[place],
        }
    }
}

/// The groups with their extra sources alone.
fn sources(index: &Index<'_>) -> Vec<Group> {
    let document = index.document;
    let mut groups = vec![Group::default(); document.groups.len()];
    if document.profile.remote_members == RemoteMembers::AddressesPairsAndSources {
        for group in &document.groups {
            if let Some(place) = index.place_of_group(&group.id) {
                groups[place].families = Families::of(group.sources.iter().map(|prefix| prefix.family()));
            }
        }
    }
    groups
}

fn of_vnic(document: &Document, vnic: &Vnic) -> Families {
    let fixed = Families::of(vnic.addresses.iter().map(|address| Family::of(*address)));
    match document.profile.remote_members {
        RemoteMembers::Addresses => fixed,
        RemoteMembers::AddressesAndPairs | RemoteMembers::AddressesPairsAndSources => {
            fixed.and(Families::of(vnic.allowed_pairs.iter().map(|pair| pair.prefix.family())))
        }
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
