//! What validation looks up again and again, found once.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::subnets::Subnets;
use crate::model::{
    AddressGroupId, Document, Family, GroupId, Named, Network, NetworkId, Remote, RuleId, SecurityGroup,
};

/// The parts of a document by id; of two with one id the first.
pub(super) struct Index<'d> {
    pub(super) document: &'d Document,
    groups: Places<'d>,
    networks: Places<'d>,
    address_groups: Places<'d>,
    /// As the networks are listed.
    subnets: Vec<Subnets<'d>>,
}

/// Where things are in their list.
type Places<'d> = HashMap<&'d str, usize>;

/// The first enabled rule whose remote is a group, by group and family; with its place among all rules.
pub(super) struct RulesAbout<'d> {
    document: &'d Document,
    first: OnceCell<FirstRules<'d>>,
}

type FirstRules<'d> = HashMap<(&'d GroupId, Family), (usize, &'d RuleId)>;

impl<'d> Index<'d> {
    pub(super) fn of(document: &'d Document) -> Index<'d> {
        Index {
            document,
            groups: places(&document.groups),
            networks: places(&document.networks),
            address_groups: places(&document.address_groups),
            subnets: document.networks.iter().map(Subnets::of).collect(),
        }
    }

    pub(super) fn group(&self, id: &GroupId) -> Option<&'d SecurityGroup> {
        Some(&self.document.groups[self.place_of_group(id)?])
    }

    pub(super) fn place_of_group(&self, id: &GroupId) -> Option<usize> {
        self.groups.get(id.as_str()).copied()
    }

    pub(super) fn place_of_address_group(&self, id: &AddressGroupId) -> Option<usize> {
        self.address_groups.get(id.as_str()).copied()
    }

    pub(super) fn network(&self, id: &NetworkId) -> Option<(&'d Network, &Subnets<'d>)> {
        let place = *self.networks.get(id.as_str())?;
        Some((&self.document.networks[place], &self.subnets[place]))
    }

    /// Networks as they are listed.
    pub(super) fn networks(&self) -> impl Iterator<Item = (&'d Network, &Subnets<'d>)> {
        self.document.networks.iter().zip(&self.subnets)
    }
}

/// Of two with one id the first.
fn places<T: Named>(items: &[T]) -> Places<'_> {
    // The last one stays, so they are added from the end.
    items.iter().enumerate().rev().map(|(place, item)| (item.id().as_str(), place)).collect()
}

impl<'d> RulesAbout<'d> {
    /// Looks at the rules when it is asked first.
    pub(super) fn of(document: &'d Document) -> RulesAbout<'d> {
        RulesAbout { document, first: OnceCell::new() }
    }

    /// The first of a family.
    pub(super) fn of_family(&self, group: &GroupId, family: Family) -> Option<&'d RuleId> {
        Some(self.first(group, family)?.1)
    }

    /// The first of any family.
    pub(super) fn any(&self, group: &GroupId) -> Option<&'d RuleId> {
        let of_families = Family::ALL.into_iter().filter_map(|family| self.first(group, family));
        of_families.min_by_key(|(place, _)| *place).map(|(_, rule)| rule)
    }

    fn first(&self, group: &GroupId, family: Family) -> Option<(usize, &'d RuleId)> {
        let first = self.first.get_or_init(|| first_rules(self.document));
        first.get(&(group, family)).copied()
    }
}

fn first_rules(document: &Document) -> FirstRules<'_> {
    let mut first = FirstRules::new();
    for (place, (_, rule)) in document.rules().enumerate().filter(|(_, (_, rule))| rule.enabled) {
        if let Remote::Group(id) = &rule.spec.remote {
            first.entry((id, rule.spec.family)).or_insert((place, &rule.id));
        }
    }
    first
}
