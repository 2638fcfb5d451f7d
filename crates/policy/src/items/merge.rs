//! Two documents that began as one, brought together item by item.
//!
//! What only one side changed is taken by itself, and so is what both changed alike. The rest are conflicts, and somebody chooses. A
//! group that one side removed while the other changed it or a rule of it is one conflict, and its rules go with it; so with
//! instances and vnics.
//!
//! Laws: `merge(base, base, x)`, `merge(base, x, base)` and `merge(base, x, x)` are `x`; to swap the sides and the choices changes
//! nothing but the order of what both sides added in the same place.
//!
//! Absent: whether what comes out holds together. One side may remove what the other begins to name; validation tells.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{Difference, Item, ItemId};
use crate::model::{Document, GroupId, Instance, InstanceId, SecurityGroup};

/// Which of the two documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The one that somebody else made.
    Theirs,
    /// The one that is to go on.
    Mine,
}

/// An item that both sides changed, each in its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict<'d> {
    /// The item.
    pub id: ItemId,
    /// How it was, where it was there.
    pub base: Option<Item<'d>>,
    /// How they have it, where they do.
    pub theirs: Option<Item<'d>>,
    /// How I have it, where I do.
    pub mine: Option<Item<'d>>,
    /// Where one side removed a group or an instance: the rules or vnics that go with it, as the other side has them.
    pub within: Vec<Item<'d>>,
}

/// Three documents, compared.
#[derive(Clone, Debug)]
pub struct Merge<'d> {
    base: &'d Document,
    theirs: &'d Document,
    mine: &'d Document,
    /// Every item of theirs and mine, in the order of what comes out. One that a side moved is in two lists.
    order: Lists,
    fates: HashMap<ItemId, Fate<'d>>,
    /// The items of theirs, and of mine.
    sides: [Items<'d>; 2],
}

/// What becomes of an item.
#[derive(Clone, Debug, PartialEq)]
enum Fate<'d> {
    /// It is so, or is not there.
    Settled(Option<Item<'d>>),
    /// Somebody chooses.
    Open(Box<Conflict<'d>>),
    /// It stays, so, if its holder does.
    With(ItemId, Item<'d>),
}

/// A list of a document; those that hold others come before those that are held.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum List {
    Project,
    Networks,
    Groups,
    AddressGroups,
    Instances,
    Rules(GroupId),
    Vnics(InstanceId),
}

type Lists = BTreeMap<List, Vec<ItemId>>;

type Items<'d> = HashMap<ItemId, Item<'d>>;

impl<'d> Merge<'d> {
    /// Compares both sides with what they began as. Ids are unique in each.
    pub fn of(base: &'d Document, theirs: &'d Document, mine: &'d Document) -> Merge<'d> {
        let items = [base, theirs, mine].map(|document| document.items().map(|item| (item.id(), item)).collect());
        let lists = [base, theirs, mine].map(lists);
        let mut fates: HashMap<ItemId, Fate<'d>> = HashMap::new();
        for id in items.iter().flat_map(Items::keys) {
            if !fates.contains_key(id) {
                fates.insert(id.clone(), Fate::of(id, &items));
            }
        }
        let [_, of_theirs, of_mine] = &items;
        let [_, in_theirs, in_mine] = &lists;
        for id in base.items().filter(|item| item.holder().is_none()).map(Item::id) {
            let (keeper, held, remover) = match (of_theirs.get(&id), of_mine.get(&id)) {
                (Some(_), None) => (of_theirs, in_theirs, of_mine),
                (None, Some(_)) => (of_mine, in_mine, of_theirs),
                (Some(_), Some(_)) | (None, None) => continue,
            };
            let held = List::of_holder(&id).and_then(|list| held.get(&list)).map_or(&[][..], Vec::as_slice);
            tie(&mut fates, &id, held, &items, (keeper, remover));
        }
        let order = merge_lists(&lists);
        let [_, of_theirs, of_mine] = items;
        Merge { base, theirs, mine, order, fates, sides: [of_theirs, of_mine] }
    }

    /// What somebody must choose, in the order of the document.
    pub fn conflicts(&self) -> Vec<&Conflict<'d>> {
        let mut seen = HashSet::new();
        let ids = self.order.values().flatten().filter(|id| seen.insert(*id));
        ids.filter_map(|id| match self.fates.get(id) {
            Some(Fate::Open(conflict)) => Some(&**conflict),
            Some(Fate::Settled(_) | Fate::With(..)) | None => None,
        })
        .collect()
    }

    /// What a side changed and needs no choice.
    pub fn taken(&self, side: Side) -> Vec<Difference<'d>> {
        let changed = match side {
            Side::Theirs => self.theirs,
            Side::Mine => self.mine,
        };
        let mut differences = self.base.differences(changed);
        differences.retain(|difference| self.fates.get(&difference.id) == Some(&Fate::Settled(difference.after)));
        differences
    }

    /// What comes out when each conflict is decided for a side. Who goes without a group or an instance to be in is left out, unless
    /// the other side has a place for it.
    pub fn document(&self, choose: impl Fn(&ItemId) -> Side) -> Document {
        let mut document = Document::default();
        let (mut groups, mut instances) = (HashMap::new(), HashMap::new());
        for (list, ids) in &self.order {
            for id in ids {
                let Some(item) = self.placed(id, &choose).filter(|item| List::of(*item) == *list) else { continue };
                match item {
                    Item::Profile(profile) => document.profile = profile.clone(),
                    Item::PrimaryGroup(group) => document.primary_group = group.clone(),
                    Item::Network(network) => document.networks.push(network.clone()),
                    Item::Group(group) => {
                        groups.insert(&group.id, document.groups.len());
                        document.groups.push(SecurityGroup {
                            id: group.id.clone(),
                            name: group.name.clone(),
                            description: group.description.clone(),
                            tracking: group.tracking,
                            sources: group.sources.clone(),
                            rules: Vec::new(),
                        });
                    }
                    Item::Rule(group, rule) => {
                        let at = groups.get(group).expect("it is placed where its group is");
                        document.groups[*at].rules.push(rule.clone());
                    }
                    Item::AddressGroup(group) => document.address_groups.push(group.clone()),
                    Item::Instance(instance) => {
                        instances.insert(&instance.id, document.instances.len());
                        let Instance { id, name, state, vnics: _ } = instance;
                        let (id, name, state) = (id.clone(), name.clone(), *state);
                        document.instances.push(Instance { id, name, state, vnics: Vec::new() });
                    }
                    Item::Vnic(instance, vnic) => {
                        let at = instances.get(instance).expect("it is placed where its instance is");
                        document.instances[*at].vnics.push(vnic.clone());
                    }
                }
            }
        }
        document
    }

    /// The item as it comes out, in a place that is there.
    fn placed(&self, id: &ItemId, choose: &impl Fn(&ItemId) -> Side) -> Option<Item<'d>> {
        let has_place = |item: &Item<'d>| item.holder().is_none_or(|holder| self.picked(&holder, choose).is_some());
        let picked = self.picked(id, choose)?;
        let others = self.sides.iter().filter_map(|side| side.get(id).copied());
        [picked].into_iter().chain(others).find(has_place)
    }

    fn picked(&self, id: &ItemId, choose: &impl Fn(&ItemId) -> Side) -> Option<Item<'d>> {
        match self.fates.get(id)? {
            Fate::Settled(item) => *item,
            Fate::Open(conflict) => match choose(id) {
                Side::Theirs => conflict.theirs,
                Side::Mine => conflict.mine,
            },
            Fate::With(holder, item) => self.picked(holder, choose).map(|_| *item),
        }
    }
}

impl<'d> Fate<'d> {
    /// By itself, whatever becomes of its holder.
    fn of(id: &ItemId, items: &[Items<'d>; 3]) -> Fate<'d> {
        let [base, theirs, mine] = items.each_ref().map(|items| items.get(id).copied());
        if base == mine || theirs == mine {
            Fate::Settled(theirs)
        } else if base == theirs {
            Fate::Settled(mine)
        } else {
            Fate::Open(Box::new(Conflict { id: id.clone(), base, theirs, mine, within: Vec::new() }))
        }
    }
}

/// Ties what a removed thing held to it, where the side that keeps it changed any of that: none of it is lost unasked.
fn tie<'d>(
    fates: &mut HashMap<ItemId, Fate<'d>>,
    id: &ItemId,
    held: &[ItemId],
    items: &[Items<'d>; 3],
    (keeper, remover): (&Items<'d>, &Items<'d>),
) {
    let [base, theirs, mine] = items;
    let is_changed = |id: &ItemId| base.get(id) != keeper.get(id);
    if !is_changed(id) && !held.iter().any(is_changed) {
        return;
    }
    let gone: Vec<Item<'d>> =
        held.iter().filter(|id| !remover.contains_key(*id)).filter_map(|id| keeper.get(id).copied()).collect();
    for item in &gone {
        fates.insert(item.id(), Fate::With(id.clone(), *item));
    }
    let [base, theirs, mine] = [base, theirs, mine].map(|items| items.get(id).copied());
    fates.insert(id.clone(), Fate::Open(Box::new(Conflict { id: id.clone(), base, theirs, mine, within: gone })));
}

impl List {
    /// Where an item stands.
    fn of(item: Item<'_>) -> List {
        match item {
            Item::Profile(_) | Item::PrimaryGroup(_) => List::Project,
            Item::Network(_) => List::Networks,
            Item::Group(_) => List::Groups,
            Item::AddressGroup(_) => List::AddressGroups,
            Item::Instance(_) => List::Instances,
            Item::Rule(group, _) => List::Rules(group.clone()),
            Item::Vnic(instance, _) => List::Vnics(instance.clone()),
        }
    }

    /// What a thing holds.
    fn of_holder(holder: &ItemId) -> Option<List> {
        match holder {
            ItemId::Group(group) => Some(List::Rules(group.clone())),
            ItemId::Instance(instance) => Some(List::Vnics(instance.clone())),
            ItemId::Profile
            | ItemId::PrimaryGroup
            | ItemId::Network(_)
            | ItemId::Rule(_)
            | ItemId::AddressGroup(_)
            | ItemId::Vnic(_) => None,
        }
    }
}

fn lists(document: &Document) -> Lists {
    let mut lists = Lists::new();
    for item in document.items() {
        lists.entry(List::of(item)).or_default().push(item.id());
    }
    lists
}

fn merge_lists([base, theirs, mine]: &[Lists; 3]) -> Lists {
    let names: BTreeSet<&List> = theirs.keys().chain(mine.keys()).collect();
    let of = |lists: &Lists, name: &List| lists.get(name).cloned().unwrap_or_default();
    let merged = |name: &List| merge_order(&of(base, name), &of(theirs, name), &of(mine, name));
    names.into_iter().map(|name| (name.clone(), merged(name))).collect()
}

/// Everything of both sides in one order. Who moved what was there has the say, mine where both did; what the other side added stands
/// behind what it stood behind.
fn merge_order(base: &[ItemId], theirs: &[ItemId], mine: &[ItemId]) -> Vec<ItemId> {
    let (frame, other) = if is_moved(base, mine) { (mine, theirs) } else { (theirs, mine) };
    let known: HashSet<&ItemId> = frame.iter().collect();
    let mut behind: HashMap<Option<&ItemId>, Vec<&ItemId>> = HashMap::new();
    let mut last = None;
    for id in other {
        match known.contains(id) {
            true => last = Some(id),
            false => behind.entry(last).or_default().push(id),
        }
    }
    let with_followers = |id: Option<&ItemId>| -> Vec<ItemId> {
        let followers = behind.get(&id).into_iter().flatten().copied();
        id.into_iter().chain(followers).cloned().collect()
    };
    let first = with_followers(None);
    first.into_iter().chain(frame.iter().flat_map(|id| with_followers(Some(id)))).collect()
}

/// Whether a side has what was there before in another order.
fn is_moved(base: &[ItemId], side: &[ItemId]) -> bool {
    let (before, after): (HashSet<&ItemId>, HashSet<&ItemId>) = (base.iter().collect(), side.iter().collect());
    let old = base.iter().filter(|id| after.contains(id));
    let new = side.iter().filter(|id| before.contains(id));
    !old.eq(new)
}
