//! Questions about rules, answered by looking at every two of them.
//!
//! Absent: packets whose header is missing, ordered rules, and denials.

use policy::{Direction, Document, Family, Vnic};

use super::flat::{FlatRule, flatten};
use crate::sets::bits;

/// The rules of a vnic, and its address.
#[derive(Clone, Debug)]
pub struct Ends {
    address: u128,
    ingress: Vec<FlatRule>,
    egress: Vec<FlatRule>,
}

impl Ends {
    /// Every vnic of a document.
    pub fn of(document: &Document, family: Family) -> Vec<Ends> {
        let rules = |vnic: &Vnic, direction| flatten(document, vnic.id.as_str(), (direction, family));
        let address = |vnic: &Vnic| vnic.addresses.iter().copied().find(|one| Family::of(*one) == family);
        let ends = document.vnics().filter_map(|(_, vnic)| {
            let address = bits(address(vnic)?);
            Some(Ends { address, ingress: rules(vnic, Direction::Ingress), egress: rules(vnic, Direction::Egress) })
        });
        ends.collect()
    }
}

/// The rules of which one earlier rule takes every packet; those of which several together do are not found.
pub fn covered_by_one(rules: &[FlatRule]) -> Vec<usize> {
    let is_covered = |place: &usize| rules[..*place].iter().any(|earlier| covers(earlier, &rules[*place]));
    (0..rules.len()).filter(is_covered).collect()
}

/// Of every two vnics, how many pairs of an egress rule and an ingress rule let something pass; those that have any.
pub fn open_pairs(vnics: &[Ends]) -> usize {
    let opens = |from: &Ends, to: &Ends| {
        let there = from.egress.iter().filter(|rule| allows(rule, to.address));
        let meets =
            |out: &FlatRule| to.ingress.iter().filter(|rule| allows(rule, from.address)).any(|into| meet(out, into));
        there.filter(|out| meets(out)).count()
    };
    let others = |place: usize| (0..vnics.len()).filter(move |other| *other != place);
    (0..vnics.len())
        .flat_map(|from| others(from).map(move |to| opens(&vnics[from], &vnics[to])))
        .filter(|open| *open > 0)
        .count()
}

fn covers(rule: &FlatRule, other: &FlatRule) -> bool {
    fn within<T: PartialOrd>(inner: &[(T, T)], outer: &[(T, T)]) -> bool {
        inner.iter().all(|inner| outer.iter().any(|outer| outer.0 <= inner.0 && inner.1 <= outer.1))
    }
    let remotes = match (&rule.remote, &other.remote) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(outer), Some(inner)) => within(inner, outer),
    };
    let parts = rule.parts.is_empty() || !other.parts.is_empty() && within(&other.parts, &rule.parts);
    rule.protocol.is_none_or(|protocol| other.protocol == Some(protocol)) && parts && remotes
}

fn allows(rule: &FlatRule, address: u128) -> bool {
    let within = |ranges: &[(u128, u128)]| ranges.iter().any(|(first, last)| (*first..=*last).contains(&address));
    rule.remote.as_ref().is_none_or(|ranges| within(ranges))
}

/// Whether some packet, whoever its ends are, matches both.
fn meet(one: &FlatRule, other: &FlatRule) -> bool {
    let protocols = one.protocol.is_none() || other.protocol.is_none() || one.protocol == other.protocol;
    let mut pairs = one.parts.iter().flat_map(|one| other.parts.iter().map(move |other| (one, other)));
    let parts = one.parts.is_empty()
        || other.parts.is_empty()
        || pairs.any(|(one, other)| one.0 <= other.1 && other.0 <= one.1);
    protocols && parts
}
