//! The least that a policy needs to allow, by what was seen.
//!
//! From flows that were opened, each rule that lets some of them pass is narrowed to what they had: their protocol, their ports,
//! who was at the other end. A rule that lets none of them pass goes.
//!
//! Contract: every flow that was seen and passed passes still, and nothing passes that did not: both are proved on the result, which
//! is told with the exact difference. What was not seen is not known to be unwanted: the longer one looks, the better.
//!
//! Absent: rules that deny, and flows that no rule let pass.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use policy::{
    Action, AddressBlock, Decision, Direction, Document, Edit, EgressDefault, Family, Place, Policy, PortMatch,
    PortRange, Prefix, Protocol, Remote, Resolved, Revision, Rule, RuleId, RuleSpec, Subject, VnicId, number_of,
};
use serde_json::{Value, json};
use wire::IpProtocol;

use crate::diff::{Change, Turn, diff};
use crate::opening::Opening;

/// A packet that opened a flow at a vnic.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Seen {
    /// Where.
    pub vnic: VnicId,
    /// Which way.
    pub direction: Direction,
    /// What rules see of it.
    pub subject: Subject,
}

/// A policy that allows what was seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Tightening {
    /// What becomes of each rule that may be narrower, in the order of the groups and their rules.
    pub rules: Vec<Narrowing>,
    /// What no longer passes.
    pub changes: Vec<Change>,
    /// How many of the flows that were seen no rule let pass; nothing is said of them.
    pub unexplained: usize,
}

/// What becomes of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Narrowing {
    /// The rule.
    pub rule: RuleId,
    /// How many of the flows that were seen it let pass.
    pub flows: usize,
    /// To be carried out in turn.
    pub edits: Vec<Edit>,
}

/// So many addresses are listed; of more the shortest prefix that has all of them is taken.
const LISTED: usize = 8;

/// So many ports are listed; of more the range from the first to the last is taken.
const PORTS: usize = 16;

/// Narrows the rules of a policy to the flows that were seen. Those that cannot go, because the profile counts rules, stay.
pub fn tighten(resolved: &Resolved, seen: &[Seen]) -> Tightening {
    let policy = resolved.policy();
    let mut used: BTreeMap<RuleId, Vec<&Seen>> = BTreeMap::new();
    let mut unexplained = 0;
    for flow in seen {
        match decision(policy, flow) {
            Some(Decision::Allow(rule)) => used.entry(policy.rule_id(rule).clone()).or_default().push(flow),
            Some(_) | None => unexplained += 1,
        }
    }
    let mut now = resolved.clone();
    let mut rules = Vec::new();
    for (_, rule) in resolved.document().rules().filter(|(_, rule)| rule.enabled && rule.spec.action == Action::Allow) {
        let flows = used.get(&rule.id).map_or(&[][..], Vec::as_slice);
        let edits = narrowed(now.document(), rule, flows);
        if !edits.is_empty() && carry_out(&mut now, &edits, seen) {
            rules.push(Narrowing { rule: rule.id.clone(), flows: flows.len(), edits });
        }
    }
    Tightening { rules, changes: diff(policy, now.policy()).changes, unexplained }
}

/// Carries out edits, where all of them fit, every flow still fares as before, and nothing passes that did not.
fn carry_out(now: &mut Resolved, edits: &[Edit], seen: &[Seen]) -> bool {
    let mut next = now.clone();
    let revision = Revision(now.policy().revision().0 + 1);
    let fits = edits.iter().all(|edit| next.apply(edit.clone(), revision).is_ok());
    let action = |policy: &Policy, flow: &Seen| decision(policy, flow).map(Decision::action);
    let is_kept = fits && seen.iter().all(|flow| action(now.policy(), flow) == action(next.policy(), flow));
    let is_narrower = is_kept && (!may_open(now.document(), edits) || opens_nothing(now.policy(), next.policy()));
    if is_narrower {
        *now = next;
    }
    is_narrower
}

/// Whether an egress rule goes that may close a default.
fn may_open(document: &Document, edits: &[Edit]) -> bool {
    document.profile.egress_default != EgressDefault::Deny
        && edits.iter().any(|edit| matches!(edit, Edit::RemoveRule { .. }))
}

fn opens_nothing(before: &Policy, after: &Policy) -> bool {
    diff(before, after).changes.iter().all(|change| change.turn() == Turn::Denied)
}

fn decision(policy: &Policy, flow: &Seen) -> Option<Decision> {
    Some(policy.decide(policy.vnic_index(&flow.vnic)?, flow.direction, &flow.subject))
}

/// Edits that make of a rule what some flows need; none where it is that already.
fn narrowed(document: &Document, rule: &Rule, flows: &[&Seen]) -> Vec<Edit> {
    if flows.is_empty() {
        return vec![Edit::RemoveRule { rule: rule.id.clone() }];
    }
    let specs = needed(document, &rule.spec, flows);
    if specs == [rule.spec.clone()] {
        return Vec::new();
    }
    let Some((group, _)) = document.rule(&rule.id) else { return Vec::new() };
    let place = group.rules.iter().position(|other| other.id == rule.id).unwrap_or_default();
    let mut free = RuleId::numbered(&group.id).filter(|id| document.rule(id).is_none());
    let edits = specs.into_iter().enumerate().filter_map(|(at, spec)| {
        let narrow = Rule { spec, ..rule.clone() };
        match at {
            0 => Some(Edit::ReplaceRule { rule: narrow }),
            at => {
                let place = Place::At(place + at);
                Some(Edit::AddRule { group: group.id.clone(), place, rule: Rule { id: free.next()?, ..narrow } })
            }
        }
    });
    edits.collect()
}

/// What rules have to say to let some flows pass, each within what a rule says: one for each protocol and each of the remotes.
fn needed(document: &Document, spec: &RuleSpec, flows: &[&Seen]) -> Vec<RuleSpec> {
    let remotes = remotes(document, spec, flows);
    let mut by_protocol: BTreeMap<IpProtocol, Vec<&Seen>> = BTreeMap::new();
    flows.iter().for_each(|flow| by_protocol.entry(flow.subject.protocol).or_default().push(flow));
    let protocols = by_protocol.into_iter().map(|(protocol, flows)| protocol_part(spec, protocol, &flows));
    let specs = protocols.flat_map(|protocol| {
        let with = |remote: &Remote| RuleSpec { protocol: protocol.clone(), remote: remote.clone(), ..spec.clone() };
        remotes.iter().map(with).collect::<Vec<_>>()
    });
    specs.collect()
}

/// The protocol with the ports that flows had; as the rule says where it says less than they tell.
fn protocol_part(spec: &RuleSpec, protocol: IpProtocol, flows: &[&Seen]) -> Protocol {
    let own = spec.protocol.number(spec.family).map(|_| spec.protocol.clone());
    let bare = Protocol::of_number(spec.family, protocol);
    let keys: Option<BTreeSet<u16>> = flows.iter().map(|flow| flow.subject.key()).collect();
    let ports = keys.filter(|_| bare.ports().is_some()).and_then(|keys| {
        let range = |first: u16, last: u16| PortRange::new(first, last).ok();
        let ranges: Option<Vec<PortRange>> = match keys.len() {
            0..=PORTS => keys.iter().map(|port| range(*port, *port)).collect(),
            _ => Some(vec![range(*keys.first()?, *keys.last()?)?]),
        };
        ranges
    });
    let narrow = ports.and_then(|ports| bare.with_ports(PortMatch::of(ports)));
    // A range may be wider than the list of ranges that the rule has.
    let is_within = |narrow: &Protocol| {
        let all = Opening::of(spec.family, &spec.protocol);
        Opening::of(spec.family, narrow).difference(&all).is_empty()
    };
    narrow.filter(is_within).or(own).unwrap_or(bare)
}

/// What the other ends of flows have in common: a group, an address group, a list of addresses, a prefix.
fn remotes(document: &Document, spec: &RuleSpec, flows: &[&Seen]) -> Vec<Remote> {
    let (Remote::Any | Remote::Prefix(_)) = &spec.remote else { return vec![spec.remote.clone()] };
    let addresses: BTreeSet<IpAddr> = flows.iter().map(|flow| flow.subject.remote(spec.direction)).collect();
    // A name may stand for more than a prefix has, and for one address it is too much.
    let name = name_of(document, &addresses).filter(|_| spec.remote == Remote::Any && addresses.len() > 1);
    if let Some(name) = name {
        return vec![name];
    }
    if addresses.len() <= LISTED {
        return addresses.into_iter().map(|address| Remote::Prefix(Prefix::host(address))).collect();
    }
    let shortest = prefix_of(spec.family, &addresses).map(Remote::Prefix);
    let is_shorter = |remote: &Remote| match (remote, &spec.remote) {
        (Remote::Prefix(found), Remote::Prefix(own)) => found.length() < own.length(),
        _ => false,
    };
    vec![shortest.filter(|remote| !is_shorter(remote)).unwrap_or_else(|| spec.remote.clone())]
}

/// A group of which all are members, else an address group that lists all.
fn name_of(document: &Document, addresses: &BTreeSet<IpAddr>) -> Option<Remote> {
    let mut groups = document.groups.iter().filter(|group| {
        let members = document.vnics().filter(|(_, vnic)| vnic.groups.contains(&group.id));
        let owned: BTreeSet<IpAddr> = members.flat_map(|(_, vnic)| vnic.addresses.iter().copied()).collect();
        addresses.is_subset(&owned)
    });
    let mut address_groups = document.address_groups.iter().filter(|group| {
        let lists = |address: &IpAddr| group.prefixes.iter().any(|block: &AddressBlock| block.contains(*address));
        addresses.iter().all(lists)
    });
    let group = groups.next().map(|group| Remote::Group(group.id.clone()));
    group.or_else(|| address_groups.next().map(|group| Remote::AddressGroup(group.id.clone())))
}

/// The longest prefix that has all of some addresses.
fn prefix_of(family: Family, addresses: &BTreeSet<IpAddr>) -> Option<Prefix> {
    let (first, last) = (addresses.first()?, addresses.last()?);
    let bits: u32 = match family {
        Family::Ipv4 => 32,
        Family::Ipv6 => 128,
    };
    let differing = u128::BITS - (number_of(*first) ^ number_of(*last)).leading_zeros();
    Prefix::masked(*first, (bits - differing) as u8).ok()
}

impl Tightening {
    /// Every edit, to be carried out in turn.
    pub fn edits(&self) -> impl Iterator<Item = &Edit> {
        self.rules.iter().flat_map(|rule| &rule.edits)
    }

    /// How many kinds of packets no longer pass, at all vnics together.
    pub fn removed(&self) -> f64 {
        self.changes.iter().map(|change| change.region.volume() * change.vnics.len() as f64).sum()
    }

    /// For programs: `rules` with `rule`, `flows` and `edits`, `changes`, and `unexplained`.
    pub fn to_value(&self) -> Value {
        let rule = |rule: &Narrowing| {
            json!({
                "rule": rule.rule.as_str(),
                "flows": rule.flows,
                "edits": rule.edits.iter().map(Edit::to_string).collect::<Vec<_>>(),
            })
        };
        json!({
            "rules": self.rules.iter().map(rule).collect::<Vec<_>>(),
            "changes": self.changes.iter().map(Change::to_value).collect::<Vec<_>>(),
            "unexplained": self.unexplained,
        })
    }
}
