//! Allowed address pairs: few, unicast, no two alike, and none where they mean nothing.

use super::super::index::RulesAbout;
use super::super::path::Path;
use super::super::repeats::Repeats;
use super::mac_fault;
use crate::Diagnostic;
use crate::model::{AddressPair, Document, Family, GroupId, PortSecurity, Prefix, RuleId, Vnic};
use crate::profile::RemoteMembers;

/// The most allowed address pairs of a vnic, as `max_allowed_address_pair` in OpenStack.
const MOST_PAIRS: usize = 10;

pub(super) fn check(
    document: &Document,
    about: &RulesAbout<'_>,
    vnic: &Vnic,
    path: &Path<'_>,
    found: &mut Vec<Diagnostic>,
) {
    if vnic.allowed_pairs.is_empty() {
        return;
    }
    without_security(vnic, path, found);
    each(document, about, vnic, path, found);
    uncounted(document, about, vnic, path, found);
}

/// As in Neutron (`AddressPairAndPortSecurityRequired`).
fn without_security(vnic: &Vnic, path: &Path<'_>, found: &mut Vec<Diagnostic>) {
    if vnic.port_security == PortSecurity::Off {
        let message = "port security is off, so any address may be used and pairs mean nothing: remove them, or turn \
                       port security on";
        found.push(Diagnostic::error(*path, message));
    }
}

fn each(document: &Document, about: &RulesAbout<'_>, vnic: &Vnic, path: &Path<'_>, found: &mut Vec<Diagnostic>) {
    let count = vnic.allowed_pairs.len();
    if count > MOST_PAIRS {
        found.push(Diagnostic::error(*path, format!("{count} pairs are listed, {MOST_PAIRS} are the most")));
    }
    let sources: Vec<_> = vnic.allowed_pairs.iter().map(|pair| (pair.prefix, pair.mac.unwrap_or(vnic.mac))).collect();
    let repeats = Repeats::of(&sources);
    for (place, AddressPair { prefix, mac }) in vnic.allowed_pairs.iter().enumerate() {
        let path = path.item(place);
        if repeats.first(place).is_some() {
            found.push(Diagnostic::error(
                path,
                format!("`{prefix}` stands in the list twice with one MAC address: remove one"),
            ));
        }
        if prefix.first().is_multicast() {
            found.push(Diagnostic::error(path, format!("`{prefix}` is multicast, which is never a source: remove it")));
        }
        if let Some(fault) = mac.and_then(mac_fault) {
            found.push(Diagnostic::error(path, fault));
        }
        if prefix.length() == 0 {
            everywhere(document, about, vnic, *prefix, &path, found);
        }
        if mac.is_none_or(|mac| mac == vnic.mac) && vnic.addresses.iter().any(|own| Prefix::host(*own) == *prefix) {
            let message = format!("`{prefix}` is an address of the vnic already: remove the pair");
            found.push(Diagnostic::warning(path, message));
        }
    }
}

/// A pair of all addresses.
fn everywhere(
    document: &Document,
    about: &RulesAbout<'_>,
    vnic: &Vnic,
    prefix: Prefix,
    path: &Path<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let message = format!("`{prefix}` lets the instance use any source address: name the ones that it needs");
    found.push(Diagnostic::warning(*path, message));
    if document.profile.remote_members == RemoteMembers::Addresses {
        return;
    }
    if let Some((group, rule)) = rule_about(about, vnic, prefix.family()) {
        let message = format!(
            "`{prefix}` makes the rule `{rule}` match every address, because its remote is the group `{group}` of this vnic"
        );
        found.push(Diagnostic::warning(*path, message));
    }
}

/// A rule of a family whose remote is a group of the vnic.
fn rule_about<'v, 'd>(about: &RulesAbout<'d>, vnic: &'v Vnic, family: Family) -> Option<(&'v GroupId, &'d RuleId)> {
    vnic.groups.iter().find_map(|group| Some((group, about.of_family(group, family)?)))
}

/// Allowed pairs that nobody would look for among the members of a remote group, in profiles that do not count them.
fn uncounted(document: &Document, about: &RulesAbout<'_>, vnic: &Vnic, path: &Path<'_>, found: &mut Vec<Diagnostic>) {
    if document.profile.remote_members != RemoteMembers::Addresses {
        return;
    }
    let Some((group, rule)) = vnic.groups.iter().find_map(|group| Some((group, about.any(group)?))) else { return };
    for (path, pair) in path.items(&vnic.allowed_pairs) {
        let (prefix, profile) = (pair.prefix, &document.profile.name);
        let message = format!(
            "in the profile `{profile}` the pair `{prefix}` is no member of `{group}`, the remote of the rule `{rule}`: write a rule for the prefix"
        );
        found.push(Diagnostic::warning(path, message));
    }
}
