//! Which addresses a remote stands for, as far as validation asks.

use std::collections::HashMap;

use crate::model::{AddressGroupId, Document, Family, GroupId, family_name};

/// The families of the addresses of groups and address groups.
pub(super) struct Members<'d> {
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
        let mut groups: HashMap<&GroupId, Families> = HashMap::new();
        for (_, vnic) in document.vnics() {
            let fixed = vnic.addresses.iter().map(|address| Family::of(*address));
            let pairs = vnic.allowed_pairs.iter().map(|pair| pair.prefix.family());
            let families = Families::of(fixed.chain(pairs));
            for group in &vnic.groups {
                let known = groups.entry(group).or_default();
                *known = Families { ipv4: known.ipv4 || families.ipv4, ipv6: known.ipv6 || families.ipv6 };
            }
        }
        let address_groups = document.address_groups.iter();
        let address_groups =
            address_groups.map(|group| (&group.id, Families::of(group.prefixes.iter().map(|block| block.family()))));
        Members { groups, address_groups: address_groups.collect() }
    }

    /// Whether any vnic has the group.
    pub(super) fn is_attached(&self, id: &GroupId) -> bool {
        self.groups.contains_key(id)
    }

    /// The addresses of the members of a group.
    pub(super) fn group(&self, id: &GroupId) -> Families {
        self.groups.get(id).copied().unwrap_or_default()
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

    /// Why a rule of this family matches none of the addresses.
    pub(super) fn doubt(self, family: Family) -> Option<String> {
        match (self, family) {
            (Families { ipv4: false, ipv6: false }, _) => Some("has no address".to_owned()),
            (Families { ipv4: true, .. }, Family::Ipv4) | (Families { ipv6: true, .. }, Family::Ipv6) => None,
            (_, family) => Some(format!("has no {} address", family_name(family))),
        }
    }
}
