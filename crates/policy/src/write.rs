//! Writes documents: JSON for programs, YAML for people.
//!
//! The fields are those of [`crate::read`], in its order; fields that have their default are left out. Reading what was
//! written yields an equal document.

mod yaml;

use serde_json::{Map, Value, json};

use crate::model::{
    Action, AddressGroup, Document, IcmpMatch, Instance, Network, PortMatch, PortSecurity, Priority, Rule,
    SecurityGroup, Subnet, Tracking, Vnic, family_name,
};
use crate::read::VERSION;

impl Document {
    /// The document as YAML: short, in a stable order, one rule a line.
    pub fn to_yaml(&self) -> String {
        yaml::write(&self.to_value())
    }

    /// The document as JSON.
    pub fn to_value(&self) -> Value {
        object([
            ("version", Some(json!(VERSION))),
            ("profile", Some(json!(self.profile.name))),
            ("networks", list(&self.networks, Network::to_value)),
            ("groups", list(&self.groups, SecurityGroup::to_value)),
            ("address_groups", list(&self.address_groups, AddressGroup::to_value)),
            ("instances", list(&self.instances, Instance::to_value)),
        ])
    }
}

impl Network {
    /// The network as JSON.
    pub fn to_value(&self) -> Value {
        object([
            ("id", Some(text(&self.id))),
            ("vlan", self.vlan.map(|vlan| json!(vlan.value()))),
            ("ethertypes", list(&self.ethertypes, text)),
            ("subnets", list(&self.subnets, subnet)),
        ])
    }
}

impl SecurityGroup {
    /// The group as JSON.
    pub fn to_value(&self) -> Value {
        object([
            ("id", Some(text(&self.id))),
            ("name", unless(self.name == self.id.as_str(), &self.name)),
            ("description", unless(self.description.is_empty(), &self.description)),
            ("stateful", (self.tracking == Tracking::Stateless).then(|| json!(false))),
            ("rules", list(&self.rules, Rule::to_value)),
        ])
    }
}

impl Rule {
    /// The rule as JSON, field by field.
    pub fn to_value(&self) -> Value {
        let spec = &self.spec;
        let ports = spec.protocol.ports().filter(|ports| **ports != PortMatch::Any);
        let icmp = spec.protocol.icmp().filter(|icmp| *icmp != IcmpMatch::Any);
        object([
            ("id", Some(text(&self.id))),
            ("direction", Some(text(&spec.direction))),
            ("family", Some(text(&family_name(spec.family)))),
            ("protocol", Some(text(&spec.protocol.name(spec.family)))),
            ("ports", ports.map(text)),
            ("icmp", icmp.map(|icmp| text(&icmp))),
            ("remote", Some(text(&spec.remote))),
            ("action", unless(spec.action == Action::Allow, &spec.action)),
            ("priority", (spec.priority != Priority::FIRST).then(|| json!(spec.priority.value()))),
            ("enabled", (!self.enabled).then(|| json!(false))),
            ("description", unless(self.description.is_empty(), &self.description)),
        ])
    }
}

impl AddressGroup {
    /// The address group as JSON.
    pub fn to_value(&self) -> Value {
        object([
            ("id", Some(text(&self.id))),
            ("name", unless(self.name == self.id.as_str(), &self.name)),
            ("description", unless(self.description.is_empty(), &self.description)),
            ("prefixes", Some(texts(&self.prefixes))),
        ])
    }
}

impl Instance {
    /// The instance as JSON.
    pub fn to_value(&self) -> Value {
        object([
            ("id", Some(text(&self.id))),
            ("name", unless(self.name == self.id.as_str(), &self.name)),
            ("vnics", Some(self.vnics.iter().map(|vnic| self.vnic_value(vnic)).collect())),
        ])
    }

    fn vnic_value(&self, vnic: &Vnic) -> Value {
        let namesake = self.vnics.len() == 1 && vnic.id.as_str() == self.id.as_str();
        let as_at_first = vnic.groups == Document::first_groups(vnic.port_security);
        object([
            ("id", unless(namesake, &vnic.id)),
            ("network", Some(text(&vnic.network))),
            ("mac", Some(text(&vnic.mac))),
            ("addresses", list(&vnic.addresses, text)),
            ("allowed_pairs", list(&vnic.allowed_pairs, text)),
            ("groups", (!as_at_first).then(|| texts(&vnic.groups))),
            ("port_security", (vnic.port_security == PortSecurity::Off).then(|| json!(false))),
            ("interface", vnic.interface.as_ref().map(text)),
        ])
    }
}

fn subnet(subnet: &Subnet) -> Value {
    object([
        ("prefix", Some(text(&subnet.prefix))),
        ("gateway", subnet.gateway.as_ref().map(text)),
        ("dhcp", list(&subnet.dhcp, text)),
    ])
}

/// The fields that are there.
fn object<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let present = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(present.collect::<Map<_, _>>())
}

/// A list that may be left out when it is empty.
fn list<T>(items: &[T], value: impl Fn(&T) -> Value) -> Option<Value> {
    (!items.is_empty()).then(|| items.iter().map(value).collect())
}

fn texts<T: ToString>(items: &[T]) -> Value {
    items.iter().map(text).collect()
}

fn text(value: &impl ToString) -> Value {
    Value::String(value.to_string())
}

/// The text of a value that is not its default.
fn unless(default: bool, value: &impl ToString) -> Option<Value> {
    (!default).then(|| text(value))
}
