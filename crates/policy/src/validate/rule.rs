//! Rules: what the profile allows, twins, remotes, and ports that should not be open to the world.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use super::index::Index;
use super::profile::spec_faults;
use super::remote::Members;
use super::{missing, placed, unique_ids};
use crate::Diagnostic;
use crate::model::{
    Action, Direction, Family, PortMatch, PortRange, Protocol, Remote, Rule, RuleId, RuleSpec, SecurityGroup,
};
use crate::names::SENSITIVE;

pub(super) fn check(index: &Index<'_>, found: &mut Vec<Diagnostic>) {
    let document = index.document;
    unique_ids(found, document.rules().map(|(_, rule)| rule), || {
        placed("groups", &document.groups).flat_map(|(path, group)| placed(&format!("{path}.rules"), &group.rules))
    });
    let members = Members::of(document);
    for (path, group) in placed("groups", &document.groups) {
        let mut twins = Twins::new();
        let list = format!("{path}.rules");
        for (place, rule) in group.rules.iter().enumerate() {
            let path = Path { list: &list, place };
            faults(index, &mut twins, rule, &path, found);
            empty_remote(&members, group, rule, &path, found);
            protocol(rule, &path, found);
            open_to_the_world(rule, &path, found);
        }
    }
}

/// What makes the rules of a group unusable, but for ids that are taken.
pub(super) fn faults_in_group(index: &Index<'_>, group: &SecurityGroup, path: &str, found: &mut Vec<Diagnostic>) {
    let mut twins = Twins::new();
    let list = format!("{path}.rules");
    for (place, rule) in group.rules.iter().enumerate() {
        let path = Path { list: &list, place };
        faults(index, &mut twins, rule, &path, found);
    }
}

/// The rules of a group by what they say, so far.
type Twins<'d> = HashMap<Cow<'d, RuleSpec>, &'d RuleId>;

/// Where a rule is; a text only where there is something to say of it.
#[derive(Clone, Copy)]
struct Path<'p> {
    list: &'p str,
    place: usize,
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}[{}]", self.list, self.place)
    }
}

fn faults<'d>(index: &Index<'_>, twins: &mut Twins<'d>, rule: &'d Rule, path: &Path<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(spec_faults(&index.document.profile, &rule.spec, path));
    twin(twins, rule, path, found);
    missing_remote(index, rule, path, found);
}

fn twin<'d>(twins: &mut Twins<'d>, rule: &'d Rule, path: &Path<'_>, found: &mut Vec<Diagnostic>) {
    let key = normal(&rule.spec);
    if let Some(other) = twins.get(&key) {
        let message = format!("the rule says the same as the rule `{other}`: remove one of them");
        found.push(Diagnostic::error(path.to_string(), message));
        return;
    }
    twins.insert(key, &rule.id);
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

fn missing_remote(index: &Index<'_>, rule: &Rule, path: &Path<'_>, found: &mut Vec<Diagnostic>) {
    let path = || format!("{path}.remote");
    let document = index.document;
    match &rule.spec.remote {
        Remote::Group(id) if index.group(id).is_none() => {
            found.push(missing(path(), "group:", id, document.groups.iter().map(|group| &group.id)));
        }
        Remote::AddressGroup(id) if !index.has_address_group(id) => {
            let known = document.address_groups.iter().map(|group| &group.id);
            found.push(missing(path(), "address-group:", id, known));
        }
        Remote::Any | Remote::Prefix(_) | Remote::Group(_) | Remote::AddressGroup(_) => {}
    }
}

fn empty_remote(
    members: &Members<'_>,
    group: &SecurityGroup,
    rule: &Rule,
    path: &Path<'_>,
    found: &mut Vec<Diagnostic>,
) {
    let doubt = match &rule.spec.remote {
        Remote::Any | Remote::Prefix(_) => None,
        // A group that refers to itself has no other members than those whose traffic its rules judge.
        Remote::Group(id) if *id == group.id => None,
        Remote::Group(id) => {
            let doubt = members.group(id).and_then(|families| families.doubt(rule.spec.family));
            doubt.map(|doubt| (format!("the security group `{id}`"), doubt))
        }
        Remote::AddressGroup(id) => {
            let doubt = members.address_group(id).and_then(|families| families.doubt(rule.spec.family));
            doubt.map(|doubt| (format!("the address group `{id}`"), doubt))
        }
    };
    // Nobody misses what a rule without effect does not match.
    if let Some((what, doubt)) = doubt.filter(|_| rule.enabled && members.is_attached(&group.id)) {
        found.push(Diagnostic::warning(format!("{path}.remote"), format!("{what} {doubt}: the rule matches nothing")));
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
    found.push(Diagnostic::warning(format!("{path}.protocol"), message));
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
    found.push(Diagnostic::warning(format!("{path}.remote"), message));
}

/// The sensitive ports in the ranges, with what listens there.
fn sensitive(ranges: &[PortRange]) -> Vec<String> {
    let inside = |port: u16| ranges.iter().any(|range| range.contains(port));
    SENSITIVE.iter().filter(|(port, _)| inside(*port)).map(|(port, service)| format!("{port} ({service})")).collect()
}
