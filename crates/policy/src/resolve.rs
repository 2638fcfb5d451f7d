//! From a document to a policy.

use std::collections::HashMap;
use std::sync::Arc;

use crate::address_set::AddressSet;
use crate::diagnostic::{Faults, Severity};
use crate::model::{Action, Direction, Document, GroupId, Instance, Prefix, Remote, SecurityGroup, Tracking, Vnic};
use crate::policy::{Neighbourhood, Policy, PolicyRule, PolicyVnic, Revision, RuleIndex, VnicIndex};
use crate::profile::{Evaluation, RemoteMembers};

/// Makes the policy of a document. Warnings do not stop it.
///
/// # Errors
/// Every fault at once, warnings among them, when the document cannot be used. There is no partial policy.
pub fn resolve(document: &Document, revision: Revision) -> Result<Policy, Faults> {
    let diagnostics = document.validate();
    if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        return Err(Faults(diagnostics));
    }
    let rules = resolve_rules(document);
    let vnics: Vec<PolicyVnic> =
        document.vnics().map(|(instance, vnic)| resolve_vnic(document, &rules, instance, vnic)).collect();
    let vnic_by_id = vnics.iter().enumerate().map(|(at, vnic)| (vnic.id.clone(), VnicIndex(at as u32))).collect();
    let neighbourhood = Neighbourhood::of(document.vnics().map(|(_, vnic)| vnic));
    Ok(Policy { revision, profile: document.profile.clone(), rules, vnics, vnic_by_id, neighbourhood })
}

fn resolve_rules(document: &Document) -> Vec<PolicyRule> {
    let groups: HashMap<&GroupId, Arc<AddressSet>> =
        document.groups.iter().map(|group| (&group.id, Arc::new(members(document, group)))).collect();
    let address_groups: HashMap<_, Arc<AddressSet>> = document
        .address_groups
        .iter()
        .map(|group| (&group.id, Arc::new(AddressSet::of(group.prefixes.iter().copied()))))
        .collect();
    // A remote that names nothing is a fault that validation reports; should it ever come here, it matches nothing.
    let remote = |remote: &Remote| match remote {
        Remote::Any => None,
        Remote::Prefix(prefix) => Some(Arc::new(AddressSet::of([*prefix]))),
        Remote::Group(id) => Some(groups.get(id).cloned().unwrap_or_default()),
        Remote::AddressGroup(id) => Some(address_groups.get(id).cloned().unwrap_or_default()),
    };
    let rule_of = |group: &GroupId, rule: &crate::model::Rule| PolicyRule {
        rule: rule.clone(),
        group: group.clone(),
        remote: remote(&rule.spec.remote),
    };
    document.groups.iter().flat_map(|group| group.rules.iter().map(|rule| rule_of(&group.id, rule))).collect()
}

/// The addresses that a group stands for as a remote. Instances that are stopped keep theirs.
fn members(document: &Document, group: &SecurityGroup) -> AddressSet {
    let attached = || document.vnics().map(|(_, vnic)| vnic).filter(|vnic| vnic.groups.contains(&group.id));
    let fixed = attached().flat_map(|vnic| vnic.addresses.iter().map(|address| Prefix::host(*address)));
    let pairs = attached().flat_map(|vnic| vnic.allowed_pairs.iter().map(|pair| pair.prefix));
    match document.profile.remote_members {
        RemoteMembers::Addresses => AddressSet::of(fixed),
        RemoteMembers::AddressesAndPairs => AddressSet::of(fixed.chain(pairs)),
        RemoteMembers::AddressesPairsAndSources => {
            AddressSet::of(fixed.chain(pairs).chain(group.sources.iter().copied()))
        }
    }
}

fn resolve_vnic(document: &Document, rules: &[PolicyRule], instance: &Instance, vnic: &Vnic) -> PolicyVnic {
    let network = document.network(&vnic.network);
    PolicyVnic {
        id: vnic.id.clone(),
        instance: instance.id.clone(),
        mac: vnic.mac,
        addresses: vnic.addresses.clone(),
        allowed_pairs: vnic.allowed_pairs.clone(),
        groups: vnic.groups.clone(),
        tracking: tracking(document, vnic),
        port_security: vnic.port_security,
        ethertypes: network.map(|network| network.ethertypes.clone()).unwrap_or_default(),
        subnets: network.map(|network| network.subnets.clone()).unwrap_or_default(),
        interface: vnic.interface.clone(),
        rules: Direction::BOTH.map(|direction| order_rules(document, rules, vnic, direction)),
    }
}

/// What the groups of a vnic say of tracking; validation sees to it that they agree.
fn tracking(document: &Document, vnic: &Vnic) -> Tracking {
    let mut groups = vnic.groups.iter().filter_map(|id| document.group(id.as_str()));
    groups.next().map_or(Tracking::default(), |group| group.tracking)
}

/// The rules of a vnic in the order of evaluation (semantics: union in document order, ordered by group, priority, action).
fn order_rules(document: &Document, rules: &[PolicyRule], vnic: &Vnic, direction: Direction) -> Vec<RuleIndex> {
    let mut ordered = Vec::new();
    for group in &vnic.groups {
        let of_group = |rule: &PolicyRule| rule.group == *group && rule.rule.spec.direction == direction;
        let mut indices: Vec<RuleIndex> =
            (0u32..).zip(rules).filter(|(_, rule)| of_group(rule)).map(|(at, _)| RuleIndex(at)).collect();
        if document.profile.evaluation == Evaluation::Ordered {
            indices.sort_by_key(|index| {
                let spec = &rules[index.0 as usize].rule.spec;
                (spec.priority, spec.action != Action::Deny)
            });
        }
        ordered.extend(indices);
    }
    ordered
}
