//! Sets of addresses.

use std::net::IpAddr;

use crate::memory;
use crate::model::AddressBlock;

/// A set of addresses of both families, as sorted disjoint ranges.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct AddressSet {
    ranges: Vec<(IpAddr, IpAddr)>,
}

impl AddressSet {
    /// The union of prefixes and ranges. Without any it is empty: it matches nothing, never everything.
    pub fn of(blocks: impl IntoIterator<Item = impl Into<AddressBlock>>) -> AddressSet {
        let blocks = blocks.into_iter().map(Into::into);
        let mut sorted: Vec<(IpAddr, IpAddr)> = blocks.map(|block| (block.first(), block.last())).collect();
        sorted.sort();
        let mut ranges: Vec<(IpAddr, IpAddr)> = Vec::with_capacity(sorted.len());
        for (first, last) in sorted {
            match ranges.last_mut() {
                // IPv4 sorts before IPv6, so nothing of one family lies in a range of the other.
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

    /// The bytes of its ranges.
    pub(crate) fn bytes(&self) -> usize {
        memory::of_list(&self.ranges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contains_the_union_and_nothing_else() {
        let blocks = [
            "10.0.0.0/30",
            "10.0.0.0/31",
            "10.0.0.8/32",
            "10.0.0.20-10.0.0.25",
            "10.0.0.23-10.0.0.30",
            "10.0.1.0/24",
            "10.0.1.8/32",
            "::/127",
        ];
        let set = AddressSet::of(blocks.map(|text| text.parse::<AddressBlock>().unwrap()));
        let check = |text: &str| set.contains(text.parse().unwrap());
        for inside in
            ["10.0.0.0", "10.0.0.3", "10.0.0.8", "10.0.0.20", "10.0.0.26", "10.0.0.30", "10.0.1.200", "::", "::1"]
        {
            assert!(check(inside), "{inside}");
        }
        let outside =
            ["9.255.255.255", "10.0.0.4", "10.0.0.7", "10.0.0.9", "10.0.0.19", "10.0.0.31", "255.255.255.255", "::2"];
        for outside in outside {
            assert!(!check(outside), "{outside}");
        }
        let no_blocks: [AddressBlock; 0] = [];
        let nothing = AddressSet::of(no_blocks);
        assert!(!nothing.contains("10.0.0.1".parse().unwrap()));
        assert!(nothing.is_empty() && !set.is_empty());
    }
}
