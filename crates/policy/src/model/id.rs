//! Names of things, distinct by type.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

/// The longest id, in characters. UUIDs have 36.
const LONGEST: usize = 64;

/// What an id names.
pub trait IdKind {
    /// How error messages call it.
    const NAME: &'static str;
}

/// An id: 1 to 64 ASCII letters, digits and `. _ - /`, not starting with a sign. Unique in its project for its kind.
pub struct Id<K>(Arc<str>, PhantomData<fn() -> K>);

/// Marks [`RuleId`].
#[derive(Debug)]
pub enum RuleKind {}
/// Marks [`GroupId`].
#[derive(Debug)]
pub enum GroupKind {}
/// Marks [`AddressGroupId`].
#[derive(Debug)]
pub enum AddressGroupKind {}
/// Marks [`NetworkId`].
#[derive(Debug)]
pub enum NetworkKind {}
/// Marks [`InstanceId`].
#[derive(Debug)]
pub enum InstanceKind {}
/// Marks [`VnicId`].
#[derive(Debug)]
pub enum VnicKind {}

/// Names a rule.
pub type RuleId = Id<RuleKind>;
/// Names a security group.
pub type GroupId = Id<GroupKind>;
/// Names an address group.
pub type AddressGroupId = Id<AddressGroupKind>;
/// Names a network.
pub type NetworkId = Id<NetworkKind>;
/// Names an instance.
pub type InstanceId = Id<InstanceKind>;
/// Names a vnic.
pub type VnicId = Id<VnicKind>;

/// Why a text is no id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdError {
    kind: &'static str,
    text: String,
    fault: IdFault,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum IdFault {
    Empty,
    TooLong(usize),
    Start(char),
    Character(char),
}

impl IdKind for RuleKind {
    const NAME: &'static str = "rule";
}
impl IdKind for GroupKind {
    const NAME: &'static str = "security group";
}
impl IdKind for AddressGroupKind {
    const NAME: &'static str = "address group";
}
impl IdKind for NetworkKind {
    const NAME: &'static str = "network";
}
impl IdKind for InstanceKind {
    const NAME: &'static str = "instance";
}
impl IdKind for VnicKind {
    const NAME: &'static str = "vnic";
}

impl<K> Id<K> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl RuleId {
    /// `GROUP/1`, `GROUP/2` ...: ids for rules of a group that nobody named. A long group id is cut.
    pub fn numbered(group: &GroupId) -> impl Iterator<Item = RuleId> + use<> {
        let longest_number = "/18446744073709551615".len();
        let stem: String = group.0.chars().take(LONGEST - longest_number).collect();
        (1_u64..).map(move |number| Id(format!("{stem}/{number}").into(), PhantomData))
    }
}

impl<K: IdKind> FromStr for Id<K> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Id<K>, IdError> {
        match fault(text) {
            None => Ok(Id(text.into(), PhantomData)),
            Some(fault) => Err(IdError { kind: K::NAME, text: text.to_owned(), fault }),
        }
    }
}

fn fault(text: &str) -> Option<IdFault> {
    let length = text.chars().count();
    if length > LONGEST {
        return Some(IdFault::TooLong(length));
    }
    let Some(first) = text.chars().next() else {
        return Some(IdFault::Empty);
    };
    let strange = |c: &char| !c.is_ascii_alphanumeric() && !"._-/".contains(*c);
    match text.chars().find(strange) {
        Some(character) => Some(IdFault::Character(character)),
        None if !first.is_ascii_alphanumeric() => Some(IdFault::Start(first)),
        None => None,
    }
}

impl fmt::Display for IdError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, text) = (self.kind, &self.text);
        match &self.fault {
            IdFault::Empty => write!(out, "the id of a {kind} is empty: give it letters, digits, `.`, `_`, `-` or `/`"),
            IdFault::TooLong(length) => {
                write!(out, "the {kind} id has {length} characters: shorten it to {LONGEST}")
            }
            IdFault::Start(first) => {
                write!(out, "the {kind} id `{text}` starts with `{first}`: start it with a letter or digit")
            }
            IdFault::Character(' ') => {
                write!(out, "the {kind} id `{text}` has a space: write `{}`", text.trim().replace(' ', "-"))
            }
            IdFault::Character(character) => write!(
                out,
                "the {kind} id `{text}` has `{}`: use letters, digits, `.`, `_`, `-` and `/`",
                character.escape_debug()
            ),
        }
    }
}

impl std::error::Error for IdError {}

// Written out, because derives would ask the same traits of the marker.
impl<K> Clone for Id<K> {
    fn clone(&self) -> Id<K> {
        Id(self.0.clone(), PhantomData)
    }
}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Id<K>) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Id<K>) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Id<K>) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> std::hash::Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<K> fmt::Display for Id<K> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}
impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, out)
    }
}
// An id is looked up by its text.
impl<K> std::borrow::Borrow<str> for Id<K> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<(), &str>) {
        let found =
            text.parse::<GroupId>().map(|id| assert_eq!(id.to_string(), text)).map_err(|error| error.to_string());
        assert_eq!(found, expect.map_err(str::to_owned), "{text:?}");
    }

    #[test]
    fn ids_are_tokens() {
        check("web", Ok(()));
        check("web/ingress-1", Ok(()));
        check("08d2c150-ad07-4588-b898-d12df28c7e03", Ok(()));
        check("", Err("the id of a security group is empty: give it letters, digits, `.`, `_`, `-` or `/`"));
        check("my web", Err("the security group id `my web` has a space: write `my-web`"));
        check("-web", Err("the security group id `-web` starts with `-`: start it with a letter or digit"));
        check("a\nb", Err("the security group id `a\nb` has `\\n`: use letters, digits, `.`, `_`, `-` and `/`"));
        check(&"x".repeat(65), Err("the security group id has 65 characters: shorten it to 64"));
    }

    #[test]
    fn numbered_rules_have_ids_however_long_that_of_the_group_is() {
        let numbered = |group: &str| {
            let group: GroupId = group.parse().expect("an id");
            RuleId::numbered(&group).take(100).map(|id| id.to_string()).collect::<Vec<String>>()
        };
        assert_eq!(numbered("web-servers")[..2], ["web-servers/1", "web-servers/2"]);
        let mut ids = numbered(&"x".repeat(LONGEST));
        for id in &ids {
            assert_eq!(id.parse::<RuleId>().map(|id| id.to_string()).as_ref(), Ok(id));
        }
        ids.dedup();
        assert_eq!(ids.len(), 100);
    }
}
