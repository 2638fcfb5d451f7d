//! What a document consists of, piece by piece: what two documents differ in, and how two that began as one come together.
//!
//! Contract: every value of a document is in exactly one of its items. A rule is an item of its own, and so is a vnic; a group
//! is what is said of it besides its rules, an instance what is said of it besides its vnics.
//!
//! Absent: what a difference means for packets, and whether what comes out holds together, which is [`Document::validate`].

mod fields;
mod merge;

use std::collections::HashMap;
use std::fmt;

use crate::model::{
    AddressGroup, AddressGroupId, Document, GroupId, Instance, InstanceId, Network, NetworkId, Rule, RuleId,
    SecurityGroup, Vnic, VnicId,
};
use crate::profile::Profile;

pub use fields::Field;
pub use merge::{Conflict, Merge, Side};

/// Names an item. Text form, for messages only: ``rule `web-http` ``.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ItemId {
    /// The semantics of the rules.
    Profile,
    /// The group that new vnics start with.
    PrimaryGroup,
    /// A network.
    Network(NetworkId),
    /// A group without its rules.
    Group(GroupId),
    /// A rule.
    Rule(RuleId),
    /// An address group.
    AddressGroup(AddressGroupId),
    /// An instance without its vnics.
    Instance(InstanceId),
    /// A vnic.
    Vnic(VnicId),
}

/// One item of a document. Two are equal when nothing in them differs; where they stand in their list plays no part.
#[derive(Clone, Copy, Debug)]
pub enum Item<'d> {
    /// The semantics of the rules.
    Profile(&'d Profile),
    /// The group that new vnics start with.
    PrimaryGroup(&'d GroupId),
    /// A network.
    Network(&'d Network),
    /// A group; its rules are items of their own.
    Group(&'d SecurityGroup),
    /// A rule, and the group that holds it.
    Rule(&'d GroupId, &'d Rule),
    /// An address group.
    AddressGroup(&'d AddressGroup),
    /// An instance; its vnics are items of their own.
    Instance(&'d Instance),
    /// A vnic, and its instance.
    Vnic(&'d InstanceId, &'d Vnic),
}

/// An item that one document has otherwise than another.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference<'d> {
    /// The item.
    pub id: ItemId,
    /// How it was, where it was there.
    pub before: Option<Item<'d>>,
    /// How it is, where it is there.
    pub after: Option<Item<'d>>,
}

impl Document {
    /// Every item, in the order of the document; rules behind their group, vnics behind their instance.
    pub fn items(&self) -> impl Iterator<Item = Item<'_>> {
        let project = [Item::Profile(&self.profile), Item::PrimaryGroup(&self.primary_group)];
        let groups = self.groups.iter().flat_map(|group| {
            let rules = group.rules.iter().map(|rule| Item::Rule(&group.id, rule));
            [Item::Group(group)].into_iter().chain(rules)
        });
        let instances = self.instances.iter().flat_map(|instance| {
            let vnics = instance.vnics.iter().map(|vnic| Item::Vnic(&instance.id, vnic));
            [Item::Instance(instance)].into_iter().chain(vnics)
        });
        project
            .into_iter()
            .chain(self.networks.iter().map(Item::Network))
            .chain(groups)
            .chain(self.address_groups.iter().map(Item::AddressGroup))
            .chain(instances)
    }

    /// What another document has otherwise: what it has or has changed in its order, then what it lacks. Ids are unique in both.
    pub fn differences<'d>(&'d self, after: &'d Document) -> Vec<Difference<'d>> {
        let mut before: HashMap<ItemId, Item<'d>> = self.items().map(|item| (item.id(), item)).collect();
        let mut differences = Vec::new();
        for item in after.items() {
            let id = item.id();
            let old = before.remove(&id);
            if old != Some(item) {
                differences.push(Difference { id, before: old, after: Some(item) });
            }
        }
        let gone = self.items().filter(|item| before.contains_key(&item.id()));
        differences.extend(gone.map(|item| Difference { id: item.id(), before: Some(item), after: None }));
        differences
    }
}

impl<'d> Item<'d> {
    /// Its name.
    pub fn id(self) -> ItemId {
        match self {
            Item::Profile(_) => ItemId::Profile,
            Item::PrimaryGroup(_) => ItemId::PrimaryGroup,
            Item::Network(network) => ItemId::Network(network.id.clone()),
            Item::Group(group) => ItemId::Group(group.id.clone()),
            Item::Rule(_, rule) => ItemId::Rule(rule.id.clone()),
            Item::AddressGroup(group) => ItemId::AddressGroup(group.id.clone()),
            Item::Instance(instance) => ItemId::Instance(instance.id.clone()),
            Item::Vnic(_, vnic) => ItemId::Vnic(vnic.id.clone()),
        }
    }

    /// The item that holds it: the group of a rule, the instance of a vnic.
    pub fn holder(self) -> Option<ItemId> {
        match self {
            Item::Rule(group, _) => Some(ItemId::Group(group.clone())),
            Item::Vnic(instance, _) => Some(ItemId::Instance(instance.clone())),
            Item::Profile(_)
            | Item::PrimaryGroup(_)
            | Item::Network(_)
            | Item::Group(_)
            | Item::AddressGroup(_)
            | Item::Instance(_) => None,
        }
    }
}

impl PartialEq for Item<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (*self, *other) {
            (Item::Profile(one), Item::Profile(other)) => one == other,
            (Item::PrimaryGroup(one), Item::PrimaryGroup(other)) => one == other,
            (Item::Network(one), Item::Network(other)) => one == other,
            (Item::Group(one), Item::Group(other)) => {
                // All but the rules: a field that is added must be compared here.
                let SecurityGroup { id, name, description, tracking, sources, rules: _ } = one;
                (id, name, description, tracking, sources)
                    == (&other.id, &other.name, &other.description, &other.tracking, &other.sources)
            }
            (Item::Rule(group, rule), Item::Rule(other, its)) => group == other && rule == its,
            (Item::AddressGroup(one), Item::AddressGroup(other)) => one == other,
            (Item::Instance(one), Item::Instance(other)) => {
                let Instance { id, name, state, vnics: _ } = one;
                (id, name, state) == (&other.id, &other.name, &other.state)
            }
            (Item::Vnic(instance, vnic), Item::Vnic(other, its)) => instance == other && vnic == its,
            (
                Item::Profile(_)
                | Item::PrimaryGroup(_)
                | Item::Network(_)
                | Item::Group(_)
                | Item::Rule(..)
                | Item::AddressGroup(_)
                | Item::Instance(_)
                | Item::Vnic(..),
                _,
            ) => false,
        }
    }
}

impl Eq for Item<'_> {}

impl fmt::Display for ItemId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ItemId::Profile => out.write_str("profile"),
            ItemId::PrimaryGroup => out.write_str("primary group"),
            ItemId::Network(id) => write!(out, "network `{id}`"),
            ItemId::Group(id) => write!(out, "group `{id}`"),
            ItemId::Rule(id) => write!(out, "rule `{id}`"),
            ItemId::AddressGroup(id) => write!(out, "address group `{id}`"),
            ItemId::Instance(id) => write!(out, "instance `{id}`"),
            ItemId::Vnic(id) => write!(out, "vnic `{id}`"),
        }
    }
}
