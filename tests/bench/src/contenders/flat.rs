//! The rules of a vnic as plain numbers.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use policy::{
    AddressBlock, Direction, Document, Family, IcmpMatch, Part, PortMatch, Prefix, Protocol, Remote, RuleId, Subject,
};

use crate::sets::bits;

/// A rule of one family, its remote and ports as ranges.
#[derive(Clone, Debug)]
pub struct FlatRule {
    /// The rule in the document.
    pub id: RuleId,
    /// Absent for every protocol.
    pub protocol: Option<u8>,
    /// Sorted disjoint ranges of addresses; absent for every address.
    pub remote: Option<Arc<[(u128, u128)]>>,
    /// Ranges of what [`Probe::part`] is; empty for all, and for packets without one.
    pub parts: Vec<(u16, u16)>,
}

/// A packet as plain numbers.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// The family.
    pub family: Family,
    /// The address of the other end.
    pub address: u128,
    /// The protocol.
    pub protocol: u8,
    /// The destination port, or ICMP type and code as one number.
    pub part: Option<u16>,
}

/// The enabled rules of one family that judge packets to a vnic, or from it, in the order of its groups and of the document, which is that
/// of profiles without priorities.
pub fn flatten(document: &Document, vnic: &str, (direction, family): (Direction, Family)) -> Vec<FlatRule> {
    let mut remotes = Remotes { document, family, known: HashMap::new() };
    let groups = document.vnic(vnic).into_iter().flat_map(|(_, vnic)| &vnic.groups);
    let rules = groups.filter_map(|id| document.group(id.as_str())).flat_map(|group| &group.rules);
    rules
        .filter(|rule| rule.enabled && rule.spec.direction == direction && rule.spec.family == family)
        .map(|rule| (rule.id.clone(), &rule.spec))
        .map(|(id, spec)| FlatRule {
            id,
            protocol: spec.protocol.number(family).map(|number| number.0),
            remote: remotes.ranges(&spec.remote),
            parts: parts(&spec.protocol),
        })
        .collect()
}

impl Probe {
    /// What the rules for packets to the vnic see.
    pub fn of(subject: &Subject) -> Probe {
        let (family, address) = match subject.endpoints {
            wire::Endpoints::V4(source, _) => (Family::Ipv4, source.to_bits().into()),
            wire::Endpoints::V6(source, _) => (Family::Ipv6, source.to_bits()),
        };
        let part = match subject.part {
            Part::Ports(ports) => Some(ports.destination),
            Part::Icmp { kind, code } => Some(u16::from_be_bytes([kind, code])),
            Part::None => None,
        };
        Probe { family, address, protocol: subject.protocol.0, part }
    }
}

/// The addresses of remotes that were asked for, so that rules with the same group share them.
struct Remotes<'a> {
    document: &'a Document,
    family: Family,
    known: HashMap<Remote, Arc<[(u128, u128)]>>,
}

impl Remotes<'_> {
    fn ranges(&mut self, remote: &Remote) -> Option<Arc<[(u128, u128)]>> {
        if let Some(known) = self.known.get(remote) {
            return Some(known.clone());
        }
        let blocks = self.blocks(remote)?;
        let ranges = merge(blocks.into_iter().filter(|block| block.family() == self.family));
        self.known.insert(remote.clone(), ranges.clone());
        Some(ranges)
    }

    fn blocks(&self, remote: &Remote) -> Option<Vec<AddressBlock>> {
        Some(match remote {
            Remote::Any => return None,
            Remote::Prefix(prefix) => vec![AddressBlock::Prefix(*prefix)],
            Remote::Group(id) => {
                let members = self.document.vnics().filter(|(_, vnic)| vnic.groups.contains(id));
                let addresses = members.flat_map(|(_, vnic)| &vnic.addresses);
                addresses.map(|address| AddressBlock::Prefix(Prefix::host(*address))).collect()
            }
            Remote::AddressGroup(id) => {
                let group = self.document.address_groups.iter().find(|group| group.id == *id);
                group.map(|group| group.prefixes.clone()).unwrap_or_default()
            }
        })
    }
}

fn merge(blocks: impl Iterator<Item = AddressBlock>) -> Arc<[(u128, u128)]> {
    let mut sorted: Vec<(IpAddr, IpAddr)> = blocks.map(|block| (block.first(), block.last())).collect();
    sorted.sort();
    let mut merged: Vec<(u128, u128)> = Vec::with_capacity(sorted.len());
    for (first, last) in sorted {
        match merged.last_mut() {
            Some((_, end)) if bits(first) <= *end => *end = bits(last).max(*end),
            _ => merged.push((bits(first), bits(last))),
        }
    }
    merged.into()
}

fn parts(protocol: &Protocol) -> Vec<(u16, u16)> {
    match (protocol.ports(), protocol.icmp()) {
        (Some(PortMatch::Ranges(ranges)), _) => ranges.iter().map(|range| (range.first(), range.last())).collect(),
        (_, Some(IcmpMatch::Type(kind))) => vec![(u16::from_be_bytes([kind, 0]), u16::from_be_bytes([kind, 255]))],
        (_, Some(IcmpMatch::TypeCode(kind, code))) => {
            let word = u16::from_be_bytes([kind, code]);
            vec![(word, word)]
        }
        _ => Vec::new(),
    }
}
