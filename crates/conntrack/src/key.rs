//! What both directions of a flow have in common.

use wire::{Addresses, Course, Family, Gist, IpProtocol, Ports};

use crate::icmp::Role;
use crate::tuple::{Query, Sender, Tuple, TuplePart};

/// A tuple without its direction: the instance's end first, then the other one, and an ICMP query by its question. So a
/// flow has one key, whoever sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// The addresses of the instance's end and of the other end: of IPv6 each by its upper and lower half, of IPv4 both in the
    /// last number.
    pub(crate) ends: [u64; 4],
    /// Both ports, or type, code and identifier of the question, or zero.
    pub(crate) part: u32,
    pub(crate) shape: Shape,
}

/// A [`Key`] and its zone for a hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Words {
    /// Of every key.
    pub(crate) first: [u32; 6],
    /// What IPv6 addresses have more: without them, zeros.
    pub(crate) further: Option<[u32; 6]>,
}

/// Protocol, family, and what the part of a [`Key`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape(pub(crate) u32);

impl Key {
    /// The key of a tuple of either direction.
    #[inline]
    pub(crate) fn of(tuple: &Tuple) -> Key {
        let instance_sends = tuple.sender == Sender::Instance;
        let (ends, family) = ends(Addresses::of(tuple.endpoints), instance_sends);
        let (part, kind) = match tuple.part {
            TuplePart::Ports(ports) => {
                let ports = if instance_sends { ports } else { ports.reverse() };
                (both(ports), Shape::PORTS)
            }
            TuplePart::Query(query) => {
                let asks = tuple.role() != Some(Role::Answer);
                let question = if asks { query } else { query.reply(family) };
                let kind = if asks == instance_sends { Shape::ASKED_BY_INSTANCE } else { Shape::ASKED_BY_REMOTE };
                (u32::from_be_bytes([question.kind, question.code, 0, 0]) | u32::from(question.identifier), kind)
            }
            TuplePart::None => (0, Shape::NONE),
        };
        Key { ends, part, shape: Shape::of(tuple.protocol, family, kind) }
    }

    /// The key of the tuple that the gist of a datagram has.
    #[inline]
    pub(crate) fn of_gist(sender: Sender, gist: &Gist) -> Key {
        let &Gist { addresses, ports, ref course } = gist;
        let instance_sends = sender == Sender::Instance;
        let (ends, family) = ends(addresses, instance_sends);
        let protocol = match course {
            Course::Ack(_) | Course::OtherTcp => IpProtocol::TCP,
            Course::Udp => IpProtocol::UDP,
        };
        let part = if instance_sends { ports } else { ports.rotate_left(16) };
        Key { ends, part, shape: Shape::of(protocol, family, Shape::PORTS) }
    }

    /// The tuple of the packets that one side sends.
    pub(crate) fn tuple(&self, sender: Sender) -> Tuple {
        let instance_sends = sender == Sender::Instance;
        let [near_high, near_low, far_high, far_low] = self.ends;
        let near_first = match self.shape.family() {
            Family::Ipv4 => Addresses::V4(far_low),
            Family::Ipv6 => Addresses::V6([near_high, near_low], [far_high, far_low]),
        };
        let endpoints = near_first.endpoints();
        let [high, low] = [(self.part >> 16) as u16, self.part as u16];
        let ports = Ports { source: high, destination: low };
        let [kind, code] = high.to_be_bytes();
        let question = Query { kind, code, identifier: low };
        let by = |asks: bool| if asks { question } else { question.reply(self.shape.family()) };
        let part = match self.shape.kind() {
            Shape::PORTS => TuplePart::Ports(if instance_sends { ports } else { ports.reverse() }),
            Shape::ASKED_BY_INSTANCE => TuplePart::Query(by(instance_sends)),
            Shape::ASKED_BY_REMOTE => TuplePart::Query(by(!instance_sends)),
            _ => TuplePart::None,
        };
        Tuple {
            sender,
            endpoints: if instance_sends { endpoints } else { endpoints.reverse() },
            protocol: self.shape.protocol(),
            part,
        }
    }

    /// The key and the number of its zone, in words for a hash function.
    #[inline]
    pub(crate) fn words(&self, zone: u32) -> Words {
        let [near_high, near_low, far_high, far_low] = self.ends;
        let high = |half: u64| (half >> 32) as u32;
        let low = |half: u64| half as u32;
        let first = [high(far_low), low(far_low), self.part, zone, self.shape.0, 0];
        let further = match self.shape.family() {
            Family::Ipv4 => None,
            Family::Ipv6 => {
                Some([high(near_high), low(near_high), high(near_low), low(near_low), high(far_high), low(far_high)])
            }
        };
        Words { first, further }
    }
}

impl Shape {
    const NONE: u32 = 0;
    const PORTS: u32 = 1;
    const ASKED_BY_INSTANCE: u32 = 2;
    const ASKED_BY_REMOTE: u32 = 3;

    /// The shape of a TCP flow's key.
    pub(crate) fn tcp(family: Family) -> Shape {
        Shape::of(IpProtocol::TCP, family, Shape::PORTS)
    }

    pub(crate) fn family(self) -> Family {
        if self.0 & 0x100 == 0 { Family::Ipv4 } else { Family::Ipv6 }
    }

    fn of(protocol: IpProtocol, family: Family, kind: u32) -> Shape {
        let family = match family {
            Family::Ipv4 => 0,
            Family::Ipv6 => 1,
        };
        Shape(u32::from(protocol.0) | family << 8 | kind << 9)
    }

    fn protocol(self) -> IpProtocol {
        IpProtocol(self.0 as u8)
    }

    fn kind(self) -> u32 {
        self.0 >> 9
    }
}

fn both(ports: Ports) -> u32 {
    u32::from(ports.source) << 16 | u32::from(ports.destination)
}

/// The instance's end first.
#[inline(always)]
fn ends(addresses: Addresses, instance_sends: bool) -> ([u64; 4], Family) {
    match addresses {
        Addresses::V4(both) => ([0, 0, 0, if instance_sends { both } else { both.rotate_left(32) }], Family::Ipv4),
        Addresses::V6(source, destination) => {
            let (near, far) = if instance_sends { (source, destination) } else { (destination, source) };
            ([near[0], near[1], far[0], far[1]], Family::Ipv6)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is not in the words is not in the hash, and strangers may choose it.
    #[test]
    fn every_part_of_a_key_is_in_its_words() {
        let key = Key { ends: [1 << 40 | 2, 3 << 40 | 4, 5 << 40 | 6, 7 << 40 | 8], part: 9, shape: Shape(0x10a) };
        let words = key.words(11);
        for end in 0..4 {
            for bit in 0..64 {
                let mut other = key;
                other.ends[end] ^= 1 << bit;
                assert_ne!(other.words(11), words, "bit {bit} of end {end}");
            }
        }
        assert_ne!(Key { part: 12, ..key }.words(11), words);
        assert_ne!(Key { shape: Shape(0x10c), ..key }.words(11), words);
        assert_ne!(key.words(12), words);
        let ipv4 = Key { ends: [0, 0, 0, 1 << 40 | 2], part: 9, shape: Shape(0x00a) };
        for bit in 0..64 {
            let mut other = ipv4;
            other.ends[3] ^= 1 << bit;
            assert_ne!(other.words(11), ipv4.words(11), "bit {bit}");
        }
    }
}
