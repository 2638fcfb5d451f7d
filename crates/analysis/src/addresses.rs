//! Sets of addresses of one family.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use policy::{AddressRange, Family, Prefix, highest_number, number_of};

use crate::ranges::{add, common, without};

/// Addresses of one family: ranges, ascending and apart, that no rule needs to have named.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Addresses {
    family: Family,
    /// First and last number.
    ranges: Vec<(u128, u128)>,
}

impl Addresses {
    /// The addresses of ranges that ascend and do not overlap; neighbours become one.
    pub(crate) fn of(family: Family, ranges: impl IntoIterator<Item = (u128, u128)>) -> Addresses {
        let mut joined: Vec<(u128, u128)> = Vec::new();
        ranges.into_iter().for_each(|range| add(&mut joined, range));
        Addresses { family, ranges: joined }
    }

    /// Every address of a family.
    pub fn all(family: Family) -> Addresses {
        Addresses { family, ranges: vec![(0, highest_number(family))] }
    }

    /// The addresses of ranges in any order, that may overlap.
    pub(crate) fn of_ranges(family: Family, ranges: impl IntoIterator<Item = (u128, u128)>) -> Addresses {
        let mut sorted: Vec<(u128, u128)> = ranges.into_iter().collect();
        sorted.sort_unstable();
        let mut apart: Vec<(u128, u128)> = Vec::with_capacity(sorted.len());
        for (first, last) in sorted {
            match apart.last_mut() {
                Some(before) if first <= before.1 => before.1 = before.1.max(last),
                Some(_) | None => apart.push((first, last)),
            }
        }
        Addresses::of(family, apart)
    }

    /// The addresses of both; none of two families.
    pub(crate) fn intersection(&self, other: &Addresses) -> Addresses {
        let ranges = if self.family == other.family { common(&self.ranges, &other.ranges) } else { Vec::new() };
        Addresses { family: self.family, ranges }
    }

    /// The addresses that are not among others.
    pub(crate) fn difference(&self, other: &Addresses) -> Addresses {
        let ranges =
            if self.family == other.family { without(&self.ranges, &other.ranges) } else { self.ranges.clone() };
        Addresses { family: self.family, ranges }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The family of all of them.
    pub fn family(&self) -> Family {
        self.family
    }

    /// First and last number of each range, ascending.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = (u128, u128)> {
        self.ranges.iter().copied()
    }

    /// First and last address of each range, ascending.
    pub fn ranges(&self) -> impl Iterator<Item = (IpAddr, IpAddr)> {
        self.ranges.iter().map(|(first, last)| (self.address(*first), self.address(*last)))
    }

    /// The fewest prefixes that hold just these addresses.
    pub fn prefixes(&self) -> Vec<Prefix> {
        let ranges = self.ranges().filter_map(|(first, last)| AddressRange::new(first, last).ok());
        ranges.flat_map(AddressRange::cover).collect()
    }

    /// Whether an address is one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        Family::of(address) == self.family && self.contains_number(number_of(address))
    }

    /// Whether the address of a number is one of them.
    pub(crate) fn contains_number(&self, number: u128) -> bool {
        self.place(number).is_some()
    }

    /// Whether it is every address of the family.
    pub fn is_everything(&self) -> bool {
        self.ranges == [(0, highest_number(self.family))]
    }

    /// How many there are; a float, because all of IPv6 fit into no integer.
    pub fn count(&self) -> f64 {
        self.ranges.iter().map(|(first, last)| (last - first) as f64 + 1.0).sum()
    }

    /// One that a person takes for an example: of a documentation block (RFC 5737, RFC 3849) where there is one, else a private
    /// one (RFC 1918, RFC 4193), else the lowest, but for the addresses that no host sends from. Never the one of `except`.
    pub fn example(&self, except: IpAddr) -> Option<IpAddr> {
        let blocks: &[(u128, u128)] = match self.family {
            Family::Ipv4 => &EXAMPLES_V4,
            Family::Ipv6 => &EXAMPLES_V6,
        };
        let except = number_of(except);
        let within = |&(first, last): &(u128, u128)| match self.first_within(first, last)? {
            found if found == except => self.first_within(found.checked_add(1)?, last),
            found => Some(found),
        };
        blocks.iter().find_map(within).map(|number| self.address(number))
    }

    /// The lowest one between two numbers, both included.
    fn first_within(&self, first: u128, last: u128) -> Option<u128> {
        let candidate = self.ranges.iter().find(|(_, end)| *end >= first)?.0.max(first);
        (candidate <= last).then_some(candidate)
    }

    fn place(&self, number: u128) -> Option<usize> {
        let place = self.ranges.partition_point(|(first, _)| *first <= number).checked_sub(1)?;
        (number <= self.ranges[place].1).then_some(place)
    }

    fn address(&self, number: u128) -> IpAddr {
        match self.family {
            Family::Ipv4 => Ipv4Addr::from_bits(number as u32).into(),
            Family::Ipv6 => Ipv6Addr::from_bits(number).into(),
        }
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8) -> u128 {
    Ipv4Addr::new(a, b, c, d).to_bits() as u128
}

const fn v6(first: u16, second: u16) -> u128 {
    (first as u128) << 112 | (second as u128) << 96
}

/// Where examples are looked for, in this order. Network addresses themselves are left to the end.
const EXAMPLES_V4: [(u128, u128); 11] = [
    (v4(203, 0, 113, 1), v4(203, 0, 113, 254)),
    (v4(198, 51, 100, 1), v4(198, 51, 100, 254)),
    (v4(192, 0, 2, 1), v4(192, 0, 2, 254)),
    (v4(10, 0, 0, 1), v4(10, 255, 255, 254)),
    (v4(192, 168, 0, 1), v4(192, 168, 255, 254)),
    (v4(172, 16, 0, 1), v4(172, 31, 255, 254)),
    (v4(1, 0, 0, 1), v4(126, 255, 255, 255)),
    (v4(128, 0, 0, 1), v4(223, 255, 255, 255)),
    (v4(224, 0, 0, 1), v4(239, 255, 255, 255)),
    (v4(240, 0, 0, 1), v4(255, 255, 255, 255)),
    (0, v4(255, 255, 255, 255)),
];
const EXAMPLES_V6: [(u128, u128); 5] = [
    (v6(0x2001, 0xdb8) | 1, v6(0x2001, 0xdb9) - 1),
    (v6(0x2000, 0) | 1, v6(0x4000, 0) - 1),
    (v6(0xfd00, 0) | 1, v6(0xfe00, 0) - 1),
    (2, v6(0xff00, 0) - 1),
    (0, u128::MAX),
];

impl fmt::Display for Addresses {
    /// `any`, some, or `any but` some: whichever takes fewer ranges.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_everything() {
            return out.write_str("any");
        }
        let others = self.complement();
        match others.ranges.len() < self.ranges.len() {
            true => write!(out, "any but {}", others.words()),
            false => out.write_str(&self.words()),
        }
    }
}

impl Addresses {
    fn complement(&self) -> Addresses {
        Addresses::all(self.family).difference(self)
    }

    fn words(&self) -> String {
        self.ranges().map(range_words).collect::<Vec<_>>().join(", ")
    }
}

/// An address, a prefix, or both ends.
fn range_words((first, last): (IpAddr, IpAddr)) -> String {
    let prefixes = AddressRange::new(first, last).map(AddressRange::cover).unwrap_or_default();
    match prefixes.as_slice() {
        _ if first == last => first.to_string(),
        [prefix] => prefix.to_string(),
        _ => format!("{first}-{last}"),
    }
}
