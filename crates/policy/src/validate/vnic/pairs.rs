//! Allowed address pairs: few, unicast, no two alike, and none where they mean nothing.

use std::collections::HashSet;

use wire::MacAddr;

use super::super::index::RulesAbout;
use super::super::placed;
use super::mac_fault;
use crate::Diagnostic;
use crate::model::{AddressPair, Document, Family, GroupId, PortSecurity, Prefix, RuleId, Vnic};
use crate::profile::RemoteMembers;

/// The most allowed address pairs of a vnic, as `max_allowed_address_pair` in OpenStack.
const MOST_PAIRS: usize = 10;

pub(super) fn check(document: &Document, about: &RulesAbout<'_>, vnic: &Vnic, path: &str, found: &mut Vec<Diagnostic>) {
    without_security(vnic, path, found);
    each(document, about, vnic, path, found);
    uncounted(document, about, vnic, path, found);
}

/// As in Neutron (`AddressPairAndPortSecurityRequired`).
fn without_security(vnic: &Vnic, path: &str, found: &mut Vec<Diagnostic>) {
    if vnic.port_security == PortSecurity::Off && !vnic.allowed_pairs.is_empty() {
        let message = "port security is off, so any address may be used and pairs mean nothing: remove them, or turn \
                       port security on";
        found.push(Diagnostic::error(format!("{path}.allowed_pairs"), message));
    }
}

fn each(document: &Document, about: &RulesAbout<'_>, vnic: &Vnic, path: &str, found: &mut Vec<Diagnostic>) {
    let path = format!("{path}.allowed_pairs");
    let count = vnic.allowed_pairs.len();
    if count > MOST_PAIRS {
        found.push(Diagnostic::error(&path, format!("{count} pairs are listed, {MOST_PAIRS} are the most")));
    }
    let mut seen: HashSet<(Prefix, MacAddr)> = HashSet::new();
    for (path, AddressPair { prefix, mac }) in placed(&path, &vnic.allowed_pairs) {
        if !seen.insert((*prefix, mac.unwrap_or(vnic.mac))) {
            found.push(Diagnostic::error(
                &path,
                format!("`{prefix}` stands in the list twice with one MAC address: remove one"),
            ));
        }
        if prefix.first().is_multicast() {
            found
                .push(Diagnostic::error(&path, format!("`{prefix}` is multicast, which is never a source: remove it")));
        }
        if let Some(fault) = mac.and_then(mac_fault) {
            found.push(Diagnostic::error(&path, fault));
        }
        if prefix.length() == 0 {
            everywhere(document, about, vnic, *prefix, &path, found);
        }
        if mac.is_none_or(|mac| mac == vnic.mac) && vnic.addresses.iter().any(|own| Prefix::host(*own) == *prefix) {
            let message = format!("`{prefix}` is an address of the vnic already: remove the pair");
            found.push(Diagnostic::warning(&path, message));
        }
    }
}

/// A pair of all addresses.
fn everywhere(
    document: &Document,
    about: &RulesAbout<'_>,
    vnic: &Vnic,
    prefix: Prefix,
    path: &str,
    found: &mut Vec<Diagnostic>,
) {
    let message = format!("`{prefix}` lets the instance use any source address: name the ones that it needs");
    found.push(Diagnostic::warning(path, message));
    if document.profile.remote_members == RemoteMembers::Addresses {
        return;
    }
    if let Some((group, rule)) = rule_about(about, vnic, prefix.family()) {
        let message = format!(
            "`{prefix}` makes the rule `{rule}` match every address, because its remote is the group `{group}` of this vnic"
        );
        found.push(Diagnostic::warning(path, message));
    }
}

/// A rule of a family whose remote is a group of the vnic.
fn rule_about<'d>(about: &RulesAbout<'d>, vnic: &'d Vnic, family: Family) -> Option<(&'d GroupId, &'d RuleId)> {
    vnic.groups.iter().find_map(|group| Some((group, about.of_family(group, family)?)))
}

/// Allowed pairs that nobody would look for among the members of a remote group, in profiles that do not count them.
fn uncounted(document: &Document, about: &RulesAbout<'_>, vnic: &Vnic, path: &str, found: &mut Vec<Diagnostic>) {
    if document.profile.remote_members != RemoteMembers::Addresses || vnic.allowed_pairs.is_empty() {
        return;
    }
    let Some((group, rule)) = vnic.groups.iter().find_map(|group| Some((group, about.any(group)?))) else { return };
    for (path, pair) in placed(&format!("{path}.allowed_pairs"), &vnic.allowed_pairs) {
        let (prefix, profile) = (pair.prefix, &document.profile.name);
        let message = format!(
            "in the profile `{profile}` the pair `{prefix}` is no member of `{group}`, the remote of the rule `{rule}`: write a rule for the prefix"
        );
        found.push(Diagnostic::warning(path, message));
    }
}
