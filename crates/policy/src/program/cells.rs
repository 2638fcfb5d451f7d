//! Which rule decides, by destination port or ICMP type and code.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::ops::Range;

use crate::memory;
use crate::model::Action;

/// A rule that matches: its rank, and what it does. The lesser one ranks first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Winner(NonZeroU32);

/// A function from a key to the rule that decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// The same for every key and without one.
    Uniform(Option<Winner>),
    /// One rule for some neighbouring keys, which is what most rules are.
    Range { first: u16, last: u16, inside: Winner },
    /// Intervals among [`Cells`] that are searched: few, or far apart. The first one, and how many others there are.
    Few {
        start: u32,
        others: u16,
        /// What decides where the header that has the key is missing.
        bare: Option<Winner>,
    },
    /// Intervals among [`Cells`] with a map.
    Many {
        map: u32,
        /// What decides where the header that has the key is missing.
        bare: Option<Winner>,
    },
}

// Many of them are looked into, so they are to be near each other.
const _: () = assert!(size_of::<Cell>() == 12);

/// What a rule claims of a cell: keys from one to another, both included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub(super) first: u16,
    pub(super) last: u16,
    pub(super) winner: Winner,
}

/// The intervals of cells.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells {
    /// Where intervals begin; those of a cell ascend, from 0.
    firsts: Vec<u16>,
    /// By interval.
    winners: Vec<Option<Winner>>,
    maps: Vec<Map>,
    words: Vec<Word>,
}

/// Finds the intervals of one cell without a search.
#[derive(Clone, Copy, Debug)]
struct Map {
    start: u32,
    end: u32,
    /// Where its words begin, and the first keys of the first word and behind the last one.
    words: u32,
    first: u16,
    behind: u32,
}

/// A bit for each of 64 keys, set where an interval begins.
#[derive(Clone, Copy, Debug, Default)]
struct Word {
    begins: u64,
    /// How many begin in the words before.
    before: u16,
}

/// Fewer intervals are searched.
const MANY: usize = 16;

/// A map has at most so many words, of 16 bytes, for an interval.
const WORDS_PER_INTERVAL: usize = 2;

/// The intervals of a cell by where they begin, before they are among [`Cells`].
pub(super) type Intervals = Vec<(u16, Option<Winner>)>;

impl Winner {
    pub(crate) fn new(rank: u32, action: Action) -> Winner {
        let denies = match action {
            Action::Allow => 0,
            Action::Deny => 1,
        };
        Winner(NonZeroU32::MIN.saturating_add(rank << 1 | denies))
    }

    pub(crate) fn rank(self) -> usize {
        ((self.0.get() - 1) >> 1) as usize
    }

    pub(crate) fn action(self) -> Action {
        match (self.0.get() - 1) & 1 {
            0 => Action::Allow,
            _ => Action::Deny,
        }
    }

    /// The one that ranks first, if any.
    pub(crate) fn first(one: Option<Winner>, other: Option<Winner>) -> Option<Winner> {
        match (one, other) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, None) => one,
            (None, other) => other,
        }
    }
}

impl Cell {
    /// Nothing decides.
    pub(super) const EMPTY: Cell = Cell::Uniform(None);

    pub(super) fn bare(&self) -> Option<Winner> {
        match self {
            Cell::Uniform(winner) => *winner,
            Cell::Range { .. } => None,
            Cell::Few { bare, .. } | Cell::Many { bare, .. } => *bare,
        }
    }
}

impl Cells {
    /// What decides.
    #[inline]
    pub(super) fn winner(&self, cell: &Cell, key: Option<u16>) -> Option<Winner> {
        match (*cell, key) {
            (Cell::Uniform(winner), _) => winner,
            (Cell::Range { first, last, inside }, Some(key)) => (first <= key && key <= last).then_some(inside),
            (Cell::Range { .. }, None) => None,
            (Cell::Few { bare, .. } | Cell::Many { bare, .. }, None) => bare,
            (Cell::Few { start, others, .. }, Some(key)) => {
                let range = start as usize..=start as usize + usize::from(others);
                // The first interval begins at 0.
                let within = self.firsts[range.clone()].partition_point(|first| *first <= key) - 1;
                self.winners[range][within]
            }
            (Cell::Many { map, .. }, Some(key)) => self.winners[self.find(&self.maps[map as usize], key)],
        }
    }

    /// The cell of claims; where several meet the first in rank wins.
    pub(super) fn claimed(&mut self, claims: &[Claim], bare: Option<Winner>) -> Cell {
        /// What a border does; an end comes before a beginning at the same place.
        #[derive(PartialEq, Eq, PartialOrd, Ord)]
        enum Border {
            End,
            Begin,
        }
        let ends = |claim: &Claim| Some((claim.last.checked_add(1)?, Border::End, claim.winner));
        let mut borders: Vec<(u16, Border, Winner)> = claims
            .iter()
            .flat_map(|claim| [Some((claim.first, Border::Begin, claim.winner)), ends(claim)])
            .flatten()
            .collect();
        borders.sort_unstable();
        let mut claiming: BTreeSet<Winner> = BTreeSet::new();
        let mut intervals: Intervals = vec![(0, None)];
        for (key, border, winner) in borders {
            match border {
                Border::End => claiming.remove(&winner),
                Border::Begin => claiming.insert(winner),
            };
            extend(&mut intervals, key, claiming.first().copied());
        }
        self.add(&intervals, bare)
    }

    /// The cell in which the first in rank of several cells decides.
    pub(super) fn merged<'c>(&mut self, cells: impl Iterator<Item = &'c Cell>) -> Cell {
        let cells: Vec<&Cell> = cells.filter(|cell| **cell != Cell::EMPTY).collect();
        match cells.as_slice() {
            [] => Cell::EMPTY,
            [cell] => **cell,
            several => {
                let (intervals, bare) = self.merged_intervals(several.iter().copied());
                self.add(&intervals, bare)
            }
        }
    }

    /// Where the first in rank of several cells decides, and what does so where there is no key.
    pub(super) fn merged_intervals<'c>(&self, cells: impl Iterator<Item = &'c Cell>) -> (Intervals, Option<Winner>) {
        let mut cells = cells.filter(|cell| **cell != Cell::EMPTY);
        let first = cells.next().unwrap_or(&Cell::EMPTY);
        cells.fold((self.intervals(first), first.bare()), |(intervals, bare), cell| {
            (merge(&intervals, &self.intervals(cell), Winner::first), Winner::first(bare, cell.bare()))
        })
    }

    /// How many intervals all cells have.
    pub(super) fn size(&self) -> usize {
        self.firsts.len()
    }

    pub(super) fn intervals(&self, cell: &Cell) -> Intervals {
        let listed = |range: Range<usize>| {
            self.firsts[range.clone()].iter().copied().zip(self.winners[range].iter().copied()).collect()
        };
        match *cell {
            Cell::Uniform(winner) => vec![(0, winner)],
            Cell::Range { first, last, inside } => {
                let mut intervals = vec![(0, None)];
                extend(&mut intervals, first, Some(inside));
                last.checked_add(1).into_iter().for_each(|behind| extend(&mut intervals, behind, None));
                intervals
            }
            Cell::Few { start, others, .. } => listed(start as usize..start as usize + usize::from(others) + 1),
            Cell::Many { map, .. } => {
                let Map { start, end, .. } = self.maps[map as usize];
                listed(start as usize..end as usize)
            }
        }
    }

    fn add(&mut self, intervals: &[(u16, Option<Winner>)], bare: Option<Winner>) -> Cell {
        match (intervals, bare) {
            ([(0, winner)], bare) if *winner == bare => return Cell::Uniform(bare),
            ([(0, None), (first, Some(inside))], None) => {
                return Cell::Range { first: *first, last: u16::MAX, inside: *inside };
            }
            ([(0, None), (first, Some(inside)), (behind, None)], None) => {
                return Cell::Range { first: *first, last: behind - 1, inside: *inside };
            }
            ([(0, Some(inside)), (behind, None)], None) => {
                return Cell::Range { first: 0, last: behind - 1, inside: *inside };
            }
            _ => {}
        }
        let start = self.firsts.len();
        self.firsts.extend(intervals.iter().map(|(first, _)| *first));
        self.winners.extend(intervals.iter().map(|(_, winner)| *winner));
        match self.map(start) {
            Some(map) => {
                self.maps.push(map);
                Cell::Many { map: self.maps.len() as u32 - 1, bare }
            }
            // There are no more intervals than keys.
            None => Cell::Few { start: start as u32, others: (intervals.len() - 1) as u16, bare },
        }
    }

    /// The map of the last intervals, if it is worth its memory.
    fn map(&mut self, start: usize) -> Option<Map> {
        // All keys before the second interval are in the first.
        let [_, begins @ ..] = &self.firsts[start..] else { return None };
        let (first, last) = (begins.first()? / 64, begins.last()? / 64);
        let count = usize::from(last - first) + 1;
        if begins.len() < MANY || count > begins.len() * WORDS_PER_INTERVAL {
            return None;
        }
        let words = self.words.len();
        self.words.resize(words + count, Word::default());
        for begin in begins {
            self.words[words + usize::from(begin / 64 - first)].begins |= 1 << (begin % 64);
        }
        let mut sum = 0;
        for word in &mut self.words[words..] {
            word.before = sum;
            sum += word.begins.count_ones() as u16;
        }
        let behind = (u32::from(last) + 1) * 64;
        Some(Map { start: start as u32, end: self.firsts.len() as u32, words: words as u32, first: first * 64, behind })
    }

    /// The place of the interval that has the key.
    fn find(&self, map: &Map, key: u16) -> usize {
        if key < map.first {
            return map.start as usize;
        }
        if u32::from(key) >= map.behind {
            return map.end as usize - 1;
        }
        let word = &self.words[map.words as usize + usize::from((key - map.first) / 64)];
        let up_to_key = word.begins & (u64::MAX >> (63 - key % 64));
        map.start as usize + usize::from(word.before) + up_to_key.count_ones() as usize
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.firsts.shrink_to_fit();
        self.winners.shrink_to_fit();
        self.maps.shrink_to_fit();
        self.words.shrink_to_fit();
    }

    pub(super) fn bytes(&self) -> usize {
        let lists = memory::of_list(&self.firsts) + memory::of_list(&self.winners);
        lists + memory::of_list(&self.maps) + memory::of_list(&self.words)
    }
}

/// Adds the interval from `first` on; one that is empty, or says what the one before it says, is none.
fn extend<T: PartialEq>(intervals: &mut Vec<(u16, Option<T>)>, first: u16, winner: Option<T>) {
    if intervals.last().is_some_and(|(begun, _)| *begun == first) {
        intervals.pop();
    }
    if intervals.last().is_none_or(|(_, before)| *before != winner) {
        intervals.push((first, winner));
    }
}

/// What is chosen of two, interval by interval.
pub(super) fn merge<T: Copy + PartialEq>(
    one: &[(u16, Option<T>)],
    other: &[(u16, Option<T>)],
    choose: fn(Option<T>, Option<T>) -> Option<T>,
) -> Vec<(u16, Option<T>)> {
    let mut merged = Vec::with_capacity(one.len() + other.len());
    let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
    let (mut ours, mut theirs) = (None, None);
    loop {
        let first = match (one.peek(), other.peek()) {
            (None, None) => return merged,
            (Some((first, _)), None) | (None, Some((first, _))) => *first,
            (Some((ours, _)), Some((theirs, _))) => *ours.min(theirs),
        };
        if let Some((_, winner)) = one.next_if(|(begins, _)| *begins == first) {
            ours = *winner;
        }
        if let Some((_, winner)) = other.next_if(|(begins, _)| *begins == first) {
            theirs = *winner;
        }
        extend(&mut merged, first, choose(ours, theirs));
    }
}
