//! Members that send from what does not count as theirs.

use std::net::IpAddr;

use policy::{Action, Document, Edit, Prefix, Remote, RemoteMembers, Rule, RuleId, RuleSpec, SecurityGroup, Vnic};

use crate::lint::survey::{Match, Survey};
use crate::lint::{Effect, Finding, Fix};
use crate::opening::Opening;

/// Finds the rules for a group of which a member may send from an address that is no member's, and of which no other rule of the
/// same group says the same.
pub(super) fn find(survey: &Survey, document: &Document) -> Vec<(RuleId, Finding)> {
    match document.profile.remote_members {
        RemoteMembers::AddressesAndPairs | RemoteMembers::AddressesPairsAndSources => return Vec::new(),
        RemoteMembers::Addresses => {}
    }
    let rules = document.rules().filter(|(_, rule)| rule.enabled);
    let found = rules.flat_map(|(group, rule)| {
        let missed = missed(survey, document, group, rule).into_iter();
        missed.map(|finding| (rule.id.clone(), finding))
    });
    found.collect()
}

fn missed(survey: &Survey, document: &Document, group: &SecurityGroup, rule: &Rule) -> Vec<Finding> {
    let Remote::Group(remote) = &rule.spec.remote else { return Vec::new() };
    let members = document.vnics().map(|(_, vnic)| vnic).filter(|vnic| vnic.groups.contains(remote));
    let sent = members.flat_map(|vnic| virtual_addresses(vnic).map(move |prefix| (vnic, prefix)));
    let sent: Vec<(&Vnic, Prefix)> = sent.filter(|(_, prefix)| prefix.family() == rule.spec.family).collect();
    if sent.is_empty() {
        return Vec::new();
    }
    let stand_ins = stand_ins(survey, group, rule);
    let is_missed = |address: IpAddr| !stand_ins.iter().any(|one| one.remote.contains(address));
    let missed = sent.into_iter().filter(|(_, prefix)| is_missed(prefix.first()));
    missed.map(|(vnic, prefix)| Finding::VirtualAddress { vnic: vnic.id.clone(), address: prefix.first() }).collect()
}

/// The rule of the same group that says the same of the address.
pub(super) fn counterpart(document: &Document, rule: &RuleId, address: IpAddr) -> Option<Fix> {
    let (group, rule) = document.rule(rule)?;
    let spec = RuleSpec { remote: Remote::Prefix(Prefix::host(address)), ..rule.spec.clone() };
    let effect = match spec.action {
        Action::Allow => Effect::Opens,
        Action::Deny => Effect::Closes,
    };
    Some(Fix { edit: Edit::new_rule(document, &group.id, spec), effect })
}

/// What the rules of a group match that say of the packets of one of them what it says, or would with another remote.
fn stand_ins<'s>(survey: &'s Survey, group: &SecurityGroup, rule: &Rule) -> Vec<&'s Match> {
    let own = Opening::of(rule.spec.family, &rule.spec.protocol);
    let says_the_same = |other: &&Rule| {
        let (one, other_one) = (&rule.spec, &other.spec);
        other.enabled
            && (one.direction, one.action) == (other_one.direction, other_one.action)
            && other_one.priority <= one.priority
    };
    let found =
        group.rules.iter().filter(says_the_same).filter_map(|other| survey.matches.get(&survey.index(&other.id)?));
    found.filter(|found| own.difference(&found.opening).is_empty()).collect()
}

/// Single addresses that a vnic may use besides its own; whole prefixes are routed, and no member's anywhere.
fn virtual_addresses(vnic: &Vnic) -> impl Iterator<Item = Prefix> {
    let alone = vnic.allowed_pairs.iter().map(|pair| pair.prefix).filter(|prefix| prefix.first() == prefix.last());
    alone.filter(|prefix| !vnic.addresses.contains(&prefix.first()))
}
