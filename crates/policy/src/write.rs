//! Writes documents: JSON for programs, YAML for people.
//!
//! The fields are those of [`crate::read`], in its order; fields that have their default are left out. Reading what was
//! written yields an equal document.

mod profile;
mod yaml;

use serde_json::{Map, Value, json};

use crate::model::{
    Action, AddressGroup, Document, GroupId, IcmpMatch, Instance, InstanceState, Network, PortMatch, PortSecurity,
    Priority, Rule, SecurityGroup, Subnet, Tracking, Vnic,
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
            ("profile", Some(self.profile.to_value())),
            ("primary_group", unless(self.primary_group == Document::default_group_id(), &self.primary_group)),
            ("networks", list(&self.networks, Network::to_value)),
            ("groups", list(&self.groups, SecurityGroup::to_value)),
            ("address_groups", list(&self.address_groups, AddressGroup::to_value)),
            ("instances", list(&self.instances, |instance| instance_value(instance, &self.primary_group))),
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
            ("sources", list(&self.sources, text)),
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
            ("family", Some(text(&spec.family))),
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
    /// The instance as JSON, outside of a document: vnics without `groups` have the group `default`.
    pub fn to_value(&self) -> Value {
        instance_value(self, &Document::default_group_id())
    }
}

/// `usual` is the group of vnics whose `groups` are left out.
fn instance_value(instance: &Instance, usual: &GroupId) -> Value {
    object([
        ("id", Some(text(&instance.id))),
        ("name", unless(instance.name == instance.id.as_str(), &instance.name)),
        ("state", unless(instance.state == InstanceState::Running, &instance.state)),
        ("vnics", Some(instance.vnics.iter().map(|vnic| vnic_value(instance, vnic, usual)).collect())),
    ])
}

fn vnic_value(instance: &Instance, vnic: &Vnic, usual: &GroupId) -> Value {
    let namesake = instance.vnics.len() == 1 && vnic.id.as_str() == instance.id.as_str();
    let as_usual = vnic.groups == vnic.port_security.usual_groups(usual);
    object([
        ("id", unless(namesake, &vnic.id)),
        ("network", Some(text(&vnic.network))),
        ("mac", Some(text(&vnic.mac))),
        ("addresses", list(&vnic.addresses, text)),
        ("allowed_pairs", list(&vnic.allowed_pairs, text)),
        ("groups", (!as_usual).then(|| texts(&vnic.groups))),
        ("port_security", (vnic.port_security == PortSecurity::Off).then(|| json!(false))),
        ("interface", vnic.interface.as_ref().map(text)),
    ])
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
