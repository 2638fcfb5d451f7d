//! All addresses of a family, cut into intervals of one class, while they are made or changed.

use std::collections::HashMap;

use wire::Family;

use super::blocks::Block;
use super::classes::{ClassIndex, Classes, SelectorIndex};
use crate::numbers::highest_number;

/// Intervals in ascending order, the first from 0; no two neighbours have one class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Partition {
    /// The highest address of the family.
    highest: u128,
    pub(super) starts: Vec<u128>,
    pub(super) classes: Vec<ClassIndex>,
}

impl Partition {
    /// Intervals by where they start, and their classes.
    pub(super) fn new(family: Family, starts: Vec<u128>, classes: Vec<ClassIndex>) -> Partition {
        Partition { highest: highest_number(family), starts, classes }
    }

    /// The partition of a family by the blocks of every selector: sweeps over where blocks begin and end.
    pub(super) fn of<'b>(
        family: Family,
        selectors: impl Iterator<Item = (SelectorIndex, &'b [Block])>,
        classes: &mut Classes,
    ) -> Partition {
        let mut partition = Partition::new(family, vec![0], vec![ClassIndex::NOWHERE]);
        let mut borders: Vec<(u128, SelectorIndex, Side)> = Vec::new();
        for (selector, blocks) in selectors {
            for block in blocks {
                borders.push((block.first, selector, Side::In));
                if block.last < partition.highest {
                    borders.push((block.last + 1, selector, Side::Out));
                }
            }
        }
        borders.sort_unstable();
        let mut inside: Vec<(SelectorIndex, usize)> = Vec::new();
        let mut set = Vec::new();
        for here in borders.chunk_by(|one, other| one.0 == other.0) {
            here.iter().for_each(|(_, selector, side)| side.step(*selector, &mut inside));
            set.clear();
            set.extend(inside.iter().map(|(selector, _)| *selector));
            partition.push(here[0].0, classes.intern(&set));
        }
        partition
    }

    /// Makes a selector cover just `covered` within `touched`; both are disjoint and in ascending order.
    pub(super) fn cover(
        &mut self,
        selector: SelectorIndex,
        covered: &[Block],
        touched: &[Block],
        classes: &mut Classes,
    ) {
        let empty = Partition { highest: self.highest, starts: Vec::new(), classes: Vec::new() };
        let old = std::mem::replace(self, empty);
        let mut known: HashMap<(ClassIndex, Side), ClassIndex> = HashMap::new();
        let mut class_of = |old: ClassIndex, side: Side| {
            *known.entry((old, side)).or_insert_with(|| match side {
                Side::In => classes.with(old, selector),
                Side::Out => classes.without(old, selector),
            })
        };
        let mut next = 0;
        for range in touched {
            let from = old.starts.partition_point(|start| *start < range.first);
            self.copy(&old, next..from);
            // The interval that the range begins in.
            let mut at = old.starts.partition_point(|start| *start <= range.first) - 1;
            let mut block = covered.partition_point(|block| block.last < range.first);
            let mut here = range.first;
            loop {
                let (side, side_ends) = match covered.get(block) {
                    Some(block) if here < block.first => (Side::Out, Some(block.first)),
                    Some(block) => (Side::In, block.last.checked_add(1)),
                    None => (Side::Out, None),
                };
                self.push(here, class_of(old.classes[at], side));
                let interval_ends = old.starts.get(at + 1).copied();
                let Some(end) = earlier(side_ends, interval_ends).filter(|end| *end <= range.last) else { break };
                at += usize::from(interval_ends == Some(end));
                block += usize::from(side == Side::In && side_ends == Some(end));
                here = end;
            }
            next = old.starts.partition_point(|start| *start <= range.last);
            // What follows the range goes on as it was.
            if range.last < self.highest && old.starts.get(next) != Some(&(range.last + 1)) {
                self.push(range.last + 1, old.classes[next - 1]);
            }
        }
        self.copy(&old, next..old.starts.len());
    }

    fn push(&mut self, start: u128, class: ClassIndex) {
        if self.starts.last() == Some(&start) {
            self.starts.pop();
            self.classes.pop();
        }
        if self.classes.last() != Some(&class) {
            self.starts.push(start);
            self.classes.push(class);
        }
    }

    fn copy(&mut self, from: &Partition, range: std::ops::Range<usize>) {
        let Some(first) = range.clone().next() else { return };
        self.push(from.starts[first], from.classes[first]);
        self.starts.extend(&from.starts[first + 1..range.end]);
        self.classes.extend(&from.classes[first + 1..range.end]);
    }
}

fn earlier(one: Option<u128>, other: Option<u128>) -> Option<u128> {
    one.into_iter().chain(other).min()
}

/// Whether an address is in a selector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Side {
    In,
    Out,
}

impl Side {
    /// Counts how many blocks of the selector hold the address, behind a border.
    fn step(self, selector: SelectorIndex, inside: &mut Vec<(SelectorIndex, usize)>) {
        let place = inside.binary_search_by_key(&selector, |(known, _)| *known);
        match (self, place) {
            (Side::In, Ok(place)) => inside[place].1 += 1,
            (Side::In, Err(place)) => inside.insert(place, (selector, 1)),
            (Side::Out, Ok(place)) if inside[place].1 > 1 => inside[place].1 -= 1,
            (Side::Out, Ok(place)) => {
                inside.remove(place);
            }
            (Side::Out, Err(_)) => unreachable!("a block ends behind where it begins"),
        }
    }
}
