//! Vnics: addresses that nobody else has, in a network that is there, with groups that are there.

pub(super) mod groups;
mod pairs;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;

use wire::MacAddr;

use super::index::{Index, RulesAbout};
use super::path::Path;
use super::subnets::Subnets;
use super::{INSTANCES, missing, unique_ids};
use crate::Diagnostic;
use crate::model::{Document, Instance, Network, NetworkId, Vnic, VnicId};

/// The longest interface name that Linux takes, in bytes: IFNAMSIZ less the closing zero.
const LONGEST_INTERFACE: usize = 15;

/// Who has what so far.
#[derive(Default)]
struct Taken<'d> {
    macs: HashMap<(&'d NetworkId, MacAddr), &'d VnicId>,
    addresses: HashMap<(&'d NetworkId, IpAddr), &'d VnicId>,
    interfaces: HashMap<&'d str, &'d VnicId>,
}

pub(super) fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let document = index.document;
    unique_ids(document.vnics().map(|(_, vnic)| &vnic.id), || paths(&document.instances), found);
    for (path, instance) in INSTANCES.items(&document.instances) {
        none(instance, &path, found);
    }
    let mut taken = Taken::with_room(document);
    let about = RulesAbout::of(document);
    for (path, instance) in INSTANCES.items(&document.instances) {
        for (path, vnic) in path.field("vnics").items(&instance.vnics) {
            one(index, &about, &mut taken, vnic, &path, found);
        }
    }
}

fn paths(instances: &[Instance]) -> Vec<String> {
    let mut paths = Vec::new();
    for (path, instance) in INSTANCES.items(instances) {
        paths.extend(path.field("vnics").items(&instance.vnics).map(|(path, _)| path.to_string()));
    }
    paths
}

/// The vnics of an instance, without paths: the ids are unique.
pub(super) fn of_instance<'d>(index: &Index<'d>, instance: &'d Instance, found: &mut Vec<Diagnostic>) {
    let document = index.document;
    none(instance, &Path::NOWHERE, found);
    let others = document.instances.iter().filter(|other| other.id != instance.id).flat_map(|other| &other.vnics);
    let mut taken = Taken::default();
    for other in others {
        taken.take_what_clashes(other, &instance.vnics);
    }
    let about = RulesAbout::of(document);
    for vnic in &instance.vnics {
        one(index, &about, &mut taken, vnic, &Path::NOWHERE, found);
    }
}

fn none(instance: &Instance, path: &Path<'_>, found: &mut Vec<Diagnostic>) {
    if instance.vnics.is_empty() {
        let message = "an instance needs a vnic: add one, or remove the instance";
        found.push(Diagnostic::error(path.field("vnics"), message));
    }
}

fn one<'d>(
    index: &Index<'d>,
    about: &RulesAbout<'_>,
    taken: &mut Taken<'d>,
    vnic: &'d Vnic,
    path: &Path<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let document = index.document;
    let network = index.network(&vnic.network);
    if network.is_none() {
        let known = document.networks.iter().map(|network| &network.id);
        found.push(missing(path.field("network"), "", &vnic.network, known));
    }
    mac(taken, vnic, &path.field("mac"), found);
    addresses(taken, network, vnic, &path.field("addresses"), found);
    pairs::check(document, about, vnic, &path.field("allowed_pairs"), found);
    groups::check(index, vnic, &path.field("groups"), found);
    interface(taken, vnic, &path.field("interface"), found);
}

impl<'d> Taken<'d> {
    /// Nothing yet, with room for all that the document has.
    fn with_room(document: &Document) -> Taken<'d> {
        let vnics = || document.vnics().map(|(_, vnic)| vnic);
        Taken {
            macs: HashMap::with_capacity(vnics().count()),
            addresses: HashMap::with_capacity(vnics().map(|vnic| vnic.addresses.len()).sum()),
            interfaces: HashMap::with_capacity(vnics().filter(|vnic| vnic.interface.is_some()).count()),
        }
    }

    /// Notes what a vnic has that any of `mine` has too.
    fn take_what_clashes(&mut self, vnic: &'d Vnic, mine: &[Vnic]) {
        for own in mine {
            if own.interface == vnic.interface {
                self.interfaces.extend(vnic.interface.as_deref().map(|name| (name, &vnic.id)));
            }
            if own.network != vnic.network {
                continue;
            }
            if own.mac == vnic.mac {
                self.macs.insert((&vnic.network, vnic.mac), &vnic.id);
            }
            let same = vnic.addresses.iter().filter(|address| own.addresses.contains(address));
            self.addresses.extend(same.map(|address| ((&vnic.network, *address), &vnic.id)));
        }
    }
}

fn mac<'d>(taken: &mut Taken<'d>, vnic: &'d Vnic, path: &Path<'_>, found: &mut Vec<Diagnostic>) {
    if let Some(fault) = mac_fault(vnic.mac) {
        found.push(Diagnostic::error(*path, fault));
        return;
    }
    match taken.macs.entry((&vnic.network, vnic.mac)) {
        Entry::Occupied(other) => {
            let (other, mac) = (other.get(), vnic.mac);
            let message = format!("the vnic `{other}` has `{mac}` in the same network: choose another MAC address");
            found.push(Diagnostic::error(*path, message));
        }
        Entry::Vacant(free) => {
            free.insert(&vnic.id);
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
    network: Option<(&Network, &Subnets<'_>)>,
    vnic: &'d Vnic,
    path: &Path<'_>,
    found: &mut Vec<Diagnostic>,
) {
    for (path, address) in path.items(&vnic.addresses) {
        match taken.addresses.entry((&vnic.network, *address)) {
            Entry::Occupied(other) if **other.get() == vnic.id => {
                found.push(Diagnostic::error(path, format!("`{address}` stands in the list twice: remove one")));
                continue;
            }
            Entry::Occupied(other) => {
                let other = other.get();
                let message = format!("the vnic `{other}` has `{address}` in the same network: choose another address");
                found.push(Diagnostic::error(path, message));
                continue;
            }
            Entry::Vacant(free) => {
                free.insert(&vnic.id);
            }
        }
        let Some((network, known)) = network else { continue };
        let Some(subnet) = known.with(*address) else {
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

fn interface<'d>(taken: &mut Taken<'d>, vnic: &'d Vnic, path: &Path<'_>, found: &mut Vec<Diagnostic>) {
    let Some(name) = vnic.interface.as_deref() else { return };
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
        found.push(Diagnostic::error(*path, fault));
        return;
    }
    if let Some(other) = taken.interfaces.insert(name, &vnic.id) {
        found.push(Diagnostic::error(
            *path,
            format!("the vnic `{other}` has the interface `{name}`: choose another one"),
        ));
    }
}
