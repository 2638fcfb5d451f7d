//! All addresses of a family with their classes, to be searched.
//!
//! A node divides the addresses from its first border to its last evenly, into about twice as many parts as there are borders. A part
//! is of one class, has a few borders that are searched, or is a node of its own, which again begins and ends with its
//! own borders. So networks that lie close together are told apart in two or three steps, wherever they are.

#[cfg(test)]
mod tests;

use wire::Family;

use crate::memory;

use super::classes::ClassIndex;
use super::partition::Partition;

/// A search tree over the borders of intervals.
#[derive(Clone, Debug)]
pub(super) struct Table<K: Copy> {
    /// The root first.
    nodes: Vec<Node<K>>,
    parts: Vec<Packed>,
    intervals: Vec<Interval<K>>,
}

/// Where it begins, and the class beside it, so that both are found at once; without room between one and the next.
#[derive(Clone, Copy, Debug)]
#[repr(C, packed(4))]
struct Interval<K: Copy> {
    start: K,
    class: ClassIndex,
}

/// Addresses from `base` to `last`, divided. Those before are like the first one, those behind like the last.
#[derive(Clone, Copy, Debug)]
struct Node<K> {
    base: K,
    last: K,
    /// A part has 2 to the power of this addresses.
    shift: u32,
    /// Where the parts of this node are.
    first_part: u32,
    last_part: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Within one interval.
    Class(ClassIndex),
    /// It begins in an interval, and so many others begin in it, from 1 to [`FEW`].
    Few { interval: u32, others: u32 },
    /// It is divided again.
    Node(u32),
}

/// A part in 32 bits: two for what it is, or one and three for how many others begin in it, and then a number, of which there are
/// fewer than memory has room for.
#[derive(Clone, Copy, Debug)]
struct Packed(u32);

/// Up to so many borders are searched.
const FEW: usize = 8;

/// A node has at most 2 to the power of this parts: where borders crowd, most of more would be empty.
const WIDEST: u32 = 12;

/// An address as a number.
pub(super) trait Number: Copy + Ord + Into<u128> + TryFrom<u128> {
    /// How many parts, of 2 to the power of `shift` addresses, lie between an address that is not greater and this one: as many as
    /// memory has room for.
    fn parts_from(self, base: Self, shift: u32) -> usize;
}

impl Number for u32 {
    fn parts_from(self, base: u32, shift: u32) -> usize {
        ((self - base) >> shift) as usize
    }
}

impl Number for u128 {
    /// By halves: WebAssembly shifts the whole by a call.
    fn parts_from(self, base: u128, shift: u32) -> usize {
        let distance = self - base;
        let (high, low, by) = ((distance >> 64) as u64, distance as u64, shift % 64);
        let both = low >> by | high << 1 << (63 - by);
        (if shift < 64 { both } else { high >> by }) as usize
    }
}

impl Part {
    fn pack(self) -> Packed {
        Packed(match self {
            Part::Class(ClassIndex(number)) => number,
            Part::Node(number) => 0b01 << 30 | number,
            Part::Few { interval, others } => 0b1 << 31 | (others - 1) << 28 | interval,
        })
    }
}

impl Packed {
    #[inline]
    fn part(self) -> Part {
        let Packed(bits) = self;
        match bits >> 30 {
            0b00 => Part::Class(ClassIndex(bits)),
            0b01 => Part::Node(bits & ((1 << 30) - 1)),
            _ => Part::Few { interval: bits & ((1 << 28) - 1), others: (bits >> 28 & 0b111) + 1 },
        }
    }
}

impl<K: Number> Table<K> {
    /// The table of a partition, whose numbers all fit.
    pub(super) fn of(partition: Partition) -> Table<K> {
        let Partition { starts, classes, .. } = partition;
        let interval =
            |(start, class): (&u128, &ClassIndex)| Some(Interval { start: K::try_from(*start).ok()?, class: *class });
        let intervals = starts.iter().zip(&classes).filter_map(interval).collect();
        let mut table = Table { nodes: Vec::new(), parts: Vec::new(), intervals };
        table.divide(&starts, 1..starts.len());
        table
    }

    /// The class of an address.
    #[inline]
    pub(super) fn find(&self, key: K) -> ClassIndex {
        let mut node = &self.nodes[0];
        loop {
            // Strangers are before or behind all borders, where nothing is to be reckoned.
            let part = if key <= node.base {
                node.first_part as usize
            } else if key >= node.last {
                node.last_part as usize
            } else {
                node.first_part as usize + key.parts_from(node.base, node.shift)
            };
            match self.parts[part].part() {
                Part::Class(class) => return class,
                Part::Few { interval, others } => {
                    let interval = interval as usize;
                    let inside = &self.intervals[interval..][..=others as usize];
                    let after = inside[1..].partition_point(|interval| { interval.start } <= key);
                    return inside[after].class;
                }
                Part::Node(inner) => node = &self.nodes[inner as usize],
            }
        }
    }

    /// Adds the node for the borders with which the intervals of a range begin, and all nodes below it.
    fn divide(&mut self, starts: &[u128], borders: std::ops::Range<usize>) -> u32 {
        // The address before the first border is like all before it.
        let base = starts.get(borders.start).map_or(0, |first| first - 1);
        let last = starts[borders.end - 1].max(base);
        let wanted = (2 * borders.len()).max(1).next_power_of_two().ilog2();
        let shift = (u128::BITS - (last - base).leading_zeros()).saturating_sub(wanted.min(WIDEST));
        let count = ((last - base) >> shift) as usize + 1;
        let first = self.parts.len();
        let node = self.nodes.len();
        self.parts.resize(first + count, Part::Class(ClassIndex::NOWHERE).pack());
        self.nodes.extend(self.node(base, last, shift, (first, first + count - 1)));
        let mut interval = borders.start - 1;
        for part in 0..count {
            let begin = base + ((part as u128) << shift);
            let end = begin.saturating_add((1_u128 << shift) - 1);
            while starts.get(interval + 1).is_some_and(|start| *start <= begin) {
                interval += 1;
            }
            let rest = &starts[interval + 1..borders.end];
            // Most parts have few, so a search would be slower.
            let others = rest.iter().take_while(|start| **start <= end).count();
            let content = match others {
                0 => Part::Class(self.intervals[interval].class),
                1..=FEW => Part::Few { interval: interval as u32, others: others as u32 },
                _ => Part::Node(self.divide(starts, interval + 1..interval + 1 + others)),
            };
            self.parts[first + part] = content.pack();
        }
        node as u32
    }

    fn node(&self, base: u128, last: u128, shift: u32, (first, end): (usize, usize)) -> Option<Node<K>> {
        let (base, last) = (K::try_from(base).ok()?, K::try_from(last).ok()?);
        Some(Node { base, last, shift, first_part: first as u32, last_part: end as u32 })
    }

    /// The intervals, to be changed.
    pub(super) fn partition(&self, family: Family) -> Partition {
        let starts = self.intervals.iter().map(|interval| { interval.start }.into()).collect();
        Partition::new(family, starts, self.intervals.iter().map(|interval| interval.class).collect())
    }

    /// Where the intervals begin, and their classes.
    pub(super) fn intervals(&self) -> impl Iterator<Item = (u128, ClassIndex)> {
        self.intervals.iter().map(|interval| ({ interval.start }.into(), interval.class))
    }

    /// How many intervals there are.
    pub(super) fn len(&self) -> usize {
        self.intervals.len()
    }

    pub(super) fn bytes(&self) -> usize {
        memory::of_list(&self.nodes) + memory::of_list(&self.parts) + memory::of_list(&self.intervals)
    }
}
