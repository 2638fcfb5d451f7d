//! Carries edits out.

use super::{Edit, EditError, Place, References};
use crate::model::{
    Document, GroupId, Id, IdKind, Instance, InstanceId, InstanceState, Named, Rule, RuleId, SecurityGroup, Vnic,
    VnicId,
};
use crate::profile::GroupChanges;
use crate::suggest::nearest;
use crate::users::User;

impl Edit {
    /// Carries the edit out and returns the edit that undoes it.
    ///
    /// # Errors
    /// Why it does not fit; the document is as it was.
    pub fn apply(self, document: &mut Document) -> Result<Edit, EditError> {
        match self {
            Edit::AddRule { group, place, rule } => add_rule(document, &group, place, rule),
            Edit::RemoveRule { rule } => remove_rule(document, &rule),
            Edit::ReplaceRule { rule } => {
                let old = find_rule(document, &rule.id)?;
                Ok(Edit::ReplaceRule { rule: std::mem::replace(old, rule) })
            }
            Edit::EnableRule { rule } => enable_rule(document, rule),
            Edit::DisableRule { rule } => disable_rule(document, rule),
            Edit::CreateGroup { group } => {
                let group = document.new_group(group);
                add_group(document, Place::Last, group)
            }
            Edit::AddGroup { place, group } => add_group(document, place, group),
            Edit::RemoveGroup { group, references } => remove_group(document, &group, references),
            Edit::DescribeGroup { group, name, description } => {
                let found = find(&mut document.groups, &group)?;
                let name = std::mem::replace(&mut found.name, name);
                let description = std::mem::replace(&mut found.description, description);
                Ok(Edit::DescribeGroup { group, name, description })
            }
            Edit::SetTracking { group, tracking } => {
                let found = find(&mut document.groups, &group)?;
                Ok(Edit::SetTracking { tracking: std::mem::replace(&mut found.tracking, tracking), group })
            }
            Edit::SetSources { group, sources } => {
                let found = find(&mut document.groups, &group)?;
                Ok(Edit::SetSources { group, sources: std::mem::replace(&mut found.sources, sources) })
            }
            Edit::SetPrimaryGroup { group } => {
                Ok(Edit::SetPrimaryGroup { group: std::mem::replace(&mut document.primary_group, group) })
            }
            Edit::AddAddressGroup { place, address_group } => {
                let address_group = add(&mut document.address_groups, place, address_group)?;
                Ok(Edit::RemoveAddressGroup { address_group, references: References::Leave })
            }
            Edit::RemoveAddressGroup { address_group, references } => {
                refuse_used(references, &address_group, document.users_of_address_group(&address_group))?;
                let (place, address_group) = remove(&mut document.address_groups, &address_group)?;
                Ok(Edit::AddAddressGroup { place, address_group })
            }
            Edit::ReplaceAddressGroup { address_group } => {
                let address_group = replace(&mut document.address_groups, address_group)?;
                Ok(Edit::ReplaceAddressGroup { address_group })
            }
            Edit::AddInstance { place, instance } => add_instance(document, place, instance),
            Edit::RemoveInstance { instance } => {
                let (place, instance) = remove(&mut document.instances, &instance)?;
                Ok(Edit::AddInstance { place, instance })
            }
            Edit::ReplaceInstance { instance } => replace_instance(document, instance),
            Edit::StartInstance { instance } => start_instance(document, instance),
            Edit::StopInstance { instance } => stop_instance(document, instance),
            Edit::AddNetwork { place, network } => {
                let network = add(&mut document.networks, place, network)?;
                Ok(Edit::RemoveNetwork { network, references: References::Leave })
            }
            Edit::RemoveNetwork { network, references } => {
                refuse_used(references, &network, document.users_of_network(&network))?;
                let (place, network) = remove(&mut document.networks, &network)?;
                Ok(Edit::AddNetwork { place, network })
            }
            Edit::ReplaceNetwork { network } => {
                let network = replace(&mut document.networks, network)?;
                Ok(Edit::ReplaceNetwork { network })
            }
            Edit::Attach { vnic, place, group } => attach(document, vnic, place, group),
            Edit::Detach { vnic, group } => detach(document, vnic, group),
            Edit::SetProfile { profile } => {
                Ok(Edit::SetProfile { profile: std::mem::replace(&mut document.profile, profile) })
            }
        }
    }
}

fn add_rule(document: &mut Document, group: &GroupId, place: Place, rule: Rule) -> Result<Edit, EditError> {
    refuse_taken(document.rules().map(|(_, rule)| &rule.id), [&rule.id])?;
    let rule = add(&mut find(&mut document.groups, group)?.rules, place, rule)?;
    Ok(Edit::RemoveRule { rule })
}

fn remove_rule(document: &mut Document, rule: &RuleId) -> Result<Edit, EditError> {
    let group = group_of(document, rule)?;
    let (place, rule) = remove(&mut find(&mut document.groups, &group)?.rules, rule)?;
    Ok(Edit::AddRule { group, place, rule })
}

fn enable_rule(document: &mut Document, id: RuleId) -> Result<Edit, EditError> {
    let rule = find_rule(document, &id)?;
    if rule.enabled {
        return Err(EditError::Enabled(id));
    }
    rule.enabled = true;
    Ok(Edit::DisableRule { rule: id })
}

fn disable_rule(document: &mut Document, id: RuleId) -> Result<Edit, EditError> {
    let rule = find_rule(document, &id)?;
    if !rule.enabled {
        return Err(EditError::Disabled(id));
    }
    rule.enabled = false;
    Ok(Edit::EnableRule { rule: id })
}

fn add_group(document: &mut Document, place: Place, group: SecurityGroup) -> Result<Edit, EditError> {
    if group.id.as_str() == Document::DEFAULT_GROUP {
        return Err(EditError::DefaultGroup);
    }
    refuse_taken(document.rules().map(|(_, rule)| &rule.id), group.rules.iter().map(|rule| &rule.id))?;
    let group = add(&mut document.groups, place, group)?;
    Ok(Edit::RemoveGroup { group, references: References::Leave })
}

fn remove_group(document: &mut Document, group: &GroupId, references: References) -> Result<Edit, EditError> {
    if group.as_str() == Document::DEFAULT_GROUP {
        return Err(EditError::DefaultGroup);
    }
    refuse_used(references, group, document.users_of_group(group))?;
    let (place, group) = remove(&mut document.groups, group)?;
    Ok(Edit::AddGroup { place, group })
}

fn add_instance(document: &mut Document, place: Place, instance: Instance) -> Result<Edit, EditError> {
    refuse_taken(document.vnics().map(|(_, vnic)| &vnic.id), instance.vnics.iter().map(|vnic| &vnic.id))?;
    let instance = add(&mut document.instances, place, instance)?;
    Ok(Edit::RemoveInstance { instance })
}

fn replace_instance(document: &mut Document, instance: Instance) -> Result<Edit, EditError> {
    let others = document.vnics().filter(|(owner, _)| owner.id != instance.id);
    refuse_taken(others.map(|(_, vnic)| &vnic.id), instance.vnics.iter().map(|vnic| &vnic.id))?;
    if let Ok(index) = position(&document.instances, &instance.id) {
        let old = &document.instances[index];
        let regrouped = |vnic: &Vnic| old.vnics.iter().any(|known| known.id == vnic.id && known.groups != vnic.groups);
        // An instance that is stopped before or after may have been changed meanwhile; so the inverse of an edit fits.
        if instance.state == InstanceState::Running && instance.vnics.iter().any(regrouped) {
            refuse_running(document, old)?;
        }
    }
    let instance = replace(&mut document.instances, instance)?;
    Ok(Edit::ReplaceInstance { instance })
}

fn start_instance(document: &mut Document, id: InstanceId) -> Result<Edit, EditError> {
    let instance = find(&mut document.instances, &id)?;
    if instance.state == InstanceState::Running {
        return Err(EditError::Running(id));
    }
    instance.state = InstanceState::Running;
    Ok(Edit::StopInstance { instance: id })
}

fn stop_instance(document: &mut Document, id: InstanceId) -> Result<Edit, EditError> {
    let instance = find(&mut document.instances, &id)?;
    if instance.state == InstanceState::Stopped {
        return Err(EditError::Stopped(id));
    }
    instance.state = InstanceState::Stopped;
    Ok(Edit::StartInstance { instance: id })
}

fn attach(document: &mut Document, vnic: VnicId, place: Place, group: GroupId) -> Result<Edit, EditError> {
    refuse_live_change(document, &vnic)?;
    let groups = &mut find_vnic(document, &vnic)?.groups;
    if groups.contains(&group) {
        return Err(EditError::Attached(group, vnic));
    }
    insert(groups, place, group.clone())?;
    Ok(Edit::Detach { vnic, group })
}

fn detach(document: &mut Document, vnic: VnicId, group: GroupId) -> Result<Edit, EditError> {
    refuse_live_change(document, &vnic)?;
    let groups = &mut find_vnic(document, &vnic)?.groups;
    let Some(index) = groups.iter().position(|attached| *attached == group) else {
        return Err(EditError::Detached(group, vnic));
    };
    groups.remove(index);
    Ok(Edit::Attach { vnic, place: Place::At(index), group })
}

fn refuse_live_change(document: &Document, vnic: &VnicId) -> Result<(), EditError> {
    match document.vnic(vnic.as_str()) {
        Some((instance, _)) => refuse_running(document, instance),
        None => Ok(()),
    }
}

/// Refuses to change the groups of a running instance where the profile does not have that.
fn refuse_running(document: &Document, instance: &Instance) -> Result<(), EditError> {
    match (document.profile.group_changes, instance.state) {
        (GroupChanges::Live, _) | (GroupChanges::WhileStopped, InstanceState::Stopped) => Ok(()),
        (GroupChanges::WhileStopped, InstanceState::Running) => {
            Err(EditError::WhileRunning { instance: instance.id.clone(), profile: document.profile.name.clone() })
        }
    }
}

fn find_rule<'d>(document: &'d mut Document, id: &RuleId) -> Result<&'d mut Rule, EditError> {
    let group = group_of(document, id)?;
    find(&mut find(&mut document.groups, &group)?.rules, id)
}

fn group_of(document: &Document, id: &RuleId) -> Result<GroupId, EditError> {
    let group = document.rule(id).map(|(group, _)| group.id.clone());
    group.ok_or_else(|| unknown(id, document.rules().map(|(_, rule)| &rule.id)))
}

fn find_vnic<'d>(document: &'d mut Document, id: &VnicId) -> Result<&'d mut Vnic, EditError> {
    let instance = document.vnic(id.as_str()).map(|(instance, _)| instance.id.clone());
    let instance = instance.ok_or_else(|| unknown(id, document.vnics().map(|(_, vnic)| &vnic.id)))?;
    find(&mut find(&mut document.instances, &instance)?.vnics, id)
}

/// The item of this id.
fn find<'l, T: Named>(list: &'l mut [T], id: &Id<T::Kind>) -> Result<&'l mut T, EditError> {
    match position(list, id) {
        Ok(index) => Ok(&mut list[index]),
        Err(error) => Err(error),
    }
}

/// Inserts an item whose id is new; returns the id.
fn add<T: Named>(list: &mut Vec<T>, place: Place, item: T) -> Result<Id<T::Kind>, EditError> {
    refuse_taken(list.iter().map(T::id), [item.id()])?;
    let id = item.id().clone();
    insert(list, place, item)?;
    Ok(id)
}

/// Removes an item; returns where it was, and the item.
fn remove<T: Named>(list: &mut Vec<T>, id: &Id<T::Kind>) -> Result<(Place, T), EditError> {
    let index = position(list, id)?;
    Ok((Place::At(index), list.remove(index)))
}

/// Puts an item where one of the same id was; returns that one.
fn replace<T: Named>(list: &mut [T], item: T) -> Result<T, EditError> {
    let index = position(list, item.id())?;
    Ok(std::mem::replace(&mut list[index], item))
}

fn insert<T>(list: &mut Vec<T>, place: Place, item: T) -> Result<(), EditError> {
    let index = match place {
        Place::Last => list.len(),
        Place::At(index) if index > list.len() => return Err(EditError::Place { index, length: list.len() }),
        Place::At(index) => index,
    };
    list.insert(index, item);
    Ok(())
}

fn position<T: Named>(list: &[T], id: &Id<T::Kind>) -> Result<usize, EditError> {
    let index = list.iter().position(|item| item.id() == id);
    index.ok_or_else(|| unknown(id, list.iter().map(T::id)))
}

fn unknown<'i, K: IdKind + 'i>(id: &Id<K>, known: impl Iterator<Item = &'i Id<K>>) -> EditError {
    let near = nearest(id.as_str(), known.map(Id::as_str)).map(str::to_owned);
    EditError::Unknown { kind: K::NAME, id: id.to_string(), near }
}

/// Every new id must be different from the old ones and from the other new ones.
fn refuse_taken<'i, K: IdKind + 'i>(
    old: impl Iterator<Item = &'i Id<K>>,
    new: impl IntoIterator<Item = &'i Id<K>>,
) -> Result<(), EditError> {
    let new: Vec<&Id<K>> = new.into_iter().collect();
    let mut taken: std::collections::HashSet<&Id<K>> = match new.as_slice() {
        // In a large project a search is quicker than a set of all.
        [only] => old.filter(|id| id == only).collect(),
        _ => old.collect(),
    };
    match new.into_iter().find(|id| !taken.insert(*id)) {
        Some(id) => Err(EditError::Taken { kind: K::NAME, id: id.to_string() }),
        None => Ok(()),
    }
}

fn refuse_used<K: IdKind>(references: References, id: &Id<K>, users: Vec<User>) -> Result<(), EditError> {
    match references {
        References::Refuse if !users.is_empty() => Err(EditError::InUse { kind: K::NAME, id: id.to_string(), users }),
        References::Refuse | References::Leave => Ok(()),
    }
}
