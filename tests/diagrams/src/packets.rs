//! The bits of a packet, and sets of packets.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use biodivine_lib_bdd::{Bdd, BddNode, BddPointer, BddValuation, BddVariable, BddVariableSet};
use policy::{Direction, Subject};
use wire::{Family, IpProtocol};

/// Every packet of one family, as far as a rule can tell packets apart.
///
/// A packet is the address at the other end, a protocol, and a *key*: the destination port, or the ICMP type and code as the upper
/// and the lower byte. One bit says that there is no key, because the header is missing or the protocol has none; the bits of the
/// key are zero then.
#[derive(Clone, Debug)]
pub struct Universe {
    family: Family,
    variables: BddVariableSet,
    remote: Vec<BddVariable>,
    protocol: Vec<BddVariable>,
    keyless: BddVariable,
    key: Vec<BddVariable>,
    all: Packets,
    whole: Packets,
}

/// A set of packets of one [`Universe`].
#[derive(Clone, Debug)]
pub struct Packets(Bdd);

impl Universe {
    /// The packets of a family.
    pub fn of(family: Family) -> Universe {
        let width = match family {
            Family::Ipv4 => 32,
            Family::Ipv6 => 128,
        };
        let variables = BddVariableSet::new_anonymous(width + 8 + 1 + 16);
        let mut bits = variables.variables().into_iter();
        let mut take = |count: u16| -> Vec<BddVariable> { bits.by_ref().take(count.into()).collect() };
        let (remote, protocol, keyless, key) = (take(width), take(8), take(1)[0], take(16));
        let nothing = Packets(variables.mk_false());
        let (all, whole) = (nothing.clone(), nothing);
        let mut universe = Universe { family, variables, remote, protocol, keyless, key, all, whole };
        let keyed = universe.protocols((0..=u8::MAX).map(IpProtocol).filter(|one| universe.has_keys(*one)));
        let with_key = keyed.intersection(&universe.keys(0, u16::MAX));
        let zeros = universe.within(&universe.key, (0, 0));
        let without = Packets(universe.variables.mk_var(universe.keyless)).intersection(&zeros);
        universe.all = with_key.union(&without);
        universe.whole = with_key.union(&without.without(&keyed));
        universe
    }

    /// The family of the packets.
    pub fn family(&self) -> Family {
        self.family
    }

    /// No packet.
    pub fn nothing(&self) -> Packets {
        Packets(self.variables.mk_false())
    }

    /// Every packet.
    pub fn all(&self) -> &Packets {
        &self.all
    }

    /// Every packet whose header is not missing.
    pub fn whole(&self) -> &Packets {
        &self.whole
    }

    /// A packet at a vnic.
    pub fn packet(&self, direction: Direction, subject: &Subject) -> Packets {
        let remote = subject.remote(direction);
        let key = match subject.key() {
            Some(key) => self.keys(key, key),
            None => self.keyless(),
        };
        let protocol = self.protocols([subject.protocol]);
        self.remotes(remote, remote).intersection(&protocol).intersection(&key).intersection(&self.all)
    }

    /// The packets with an address at the other end from the first to the last one; none where they are of the other family.
    pub fn remotes(&self, first: IpAddr, last: IpAddr) -> Packets {
        match (self.family, first, last) {
            (Family::Ipv4, IpAddr::V4(first), IpAddr::V4(last)) => {
                self.within(&self.remote, (first.to_bits().into(), last.to_bits().into()))
            }
            (Family::Ipv6, IpAddr::V6(first), IpAddr::V6(last)) => {
                self.within(&self.remote, (first.to_bits(), last.to_bits()))
            }
            (Family::Ipv4 | Family::Ipv6, IpAddr::V4(_) | IpAddr::V6(_), IpAddr::V4(_) | IpAddr::V6(_)) => {
                self.nothing()
            }
        }
    }

    /// The packets of some protocols.
    pub fn protocols(&self, numbers: impl IntoIterator<Item = IpProtocol>) -> Packets {
        let of_one = |number: IpProtocol| self.within(&self.protocol, (number.0.into(), number.0.into()));
        numbers.into_iter().fold(self.nothing(), |set, number| set.union(&of_one(number)))
    }

    /// The packets that have a key from the first to the last one.
    pub fn keys(&self, first: u16, last: u16) -> Packets {
        self.within(&self.key, (first.into(), last.into())).without(&Packets(self.variables.mk_var(self.keyless)))
    }

    /// The packets without a key.
    pub fn keyless(&self) -> Packets {
        Packets(self.variables.mk_var(self.keyless))
    }

    /// Whether packets of a protocol have a key where their header is there.
    pub fn has_keys(&self, protocol: IpProtocol) -> bool {
        protocol.has_ports() || protocol == IpProtocol::icmp(self.family)
    }

    /// The packets of a set, whoever is at the other end.
    pub fn from_anyone(&self, packets: &Packets) -> Packets {
        Packets(packets.0.exists(&self.remote))
    }

    /// One packet of a set, in words.
    pub fn example(&self, packets: &Packets) -> Option<String> {
        let valuation = packets.0.sat_witness()?;
        let remote: IpAddr = match self.family {
            Family::Ipv4 => Ipv4Addr::from_bits(number(&valuation, &self.remote) as u32).into(),
            Family::Ipv6 => Ipv6Addr::from_bits(number(&valuation, &self.remote)).into(),
        };
        let protocol = number(&valuation, &self.protocol);
        Some(match valuation.value(self.keyless) {
            true => format!("{remote} protocol {protocol} without a key"),
            false => format!("{remote} protocol {protocol} key {}", number(&valuation, &self.key)),
        })
    }

    /// The packets of which some bits, the highest first, are a number from the first to the last one.
    fn within(&self, bits: &[BddVariable], (first, last): (u128, u128)) -> Packets {
        let at_most = self.on_one_side(bits, |bit, rest| match bit_of(last, bits, bit) {
            true => (BddPointer::one(), rest),
            false => (rest, BddPointer::zero()),
        });
        let at_least = self.on_one_side(bits, |bit, rest| match bit_of(first, bits, bit) {
            true => (BddPointer::zero(), rest),
            false => (rest, BddPointer::one()),
        });
        at_most.intersection(&at_least)
    }

    /// A chain of nodes from the lowest bit up: of each bit, where its zero and its one lead, the rest being what comes below.
    fn on_one_side(
        &self,
        bits: &[BddVariable],
        links: impl Fn(usize, BddPointer) -> (BddPointer, BddPointer),
    ) -> Packets {
        let variables = self.variables.num_vars();
        let mut nodes = vec![BddNode::mk_zero(variables), BddNode::mk_one(variables)];
        let mut rest = BddPointer::one();
        for bit in (0..bits.len()).rev() {
            let (zero, one) = links(bit, rest);
            if zero != one {
                rest = BddPointer::from_index(nodes.len());
                nodes.push(BddNode::mk_node(bits[bit], zero, one));
            }
        }
        Packets(Bdd::from_nodes(&nodes).expect("the chain is in the order of the bits"))
    }
}

fn bit_of(number: u128, bits: &[BddVariable], bit: usize) -> bool {
    number >> (bits.len() - 1 - bit) & 1 == 1
}

fn number(valuation: &BddValuation, bits: &[BddVariable]) -> u128 {
    bits.iter().fold(0, |number, bit| number << 1 | u128::from(valuation.value(*bit)))
}

impl Packets {
    /// The packets of either.
    pub fn union(&self, other: &Packets) -> Packets {
        Packets(self.0.or(&other.0))
    }

    /// The packets of both.
    pub fn intersection(&self, other: &Packets) -> Packets {
        Packets(self.0.and(&other.0))
    }

    /// The packets that are not in the other one.
    pub fn without(&self, other: &Packets) -> Packets {
        Packets(self.0.and_not(&other.0))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_false()
    }

    /// Whether each of them is in the other one.
    pub fn is_within(&self, other: &Packets) -> bool {
        self.without(other).is_empty()
    }
}

impl PartialEq for Packets {
    fn eq(&self, other: &Packets) -> bool {
        self.0.xor(&other.0).is_false()
    }
}
