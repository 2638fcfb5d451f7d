//! Tuple space search (Srinivasan, Suri, Varghese, SIGCOMM 1999): a hash table for each combination of masks.
//!
//! Ranges of ports become prefixes of ports, and remotes with many addresses many entries. As in Open vSwitch, the tables are
//! asked in the order of the first rule that each holds, and no more once a rule was found that comes before all the rest.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use policy::Subject;

use super::flat::{FlatRule, Probe};

/// The rules of one family.
#[derive(Clone, Debug)]
pub struct TupleSpace {
    tables: Vec<Table>,
}

/// The entries of one combination of masks.
#[derive(Clone, Debug)]
struct Table {
    masks: Masks,
    /// The place of the first rule in it.
    best: usize,
    /// The place of the first rule that has these values.
    entries: HashMap<Key, usize, BuildHasherDefault<Multiply>>,
}

/// Which bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Masks {
    address: u128,
    protocol: u8,
    part: u16,
}

/// The bits that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    address: u128,
    protocol: u8,
    part: u16,
}

impl TupleSpace {
    /// Enters rules of addresses of so many bits.
    pub fn of(rules: &[FlatRule], width: u8) -> TupleSpace {
        let mut tables: HashMap<Masks, Table> = HashMap::new();
        for (place, rule) in rules.iter().enumerate() {
            for (masks, key) in entries(rule, width) {
                let table =
                    tables.entry(masks).or_insert_with(|| Table { masks, best: place, entries: HashMap::default() });
                table.entries.entry(key).or_insert(place);
            }
        }
        let mut tables: Vec<Table> = tables.into_values().collect();
        tables.sort_by_key(|table| table.best);
        TupleSpace { tables }
    }

    /// The place of the first rule that matches.
    pub fn find(&self, subject: &Subject) -> Option<usize> {
        let probe = Probe::of(subject);
        let mut found: Option<usize> = None;
        for table in &self.tables {
            if found.is_some_and(|found| found < table.best) {
                break;
            }
            let entry = table.masks.apply(&probe).and_then(|key| table.entries.get(&key));
            found = found.into_iter().chain(entry.copied()).min();
        }
        found
    }

    /// How many combinations of masks there are.
    pub fn tables(&self) -> usize {
        self.tables.len()
    }
}

impl Masks {
    fn apply(&self, probe: &Probe) -> Option<Key> {
        let part = match (self.part, probe.part) {
            (0, _) => 0,
            (mask, Some(part)) => part & mask,
            (_, None) => return None,
        };
        Some(Key { address: probe.address & self.address, protocol: probe.protocol & self.protocol, part })
    }
}

/// All entries of a rule: its prefixes times its port prefixes.
fn entries(rule: &FlatRule, width: u8) -> Vec<(Masks, Key)> {
    let everyone = || vec![(0, 0)];
    let cover = |ranges: &[(u128, u128)], width: u8| -> Vec<(u128, u128)> {
        ranges.iter().flat_map(|(first, last)| prefixes(*first, *last, width)).collect()
    };
    let remotes = rule.remote.as_ref().map_or_else(everyone, |ranges| cover(ranges, width));
    let wide: Vec<(u128, u128)> = rule.parts.iter().map(|(first, last)| ((*first).into(), (*last).into())).collect();
    let parts = if wide.is_empty() { everyone() } else { cover(&wide, 16) };
    let (protocol, protocol_mask) = rule.protocol.map_or((0, 0), |protocol| (protocol, u8::MAX));
    let pairs = remotes.iter().flat_map(|remote| parts.iter().map(move |part| (*remote, *part)));
    pairs
        .map(|((address, address_mask), (part, part_mask))| {
            let masks = Masks { address: address_mask, protocol: protocol_mask, part: part_mask as u16 };
            (masks, Key { address, protocol, part: part as u16 })
        })
        .collect()
}

/// The fewest prefixes of a range of numbers of so many bits, as value and mask.
fn prefixes(first: u128, last: u128, width: u8) -> Vec<(u128, u128)> {
    let all = u128::MAX >> (128 - u32::from(width));
    let (mut first, mut found) = (first, Vec::new());
    loop {
        let aligned = first.trailing_zeros().min(width.into());
        let span = |bits: u32| if bits == 128 { u128::MAX } else { (1 << bits) - 1 };
        let fits = (0..=aligned).rev().find(|bits| span(*bits) <= last - first).unwrap_or(0);
        found.push((first, all & !span(fits)));
        match first.checked_add(span(fits)).filter(|end| *end < last) {
            Some(end) => first = end + 1,
            None => return found,
        }
    }
}

/// Multiply and fold, as fast hashes of small keys do.
#[derive(Clone, Copy, Debug, Default)]
struct Multiply(u64);

impl std::hash::Hash for Key {
    fn hash<H: Hasher>(&self, into: &mut H) {
        into.write_u64(self.address as u64 ^ (u64::from(self.protocol) << 40 | u64::from(self.part)).rotate_left(23));
        into.write_u64((self.address >> 64) as u64);
    }
}

impl Hasher for Multiply {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64((*byte).into()));
    }

    fn write_u64(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word ^ 0x9e37_79b9_7f4a_7c15) * 0xd6e8_feb8_6659_fd93;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::prefixes;

    #[test]
    fn ranges_become_the_fewest_prefixes() {
        let check = |first, last, expect: &[(u128, u128)]| assert_eq!(prefixes(first, last, 16), expect);
        check(80, 80, &[(80, 0xffff)]);
        check(0, 0xffff, &[(0, 0)]);
        check(
            1024,
            65535,
            &[
                (0x0400, 0xfc00),
                (0x0800, 0xf800),
                (0x1000, 0xf000),
                (0x2000, 0xe000),
                (0x4000, 0xc000),
                (0x8000, 0x8000),
            ],
        );
        check(1, 4, &[(1, 0xffff), (2, 0xfffe), (4, 0xffff)]);
        assert_eq!(prefixes(0, u128::MAX, 128), [(0, 0)]);
        assert_eq!(prefixes(u128::MAX, u128::MAX, 128), [(u128::MAX, u128::MAX)]);
    }
}
