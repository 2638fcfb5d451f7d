//! Who is at an end of a flow, in addresses.

use std::collections::BTreeSet;
use std::net::IpAddr;

use policy::{Document, Family, Policy, PolicyVnic, VnicId, VnicIndex, number_of};

use crate::addresses::Addresses;
use crate::assertion::ends::{End, Ends};
use crate::atlas::{addresses, taken};
use crate::by_family::ByFamily;

/// Who is at an end.
pub(super) struct Parties {
    /// Vnics, each with the places of its addresses that are meant: at least one of either family.
    pub(super) vnics: Vec<(VnicIndex, Chosen)>,
    /// Addresses that no vnic has.
    pub(super) outside: ByFamily<Addresses>,
}

/// Places among the addresses of a family that a vnic has, ascending.
pub(super) type Chosen = ByFamily<Vec<usize>>;

impl Parties {
    pub(super) fn of(ends: &Ends, policy: &Policy, document: &Document) -> Parties {
        let blocks =
            ByFamily::of(|family| (among(&ends.among, family, document), among(&ends.except, family, document)));
        let is_meant = |vnic: &PolicyVnic, address: IpAddr| {
            let is_in = |ends: &[End]| ends.iter().any(|end| names(end, vnic));
            let (among, except) = blocks.at(Family::of(address));
            (is_in(&ends.among) || among.contains(address)) && !is_in(&ends.except) && !except.contains(address)
        };
        let chosen = |vnic: &PolicyVnic| {
            ByFamily::of(|family| {
                let places = addresses(vnic, family).enumerate();
                places.filter(|(_, address)| is_meant(vnic, *address)).map(|(place, _)| place).collect::<Vec<_>>()
            })
        };
        let vnics = policy.vnics().map(|(index, vnic)| (index, chosen(vnic)));
        let vnics = vnics.filter(|(_, chosen)| chosen.iter().any(|(_, places)| !places.is_empty())).collect();
        let outside = ByFamily::of(|family| {
            let (among, except) = blocks.at(family);
            let is_everywhere = |ends: &[End]| ends.contains(&End::Internet);
            let everywhere = Addresses::all(family);
            let among = if is_everywhere(&ends.among) { &everywhere } else { among };
            let except = if is_everywhere(&ends.except) { &everywhere } else { except };
            among.difference(&taken(policy, family)).difference(except)
        });
        Parties { vnics, outside }
    }

    /// The addresses of all of them, of vnics too.
    pub(super) fn addresses(&self, policy: &Policy, family: Family) -> Addresses {
        let of_vnics = self.vnics.iter().flat_map(|(index, chosen)| meant(policy.vnic(*index), chosen, family));
        let of_vnics = of_vnics.map(number_of).map(|number| (number, number));
        Addresses::of_ranges(family, of_vnics.chain(self.outside.at(family).numbers()))
    }

    /// The vnics of which an address of a family is meant.
    pub(super) fn names(&self, policy: &Policy, family: Family) -> BTreeSet<VnicId> {
        let meant = self.vnics.iter().filter(|(_, chosen)| !chosen.at(family).is_empty());
        meant.map(|(index, _)| policy.vnic(*index).id.clone()).collect()
    }
}

/// The addresses of a vnic that are meant.
pub(super) fn meant<'a>(vnic: &'a PolicyVnic, chosen: &'a Chosen, family: Family) -> impl Iterator<Item = IpAddr> + 'a {
    let chosen = chosen.at(family);
    addresses(vnic, family).enumerate().filter(|(place, _)| chosen.contains(place)).map(|(_, address)| address)
}

/// Whether an end names a vnic, rather than addresses.
fn names(end: &End, vnic: &PolicyVnic) -> bool {
    match end {
        End::Any => true,
        End::Group(id) => vnic.groups.contains(id),
        End::Instance(id) => vnic.instance == *id,
        End::Vnic(id) => vnic.id == *id,
        End::Internet | End::Prefix(_) | End::AddressGroup(_) => false,
    }
}

/// The addresses that ends name otherwise than by vnics.
fn among(ends: &[End], family: Family, document: &Document) -> Addresses {
    Addresses::of_ranges(family, ends.iter().flat_map(|end| ranges(end, family, document)))
}

fn ranges(end: &End, family: Family, document: &Document) -> Vec<(u128, u128)> {
    match end {
        End::Any => Addresses::all(family).numbers().collect(),
        End::Prefix(prefix) if prefix.family() == family => {
            vec![(number_of(prefix.first()), number_of(prefix.last()))]
        }
        End::AddressGroup(id) => {
            let group = document.address_groups.iter().find(|group| group.id == *id);
            let blocks = group.into_iter().flat_map(|group| &group.prefixes).filter(|block| block.family() == family);
            blocks.map(|block| (number_of(block.first()), number_of(block.last()))).collect()
        }
        End::Internet | End::Prefix(_) | End::Group(_) | End::Instance(_) | End::Vnic(_) => Vec::new(),
    }
}
