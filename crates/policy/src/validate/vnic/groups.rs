//! The groups of a vnic: there, as many as the profile wants, and of one mind about tracking.

use super::super::index::Index;
use super::super::missing;
use super::super::path::Path;
use super::super::repeats::Repeats;
use crate::Diagnostic;
use crate::model::{PortSecurity, SecurityGroup, Tracking, Vnic};

pub(in super::super) fn check(index: &Index<'_>, vnic: &Vnic, path: &Path<'_>, found: &mut Vec<Diagnostic>) {
    let document = index.document;
    let repeats = Repeats::of(&vnic.groups);
    let mut known = Tracked::default();
    for (place, id) in vnic.groups.iter().enumerate() {
        if repeats.first(place).is_some() {
            let message = format!("the group `{id}` stands in the list twice: remove one");
            found.push(Diagnostic::error(path.item(place), message));
            continue;
        }
        match index.group(id) {
            Some(group) => known.add(group),
            None => found.push(missing(path.item(place), "", id, document.groups.iter().map(|group| &group.id))),
        }
    }
    known.check(path, found);
    if vnic.port_security == PortSecurity::Off {
        without_security(vnic, path, found);
        return;
    }
    let (minimum, maximum) = (document.profile.minimum_groups, document.profile.maximum_groups);
    let (count, profile) = (vnic.groups.len(), &document.profile.name);
    if count < minimum {
        let plural = if minimum == 1 { "" } else { "s" };
        let usual = &document.primary_group;
        let message = format!(
            "the profile `{profile}` wants {minimum} security group{plural} at least: attach one, such as `{usual}`"
        );
        found.push(Diagnostic::error(*path, message));
    }
    if let Some(maximum) = maximum.filter(|maximum| count > *maximum) {
        let message = format!(
            "the profile `{profile}` allows {maximum} security groups a vnic, here are {count}: detach {}",
            count - maximum
        );
        found.push(Diagnostic::error(*path, message));
    }
}

/// The first group of a vnic that keeps state, and the first that keeps none.
#[derive(Default)]
struct Tracked<'d> {
    stateful: Option<&'d SecurityGroup>,
    stateless: Option<&'d SecurityGroup>,
}

impl<'d> Tracked<'d> {
    fn add(&mut self, group: &'d SecurityGroup) {
        let first = match group.tracking {
            Tracking::Stateful => &mut self.stateful,
            Tracking::Stateless => &mut self.stateless,
        };
        first.get_or_insert(group);
    }

    /// A vnic tracks all of its traffic or none.
    fn check(self, path: &Path<'_>, found: &mut Vec<Diagnostic>) {
        let (Some(stateful), Some(stateless)) = (self.stateful, self.stateless) else { return };
        let message = format!(
            "the group `{}` is stateful and `{}` is stateless, and a vnic tracks all of its traffic or none: detach one of \
             them, or make them alike",
            stateful.id, stateless.id
        );
        found.push(Diagnostic::error(*path, message));
    }
}

/// Who attaches a group thinks that it filters something (Neutron: `PortSecurityPortHasSecurityGroup`).
fn without_security(vnic: &Vnic, path: &Path<'_>, found: &mut Vec<Diagnostic>) {
    if !vnic.groups.is_empty() {
        let message = "port security is off, so nothing is filtered and groups mean nothing: detach them with \
                       `groups: []`, or turn port security on";
        found.push(Diagnostic::error(*path, message));
    }
}
