//! Rules in the style of ClassBench: a tree of nested prefixes, and port ranges of its five classes.

use policy::{Family, IcmpMatch, PortMatch, PortRange, Protocol, Remote, RuleSpec};
use wire::IpProtocol;

use super::{RuleSet, ingress, prefix, width};
use crate::chance::Chance;

/// Prefixes that nothing contains: a tree grows from each.
const ROOTS: usize = 8;

/// A set of so many rules.
pub fn rule_set(family: Family, count: usize) -> RuleSet {
    let mut chance = Chance::new(!(count as u64) ^ u64::from(width(family)));
    let mut tree = Tree::plant(&mut chance, family);
    let mut seen = std::collections::HashSet::new();
    let specs = std::iter::repeat_with(|| {
        let remote = tree.grow(&mut chance);
        ingress(family, protocol(&mut chance), remote)
    });
    RuleSet::of(family, specs.filter(|spec: &RuleSpec| seen.insert(spec.clone())).take(count))
}

/// Prefixes in prefixes.
struct Tree {
    family: Family,
    nodes: Vec<(u128, u8)>,
}

impl Tree {
    fn plant(chance: &mut Chance, family: Family) -> Tree {
        let nodes = (0..ROOTS).map(|number| match family {
            Family::Ipv4 => ((number as u128 + 0x20) << 24 | chance.address(0, 0xffff), 8 + chance.below(9) as u8),
            Family::Ipv6 => ((number as u128 + 0x2600) << 112, 24 + chance.below(17) as u8),
        });
        Tree { family, nodes: nodes.collect() }
    }

    /// A prefix of the tree, two times of three a new one inside another.
    fn grow(&mut self, chance: &mut Chance) -> Remote {
        let (bits, length) = *chance.pick(&self.nodes);
        let room = width(self.family) - length;
        let (bits, length) = match (room, chance.below(3)) {
            (0, _) | (_, 0) => (bits, length),
            (room, _) => {
                let deeper = length + 1 + chance.below(usize::from(room.min(8))) as u8;
                let inside = chance.wide_bits() & ((1 << (room - 1)) * 2 - 1);
                let cleared = bits >> room << room;
                self.nodes.push((cleared | inside, deeper));
                (cleared | inside, deeper)
            }
        };
        Remote::Prefix(prefix(self.family, bits, length))
    }
}

/// Protocols and destination ports in about the shares of ClassBench's firewall seeds: wildcard, user ports, system ports, any
/// range, exact.
fn protocol(chance: &mut Chance) -> Protocol {
    match chance.below(100) {
        0..62 => Protocol::Tcp(ports(chance)),
        62..87 => Protocol::Udp(ports(chance)),
        87..93 => Protocol::Icmp(IcmpMatch::Any),
        93..96 => Protocol::Number(IpProtocol::GRE),
        96..98 => Protocol::Number(IpProtocol::ESP),
        _ => Protocol::Any,
    }
}

fn ports(chance: &mut Chance) -> PortMatch {
    let (first, last) = match chance.below(100) {
        0..25 => return PortMatch::Any,
        25..32 => (1024, 65535),
        32..35 => (1, 1023),
        35..50 => {
            let first = chance.port(1, 60000);
            (first, first + chance.port(1, 5000))
        }
        _ => {
            let port = chance.port(1, 10000);
            (port, port)
        }
    };
    PortMatch::of([PortRange::new(first, last).expect("the range is not empty")])
}
