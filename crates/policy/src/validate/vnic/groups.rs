//! The groups of a vnic: there, as many as the profile wants, and of one mind about tracking.

use std::collections::HashSet;

use super::super::index::Index;
use super::super::{missing, placed};
use crate::Diagnostic;
use crate::model::{PortSecurity, Tracking, Vnic};

pub(in super::super) fn check(index: &Index<'_>, vnic: &Vnic, path: &str, found: &mut Vec<Diagnostic>) {
    let document = index.document;
    let path = format!("{path}.groups");
    let mut seen = HashSet::new();
    for (path, group) in placed(&path, &vnic.groups) {
        if !seen.insert(group) {
            found.push(Diagnostic::error(path, format!("the group `{group}` stands in the list twice: remove one")));
            continue;
        }
        if index.group(group).is_none() {
            found.push(missing(path, "", group, document.groups.iter().map(|group| &group.id)));
        }
    }
    mixed_tracking(index, vnic, &path, found);
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
        found.push(Diagnostic::error(&path, message));
    }
    if let Some(maximum) = maximum.filter(|maximum| count > *maximum) {
        let message = format!(
            "the profile `{profile}` allows {maximum} security groups a vnic, here are {count}: detach {}",
            count - maximum
        );
        found.push(Diagnostic::error(&path, message));
    }
}

/// A vnic tracks all of its traffic or none.
fn mixed_tracking(index: &Index<'_>, vnic: &Vnic, path: &str, found: &mut Vec<Diagnostic>) {
    let of = |tracking| {
        let mut groups = vnic.groups.iter().filter_map(|id| index.group(id));
        groups.find(|group| group.tracking == tracking)
    };
    let (Some(stateful), Some(stateless)) = (of(Tracking::Stateful), of(Tracking::Stateless)) else { return };
    let message = format!(
        "the group `{}` is stateful and `{}` is stateless, and a vnic tracks all of its traffic or none: detach one of \
         them, or make them alike",
        stateful.id, stateless.id
    );
    found.push(Diagnostic::error(path, message));
}

/// Who attaches a group thinks that it filters something (Neutron: `PortSecurityPortHasSecurityGroup`).
fn without_security(vnic: &Vnic, path: String, found: &mut Vec<Diagnostic>) {
    if !vnic.groups.is_empty() {
        let message = "port security is off, so nothing is filtered and groups mean nothing: detach them with \
                       `groups: []`, or turn port security on";
        found.push(Diagnostic::error(path, message));
    }
}
