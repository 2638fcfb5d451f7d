//! One change of a document, as a value.
//!
//! Contract: [`Edit::apply`] returns the exact inverse, so undo is to apply what it returned; a refused edit changes
//! nothing. That takes a document whose ids are unique, and keeps them so. An edit checks what makes it applicable: what it
//! changes exists, what it adds is new, nobody uses what it removes.
//!
//! Absent: whether the changed document holds together, which is [`Document::validate`]. An editor passes through documents
//! that do not: a rule may name a group that is not there yet.

mod apply;
mod error;
mod text;
mod trial;

use crate::model::{
    AddressGroup, AddressGroupId, Document, GroupId, Instance, InstanceId, Network, NetworkId, Prefix, Rule, RuleId,
    RuleSpec, SecurityGroup, Tracking, VnicId,
};
use crate::profile::Profile;
use crate::users::User;

pub use error::{EditError, EditTextError};

/// One change of a document.
///
/// Text forms, in which `at N` (counted from 0) stands only where the place is not the last one, and `RULE` is
/// `[disabled] SPEC ["DESCRIPTION"]`:
///
/// ```text
/// add rule ID to GROUP [at N]: RULE      add group [at N]: JSON
/// remove rule ID                         remove group ID [leaving references]
/// replace rule ID: RULE                  describe group ID: "NAME" "DESCRIPTION"
/// enable rule ID                         set sources of ID: JSON
/// disable rule ID                        set group ID stateful|stateless
/// attach GROUP to VNIC [at N]            add address-group [at N]: JSON
/// detach GROUP from VNIC                 remove address-group ID [leaving references]
/// start instance ID                      replace address-group: JSON
/// stop instance ID                       likewise instance and network
/// set primary-group ID                   set profile NAME
/// create group ID                        set profile: JSON
/// ```
///
/// `JSON` is the value as in documents, see [`crate::Document::read`]. Only a built-in profile is set by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Inserts a rule into a group.
    AddRule {
        /// The group.
        group: GroupId,
        /// Where among its rules.
        place: Place,
        /// The rule; its id is new in the project.
        rule: Rule,
    },
    /// Removes a rule.
    RemoveRule {
        /// The rule.
        rule: RuleId,
    },
    /// Replaces the rule of the same id.
    ReplaceRule {
        /// The new rule.
        rule: Rule,
    },
    /// Enables a rule that is disabled.
    EnableRule {
        /// The rule.
        rule: RuleId,
    },
    /// Disables a rule that is enabled.
    DisableRule {
        /// The rule.
        rule: RuleId,
    },
    /// Adds a group behind all others, with the rules that the profile gives to new groups.
    CreateGroup {
        /// Its id and name, which are new.
        group: GroupId,
    },
    /// Inserts a group.
    AddGroup {
        /// Where among the groups.
        place: Place,
        /// The group; its id and those of its rules are new in the project.
        group: SecurityGroup,
    },
    /// Removes a group; where others use it, see [`Edit::cascade_group`].
    RemoveGroup {
        /// The group.
        group: GroupId,
        /// What becomes of what refers to it.
        references: References,
    },
    /// Changes what people read of a group.
    DescribeGroup {
        /// The group.
        group: GroupId,
        /// Its new name.
        name: String,
        /// Its new description.
        description: String,
    },
    /// Makes a group stateful or stateless.
    SetTracking {
        /// The group.
        group: GroupId,
        /// Whether its members' traffic is tracked.
        tracking: Tracking,
    },
    /// Replaces the extra sources of a group.
    SetSources {
        /// The group.
        group: GroupId,
        /// Its new extra sources.
        sources: Vec<Prefix>,
    },
    /// Names the group that new vnics start with.
    SetPrimaryGroup {
        /// The group.
        group: GroupId,
    },
    /// Inserts an address group.
    AddAddressGroup {
        /// Where among the address groups.
        place: Place,
        /// The address group; its id is new.
        address_group: AddressGroup,
    },
    /// Removes an address group; where rules use it, see [`Edit::cascade_address_group`].
    RemoveAddressGroup {
        /// The address group.
        address_group: AddressGroupId,
        /// What becomes of what refers to it.
        references: References,
    },
    /// Replaces the address group of the same id.
    ReplaceAddressGroup {
        /// The new address group.
        address_group: AddressGroup,
    },
    /// Inserts an instance.
    AddInstance {
        /// Where among the instances.
        place: Place,
        /// The instance; its id and those of its vnics are new.
        instance: Instance,
    },
    /// Removes an instance and its vnics.
    RemoveInstance {
        /// The instance.
        instance: InstanceId,
    },
    /// Replaces the instance of the same id and its vnics.
    ReplaceInstance {
        /// The new instance; ids of its vnics are its old ones or new.
        instance: Instance,
    },
    /// Starts an instance that is stopped.
    StartInstance {
        /// The instance.
        instance: InstanceId,
    },
    /// Stops an instance that is running.
    StopInstance {
        /// The instance.
        instance: InstanceId,
    },
    /// Inserts a network.
    AddNetwork {
        /// Where among the networks.
        place: Place,
        /// The network; its id is new.
        network: Network,
    },
    /// Removes a network.
    RemoveNetwork {
        /// The network.
        network: NetworkId,
        /// What becomes of what refers to it.
        references: References,
    },
    /// Replaces the network of the same id.
    ReplaceNetwork {
        /// The new network.
        network: Network,
    },
    /// Attaches a group to a vnic.
    Attach {
        /// The vnic.
        vnic: VnicId,
        /// Where among its groups.
        place: Place,
        /// The group.
        group: GroupId,
    },
    /// Detaches a group from a vnic.
    Detach {
        /// The vnic.
        vnic: VnicId,
        /// The group.
        group: GroupId,
    },
    /// Changes the semantics of the rules.
    SetProfile {
        /// The new profile.
        profile: Profile,
    },
}

/// Where in a list something is inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Behind all others.
    Last,
    /// Before what has this index now, counted from 0; the length of the list is the last place.
    At(usize),
}

/// What becomes of what refers to a thing that is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum References {
    /// Where there is any, the thing stays: the edit is refused.
    Refuse,
    /// It goes on referring to what is no longer there. So the addition of something that was missing is undone.
    Leave,
}

impl Edit {
    /// Adds an enabled rule behind the others of a group, with the first id of the group that is free.
    pub fn new_rule(document: &Document, group: &GroupId, spec: RuleSpec) -> Edit {
        let rule = Rule { id: document.free_rule_id(group), spec, enabled: true, description: String::new() };
        Edit::AddRule { group: group.clone(), place: Place::Last, rule }
    }

    /// Applies all edits in turn, or none: the inverses to apply in turn to undo them.
    ///
    /// # Errors
    /// The first refusal; the document is as it was.
    pub fn apply_all(edits: Vec<Edit>, document: &mut Document) -> Result<Vec<Edit>, EditError> {
        let edits = match <[Edit; 1]>::try_from(edits) {
            // One edit happens or does not: nothing has to be copied.
            Ok([edit]) => return edit.apply(document).map(|undo| vec![undo]),
            Err(edits) => edits,
        };
        let mut changed = document.clone();
        let undo: Result<Vec<Edit>, EditError> = edits.into_iter().map(|edit| edit.apply(&mut changed)).collect();
        let mut undo = undo?;
        undo.reverse();
        *document = changed;
        Ok(undo)
    }

    /// What removes a group and every use of it: it is detached, rules of other groups that have it as remote are removed, and
    /// where it is the primary group, `default` becomes that. Where the profile changes groups only while an instance is
    /// stopped, that of every vnic that has the group must be.
    pub fn cascade_group(document: &Document, group: &GroupId) -> Vec<Edit> {
        let users = document.users_of_group(group).into_iter().map(|user| match user {
            User::Vnic(vnic) => Edit::Detach { vnic, group: group.clone() },
            User::Rule(rule) => Edit::RemoveRule { rule },
            User::Project => Edit::SetPrimaryGroup { group: Document::default_group_id() },
        });
        users.chain([Edit::RemoveGroup { group: group.clone(), references: References::Refuse }]).collect()
    }

    /// What removes an address group and the rules that have it as remote.
    pub fn cascade_address_group(document: &Document, address_group: &AddressGroupId) -> Vec<Edit> {
        let users = document.users_of_address_group(address_group).into_iter().filter_map(|user| match user {
            User::Vnic(_) | User::Project => None,
            User::Rule(rule) => Some(Edit::RemoveRule { rule }),
        });
        let address_group = address_group.clone();
        users.chain([Edit::RemoveAddressGroup { address_group, references: References::Refuse }]).collect()
    }
}
