//! Rules: what the profile allows, twins, remotes, and ports that should not be open to the world.

use std::borrow::Cow;

use super::index::Index;
use super::path::Path;
use super::profile::spec_faults;
use super::remote::{Members, Target};
use super::repeats::Repeats;
use super::{GROUPS, missing, unique_ids};
use crate::Diagnostic;
use crate::model::{Action, Direction, Family, PortMatch, PortRange, Protocol, Remote, Rule, RuleSpec, SecurityGroup};
use crate::names::SENSITIVE;

pub(super) fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let document = index.document;
    unique_ids(document.rules().map(|(_, rule)| &rule.id), || paths(&document.groups), found);
    let members = Members::of(index);
    for (path, group) in GROUPS.items(&document.groups) {
        let (list, twins) = (path.field("rules"), twins(group));
        for (place, rule) in group.rules.iter().enumerate() {
            let path = list.item(place);
            let target = faults(index, group, place, &twins, &path, found);
            if let Some(target) = target.filter(|_| rule.enabled) {
                empty_remote(index, &members, group, rule, target, &path, found);
            }
            protocol(rule, &path, found);
            open_to_the_world(rule, &path, found);
        }
    }
}

fn paths(groups: &[SecurityGroup]) -> Vec<String> {
    let mut paths = Vec::new();
    for (path, group) in GROUPS.items(groups) {
        paths.extend(path.field("rules").items(&group.rules).map(|(path, _)| path.to_string()));
    }
    paths
}

/// What makes the rules of a group unusable, but for ids that are taken.
pub(super) fn faults_in_group(index: &Index<'_>, group: &SecurityGroup, found: &mut Vec<Diagnostic>) {
    let twins = twins(group);
    for place in 0..group.rules.len() {
        faults(index, group, place, &twins, &Path::NOWHERE, found);
    }
}

/// The rules of a group that say the same as an earlier one.
fn twins(group: &SecurityGroup) -> Repeats {
    let said: Vec<Cow<'_, RuleSpec>> = group.rules.iter().map(|rule| normal(&rule.spec)).collect();
    Repeats::of(&said)
}

/// The faults of a rule; gives what its remote names, where that is there.
fn faults(
    index: &Index<'_>,
    group: &SecurityGroup,
    place: usize,
    twins: &Repeats,
    path: &Path<'_>,
    found: &mut Vec<Diagnostic>,
) -> Option<Target> {
    let rule = &group.rules[place];
    found.extend(spec_faults(&index.document.profile, &rule.spec, path));
    if let Some(first) = twins.first(place) {
        let other = &group.rules[first].id;
        let message = format!("the rule says the same as the rule `{other}`: remove one of them");
        found.push(Diagnostic::error(*path, message));
    }
    target(index, rule, path, found)
}

/// The spec with one spelling for what means the same.
fn normal(spec: &RuleSpec) -> Cow<'_, RuleSpec> {
    let every_port = |range: &PortRange| range.contains(1) && range.contains(u16::MAX);
    let is_long = match spec.protocol.ports() {
        Some(PortMatch::Ranges(ranges)) => ranges.iter().any(every_port),
        Some(PortMatch::Any) | None => false,
    };
    if !is_long && (spec.remote == Remote::Any || !is_everyone(&spec.remote)) {
        return Cow::Borrowed(spec);
    }
    let ports = |ports: &PortMatch| match ports {
        PortMatch::Ranges(ranges) if matches!(ranges.as_slice(), [all] if every_port(all)) => PortMatch::Any,
        other => other.clone(),
    };
    let protocol = match &spec.protocol {
        Protocol::Tcp(range) => Protocol::Tcp(ports(range)),
        Protocol::Udp(range) => Protocol::Udp(ports(range)),
        Protocol::UdpLite(range) => Protocol::UdpLite(ports(range)),
        Protocol::Sctp(range) => Protocol::Sctp(ports(range)),
        Protocol::Dccp(range) => Protocol::Dccp(ports(range)),
        other @ (Protocol::Any | Protocol::Icmp(_) | Protocol::Number(_)) => other.clone(),
    };
    let remote = if is_everyone(&spec.remote) { Remote::Any } else { spec.remote.clone() };
    Cow::Owned(RuleSpec { protocol, remote, ..spec.clone() })
}

fn is_everyone(remote: &Remote) -> bool {
    match remote {
        Remote::Any => true,
        Remote::Prefix(prefix) => prefix.length() == 0,
        Remote::Group(_) | Remote::AddressGroup(_) => false,
    }
}

/// What the remote names.
fn target(index: &Index<'_>, rule: &Rule, path: &Path<'_>, found: &mut Vec<Diagnostic>) -> Option<Target> {
    let (document, path) = (index.document, path.field("remote"));
    match &rule.spec.remote {
        Remote::Any | Remote::Prefix(_) => None,
        Remote::Group(id) => {
            let place = index.place_of_group(id);
            if place.is_none() {
                found.push(missing(path, "group:", id, document.groups.iter().map(|group| &group.id)));
            }
            place.map(Target::Group)
        }
        Remote::AddressGroup(id) => {
            let place = index.place_of_address_group(id);
            if place.is_none() {
                let known = document.address_groups.iter().map(|group| &group.id);
                found.push(missing(path, "address-group:", id, known));
            }
            place.map(Target::AddressGroup)
        }
    }
}

fn empty_remote(
    index: &Index<'_>,
    members: &Members,
    group: &SecurityGroup,
    rule: &Rule,
    target: Target,
    path: &Path<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let Some(doubt) = members.families(target).doubt(rule.spec.family) else { return };
    let what = match &rule.spec.remote {
        Remote::Any | Remote::Prefix(_) => return,
        // A group that refers to itself has no other members than those whose traffic its rules judge.
        Remote::Group(id) if *id == group.id => return,
        Remote::Group(id) => format!("the security group `{id}`"),
        Remote::AddressGroup(id) => format!("the address group `{id}`"),
    };
    // Nobody misses what a rule without effect does not match.
    if index.place_of_group(&group.id).is_some_and(|group| members.is_attached(group)) {
        found.push(Diagnostic::warning(path.field("remote"), format!("{what} {doubt}: the rule matches nothing")));
    }
}

/// Extension headers of IPv6 stand before the upper layer, which is what rules look at (RFC 8200 section 4.1), and IPv4 has
/// none of them.
fn protocol(rule: &Rule, path: &Path<'_>, found: &mut Vec<Diagnostic>) {
    const HEADERS: [u8; 4] = [0, 43, 44, 60];
    const NO_NEXT_HEADER: u8 = 59;
    let Protocol::Number(number) = rule.spec.protocol else { return };
    let name = rule.spec.protocol.name(rule.spec.family);
    let message = match rule.spec.family {
        Family::Ipv6 if HEADERS.contains(&number.0) => {
            format!("`{name}` is an extension header, behind which rules look: the rule matches nothing")
        }
        Family::Ipv4 if HEADERS[1..].contains(&number.0) || number.0 == NO_NEXT_HEADER => {
            format!("`{name}` is a header of IPv6: no IPv4 packet of any use has it")
        }
        Family::Ipv4 | Family::Ipv6 => return,
    };
    found.push(Diagnostic::warning(path.field("protocol"), message));
}

fn open_to_the_world(rule: &Rule, path: &Path<'_>, found: &mut Vec<Diagnostic>) {
    let spec = &rule.spec;
    let allows = rule.enabled && spec.action == Action::Allow && spec.direction == Direction::Ingress;
    if !allows || !is_everyone(&spec.remote) {
        return;
    }
    let open = match &spec.protocol {
        Protocol::Any => "everything is".to_owned(),
        Protocol::Tcp(PortMatch::Any) => "every TCP port is".to_owned(),
        Protocol::Udp(PortMatch::Any) => "every UDP port is".to_owned(),
        Protocol::Tcp(PortMatch::Ranges(ranges)) | Protocol::Udp(PortMatch::Ranges(ranges)) => {
            match sensitive(ranges).as_slice() {
                [] => return,
                [one] => format!("port {one} is"),
                [first @ .., last] => format!("ports {} and {last} are", first.join(", ")),
            }
        }
        Protocol::UdpLite(_) | Protocol::Sctp(_) | Protocol::Dccp(_) | Protocol::Icmp(_) | Protocol::Number(_) => {
            return;
        }
    };
    let message = format!("{open} open to every address: name the addresses that need it");
    found.push(Diagnostic::warning(path.field("remote"), message));
}

/// The sensitive ports in the ranges, with what listens there.
fn sensitive(ranges: &[PortRange]) -> Vec<String> {
    let inside = |port: u16| ranges.iter().any(|range| range.contains(port));
    SENSITIVE.iter().filter(|(port, _)| inside(*port)).map(|(port, service)| format!("{port} ({service})")).collect()
}
