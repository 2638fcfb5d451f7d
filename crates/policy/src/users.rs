//! Who uses what: the questions that come before a deletion.

use std::fmt;

use crate::model::{AddressGroupId, Document, GroupId, NetworkId, Remote, Rule, RuleId, SecurityGroup, VnicId};

/// Something that refers to something else. Text form, for messages only: ``vnic `web1` ``.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum User {
    /// A vnic that has the group, or is in the network.
    Vnic(VnicId),
    /// A rule that has the group as its remote.
    Rule(RuleId),
    /// The project, whose new vnics start with the group.
    Project,
}

impl Document {
    /// The vnics that have the group, the rules of other groups that have it as their remote, and the project where it is the
    /// primary group.
    pub fn users_of_group(&self, id: &GroupId) -> Vec<User> {
        let members = self.vnics().filter(|(_, vnic)| vnic.groups.contains(id));
        let members = members.map(|(_, vnic)| User::Vnic(vnic.id.clone()));
        let rules =
            self.rules().filter(|(group, rule)| group.id != *id && rule.spec.remote == Remote::Group(id.clone()));
        let project = (self.primary_group == *id).then_some(User::Project);
        members.chain(rules.map(|(_, rule)| User::Rule(rule.id.clone()))).chain(project).collect()
    }

    /// The rules that have the address group as their remote.
    pub fn users_of_address_group(&self, id: &AddressGroupId) -> Vec<User> {
        let rules = self.rules().filter(|(_, rule)| rule.spec.remote == Remote::AddressGroup(id.clone()));
        rules.map(|(_, rule)| User::Rule(rule.id.clone())).collect()
    }

    /// The vnics in the network.
    pub fn users_of_network(&self, id: &NetworkId) -> Vec<User> {
        let vnics = self.vnics().filter(|(_, vnic)| vnic.network == *id);
        vnics.map(|(_, vnic)| User::Vnic(vnic.id.clone())).collect()
    }

    /// Every rule and its group, in document order.
    pub fn rules(&self) -> impl Iterator<Item = (&SecurityGroup, &Rule)> {
        self.groups.iter().flat_map(|group| group.rules.iter().map(move |rule| (group, rule)))
    }
}

impl fmt::Display for User {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            User::Vnic(id) => write!(out, "vnic `{id}`"),
            User::Rule(id) => write!(out, "rule `{id}`"),
            User::Project => out.write_str("the project as its primary group"),
        }
    }
}
