//! Vnics: addresses that nobody else has, in a network that is there, with groups that are there.

pub(super) mod groups;
mod pairs;

use std::collections::HashMap;
use std::net::IpAddr;

use wire::MacAddr;

use super::index::{Index, RulesAbout};
use super::{missing, placed, unique_ids};
use crate::Diagnostic;
use crate::model::{Instance, Network, NetworkId, Vnic, VnicId};

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
    let vnics = || {
        placed("instances", &document.instances)
            .flat_map(|(path, instance)| placed(&format!("{path}.vnics"), &instance.vnics))
    };
    unique_ids(found, document.vnics().map(|(_, vnic)| vnic), vnics);
    for (path, instance) in placed("instances", &document.instances) {
        none(instance, &path, found);
    }
    let mut taken = Taken::default();
    let about = RulesAbout::of(document);
    for (path, vnic) in vnics() {
        one(index, &about, &mut taken, vnic, &path, found);
    }
}

/// The vnics of an instance, without paths: the ids are unique.
pub(super) fn of_instance<'d>(index: &Index<'d>, instance: &'d Instance, found: &mut Vec<Diagnostic>) {
    let document = index.document;
    none(instance, "", found);
    let others = document.instances.iter().filter(|other| other.id != instance.id).flat_map(|other| &other.vnics);
    let mut taken = Taken::default();
    for other in others {
        taken.take_what_clashes(other, &instance.vnics);
    }
    let about = RulesAbout::of(document);
    for vnic in &instance.vnics {
        one(index, &about, &mut taken, vnic, "", found);
    }
}

fn none(instance: &Instance, path: &str, found: &mut Vec<Diagnostic>) {
    if instance.vnics.is_empty() {
        let message = "an instance needs a vnic: add one, or remove the instance";
        found.push(Diagnostic::error(format!("{path}.vnics"), message));
    }
}

fn one<'d>(
    index: &Index<'d>,
    about: &RulesAbout<'_>,
    taken: &mut Taken<'d>,
    vnic: &'d Vnic,
    path: &str,
    found: &mut Vec<Diagnostic>,
) {
    let document = index.document;
    let network = index.network(&vnic.network);
    if network.is_none() {
        let known = document.networks.iter().map(|network| &network.id);
        found.push(missing(format!("{path}.network"), "", &vnic.network, known));
    }
    mac(taken, vnic, path, found);
    addresses(taken, network, vnic, path, found);
    pairs::check(document, about, vnic, path, found);
    groups::check(index, vnic, path, found);
    interface(taken, vnic, path, found);
}

impl<'d> Taken<'d> {
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
