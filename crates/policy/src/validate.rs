//! What the parts of a document must be to each other.
//!
//! Contract: [`Document::validate`] finds every fault and every doubt at once, in the order profile, networks, groups, address
//! groups, instances. A document without errors resolves. Paths name fields as [`crate::read`] lists them, whether the text has
//! the field or not: `groups[0].rules[2].ports`.
//!
//! Absent: what a single value must be; a value that is wrong by itself cannot be written or is refused by reading.

mod after;
mod index;
mod limits;
mod network;
mod profile;
mod remote;
mod rule;
mod vnic;

use std::collections::{HashMap, HashSet};

use crate::model::{AddressGroup, Document, Id, IdKind, Named, RuleId, SecurityGroup};
use crate::profile::RemoteMembers;
use crate::suggest::nearest;
use crate::{Diagnostic, Severity};

use index::Index;

/// The longest name, in characters, as in OpenStack.
const LONGEST_NAME: usize = 255;

impl Document {
    /// Every fault and warning of the document as a whole.
    pub fn validate(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let index = Index::of(self);
        profile::check(self, &mut found);
        network::check(self, &mut found);
        groups(self, &mut found);
        limits::check(&index, &mut found);
        rule::check(&index, &mut found);
        address_groups(self, &mut found);
        instances(self, &mut found);
        vnic::check(&index, &mut found);
        found
    }

    /// The path of a rule in diagnostics: `groups[0].rules[2]`. Those of its fields start with it and a dot.
    pub fn rule_path(&self, id: &RuleId) -> Option<String> {
        self.groups.iter().enumerate().find_map(|(g, group)| {
            let r = group.rules.iter().position(|rule| rule.id == *id)?;
            Some(format!("groups[{g}].rules[{r}]"))
        })
    }
}

fn groups(document: &Document, found: &mut Vec<Diagnostic>) {
    unique_ids(found, document.groups.iter(), || placed("groups", &document.groups));
    let names = placed("groups", &document.groups).map(|(path, group)| (path, group.name.as_str()));
    unique_names(found, Severity::Error, names);
    if document.group(Document::DEFAULT_GROUP).is_none() {
        let message = format!("the group `{}` is missing: every project has it", Document::DEFAULT_GROUP);
        found.push(Diagnostic::error("groups", message));
    }
    let primary = document.primary_group.as_str();
    if primary != Document::DEFAULT_GROUP && document.group(primary).is_none() {
        let known = document.groups.iter().map(|group| &group.id);
        found.push(missing("primary_group".to_owned(), "", &document.primary_group, known));
    }
    for (path, group) in placed("groups", &document.groups) {
        sources(document, group, &format!("{path}.sources"), found);
    }
}

fn sources(document: &Document, group: &SecurityGroup, path: &str, found: &mut Vec<Diagnostic>) {
    let counted = document.profile.remote_members == RemoteMembers::AddressesPairsAndSources;
    if !group.sources.is_empty() && !counted {
        let message = format!(
            "the profile `{}` has no extra sources: remove them, and name them in rules of their own",
            document.profile.name
        );
        found.push(Diagnostic::error(path, message));
    }
    let mut seen = HashSet::new();
    for (path, prefix) in placed(path, &group.sources) {
        if !seen.insert(prefix) {
            found.push(Diagnostic::warning(path, format!("`{prefix}` stands in the list twice: remove one")));
        }
    }
}

fn address_groups(document: &Document, found: &mut Vec<Diagnostic>) {
    let groups = &document.address_groups;
    unique_ids(found, groups.iter(), || placed("address_groups", groups));
    let names = placed("address_groups", groups).map(|(path, group)| (path, group.name.as_str()));
    unique_names(found, Severity::Warning, names);
    for (path, group) in placed("address_groups", groups) {
        prefixes(group, &path, found);
    }
}

fn prefixes(group: &AddressGroup, path: &str, found: &mut Vec<Diagnostic>) {
    let mut seen = HashSet::new();
    for (path, block) in placed(&format!("{path}.prefixes"), &group.prefixes) {
        if !seen.insert((block.first(), block.last())) {
            found.push(Diagnostic::warning(path, format!("`{block}` stands in the list twice: remove one")));
        }
    }
}

fn instances(document: &Document, found: &mut Vec<Diagnostic>) {
    unique_ids(found, document.instances.iter(), || placed("instances", &document.instances));
    let names = placed("instances", &document.instances).map(|(path, instance)| (path, instance.name.as_str()));
    unique_names(found, Severity::Warning, names);
}

/// The items of a list with their paths.
fn placed<'d, T>(list: &str, items: &'d [T]) -> impl Iterator<Item = (String, &'d T)> + use<'d, T> {
    let list = list.to_owned();
    items.iter().enumerate().map(move |(index, item)| (format!("{list}[{index}]"), item))
}

/// Paths are made only where there is a fault.
fn unique_ids<'d, T: Named + 'd, I: Iterator<Item = (String, &'d T)>>(
    found: &mut Vec<Diagnostic>,
    items: impl Iterator<Item = &'d T>,
    with_paths: impl FnOnce() -> I,
) {
    let mut seen = HashSet::new();
    if items.map(T::id).all(|id| seen.insert(id)) {
        return;
    }
    let mut taken: HashMap<&Id<T::Kind>, String> = HashMap::new();
    for (path, item) in with_paths() {
        let (id, kind) = (item.id(), <T::Kind as IdKind>::NAME);
        if let Some(other) = taken.get(id) {
            let message = format!("the {kind} id `{id}` is taken by `{other}`: choose another one");
            found.push(Diagnostic::error(format!("{path}.id"), message));
            continue;
        }
        taken.insert(id, path);
    }
}

/// `severity` is that of a name that two things have.
fn unique_names<'d>(found: &mut Vec<Diagnostic>, severity: Severity, items: impl Iterator<Item = (String, &'d str)>) {
    let mut taken: HashMap<&str, String> = HashMap::new();
    for (path, name) in items {
        match name.chars().count() {
            0 => found.push(Diagnostic::error(
                format!("{path}.name"),
                "the name is empty: write one, or leave the field out",
            )),
            1..=LONGEST_NAME => {}
            length => {
                let message = format!("the name has {length} characters: shorten it to {LONGEST_NAME}");
                found.push(Diagnostic::error(format!("{path}.name"), message));
            }
        }
        if let Some(other) = taken.get(name) {
            let message = format!("`{other}` has the name `{name}` too: choose another one");
            found.push(Diagnostic { severity, ..Diagnostic::error(format!("{path}.name"), message) });
            continue;
        }
        taken.insert(name, path);
    }
}

/// A reference to what is not there; the fix is the id that was probably meant, behind `prefix`.
fn missing<'d, K: IdKind + 'd>(
    path: String,
    prefix: &str,
    id: &Id<K>,
    known: impl Iterator<Item = &'d Id<K>>,
) -> Diagnostic {
    let kind = K::NAME;
    match nearest(id.as_str(), known.map(Id::as_str)) {
        Some(near) => Diagnostic::error(path, format!("there is no {kind} `{id}`: did you mean `{near}`"))
            .with_fix(format!("{prefix}{near}")),
        None => Diagnostic::error(path, format!("there is no {kind} `{id}`: add it, or choose another one")),
    }
}
