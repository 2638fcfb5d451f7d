//! Packets that may open a flow, whoever its ends are.

use std::fmt;
use std::net::IpAddr;

use policy::{Family, Protocol, Subject};
use wire::{IpProtocol, Sketch};

use crate::region::{Keys, Protocols};
use crate::witness::sketch;

/// Packets that may open a flow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Opening {
    /// The family of both ends.
    pub family: Family,
    /// Upper-layer protocols.
    pub protocols: Protocols,
    /// Destination ports, or ICMP types.
    pub keys: Keys,
}

impl Opening {
    /// The packets that a rule with this protocol part may match.
    pub fn of(family: Family, protocol: &Protocol) -> Opening {
        let protocols = match protocol.number(family) {
            Some(number) => Protocols::NONE.with(number),
            None => Protocols::ALL,
        };
        let keys = match protocol.number(family) {
            Some(number) if !protocol.is_bare() => Keys::of(number, protocol.keys().collect()),
            Some(_) | None => Keys::All,
        };
        Opening { family, protocols, keys }
    }

    /// Whether a packet is one of them, whoever its ends are.
    pub fn contains(&self, subject: &Subject) -> bool {
        self.family == subject.endpoints.family()
            && self.protocols.contains(subject.protocol)
            && self.keys.contains(subject)
    }

    /// One of the packets, from one address to another of its family: what a person would try to see it happen.
    pub fn example(&self, source: IpAddr, destination: IpAddr) -> Option<Sketch> {
        sketch(source, destination, self)
    }

    /// The packets of both, where there are any.
    pub(crate) fn intersection(&self, other: &Opening) -> Option<Opening> {
        let protocols = self.protocols.intersection(other.protocols);
        if self.family != other.family || protocols == Protocols::NONE {
            return None;
        }
        Some(Opening { family: self.family, protocols, keys: self.keys.intersection(&other.keys)? })
    }

    /// The packets that are not of the other: none, one or two openings.
    pub(crate) fn difference(&self, other: &Opening) -> Vec<Opening> {
        let Some(common) = self.intersection(other) else { return vec![self.clone()] };
        let others = self.protocols.difference(common.protocols);
        let alone = (others != Protocols::NONE).then(|| Opening { protocols: others, ..self.clone() });
        // All of them have the same kind of keys, or `other` takes every key.
        let some = common.protocols.iter().next().unwrap_or(IpProtocol::TCP);
        let rest = self.keys.difference(&other.keys, some);
        alone.into_iter().chain(rest.map(|keys| Opening { keys, ..common })).collect()
    }
}

impl fmt::Display for Opening {
    /// `ipv4 tcp 22, 80`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}{}", self.family, self.protocols.words(self.family), self.keys)
    }
}
