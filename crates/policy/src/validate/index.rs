//! What validation looks up again and again, found once.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use crate::model::{AddressGroupId, Document, Family, GroupId, Network, NetworkId, Remote, RuleId, SecurityGroup};

/// The parts of a document by id; of two with one id the first.
pub(super) struct Index<'d> {
    pub(super) document: &'d Document,
    groups: HashMap<&'d GroupId, &'d SecurityGroup>,
    networks: HashMap<&'d NetworkId, &'d Network>,
    address_groups: HashSet<&'d AddressGroupId>,
}

/// The first enabled rule whose remote is a group, by group and family; with its place among all rules.
pub(super) struct RulesAbout<'d>(HashMap<(&'d GroupId, Family), (usize, &'d RuleId)>);

impl<'d> Index<'d> {
    pub(super) fn of(document: &'d Document) -> Index<'d> {
        // The last one stays, so they are added from the end.
        let groups = document.groups.iter().rev().map(|group| (&group.id, group)).collect();
        let networks = document.networks.iter().rev().map(|network| (&network.id, network)).collect();
        let address_groups = document.address_groups.iter().map(|group| &group.id).collect();
        Index { document, groups, networks, address_groups }
    }

    pub(super) fn has_address_group(&self, id: &AddressGroupId) -> bool {
        self.address_groups.contains(id)
    }

    pub(super) fn group(&self, id: &GroupId) -> Option<&'d SecurityGroup> {
        self.groups.get(id).copied()
    }

    pub(super) fn network(&self, id: &NetworkId) -> Option<&'d Network> {
        self.networks.get(id).copied()
    }
}

impl<'d> RulesAbout<'d> {
    pub(super) fn of(document: &'d Document) -> RulesAbout<'d> {
        let mut about = HashMap::new();
        for (place, (_, rule)) in document.rules().enumerate().filter(|(_, (_, rule))| rule.enabled) {
            if let Remote::Group(id) = &rule.spec.remote
                && let Entry::Vacant(entry) = about.entry((id, rule.spec.family))
            {
                entry.insert((place, &rule.id));
            }
        }
        RulesAbout(about)
    }

    /// The first of a family.
    pub(super) fn of_family(&self, group: &GroupId, family: Family) -> Option<&'d RuleId> {
        self.0.get(&(group, family)).map(|(_, rule)| *rule)
    }

    /// The first of any family.
    pub(super) fn any(&self, group: &GroupId) -> Option<&'d RuleId> {
        let of_families = Family::ALL.into_iter().filter_map(|family| self.0.get(&(group, family)));
        of_families.min_by_key(|(place, _)| *place).map(|(_, rule)| *rule)
    }
}
