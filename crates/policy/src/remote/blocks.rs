//! The addresses of one selector.

use std::net::IpAddr;

use wire::Family;

use crate::memory;
use crate::model::AddressBlock;
use crate::numbers::number_of;

/// Blocks of addresses by family, in ascending order. One address may be in several: two members of a group may have it, and
/// while one of them does, the group has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Blocks {
    v4: Vec<Block>,
    v6: Vec<Block>,
}

/// Neighbouring addresses as numbers, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Block {
    pub(super) first: u128,
    pub(super) last: u128,
}

impl Blocks {
    pub(crate) fn of(blocks: impl IntoIterator<Item = impl Into<AddressBlock>>) -> Blocks {
        let mut sorted = Blocks::default();
        for block in blocks.into_iter().map(Into::into) {
            let numbers = Block { first: number_of(block.first()), last: number_of(block.last()) };
            sorted.of_family(block.family()).push(numbers);
        }
        sorted.v4.sort_unstable();
        sorted.v6.sort_unstable();
        sorted
    }

    /// These without one block for each in `gone`, and with those in `come`.
    pub(crate) fn changed(&self, gone: &Blocks, come: &Blocks) -> Blocks {
        let changed = |old: &[Block], gone: &[Block], come: &[Block]| {
            let mut left = Vec::with_capacity(old.len() + come.len());
            let mut gone = gone.iter().peekable();
            for block in old {
                match gone.peek() {
                    Some(first) if *first == block => {
                        gone.next();
                    }
                    Some(_) | None => left.push(*block),
                }
            }
            // A few at the end of a long sorted list, which is what sorting is quick at.
            left.extend(come);
            left.sort();
            left
        };
        Blocks { v4: changed(&self.v4, &gone.v4, &come.v4), v6: changed(&self.v6, &gone.v6, &come.v6) }
    }

    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        let (blocks, address) = (self.family(Family::of(address)), number_of(address));
        let before = blocks.partition_point(|block| block.first <= address);
        blocks[..before].iter().any(|block| address <= block.last)
    }

    /// Whether there is no address of any family.
    pub(crate) fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    pub(super) fn family(&self, family: Family) -> &[Block] {
        match family {
            Family::Ipv4 => &self.v4,
            Family::Ipv6 => &self.v6,
        }
    }

    fn of_family(&mut self, family: Family) -> &mut Vec<Block> {
        match family {
            Family::Ipv4 => &mut self.v4,
            Family::Ipv6 => &mut self.v6,
        }
    }

    /// The same addresses of one family in disjoint blocks.
    pub(super) fn union(&self, family: Family) -> Vec<Block> {
        union(self.family(family).iter().copied())
    }

    /// The blocks that just one of both has, in disjoint blocks: elsewhere nothing is different.
    pub(super) fn touched(&self, other: &Blocks, family: Family) -> Vec<Block> {
        let (mut ours, mut theirs) = (self.family(family), other.family(family));
        let mut touched = Vec::new();
        loop {
            match (ours, theirs) {
                ([one, rest @ ..], [other, others @ ..]) if one == other => (ours, theirs) = (rest, others),
                ([one, rest @ ..], [other, ..]) if one < other => {
                    touched.push(*one);
                    ours = rest;
                }
                (_, [other, others @ ..]) => {
                    touched.push(*other);
                    theirs = others;
                }
                ([one, rest @ ..], []) => {
                    touched.push(*one);
                    ours = rest;
                }
                ([], []) => return union(touched.into_iter()),
            }
        }
    }

    /// The blocks of a family made disjoint.
    pub(super) fn disjoint(&self, family: Family) -> Vec<Block> {
        union(self.family(family).iter().copied())
    }

    pub(crate) fn bytes(&self) -> usize {
        memory::of_list(&self.v4) + memory::of_list(&self.v6)
    }
}

/// Sorted blocks made disjoint.
fn union(sorted: impl Iterator<Item = Block>) -> Vec<Block> {
    let mut union: Vec<Block> = Vec::new();
    for block in sorted {
        match union.last_mut() {
            Some(last) if block.first <= last.last => last.last = last.last.max(block.last),
            _ => union.push(block),
        }
    }
    union
}
