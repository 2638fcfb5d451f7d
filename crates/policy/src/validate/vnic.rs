//! Vnics: addresses that nobody else has, in a network that is there, with groups that are there.

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use wire::MacAddr;

use super::{missing, placed, unique_ids};
use crate::Diagnostic;
use crate::model::{
    AddressPair, Document, Family, GroupId, Network, NetworkId, PortSecurity, Prefix, Remote, Rule, RuleId, Tracking,
    Vnic, VnicId,
};
use crate::profile::RemoteMembers;

/// The most allowed address pairs of a vnic, as `max_allowed_address_pair` in OpenStack.
const MOST_PAIRS: usize = 10;

/// The longest interface name that Linux takes, in bytes: IFNAMSIZ less the closing zero.
const LONGEST_INTERFACE: usize = 15;

/// Who has what so far.
#[derive(Default)]
struct Taken<'d> {
    macs: HashMap<(&'d NetworkId, MacAddr), &'d VnicId>,
    addresses: HashMap<(&'d NetworkId, IpAddr), &'d VnicId>,
    interfaces: HashMap<&'d str, &'d VnicId>,
}

pub(super) fn check(document: &Document, found: &mut Vec<Diagnostic>) {
    let vnics = || {
        placed("instances", &document.instances)
            .flat_map(|(path, instance)| placed(&format!("{path}.vnics"), &instance.vnics))
    };
    unique_ids(found, vnics());
    for (path, instance) in placed("instances", &document.instances) {
        if instance.vnics.is_empty() {
            found.push(Diagnostic::error(
                format!("{path}.vnics"),
                "an instance needs a vnic: add one, or remove the instance",
            ));
        }
    }
    let mut taken = Taken::default();
    for (path, vnic) in vnics() {
        let network = document.network(&vnic.network);
        if network.is_none() {
            let known = document.networks.iter().map(|network| &network.id);
            found.push(missing(format!("{path}.network"), "", &vnic.network, known));
        }
        mac(&mut taken, vnic, &path, found);
        addresses(&mut taken, network, vnic, &path, found);
        pairs(document, vnic, &path, found);
        uncounted(document, vnic, &path, found);
        groups(document, vnic, &path, found);
        interface(&mut taken, vnic, &path, found);
    }
}

fn mac<'d>(taken: &mut Taken<'d>, vnic: &'d Vnic, path: &str, found: &mut Vec<Diagnostic>) {
    let path = format!("{path}.mac");
    if let Some(fault) = mac_fault(vnic.mac) {
        found.push(Diagnostic::error(path, fault));
        return;
    }
    match taken.macs.get(&(&vnic.network, vnic.mac)) {
        Some(other) => {
            let message =
                format!("the vnic `{other}` has `{}` in the same network: choose another MAC address", vnic.mac);
            found.push(Diagnostic::error(path, message));
        }
        None => {
            taken.macs.insert((&vnic.network, vnic.mac), &vnic.id);
        }
    }
}

fn mac_fault(mac: MacAddr) -> Option<String> {
    if mac == MacAddr::ZERO {
        return Some(format!("no interface may use `{mac}`: choose another MAC address"));
    }
    let [first, rest @ ..] = mac.0;
    let unicast = MacAddr([first & !1, rest[0], rest[1], rest[2], rest[3], rest[4]]);
    mac.is_multicast().then(|| format!("`{mac}` is a multicast address: write a unicast one such as `{unicast}`"))
}

fn addresses<'d>(
    taken: &mut Taken<'d>,
    network: Option<&Network>,
    vnic: &'d Vnic,
    path: &str,
    found: &mut Vec<Diagnostic>,
) {
    for (path, address) in placed(&format!("{path}.addresses"), &vnic.addresses) {
        match taken.addresses.get(&(&vnic.network, *address)) {
            Some(other) if **other == vnic.id => {
                found.push(Diagnostic::error(path, format!("`{address}` stands in the list twice: remove one")));
                continue;
            }
            Some(other) => {
                let message = format!("the vnic `{other}` has `{address}` in the same network: choose another address");
                found.push(Diagnostic::error(path, message));
                continue;
            }
            None => {
                taken.addresses.insert((&vnic.network, *address), &vnic.id);
            }
        }
        let Some(network) = network else { continue };
        let Some(subnet) = network.subnets.iter().find(|subnet| subnet.prefix.contains(*address)) else {
            let message = format!("`{address}` is in no subnet of the network `{}`{}", network.id, subnets(network));
            found.push(Diagnostic::error(path, message));
            continue;
        };
        if subnet.gateway == Some(*address) {
            let message =
                format!("`{address}` is the gateway of `{}`: the instance will be taken for the router", subnet.prefix);
            found.push(Diagnostic::warning(path, message));
        }
    }
}

fn subnets(network: &Network) -> String {
    let prefixes: Vec<String> = network.subnets.iter().map(|subnet| format!("`{}`", subnet.prefix)).collect();
    match prefixes.is_empty() {
        true => ", which has none".to_owned(),
        false => format!(": choose one in {}", prefixes.join(" or ")),
    }
}

fn pairs(document: &Document, vnic: &Vnic, path: &str, found: &mut Vec<Diagnostic>) {
    let path = format!("{path}.allowed_pairs");
    // As in Neutron (`AddressPairAndPortSecurityRequired`).
    if vnic.port_security == PortSecurity::Off && !vnic.allowed_pairs.is_empty() {
        let message = "port security is off, so any address may be used and pairs mean nothing: remove them, or turn \
                       port security on";
        found.push(Diagnostic::error(&path, message));
    }
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
            let message = format!("`{prefix}` lets the instance use any source address: name the ones that it needs");
            found.push(Diagnostic::warning(&path, message));
        }
        let counts = document.profile.remote_members != RemoteMembers::Addresses;
        if counts
            && prefix.length() == 0
            && let Some((group, rule)) = rule_about(document, vnic, prefix.family())
        {
            let message = format!(
                "`{prefix}` makes the rule `{rule}` match every address, because its remote is the group `{group}` of this vnic"
            );
            found.push(Diagnostic::warning(&path, message));
        }
        if mac.is_none_or(|mac| mac == vnic.mac) && vnic.addresses.iter().any(|own| Prefix::host(*own) == *prefix) {
            let message = format!("`{prefix}` is an address of the vnic already: remove the pair");
            found.push(Diagnostic::warning(&path, message));
        }
    }
}

/// A rule of a family whose remote is a group of the vnic.
fn rule_about<'d>(document: &'d Document, vnic: &'d Vnic, family: Family) -> Option<(&'d GroupId, &'d RuleId)> {
    vnic.groups.iter().find_map(|group| {
        let about = |rule: &Rule| {
            let spec = &rule.spec;
            rule.enabled && spec.family == family && spec.remote == Remote::Group(group.clone())
        };
        let (_, rule) = document.rules().find(|(_, rule)| about(rule))?;
        Some((group, &rule.id))
    })
}

fn groups(document: &Document, vnic: &Vnic, path: &str, found: &mut Vec<Diagnostic>) {
    let path = format!("{path}.groups");
    let mut seen = HashSet::new();
    for (path, group) in placed(&path, &vnic.groups) {
        if !seen.insert(group) {
            found.push(Diagnostic::error(path, format!("the group `{group}` stands in the list twice: remove one")));
            continue;
        }
        if document.group(group.as_str()).is_none() {
            found.push(missing(path, "", group, document.groups.iter().map(|group| &group.id)));
        }
    }
    mixed_tracking(document, vnic, &path, found);
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

/// Allowed pairs that nobody would look for among the members of a remote group, in profiles that do not count them.
fn uncounted(document: &Document, vnic: &Vnic, path: &str, found: &mut Vec<Diagnostic>) {
    if document.profile.remote_members != RemoteMembers::Addresses || vnic.allowed_pairs.is_empty() {
        return;
    }
    let as_remote = |id: &GroupId| {
        let mut rules = document.rules().map(|(_, rule)| rule).filter(|rule| rule.enabled);
        rules.find(|rule| rule.spec.remote == Remote::Group(id.clone()))
    };
    let Some((group, rule)) = vnic.groups.iter().find_map(|group| Some((group, as_remote(group)?))) else { return };
    for (path, pair) in placed(&format!("{path}.allowed_pairs"), &vnic.allowed_pairs) {
        let (prefix, profile) = (pair.prefix, &document.profile.name);
        let message = format!(
            "in the profile `{profile}` the pair `{prefix}` is no member of `{group}`, the remote of the rule `{}`: write a rule for the prefix",
            rule.id
        );
        found.push(Diagnostic::warning(path, message));
    }
}

/// A vnic tracks all of its traffic or none.
fn mixed_tracking(document: &Document, vnic: &Vnic, path: &str, found: &mut Vec<Diagnostic>) {
    let of = |tracking| {
        let mut groups = vnic.groups.iter().filter_map(|id| document.group(id.as_str()));
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

fn interface<'d>(taken: &mut Taken<'d>, vnic: &'d Vnic, path: &str, found: &mut Vec<Diagnostic>) {
    let Some(name) = vnic.interface.as_deref() else { return };
    let path = format!("{path}.interface");
    // What `dev_valid_name` of Linux refuses.
    let strange = |character: char| character == '/' || character == ':' || character.is_whitespace();
    let fault = match name {
        "" => Some("the interface name is empty: write one, or leave the field out".to_owned()),
        "." | ".." => Some(format!("`{name}` is no interface name: write one such as `tap-web1`")),
        name if name.len() > LONGEST_INTERFACE => {
            Some(format!("`{name}` has {} bytes: shorten the interface name to {LONGEST_INTERFACE}", name.len()))
        }
        name if name.contains(strange) => Some(format!("`{name}` is no interface name: leave out `/`, `:` and spaces")),
        _ => None,
    };
    if let Some(fault) = fault {
        found.push(Diagnostic::error(path, fault));
        return;
    }
    if let Some(other) = taken.interfaces.insert(name, &vnic.id) {
        found.push(Diagnostic::error(
            path,
            format!("the vnic `{other}` has the interface `{name}`: choose another one"),
        ));
    }
}
