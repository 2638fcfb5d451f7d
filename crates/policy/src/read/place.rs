//! Reads networks and instances: where things are.

use std::net::IpAddr;

use serde_json::Value;

use super::group::{id, name};
use super::mend;
use super::node::{Node, Walk};
use crate::Diagnostic;
use crate::model::{
    AddressPair, EtherType, GroupId, Instance, InstanceId, InstanceState, Network, NetworkId, PortSecurity, Prefix,
    Subnet, VlanId, Vnic, VnicId,
};

impl Network {
    /// Reads one network. Paths are within it: `subnets[0].gateway`.
    ///
    /// # Errors
    /// Every fault.
    pub fn read_value(value: &Value) -> Result<Network, Vec<Diagnostic>> {
        let mut walk = Walk::default();
        let found = network(&mut walk, Node { path: String::new(), value });
        walk.finish(found)
    }
}

impl Instance {
    /// Reads one instance. Paths are within it: `vnics[0].mac`.
    ///
    /// # Errors
    /// Every fault.
    pub fn read_value(value: &Value) -> Result<Instance, Vec<Diagnostic>> {
        let mut walk = Walk::default();
        let found = instance(&mut walk, Node { path: String::new(), value });
        walk.finish(found)
    }
}

pub(super) fn network(walk: &mut Walk, node: Node<'_>) -> Option<Network> {
    let fields = walk.fields(&node, &["id", "vlan", "ethertypes", "subnets"])?;
    let id: Option<NetworkId> = id(walk, &fields);
    let vlan: Option<VlanId> = fields.get("vlan").and_then(|node| walk.parse(&node, mend::nothing));
    let ethertypes = walk.list(fields.get_or_null("ethertypes"), ethertype).unwrap_or_default();
    let subnets = walk.list(fields.get_or_null("subnets"), subnet).unwrap_or_default();
    Some(Network { id: id?, vlan, ethertypes, subnets })
}

fn ethertype(walk: &mut Walk, node: Node<'_>) -> Option<EtherType> {
    // YAML takes `0x88cc` for a number.
    let Some(number) = node.value.as_u64().and_then(|number| u16::try_from(number).ok()) else {
        return walk.parse(&node, mend::ethertype);
    };
    let text = Value::String(format!("{number:#06x}"));
    walk.parse(&Node { path: node.path, value: &text }, mend::nothing)
}

fn subnet(walk: &mut Walk, node: Node<'_>) -> Option<Subnet> {
    let fields = walk.fields(&node, &["prefix", "gateway", "dhcp"])?;
    let prefix: Option<Prefix> =
        walk.required(&fields, "prefix", "192.0.2.0/24").and_then(|node| walk.parse(&node, mend::prefix));
    let gateway = fields.get("gateway").and_then(|node| address(walk, node));
    let dhcp = walk.list(fields.get_or_null("dhcp"), address).unwrap_or_default();
    Some(Subnet { prefix: prefix?, gateway, dhcp })
}

pub(super) fn instance(walk: &mut Walk, node: Node<'_>) -> Option<Instance> {
    let fields = walk.fields(&node, &["id", "name", "state", "vnics"])?;
    let id: Option<InstanceId> = id(walk, &fields);
    let name = name(walk, &fields, id.as_ref());
    let state = fields.get("state").map(|node| walk.parse(&node, mend::word(&["running", "stopped"])));
    let state = state.flatten().unwrap_or(InstanceState::Running);
    let vnics = walk.required(&fields, "vnics", "[...]");
    let alone = vnics.as_ref().and_then(|node| node.value.as_array()).is_some_and(|vnics| vnics.len() == 1);
    let fallback = id.as_ref().filter(|_| alone).map(InstanceId::as_str);
    let vnics = walk.list(vnics, |walk, node| vnic(walk, node, fallback));
    Some(Instance { id: id?, name, state, vnics: vnics? })
}

/// `fallback` is the id of a vnic that names none.
fn vnic(walk: &mut Walk, node: Node<'_>, fallback: Option<&str>) -> Option<Vnic> {
    let known = ["id", "network", "mac", "addresses", "allowed_pairs", "groups", "port_security", "interface"];
    let fields = walk.fields(&node, &known)?;
    let id: Option<VnicId> = match (fields.get("id"), fallback) {
        (None, Some(instance)) => instance.parse().ok(),
        (_, _) => id(walk, &fields),
    };
    let network: Option<NetworkId> =
        walk.required(&fields, "network", "tenant").and_then(|node| walk.parse(&node, mend::id));
    let mac = walk.required(&fields, "mac", "52:54:00:12:34:56").and_then(|node| walk.parse(&node, mend::nothing));
    let addresses = walk.list(fields.get_or_null("addresses"), address).unwrap_or_default();
    let pair = |walk: &mut Walk, node: Node<'_>| walk.parse::<AddressPair>(&node, mend::pair);
    let allowed_pairs = walk.list(fields.get_or_null("allowed_pairs"), pair).unwrap_or_default();
    let port_security = match fields.get("port_security").and_then(|node| walk.truth(&node)) {
        Some(false) => PortSecurity::Off,
        Some(true) | None => PortSecurity::On,
    };
    let groups = match fields.get_or_null("groups") {
        None => port_security.usual_groups(&walk.usual_group),
        listed => walk.list(listed, |walk, node| walk.parse::<GroupId>(&node, mend::id)).unwrap_or_default(),
    };
    let interface = fields.get("interface").and_then(|node| walk.text(&node));
    Some(Vnic { id: id?, network: network?, mac: mac?, addresses, allowed_pairs, groups, port_security, interface })
}

fn address(walk: &mut Walk, node: Node<'_>) -> Option<IpAddr> {
    let text = walk.text(&node)?;
    let address = text.trim().parse().ok();
    if address.is_none() {
        let message = format!("`{text}` is no IP address: write one such as `192.0.2.10` or `2001:db8::10`");
        let bare = text.split_once('/').and_then(|(address, _)| address.trim().parse::<IpAddr>().ok());
        let fix = bare.map(|address| address.to_string());
        walk.faults.push(Diagnostic { fix, ..Diagnostic::error(node.path, message) });
    }
    address
}
