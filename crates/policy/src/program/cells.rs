//! Which rule decides, by destination port or ICMP type and code.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use crate::model::Action;

/// A rule that matches: its rank, and what it does. The lesser one ranks first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Winner(NonZeroU32);

/// A cell among [`Cells`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct CellIndex(u32);

/// What a rule claims of a cell: keys from one to another, both included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub(super) first: u16,
    pub(super) last: u16,
    pub(super) winner: Winner,
}

/// Cells, each a function from a key to the rule that decides.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    spans: Vec<Span>,
    /// Where intervals begin; those of a cell ascend, from 0.
    firsts: Vec<u16>,
    /// By interval.
    winners: Vec<Option<Winner>>,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    start: u32,
    end: u32,
    /// What decides where the header that has the key is missing.
    bare: Option<Winner>,
}

/// The intervals of a cell by where they begin, before they are among [`Cells`].
type Intervals = Vec<(u16, Option<Winner>)>;

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

impl Cells {
    /// The cell in which nothing decides.
    pub(super) const EMPTY: CellIndex = CellIndex(0);

    /// [`Cells::EMPTY`] alone.
    pub(super) fn new() -> Cells {
        let mut cells = Cells { spans: Vec::new(), firsts: Vec::new(), winners: Vec::new() };
        cells.add(&[(0, None)], None);
        cells
    }

    /// What decides.
    pub(super) fn winner(&self, cell: CellIndex, key: Option<u16>) -> Option<Winner> {
        let span = &self.spans[cell.0 as usize];
        let Some(key) = key else { return span.bare };
        let range = span.start as usize..span.end as usize;
        // The first interval begins at 0.
        let within = self.firsts[range.clone()].partition_point(|first| *first <= key) - 1;
        self.winners[range][within]
    }

    /// A cell in which one rule decides everything, if any.
    pub(super) fn uniform(&mut self, winner: Option<Winner>) -> CellIndex {
        match winner {
            None => Cells::EMPTY,
            Some(_) => self.add(&[(0, winner)], winner),
        }
    }

    /// The cell of claims; where several meet the first in rank wins.
    pub(super) fn claimed(&mut self, claims: &[Claim], bare: Option<Winner>) -> CellIndex {
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
    pub(super) fn merged(&mut self, cells: impl Iterator<Item = CellIndex>) -> CellIndex {
        let cells: Vec<CellIndex> = cells.filter(|cell| *cell != Cells::EMPTY).collect();
        let [first, rest @ ..] = cells.as_slice() else { return Cells::EMPTY };
        if rest.is_empty() {
            return *first;
        }
        let mut intervals = self.intervals(*first).collect();
        let mut bare = self.spans[first.0 as usize].bare;
        for cell in rest {
            intervals = merge(&intervals, &self.intervals(*cell).collect());
            bare = Winner::first(bare, self.spans[cell.0 as usize].bare);
        }
        self.add(&intervals, bare)
    }

    /// How many intervals all cells have.
    pub(super) fn size(&self) -> usize {
        self.firsts.len()
    }

    fn intervals(&self, cell: CellIndex) -> impl Iterator<Item = (u16, Option<Winner>)> {
        let span = self.spans[cell.0 as usize];
        let range = span.start as usize..span.end as usize;
        self.firsts[range.clone()].iter().copied().zip(self.winners[range].iter().copied())
    }

    fn add(&mut self, intervals: &[(u16, Option<Winner>)], bare: Option<Winner>) -> CellIndex {
        let start = self.firsts.len() as u32;
        self.firsts.extend(intervals.iter().map(|(first, _)| *first));
        self.winners.extend(intervals.iter().map(|(_, winner)| *winner));
        self.spans.push(Span { start, end: self.firsts.len() as u32, bare });
        CellIndex(self.spans.len() as u32 - 1)
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.spans.shrink_to_fit();
        self.firsts.shrink_to_fit();
        self.winners.shrink_to_fit();
    }

    pub(super) fn bytes(&self) -> usize {
        self.spans.capacity() * size_of::<Span>()
            + self.firsts.capacity() * size_of::<u16>()
            + self.winners.capacity() * size_of::<Option<Winner>>()
    }
}

/// Adds the interval from `first` on; one that is empty, or says what the one before it says, is none.
fn extend(intervals: &mut Intervals, first: u16, winner: Option<Winner>) {
    if intervals.last().is_some_and(|(begun, _)| *begun == first) {
        intervals.pop();
    }
    if intervals.last().is_none_or(|(_, before)| *before != winner) {
        intervals.push((first, winner));
    }
}

fn merge(one: &Intervals, other: &Intervals) -> Intervals {
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
        extend(&mut merged, first, Winner::first(ours, theirs));
    }
}
