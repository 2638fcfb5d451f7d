//! Why an edit is refused.

use std::fmt;

use crate::Diagnostic;
use crate::model::{GroupId, IdError, InstanceId, RuleError, RuleId, VnicId};
use crate::profile::Profile;
use crate::users::User;

/// Why an edit does not fit the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditError {
    /// What the edit names is not there.
    Unknown {
        /// `rule`, `security group` ...
        kind: &'static str,
        /// Its id.
        id: String,
        /// The id that was probably meant.
        near: Option<String>,
    },
    /// What the edit adds is there already.
    Taken {
        /// `rule`, `security group` ...
        kind: &'static str,
        /// Its id.
        id: String,
    },
    /// What the edit removes is in use.
    InUse {
        /// `security group`, `network` ...
        kind: &'static str,
        /// Its id.
        id: String,
        /// All that use it, at least one.
        users: Vec<User>,
    },
    /// The place is behind the end of the list.
    Place {
        /// The index.
        index: usize,
        /// The length of the list.
        length: usize,
    },
    /// The group `default` is in every project: it is neither added nor removed.
    DefaultGroup,
    /// The vnic has the group already.
    Attached(GroupId, VnicId),
    /// The vnic does not have the group.
    Detached(GroupId, VnicId),
    /// The rule is enabled already.
    Enabled(RuleId),
    /// The rule is disabled already.
    Disabled(RuleId),
    /// The instance is running already.
    Running(InstanceId),
    /// The instance is stopped already.
    Stopped(InstanceId),
    /// The profile changes the groups of a vnic only while its instance is stopped.
    WhileRunning {
        /// The instance, which is running.
        instance: InstanceId,
        /// The name of the profile.
        profile: String,
    },
}

/// Why a text is no edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditTextError {
    /// It starts like no edit.
    Unknown(String),
    /// A part is missing; the value says which.
    Missing(&'static str),
    /// A word between two parts is missing.
    Keyword(&'static str),
    /// A word too many.
    Unexpected(String),
    /// Not `at` and an index.
    Place(String),
    /// A faulty id.
    Id(IdError),
    /// A faulty rule.
    Rule(RuleError),
    /// Not JSON.
    Json(String),
    /// JSON that is not what the edit needs.
    Object(Vec<Diagnostic>),
    /// Not the name of a profile.
    Profile(String),
}

impl fmt::Display for EditError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EditError::Unknown { kind, id, near: None } => write!(out, "there is no {kind} `{id}`"),
            EditError::Unknown { kind, id, near: Some(near) } => {
                write!(out, "there is no {kind} `{id}`: did you mean `{near}`")
            }
            EditError::Taken { kind, id } => write!(out, "there is a {kind} `{id}` already: choose another id"),
            EditError::InUse { kind, id, users } => {
                let users: Vec<String> = users.iter().map(User::to_string).collect();
                write!(
                    out,
                    "the {kind} `{id}` is in use by {}: change them first, or remove them with it",
                    users.join(", ")
                )
            }
            EditError::Place { index, length } => write!(out, "place {index} is behind the end: the last is {length}"),
            EditError::DefaultGroup => {
                out.write_str("the group `default` is in every project: change its rules instead of the group")
            }
            EditError::Attached(group, vnic) => {
                write!(out, "the group `{group}` is already attached to the vnic `{vnic}`")
            }
            EditError::Detached(group, vnic) => write!(out, "the group `{group}` is not attached to the vnic `{vnic}`"),
            EditError::Enabled(rule) => write!(out, "the rule `{rule}` is enabled already"),
            EditError::Disabled(rule) => write!(out, "the rule `{rule}` is disabled already"),
            EditError::Running(instance) => write!(out, "the instance `{instance}` is running already"),
            EditError::Stopped(instance) => write!(out, "the instance `{instance}` is stopped already"),
            EditError::WhileRunning { instance, profile } => write!(
                out,
                "the profile `{profile}` changes groups only while an instance is stopped, and `{instance}` is running: stop the instance first"
            ),
        }
    }
}

impl fmt::Display for EditTextError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EditTextError::Unknown(text) => {
                write!(out, "`{text}` is no edit: write one such as `remove rule web-http` or `attach web to web1`")
            }
            EditTextError::Missing(what) => write!(out, "the edit lacks {what}"),
            EditTextError::Keyword(word) => write!(out, "the edit lacks the word `{word}`"),
            EditTextError::Unexpected(word) => write!(out, "the word `{word}` fits nowhere in the edit"),
            EditTextError::Place(text) => {
                write!(out, "`{text}` is no place: write `at` and an index from 0, such as `at 3`")
            }
            EditTextError::Id(error) => error.fmt(out),
            EditTextError::Rule(error) => error.fmt(out),
            EditTextError::Json(error) => write!(out, "what stands behind the colon is no JSON: {error}"),
            EditTextError::Object(faults) => {
                let faults: Vec<String> = faults.iter().map(Diagnostic::to_string).collect();
                out.write_str(&faults.join("\n"))
            }
            EditTextError::Profile(name) => {
                let known = Profile::NAMES.map(|name| format!("`{name}`")).join(", ");
                write!(
                    out,
                    "`{name}` is no built-in profile: write one of {known}, or an object as `set profile: JSON`"
                )
            }
        }
    }
}

impl std::error::Error for EditError {}
impl std::error::Error for EditTextError {}
