//! Sets of addresses.

use std::net::IpAddr;

use crate::model::Prefix;

/// A set of addresses of both families, as sorted disjoint ranges.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct AddressSet {
    ranges: Vec<(IpAddr, IpAddr)>,
}

impl AddressSet {
    /// The union of prefixes. Without any prefix it is empty: it matches nothing, never everything.
    pub fn of(prefixes: impl IntoIterator<Item = Prefix>) -> AddressSet {
        let mut sorted: Vec<(IpAddr, IpAddr)> =
            prefixes.into_iter().map(|prefix| (prefix.first(), prefix.last())).collect();
        sorted.sort();
        let mut ranges: Vec<(IpAddr, IpAddr)> = Vec::with_capacity(sorted.len());
        for (first, last) in sorted {
            match ranges.last_mut() {
                // Prefixes nest or are disjoint, and IPv4 sorts before IPv6, so the one before holds all of this or nothing.
                Some((_, end)) if first <= *end => *end = last.max(*end),
                _ => ranges.push((first, last)),
            }
        }
        AddressSet { ranges }
    }

    /// Whether the address is in the set.
    pub fn contains(&self, address: IpAddr) -> bool {
        let after = self.ranges.partition_point(|(first, _)| *first <= address);
        after > 0 && address <= self.ranges[after - 1].1
    }

    /// Whether no address is in the set.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contains_the_union_and_nothing_else() {
        let set =
            AddressSet::of(["10.0.0.0/30", "10.0.0.0/31", "10.0.0.8/32", "::/127"].map(|text| text.parse().unwrap()));
        let check = |text: &str| set.contains(text.parse().unwrap());
        for inside in ["10.0.0.0", "10.0.0.3", "10.0.0.8", "::", "::1"] {
            assert!(check(inside), "{inside}");
        }
        for outside in ["9.255.255.255", "10.0.0.4", "10.0.0.7", "10.0.0.9", "255.255.255.255", "::2"] {
            assert!(!check(outside), "{outside}");
        }
        assert!(!AddressSet::of([]).contains("10.0.0.1".parse().unwrap()));
    }
}
