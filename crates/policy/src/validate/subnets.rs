//! Which subnet of a network an address is in.

use std::net::IpAddr;

use super::order::order;
use crate::model::{Network, Subnet};

/// The subnets of a network by their addresses. Of two that overlap, which is a fault, the one that is listed first counts.
pub(super) struct Subnets<'d> {
    /// By first address; outer ones before inner ones.
    sorted: Vec<Nested<'d>>,
    overlap: bool,
}

/// A subnet that is not inside of one that is listed before it; so in others around it, all of them listed after it.
struct Nested<'d> {
    subnet: &'d Subnet,
    /// Its first address.
    first: IpAddr,
    /// Its place in the list of the network.
    place: usize,
    /// The next one around it.
    outer: Option<usize>,
}

impl<'d> Subnets<'d> {
    pub(super) fn of(network: &'d Network) -> Subnets<'d> {
        let subnets = &network.subnets;
        let key = |place: usize| (subnets[place].prefix.first(), subnets[place].prefix.length());
        let mut found = Subnets { sorted: Vec::with_capacity(subnets.len()), overlap: false };
        for place in order(subnets.len(), &|one, other| key(one).cmp(&key(other))) {
            let subnet = &subnets[place];
            let first = subnet.prefix.first();
            let outer = found.innermost(found.sorted.len().checked_sub(1), first);
            found.overlap |= outer.is_some();
            if outer.is_none_or(|outer| found.sorted[outer].place > place) {
                found.sorted.push(Nested { subnet, first, place, outer });
            }
        }
        found
    }

    /// Whether any two overlap.
    pub(super) fn overlap(&self) -> bool {
        self.overlap
    }

    /// The first listed one that has the address.
    pub(super) fn with(&self, address: IpAddr) -> Option<&'d Subnet> {
        let below = self.sorted.partition_point(|nested| nested.first <= address);
        self.innermost(below.checked_sub(1), address).map(|at| self.sorted[at].subnet)
    }

    /// The innermost one that has the address, of one and those around it.
    fn innermost(&self, mut at: Option<usize>, address: IpAddr) -> Option<usize> {
        while let Some(nested) = at.map(|at| &self.sorted[at])
            && !nested.subnet.prefix.contains(address)
        {
            at = nested.outer;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Prefix;

    /// Compares with a search, for lists of subnets of 16 addresses.
    #[test]
    fn the_first_subnet_in_the_list_counts() {
        let all: Vec<Subnet> = (28..=32_u8)
            .flat_map(|length| (0..16_u8).step_by(1 << (32 - length)).map(move |host| subnet(host, length)))
            .collect();
        for turn in 0..500_usize {
            let chosen =
                (0..1 + turn % 6).map(|draw| all[(turn * 7 + draw * draw * (turn % 13 + 1)) % all.len()].clone());
            let network = Network {
                id: "lan".parse().expect("an id"),
                vlan: None,
                ethertypes: Vec::new(),
                subnets: chosen.collect(),
            };
            let subnets = Subnets::of(&network);
            for address in (0..18).map(address) {
                let first = network.subnets.iter().find(|subnet| subnet.prefix.contains(address));
                assert_eq!(subnets.with(address), first, "{address} in {:?}", network.subnets);
            }
            let count = |host| network.subnets.iter().filter(|subnet| subnet.prefix.contains(address(host))).count();
            assert_eq!(subnets.overlap(), (0..16).any(|host| count(host) > 1), "{:?}", network.subnets);
        }
    }

    fn subnet(host: u8, length: u8) -> Subnet {
        let prefix = Prefix::masked(address(host), length).expect("a length of IPv4");
        Subnet { prefix, gateway: None, dhcp: Vec::new() }
    }

    fn address(host: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, host])
    }
}
