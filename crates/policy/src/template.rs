//! Rules and groups that people want often, by name.
//!
//! A [`RuleTemplate`] is a service or a protocol; whoever asks says the direction and the remote. A [`GroupTemplate`] is a
//! whole group as a cloud's documentation shows it, with the remotes that people fill in as parameters.
//!
//! Contract: what a template gives is what the document's profile allows; else it is refused with every reason. A rule whose
//! remote is an address is of its family, every other one comes twice, once for each family, unless its source says one.
//!
//! Absent: whether the groups that a remote names are there, which is [`Document::validate`].

mod error;
mod groups;
mod rules;

use crate::model::{
    Action, Direction, Document, Family, GroupId, Priority, Protocol, ProtocolError, Remote, Rule, RuleError, RuleId,
    RuleSpec, SecurityGroup,
};
use crate::suggest::nearest;
use crate::{Diagnostic, Severity};

pub use error::TemplateError;
pub use groups::GROUPS;
pub use rules::RULES;

/// A rule by the name of what it lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleTemplate {
    /// What programs call it: `ssh`.
    pub name: &'static str,
    /// What people call it: `SSH`.
    pub title: &'static str,
    /// Protocol, and ports or ICMP part, in an IPv4 rule.
    ipv4: Part,
    /// The same in an IPv6 rule.
    ipv6: Part,
    /// Whom it is for when nobody says.
    remote: UsualRemote,
}

/// A protocol, and its ports or ICMP type and code; empty for all.
type Part = (&'static str, &'static str);

/// Whom a rule template is for when nobody says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum UsualRemote {
    Any,
    /// The members of the group that the rule is in.
    Members,
}

/// A group as a cloud's documentation shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupTemplate {
    /// What programs call it: `web-server`.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// Where it is written.
    pub source: &'static str,
    /// The profile of the cloud that wrote it.
    pub profile: &'static str,
    /// What people fill in.
    pub parameters: &'static [Parameter],
    start: Start,
    lines: &'static [Line],
}

/// A remote that people fill in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// What programs call it: `office`.
    pub name: &'static str,
    /// Whom it stands for.
    pub meaning: &'static str,
    /// The remote in the source, or an example where the source has none.
    pub example: &'static str,
}

/// What stands in the group before its lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// The rules of a new group.
    AsNew,
    /// Nothing: the source lists all rules, or has the others deleted.
    Bare,
}

/// One row of a source's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Line {
    direction: Direction,
    families: &'static [Family],
    part: Part,
    /// The name of a parameter; every address where it is absent.
    remote: Option<&'static str>,
}

impl RuleTemplate {
    /// The template of this name.
    ///
    /// # Errors
    /// [`TemplateError::Unknown`].
    pub fn named(name: &str) -> Result<&'static RuleTemplate, TemplateError> {
        RULES.iter().find(|template| template.name == name).ok_or_else(|| unknown(name))
    }

    /// Protocol, and ports or ICMP part, as the fields of a form have them.
    pub fn fields(&self, family: Family) -> (&'static str, &'static str) {
        match family {
            Family::Ipv4 => self.ipv4,
            Family::Ipv6 => self.ipv6,
        }
    }

    /// Whom it is for when nobody says: everybody, or the members of the group.
    pub fn remote(&self, group: &GroupId) -> Remote {
        match self.remote {
            UsualRemote::Any => Remote::Any,
            UsualRemote::Members => Remote::Group(group.clone()),
        }
    }

    /// The rules for a group of the document, with free ids; they are not yet in it.
    ///
    /// # Errors
    /// [`TemplateError::Refused`].
    pub fn rules(
        &self,
        document: &Document,
        group: &GroupId,
        direction: Direction,
        remote: Option<Remote>,
    ) -> Result<Vec<Rule>, TemplateError> {
        let remote = remote.unwrap_or_else(|| self.remote(group));
        let specs: Result<Vec<RuleSpec>, TemplateError> = families_of(&Family::ALL, &remote)
            .into_iter()
            .map(|family| spec(direction, family, self.fields(family), remote.clone()))
            .collect();
        let changed = document.group(group.as_str()).cloned().unwrap_or_else(|| bare(group));
        let (changed, rules) = with_rules(document, changed, specs?);
        refuse(self.name, document, changed, &rules)?;
        Ok(rules)
    }
}

impl GroupTemplate {
    /// The template of this name.
    ///
    /// # Errors
    /// [`TemplateError::Unknown`].
    pub fn named(name: &str) -> Result<&'static GroupTemplate, TemplateError> {
        GROUPS.iter().find(|template| template.name == name).ok_or_else(|| unknown(name))
    }

    /// The group with this id, for the document; it is not yet in it. Parameters that `remotes` does not name have their
    /// example.
    ///
    /// # Errors
    /// [`TemplateError::Parameter`], [`TemplateError::Rule`], [`TemplateError::Refused`].
    pub fn group(
        &self,
        document: &Document,
        id: GroupId,
        remotes: &[(String, Remote)],
    ) -> Result<SecurityGroup, TemplateError> {
        for (name, _) in remotes {
            if !self.parameters.iter().any(|parameter| parameter.name == name) {
                let known = self.parameters.iter().map(|parameter| parameter.name).collect();
                return Err(TemplateError::Parameter { template: self.name, name: name.clone(), known });
            }
        }
        let mut specs = Vec::new();
        for line in self.lines {
            let remote = line.remote.map_or(Remote::Any, |name| self.remote(name, remotes));
            for family in families_of(line.families, &remote) {
                specs.push(spec(line.direction, family, line.part, remote.clone())?);
            }
        }
        let start = match self.start {
            Start::AsNew => document.new_group(id),
            Start::Bare => bare(&id),
        };
        let start = SecurityGroup { description: self.title.to_owned(), ..start };
        let (group, rules) = with_rules(document, start, specs);
        refuse(self.name, document, group.clone(), &rules)?;
        Ok(group)
    }

    /// What a parameter stands for.
    fn remote(&self, name: &str, remotes: &[(String, Remote)]) -> Remote {
        if let Some((_, given)) = remotes.iter().find(|(given, _)| given == name) {
            return given.clone();
        }
        let example = self.parameters.iter().find(|parameter| parameter.name == name).map(|found| found.example);
        example.and_then(|text| text.parse().ok()).expect("each line names a parameter of its template")
    }
}

/// The families of the rules of one line: an address has but one, and the line that knows no other one is faulty.
fn families_of(families: &[Family], remote: &Remote) -> Vec<Family> {
    match remote {
        Remote::Prefix(prefix) if families.contains(&prefix.family()) => vec![prefix.family()],
        Remote::Any | Remote::Prefix(_) | Remote::Group(_) | Remote::AddressGroup(_) => families.to_vec(),
    }
}

fn spec(
    direction: Direction,
    family: Family,
    (protocol, part): Part,
    remote: Remote,
) -> Result<RuleSpec, TemplateError> {
    let protocol =
        read_part(family, protocol, part).map_err(|error| TemplateError::Rule(RuleError::Protocol(error)))?;
    let spec = RuleSpec { direction, family, protocol, remote, action: Action::Allow, priority: Priority::FIRST };
    spec.checked().map_err(TemplateError::Rule)
}

fn read_part(family: Family, protocol: &str, part: &str) -> Result<Protocol, ProtocolError> {
    match Protocol::read(family, protocol, None, None)? {
        Protocol::Icmp(_) => Protocol::read(family, protocol, None, Some(part)),
        _ => Protocol::read(family, protocol, Some(part), None),
    }
}

fn bare(id: &GroupId) -> SecurityGroup {
    let mut group = Document::default().new_group(id.clone());
    group.rules.clear();
    group
}

/// The group with rules that say this, and these rules.
fn with_rules(document: &Document, mut group: SecurityGroup, specs: Vec<RuleSpec>) -> (SecurityGroup, Vec<Rule>) {
    let is_free = |id: &RuleId| document.rule(id).is_none() && !group.rules.iter().any(|rule| rule.id == *id);
    let ids = RuleId::numbered(&group.id).filter(is_free);
    let rules: Vec<Rule> =
        ids.zip(specs).map(|(id, spec)| Rule { id, spec, enabled: true, description: String::new() }).collect();
    group.rules.extend(rules.iter().cloned());
    (group, rules)
}

/// Asks the one validator what it has against the new rules in their group.
fn refuse(
    template: &'static str,
    document: &Document,
    group: SecurityGroup,
    rules: &[Rule],
) -> Result<(), TemplateError> {
    let mut changed = document.clone();
    changed.groups.retain(|found| found.id != group.id);
    changed.groups.push(group);
    let places: Vec<String> = rules.iter().filter_map(|rule| changed.rule_path(&rule.id)).collect();
    let is_about = |fault: &Diagnostic| {
        let of_rule = places.iter().find_map(|place| fault.path.strip_prefix(place.as_str()));
        of_rule.is_some_and(|rest| matches!(rest, "" | ".protocol" | ".action" | ".priority" | ".family"))
    };
    let faults = changed.validate().into_iter().filter(|fault| fault.severity == Severity::Error && is_about(fault));
    let faults: Vec<Diagnostic> = faults.collect();
    if faults.is_empty() { Ok(()) } else { Err(TemplateError::Refused { template, faults }) }
}

fn unknown(name: &str) -> TemplateError {
    let names = RULES.iter().map(|template| template.name).chain(GROUPS.iter().map(|template| template.name));
    TemplateError::Unknown { name: name.to_owned(), near: nearest(name, names) }
}
