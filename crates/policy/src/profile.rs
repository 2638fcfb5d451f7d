//! Profiles: the semantics of one cloud as a value.

use crate::model::{Action, Direction, Document, Family, Priority, Protocol, Remote, RuleSpec};

/// A set of switches. Code never asks for the name of a profile, only for its switches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// `portcullis`, `openstack`, or a name of the user's.
    pub name: String,
    /// How several matching rules become one answer.
    pub evaluation: Evaluation,
    /// What happens to egress traffic that no rule names.
    pub egress_default: EgressDefault,
    /// The fewest groups that a vnic may have.
    pub minimum_groups: usize,
    /// How much a project may hold.
    pub limits: Limits,
}

/// How several matching rules become one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evaluation {
    /// Allow only, in no order: any match allows.
    Union,
    /// Allow and deny: groups as attached, then priority 1 to 100, then deny before allow; the first match decides.
    Ordered,
}

/// What happens to egress traffic that no rule names. Ingress is always denied then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EgressDefault {
    /// Denied.
    Deny,
    /// Allowed as long as no attached group has an egress rule.
    AllowUntilFirstRule,
}

/// How much a project may hold; `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Security groups in the project.
    pub groups: Option<usize>,
    /// Rules in the project.
    pub rules: Option<usize>,
}

impl Profile {
    /// The profiles that have a name, the default first.
    pub const NAMES: [&'static str; 2] = ["portcullis", "openstack"];

    /// The default: the generic cloud of the seeds. At least one group for each vnic.
    pub fn portcullis() -> Profile {
        Profile {
            name: "portcullis".to_owned(),
            evaluation: Evaluation::Union,
            egress_default: EgressDefault::Deny,
            minimum_groups: 1,
            limits: Limits { groups: None, rules: None },
        }
    }

    /// OpenStack Neutron with its default quotas (`quota_security_group`, `quota_security_group_rule`).
    pub fn openstack() -> Profile {
        Profile {
            name: "openstack".to_owned(),
            minimum_groups: 0,
            limits: Limits { groups: Some(10), rules: Some(100) },
            ..Profile::portcullis()
        }
    }

    /// What the rules of a new group say: all egress of both families.
    pub fn new_group_rules(&self) -> Vec<RuleSpec> {
        let egress = |family| RuleSpec {
            direction: Direction::Egress,
            family,
            protocol: Protocol::Any,
            remote: Remote::Any,
            action: Action::Allow,
            priority: Priority::FIRST,
        };
        vec![egress(Family::Ipv4), egress(Family::Ipv6)]
    }

    /// What the rules of the group `default` of a new project say: those of a new group, and all ingress from its own members.
    pub fn default_group_rules(&self) -> Vec<RuleSpec> {
        let mut rules = self.new_group_rules();
        rules.extend([Family::Ipv4, Family::Ipv6].map(|family| RuleSpec {
            direction: Direction::Ingress,
            family,
            protocol: Protocol::Any,
            remote: Remote::Group(Document::default_group_id()),
            action: Action::Allow,
            priority: Priority::FIRST,
        }));
        rules
    }

    /// The profile of this name.
    pub fn named(name: &str) -> Option<Profile> {
        match name {
            "portcullis" => Some(Profile::portcullis()),
            "openstack" => Some(Profile::openstack()),
            _ => None,
        }
    }
}

impl Default for Profile {
    fn default() -> Profile {
        Profile::portcullis()
    }
}
