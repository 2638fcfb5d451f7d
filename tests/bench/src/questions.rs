//! Packets that ask a rule set something.

use policy::{Family, Part, Subject};
use wire::{Endpoints, IpProtocol, Ports};

use crate::chance::Chance;
use crate::contenders::flat::FlatRule;
use crate::contenders::tuple_space::TupleSpace;
use crate::sets::{RuleSet, address, own_address, realistic, width};

/// How many different packets ask.
pub const QUESTIONS: usize = 4096;

/// After so many strangers whom a rule allows, there is no packet that none does.
const TRIES: usize = 200_000;

/// Packets that a rule matches: each made for a rule by chance, so that another one may come first.
pub fn hits(set: &RuleSet, rules: &[FlatRule], count: usize) -> Vec<Subject> {
    let mut chance = Chance::new(1);
    (0..count).map(|_| hit(&mut chance, set, rules)).collect()
}

/// Packets that no rule matches; none where the rules match all.
pub fn misses(set: &RuleSet, space: &TupleSpace, count: usize) -> Vec<Subject> {
    let mut chance = Chance::new(2);
    let strangers = (0..TRIES).map(|_| stranger(&mut chance, set));
    strangers.filter(|subject| space.find(subject).is_none()).take(count).collect()
}

fn hit(chance: &mut Chance, set: &RuleSet, rules: &[FlatRule]) -> Subject {
    let rule = chance.pick(rules);
    let everywhere = [(0, u128::MAX >> (128 - u32::from(width(set.family))))];
    let (first, last) = *chance.pick(rule.remote.as_deref().filter(|ranges| !ranges.is_empty()).unwrap_or(&everywhere));
    let source = chance.address(first, last);
    let protocol = IpProtocol(rule.protocol.unwrap_or(IpProtocol::TCP.0));
    let (first, last) = if rule.parts.is_empty() { (1, u16::MAX) } else { *chance.pick(&rule.parts) };
    let ports = (chance.port(1024, u16::MAX), chance.port(first, last));
    subject(set.family, source, protocol, ports)
}

fn stranger(chance: &mut Chance, set: &RuleSet) -> Subject {
    let source = crate::sets::bits(realistic::stranger(chance, set.family));
    let protocol = if chance.below(4) == 0 { IpProtocol::UDP } else { IpProtocol::TCP };
    let ports = (chance.port(1024, u16::MAX), chance.port(1, u16::MAX));
    subject(set.family, source, protocol, ports)
}

/// A packet to the vnic. Where the protocol is ICMP, the destination port is type and code.
pub(crate) fn subject(family: Family, source: u128, protocol: IpProtocol, (from, to): (u16, u16)) -> Subject {
    let (source, own) = (address(family, source), own_address(family, 0));
    let endpoints = Endpoints::new(source, own).expect("both are of the family");
    let [kind, code] = to.to_be_bytes();
    let part = match protocol {
        IpProtocol::TCP | IpProtocol::UDP | IpProtocol::UDP_LITE | IpProtocol::SCTP | IpProtocol::DCCP => {
            Part::Ports(Ports { source: from, destination: to })
        }
        icmp if icmp == IpProtocol::icmp(family) => Part::Icmp { kind, code },
        _ => Part::None,
    };
    Subject { endpoints, protocol, part }
}
