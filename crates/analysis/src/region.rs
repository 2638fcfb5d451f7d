//! Sets of packets at one vnic.

use std::fmt;

use policy::{Direction, Family, Protocol, Subject};
use serde_json::{Value, json};
use wire::IpProtocol;

use crate::addresses::Addresses;
use crate::opening::Opening;
use crate::ranges::{common, without};

/// All packets of one direction and family with any of these addresses, protocols and keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region {
    /// Towards the instance or from it.
    pub direction: Direction,
    /// The address at the other end.
    pub remote: Addresses,
    /// Upper-layer protocols.
    pub protocols: Protocols,
    /// Destination ports, or ICMP types.
    pub keys: Keys,
}

/// Upper-layer protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Protocols([u128; 2]);

/// The part of the transport header that rules look at.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Keys {
    /// Whatever it says, and whether it is there or not.
    All,
    /// These destination ports: first and last of each range, ascending.
    Ports(Vec<(u16, u16)>),
    /// These ICMP types and codes: first and last of each range, ascending, the type in the upper byte.
    Icmp(Vec<(u16, u16)>),
    /// It is not there: a fragment of its own, where nothing is tracked.
    Missing,
}

impl Region {
    /// The family of its packets.
    pub fn family(&self) -> Family {
        self.remote.family()
    }

    /// Its packets, whoever their ends are.
    pub fn opening(&self) -> Opening {
        Opening { family: self.family(), protocols: self.protocols, keys: self.keys.clone() }
    }

    /// Whether a packet is in it.
    pub fn contains(&self, direction: Direction, subject: &Subject) -> bool {
        direction == self.direction
            && self.remote.contains(subject.remote(direction))
            && self.protocols.contains(subject.protocol)
            && self.keys.contains(subject)
    }

    /// How many kinds of packets are in it: addresses times protocols times ports or ICMP types.
    pub fn volume(&self) -> f64 {
        let keys: u64 = match &self.keys {
            Keys::All => 1 << 16,
            Keys::Ports(ranges) | Keys::Icmp(ranges) => {
                ranges.iter().map(|(first, last)| u64::from(last - first) + 1).sum()
            }
            Keys::Missing => 1,
        };
        self.remote.count() * self.protocols.iter().count() as f64 * keys as f64
    }

    /// For programs: `text`, `direction`, `family`, `protocols`, `ports` or `icmp` or `header`, and `remote`, a list of prefixes.
    pub fn to_value(&self) -> Value {
        let prefixes: Vec<String> = self.remote.prefixes().iter().map(ToString::to_string).collect();
        let protocols: Vec<u8> = self.protocols.iter().map(|number| number.0).collect();
        let mut value = json!({
            "text": self.to_string(),
            "direction": self.direction.to_string(),
            "family": self.family().to_string(),
            "protocols": protocols,
            "remote": prefixes,
        });
        match &self.keys {
            Keys::All => {}
            Keys::Ports(ranges) => value["ports"] = ranges.iter().map(|range| json!([range.0, range.1])).collect(),
            Keys::Icmp(ranges) => {
                let ends = |key: u16| key.to_be_bytes();
                value["icmp"] = ranges.iter().map(|range| json!([ends(range.0), ends(range.1)])).collect();
            }
            Keys::Missing => value["header"] = json!("missing"),
        }
        value
    }
}

impl Keys {
    /// Whether all of them are among others, of the same protocols.
    pub(crate) fn are_among(&self, others: &Keys) -> bool {
        match (self, others) {
            (_, Keys::All) | (Keys::Missing, Keys::Missing) => true,
            (Keys::Ports(own) | Keys::Icmp(own), Keys::Ports(others) | Keys::Icmp(others)) => {
                own.iter().all(|own| others.iter().any(|other| other.0 <= own.0 && own.1 <= other.1))
            }
            (Keys::All | Keys::Missing, _) | (_, Keys::Missing) => false,
        }
    }

    /// Keys of a protocol: ports, or ICMP types.
    pub(crate) fn of(protocol: IpProtocol, ranges: Vec<(u16, u16)>) -> Keys {
        if protocol.has_ports() { Keys::Ports(ranges) } else { Keys::Icmp(ranges) }
    }

    /// Those of both, of the same protocols, where there are any.
    pub(crate) fn intersection(&self, other: &Keys) -> Option<Keys> {
        match (self, other) {
            (keys, Keys::All) | (Keys::All, keys) => Some(keys.clone()),
            (Keys::Ports(one), Keys::Ports(other)) => some(common(one, other)).map(Keys::Ports),
            (Keys::Icmp(one), Keys::Icmp(other)) => some(common(one, other)).map(Keys::Icmp),
            (Keys::Missing, Keys::Missing) => Some(Keys::Missing),
            (Keys::Missing | Keys::Ports(_) | Keys::Icmp(_), _) => None,
        }
    }

    /// Those that are not among others of a protocol, where there are any. Of all keys but some ports, that the header may be
    /// missing is left out.
    pub(crate) fn difference(&self, other: &Keys, protocol: IpProtocol) -> Option<Keys> {
        let every = &[(0, u16::MAX)][..];
        match (self, other) {
            (_, Keys::All) | (Keys::Missing, Keys::Missing) => None,
            (Keys::All, Keys::Missing) => Some(Keys::of(protocol, every.to_vec())),
            (Keys::All, Keys::Ports(other) | Keys::Icmp(other)) => {
                some(without(every, other)).map(|rest| Keys::of(protocol, rest))
            }
            (Keys::Ports(own), Keys::Ports(other)) => some(without(own, other)).map(Keys::Ports),
            (Keys::Icmp(own), Keys::Icmp(other)) => some(without(own, other)).map(Keys::Icmp),
            (Keys::Ports(_) | Keys::Icmp(_) | Keys::Missing, _) => Some(self.clone()),
        }
    }

    /// Whether the first of others is one of them.
    pub(crate) fn contains_first(&self, others: &Keys) -> bool {
        match (self, others) {
            (Keys::All, _) | (Keys::Missing, Keys::Missing) => true,
            (Keys::Ports(own) | Keys::Icmp(own), Keys::Ports(others) | Keys::Icmp(others)) => {
                others.first().is_some_and(|(first, _)| is_within(own, *first))
            }
            (Keys::Ports(own) | Keys::Icmp(own), Keys::All) => is_within(own, 0),
            (Keys::Ports(_) | Keys::Icmp(_), Keys::Missing) | (Keys::Missing, _) => false,
        }
    }

    pub(crate) fn contains(&self, subject: &Subject) -> bool {
        match (self, subject.key()) {
            (Keys::All, _) | (Keys::Missing, None) => true,
            (Keys::Ports(ranges) | Keys::Icmp(ranges), Some(key)) => is_within(ranges, key),
            (Keys::Ports(_) | Keys::Icmp(_), None) | (Keys::Missing, Some(_)) => false,
        }
    }
}

/// Whether a key is in one of some ranges.
pub(crate) fn is_within(ranges: &[(u16, u16)], key: u16) -> bool {
    ranges.iter().any(|(first, last)| (*first..=*last).contains(&key))
}

/// The ranges, where there are any.
fn some(ranges: Vec<(u16, u16)>) -> Option<Vec<(u16, u16)>> {
    (!ranges.is_empty()).then_some(ranges)
}

impl Protocols {
    /// None of them.
    pub(crate) const NONE: Protocols = Protocols([0; 2]);

    /// All of them.
    pub(crate) const ALL: Protocols = Protocols([u128::MAX; 2]);

    /// With one more.
    pub(crate) fn with(mut self, protocol: IpProtocol) -> Protocols {
        self.0[usize::from(protocol.0 >> 7)] |= 1 << (protocol.0 & 0x7f);
        self
    }

    /// Those of either.
    pub(crate) fn union(self, other: Protocols) -> Protocols {
        Protocols([self.0[0] | other.0[0], self.0[1] | other.0[1]])
    }

    /// Those of both.
    pub(crate) fn intersection(self, other: Protocols) -> Protocols {
        Protocols([self.0[0] & other.0[0], self.0[1] & other.0[1]])
    }

    /// Those that are not among others.
    pub(crate) fn difference(self, other: Protocols) -> Protocols {
        Protocols([self.0[0] & !other.0[0], self.0[1] & !other.0[1]])
    }

    /// Whether all of them are among others.
    pub(crate) fn are_among(&self, others: &Protocols) -> bool {
        self.union(*others) == *others
    }

    /// Whether a protocol is one of them.
    pub fn contains(&self, protocol: IpProtocol) -> bool {
        self.0[usize::from(protocol.0 >> 7)] >> (protocol.0 & 0x7f) & 1 == 1
    }

    /// All of them, ascending.
    pub fn iter(&self) -> impl Iterator<Item = IpProtocol> {
        (0..=u8::MAX).map(IpProtocol).filter(|protocol| self.contains(*protocol))
    }

    /// Their names: `any`, some, or `any but` some.
    pub(crate) fn words(&self, family: Family) -> String {
        let names = |wanted: bool| {
            let numbers = (0..=u8::MAX).map(IpProtocol).filter(|protocol| self.contains(*protocol) == wanted);
            numbers.map(|number| Protocol::of_number(family, number).name(family)).collect::<Vec<_>>().join(", ")
        };
        match self.iter().count() {
            256 => "any".to_owned(),
            0..128 => names(true),
            _ => format!("any but {}", names(false)),
        }
    }
}

impl fmt::Display for Region {
    /// As rules are written: `ingress ipv4 tcp 22, 80-90 from 10.0.0.0/8`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (family, preposition) = match self.direction {
            Direction::Ingress => (self.family(), "from"),
            Direction::Egress => (self.family(), "to"),
        };
        let (direction, protocols) = (self.direction, self.protocols.words(family));
        write!(out, "{direction} {family} {protocols}{} {preposition} {}", self.keys, self.remote)
    }
}

impl fmt::Display for Keys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |ranges: &[(u16, u16)], word: fn(u16, u16) -> String| {
            ranges.iter().map(|(first, last)| word(*first, *last)).collect::<Vec<_>>().join(", ")
        };
        match self {
            Keys::All => Ok(()),
            Keys::Ports(ranges) => write!(out, " {}", list(ranges, port_words)),
            Keys::Icmp(ranges) => write!(out, " {}", list(ranges, icmp_words)),
            Keys::Missing => out.write_str(" fragments without a transport header"),
        }
    }
}

fn port_words(first: u16, last: u16) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

/// `8/0`, `8` for all codes of a type, `9-12` for all of several types, else both ends.
fn icmp_words(first: u16, last: u16) -> String {
    let ([kind, code], [last_kind, last_code]) = (first.to_be_bytes(), last.to_be_bytes());
    match (code, last_code) {
        _ if first == last => format!("{kind}/{code}"),
        (0, u8::MAX) if kind == last_kind => kind.to_string(),
        (0, u8::MAX) => format!("{kind}-{last_kind}"),
        _ => format!("{kind}/{code}-{last_kind}/{last_code}"),
    }
}
