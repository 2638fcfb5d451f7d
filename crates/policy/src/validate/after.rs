//! Whether a document without errors still has none, after a change of which it is known where it was.
//!
//! Contract: within the scope, the same answer as [`Document::validate`] gives; a law in `tests/compiled/resolved.rs` ties them.

use super::index::Index;
use super::path::Path;
use super::{limits, prefixes, rule, sources, unique_names, vnic};
use crate::model::{Document, GroupId, InstanceId, VnicId};
use crate::resolve::Scope;
use crate::{Diagnostic, Severity};

impl Document {
    /// Whether there is an error, if there was none before a change within the scope.
    pub(crate) fn has_error_within(&self, scope: &Scope) -> bool {
        let mut found = Vec::new();
        match scope {
            Scope::All => found = self.validate(),
            Scope::Group(id) => group(self, id, &mut found),
            Scope::Vnic(id) => groups_of_vnic(self, id, &mut found),
            Scope::Instance(id) => instance(self, id, &mut found),
            Scope::AddressGroup(id) => {
                for group in self.address_groups.iter().filter(|group| group.id == *id) {
                    name(&group.name, &mut found);
                    prefixes(group, &Path::NOWHERE, &mut found);
                }
            }
        }
        found.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

fn group(document: &Document, id: &GroupId, found: &mut Vec<Diagnostic>) {
    let index = Index::of(document);
    let Some(group) = index.group(id) else { return };
    sources(document, group, &Path::NOWHERE, found);
    limits::in_project(document, found);
    limits::in_group(document, group, &Path::NOWHERE, found);
    limits::at_vnics(&index, found);
    rule::faults_in_group(&index, group, found);
}

fn groups_of_vnic(document: &Document, id: &VnicId, found: &mut Vec<Diagnostic>) {
    let index = Index::of(document);
    let Some((_, vnic)) = document.vnic(id.as_str()) else { return };
    vnic::groups::check(&index, vnic, &Path::NOWHERE, found);
    limits::at_vnic(&index, vnic, &Path::NOWHERE, found);
}

/// Where the instance is gone nothing is wrong: nothing needs it.
fn instance(document: &Document, id: &InstanceId, found: &mut Vec<Diagnostic>) {
    let Some(instance) = document.instances.iter().find(|instance| instance.id == *id) else { return };
    let index = Index::of(document);
    name(&instance.name, found);
    vnic::of_instance(&index, instance, found);
    instance.vnics.iter().for_each(|vnic| limits::at_vnic(&index, vnic, &Path::NOWHERE, found));
}

/// A name by itself: that two things have it is an error for groups only, and no edit within these scopes changes theirs.
fn name(name: &str, found: &mut Vec<Diagnostic>) {
    unique_names(&Path::NOWHERE, std::iter::once(name), Severity::Warning, found);
}
