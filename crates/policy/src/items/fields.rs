//! The fields of an item, as texts that can stand side by side.

use serde_json::Value;

use super::Item;
use crate::model::{
    AddressGroup, GroupId, IcmpMatch, Instance, InstanceId, Network, PortSecurity, Rule, SecurityGroup, Subnet, Vnic,
};

/// One field of an item, by the name that it has in documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name: `remote`.
    pub name: &'static str,
    /// Its values as documents write them: one, or as many as a list has.
    pub values: Vec<String>,
}

impl Item<'_> {
    /// Every field besides the id, those with their default too. Items of one kind have the same fields in the same order.
    pub fn fields(self) -> Vec<Field> {
        match self {
            Item::Profile(profile) => match profile.to_value() {
                Value::String(name) => vec![one("profile", name)],
                switches => vec![one("profile", switches)],
            },
            Item::PrimaryGroup(id) => vec![one("primary_group", id)],
            Item::Network(network) => of_network(network),
            Item::Group(group) => of_group(group),
            Item::Rule(group, rule) => of_rule(group, rule),
            Item::AddressGroup(group) => of_address_group(group),
            Item::Instance(Instance { id: _, name, state, vnics: _ }) => vec![one("name", name), one("state", state)],
            Item::Vnic(instance, vnic) => of_vnic(instance, vnic),
        }
    }
}

fn of_rule(group: &GroupId, rule: &Rule) -> Vec<Field> {
    let Rule { id: _, spec, enabled, description } = rule;
    let part = match (spec.protocol.ports(), spec.protocol.icmp()) {
        (Some(ports), _) => one("ports", ports),
        (None, Some(icmp)) => one("ports", icmp),
        (None, None) => one("ports", IcmpMatch::Any),
    };
    vec![
        one("group", group),
        one("direction", spec.direction),
        one("family", spec.family),
        one("protocol", spec.protocol.name(spec.family)),
        part,
        one("remote", &spec.remote),
        one("action", spec.action),
        one("priority", spec.priority),
        one("enabled", enabled),
        one("description", description),
    ]
}

fn of_group(group: &SecurityGroup) -> Vec<Field> {
    let SecurityGroup { id: _, name, description, tracking, sources, rules: _ } = group;
    vec![one("name", name), one("description", description), one("tracking", tracking), many("sources", sources)]
}

fn of_address_group(group: &AddressGroup) -> Vec<Field> {
    let AddressGroup { id: _, name, description, prefixes } = group;
    vec![one("name", name), one("description", description), many("prefixes", prefixes)]
}

fn of_network(network: &Network) -> Vec<Field> {
    let Network { id: _, vlan, ethertypes, subnets } = network;
    let subnet = |Subnet { prefix, gateway, dhcp }: &Subnet| {
        let gateway = gateway.iter().map(|gateway| format!(" gateway {gateway}"));
        let dhcp = dhcp.iter().map(|server| format!(" dhcp {server}"));
        format!("{prefix}{}", gateway.chain(dhcp).collect::<String>())
    };
    let subnets: Vec<String> = subnets.iter().map(subnet).collect();
    let vlan: Vec<u16> = vlan.iter().map(|vlan| vlan.value()).collect();
    vec![many("vlan", &vlan), many("ethertypes", ethertypes), many("subnets", &subnets)]
}

fn of_vnic(instance: &InstanceId, vnic: &Vnic) -> Vec<Field> {
    let Vnic { id: _, network, mac, addresses, allowed_pairs, groups, port_security, interface } = vnic;
    let interface: Vec<&String> = interface.iter().collect();
    vec![
        one("instance", instance),
        one("network", network),
        one("mac", mac),
        many("addresses", addresses),
        many("allowed_pairs", allowed_pairs),
        many("groups", groups),
        one("port_security", *port_security == PortSecurity::On),
        many("interface", &interface),
    ]
}

fn one(name: &'static str, value: impl ToString) -> Field {
    Field { name, values: vec![value.to_string()] }
}

fn many<T: ToString>(name: &'static str, values: &[T]) -> Field {
    Field { name, values: values.iter().map(T::to_string).collect() }
}
