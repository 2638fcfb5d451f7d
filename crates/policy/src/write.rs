//! Writes documents: JSON for programs, YAML for people.
//!
//! The fields are those of [`crate::read`], in its order; fields that have their default are left out. Reading what was
//! written yields an equal document.

mod part;
mod profile;
mod yaml;

use serde_json::Value;

use crate::model::{
    Action, AddressGroup, Document, GroupId, IcmpMatch, Instance, InstanceState, Network, PortMatch, PortSecurity,
    Priority, Rule, SecurityGroup, Subnet, Tracking, Vnic,
};
use crate::read::VERSION;
use part::{Part, list, number, object, switched_off, text, texts, unless};

impl Document {
    /// The document as YAML: short, in a stable order, one rule a line.
    pub fn to_yaml(&self) -> String {
        yaml::write(&self.to_value())
    }

    /// The document as JSON.
    pub fn to_value(&self) -> Value {
        self.part().into()
    }

    /// The text of [`Document::to_value`], in a third of the time.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.part()).expect("texts and numbers become JSON")
    }

    fn part(&self) -> Part {
        object([
            ("version", Some(number(VERSION))),
            ("profile", Some(self.profile.part())),
            ("primary_group", unless(self.primary_group == Document::default_group_id(), &self.primary_group)),
            ("networks", list(&self.networks, Network::part)),
            ("groups", list(&self.groups, SecurityGroup::part)),
            ("address_groups", list(&self.address_groups, AddressGroup::part)),
            ("instances", list(&self.instances, |instance| instance_part(instance, &self.primary_group))),
        ])
    }
}

impl Network {
    /// The network as JSON.
    pub fn to_value(&self) -> Value {
        self.part().into()
    }

    fn part(&self) -> Part {
        object([
            ("id", Some(text(&self.id))),
            ("vlan", self.vlan.map(|vlan| number(vlan.value()))),
            ("ethertypes", list(&self.ethertypes, text)),
            ("subnets", list(&self.subnets, subnet)),
        ])
    }
}

impl SecurityGroup {
    /// The group as JSON.
    pub fn to_value(&self) -> Value {
        self.part().into()
    }

    fn part(&self) -> Part {
        object([
            ("id", Some(text(&self.id))),
            ("name", unless(self.name == self.id.as_str(), &self.name)),
            ("description", unless(self.description.is_empty(), &self.description)),
            ("stateful", switched_off(self.tracking == Tracking::Stateless)),
            ("sources", list(&self.sources, text)),
            ("rules", list(&self.rules, Rule::part)),
        ])
    }
}

impl Rule {
    /// The rule as JSON, field by field.
    pub fn to_value(&self) -> Value {
        self.part().into()
    }

    fn part(&self) -> Part {
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
            ("priority", (spec.priority != Priority::FIRST).then(|| number(spec.priority.value()))),
            ("enabled", switched_off(!self.enabled)),
            ("description", unless(self.description.is_empty(), &self.description)),
        ])
    }
}

impl AddressGroup {
    /// The address group as JSON.
    pub fn to_value(&self) -> Value {
        self.part().into()
    }

    fn part(&self) -> Part {
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
        instance_part(self, &Document::default_group_id()).into()
    }
}

/// `usual` is the group of vnics whose `groups` are left out.
fn instance_part(instance: &Instance, usual: &GroupId) -> Part {
    object([
        ("id", Some(text(&instance.id))),
        ("name", unless(instance.name == instance.id.as_str(), &instance.name)),
        ("state", unless(instance.state == InstanceState::Running, &instance.state)),
        ("vnics", Some(instance.vnics.iter().map(|vnic| vnic_part(instance, vnic, usual)).collect())),
    ])
}

fn vnic_part(instance: &Instance, vnic: &Vnic, usual: &GroupId) -> Part {
    let namesake = instance.vnics.len() == 1 && vnic.id.as_str() == instance.id.as_str();
    let as_usual = vnic.groups == vnic.port_security.usual_groups(usual);
    object([
        ("id", unless(namesake, &vnic.id)),
        ("network", Some(text(&vnic.network))),
        ("mac", Some(text(&vnic.mac))),
        ("addresses", list(&vnic.addresses, text)),
        ("allowed_pairs", list(&vnic.allowed_pairs, text)),
        ("groups", (!as_usual).then(|| texts(&vnic.groups))),
        ("port_security", switched_off(vnic.port_security == PortSecurity::Off)),
        ("interface", vnic.interface.as_ref().map(text)),
    ])
}

fn subnet(subnet: &Subnet) -> Part {
    object([
        ("prefix", Some(text(&subnet.prefix))),
        ("gateway", subnet.gateway.as_ref().map(text)),
        ("dhcp", list(&subnet.dhcp, text)),
    ])
}
