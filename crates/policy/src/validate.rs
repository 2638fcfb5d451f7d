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
mod order;
mod path;
mod profile;
mod remote;
mod repeats;
mod rule;
mod subnets;
mod vnic;

use crate::model::{AddressGroup, Document, Id, IdKind, Named, RuleId, SecurityGroup};
use crate::profile::RemoteMembers;
use crate::suggest::nearest;
use crate::{Diagnostic, Severity};

use index::Index;
use path::Path;
use repeats::Repeats;

/// The longest name, in characters, as in OpenStack.
const LONGEST_NAME: usize = 255;

const NETWORKS: Path<'static> = Path::Top("networks");
const GROUPS: Path<'static> = Path::Top("groups");
const ADDRESS_GROUPS: Path<'static> = Path::Top("address_groups");
const INSTANCES: Path<'static> = Path::Top("instances");

impl Document {
    /// Every fault and warning of the document as a whole.
    pub fn validate(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let index = Index::of(self);
        profile::check(self, &mut found);
        network::check(&index, &mut found);
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
    unique_in_list(&GROUPS, &document.groups, found);
    unique_names(&GROUPS, document.groups.iter().map(|group| group.name.as_str()), Severity::Error, found);
    if document.group(Document::DEFAULT_GROUP).is_none() {
        let message = format!("the group `{}` is missing: every project has it", Document::DEFAULT_GROUP);
        found.push(Diagnostic::error("groups", message));
    }
    let primary = document.primary_group.as_str();
    if primary != Document::DEFAULT_GROUP && document.group(primary).is_none() {
        let known = document.groups.iter().map(|group| &group.id);
        found.push(missing(Path::Top("primary_group"), "", &document.primary_group, known));
    }
    for (path, group) in GROUPS.items(&document.groups) {
        sources(document, group, &path.field("sources"), found);
    }
}

fn sources(document: &Document, group: &SecurityGroup, path: &Path<'_>, found: &mut Vec<Diagnostic>) {
    let counted = document.profile.remote_members == RemoteMembers::AddressesPairsAndSources;
    if !group.sources.is_empty() && !counted {
        let message = format!(
            "the profile `{}` has no extra sources: remove them, and name them in rules of their own",
            document.profile.name
        );
        found.push(Diagnostic::error(*path, message));
    }
    for (place, _) in Repeats::of(&group.sources).iter() {
        let message = format!("`{}` stands in the list twice: remove one", group.sources[place]);
        found.push(Diagnostic::warning(path.item(place), message));
    }
}

fn address_groups(document: &Document, found: &mut Vec<Diagnostic>) {
    let groups = &document.address_groups;
    unique_in_list(&ADDRESS_GROUPS, groups, found);
    unique_names(&ADDRESS_GROUPS, groups.iter().map(|group| group.name.as_str()), Severity::Warning, found);
    for (path, group) in ADDRESS_GROUPS.items(groups) {
        prefixes(group, &path.field("prefixes"), found);
    }
}

fn prefixes(group: &AddressGroup, path: &Path<'_>, found: &mut Vec<Diagnostic>) {
    let ends: Vec<_> = group.prefixes.iter().map(|block| (block.first(), block.last())).collect();
    for (place, _) in Repeats::of(&ends).iter() {
        let message = format!("`{}` stands in the list twice: remove one", group.prefixes[place]);
        found.push(Diagnostic::warning(path.item(place), message));
    }
}

fn instances(document: &Document, found: &mut Vec<Diagnostic>) {
    let instances = &document.instances;
    unique_in_list(&INSTANCES, instances, found);
    unique_names(&INSTANCES, instances.iter().map(|instance| instance.name.as_str()), Severity::Warning, found);
}

fn unique_in_list<T: Named>(list: &Path<'_>, items: &[T], found: &mut Vec<Diagnostic>) {
    unique_ids(items.iter().map(T::id), || list.items(items).map(|(path, _)| path.to_string()).collect(), found);
}

/// The paths are those of the things that have the ids; they are made only where there is a fault.
fn unique_ids<'d, K: IdKind + 'd>(
    ids: impl Iterator<Item = &'d Id<K>>,
    paths: impl FnOnce() -> Vec<String>,
    found: &mut Vec<Diagnostic>,
) {
    let ids: Vec<&str> = ids.map(Id::as_str).collect();
    let repeats = Repeats::of_texts(&ids);
    if repeats.is_empty() {
        return;
    }
    let (kind, paths) = (K::NAME, paths());
    for (place, first) in repeats.iter() {
        let message = format!("the {kind} id `{}` is taken by `{}`: choose another one", ids[place], paths[first]);
        found.push(Diagnostic::error(format!("{}.id", paths[place]), message));
    }
}

/// The names of the things in a list; `severity` is that of a name that two of them have.
fn unique_names<'d>(
    list: &Path<'_>,
    names: impl Iterator<Item = &'d str>,
    severity: Severity,
    found: &mut Vec<Diagnostic>,
) {
    let names: Vec<&str> = names.collect();
    let repeats = Repeats::of_texts(&names);
    for (place, name) in names.into_iter().enumerate() {
        let item = list.item(place);
        let path = item.field("name");
        if name.is_empty() {
            found.push(Diagnostic::error(path, "the name is empty: write one, or leave the field out"));
        }
        if let Some(length) = too_long(name) {
            let message = format!("the name has {length} characters: shorten it to {LONGEST_NAME}");
            found.push(Diagnostic::error(path, message));
        }
        if let Some(first) = repeats.first(place) {
            let message = format!("`{}` has the name `{name}` too: choose another one", list.item(first));
            found.push(Diagnostic { severity, ..Diagnostic::error(path, message) });
        }
    }
}

/// The characters of a name that has too many.
fn too_long(name: &str) -> Option<usize> {
    // No text has more characters than bytes, and these need no counting.
    let length = if name.len() > LONGEST_NAME { name.chars().count() } else { 0 };
    (length > LONGEST_NAME).then_some(length)
}

/// A reference to what is not there; the fix is the id that was probably meant, behind `prefix`.
fn missing<'d, K: IdKind + 'd>(
    path: Path<'_>,
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
