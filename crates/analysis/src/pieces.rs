//! Two charts side by side: packets of which both say what is looked for.

use std::iter;
use std::ops::Sub;

use policy::{Family, Line, Sheet, Tracking, highest_number};
use rustc_hash::FxHashMap;
use wire::IpProtocol;

use crate::addresses::Addresses;
use crate::chart::Chart;
use crate::ranges::add;
use crate::region::{Keys, Protocols};

/// Whether packets are judged whose transport header is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Headers {
    /// No: fragments wait for the whole datagram.
    Present,
    /// Yes: nothing is tracked, so each fragment is judged by itself.
    MayBeMissing,
}

impl Headers {
    /// What is judged at a vnic.
    pub(crate) fn at(tracking: Tracking) -> Headers {
        match tracking {
            Tracking::Stateful => Headers::Present,
            Tracking::Stateless => Headers::MayBeMissing,
        }
    }

    /// What is judged where either end judges it.
    pub(crate) fn or(self, other: Headers) -> Headers {
        match (self, other) {
            (Headers::Present, Headers::Present) => Headers::Present,
            (Headers::MayBeMissing, _) | (_, Headers::MayBeMissing) => Headers::MayBeMissing,
        }
    }
}

/// What is said by one chart and by the other.
pub(crate) type Both = (u32, u32);

/// What is wanted where it does not matter what is said: all of it becomes one.
pub(crate) const AS_ONE: Both = (0, 0);

/// All packets of which two charts say what is wanted, as few pieces with as many addresses as may be.
pub(crate) fn compare(comparison: Comparison<'_>, one: &Chart, other: &Chart) -> Vec<(Piece, Addresses)> {
    let family = comparison.family;
    let mut found = Found::default();
    let mut by_sheets: FxHashMap<Both, Vec<usize>> = FxHashMap::default();
    for (range, both) in side_by_side(&one.remotes, &other.remotes, highest_number(family)) {
        let pieces = by_sheets.entry(both).or_insert_with(|| {
            let sheets = (&one.sheets[both.0 as usize], &other.sheets[both.1 as usize]);
            comparison.of_sheets(sheets).into_iter().map(|piece| found.place(piece)).collect()
        });
        pieces.iter().for_each(|place| add(&mut found.ranges[*place], range));
    }
    found.finish(family)
}

/// Pieces that are being found, address by address.
#[derive(Default)]
struct Found {
    /// The place of each piece.
    places: FxHashMap<Piece, usize>,
    /// By place: the addresses of the piece, ascending.
    ranges: Vec<Vec<(u128, u128)>>,
}

impl Found {
    fn place(&mut self, piece: Piece) -> usize {
        *self.places.entry(piece).or_insert_with(|| {
            self.ranges.push(Vec::new());
            self.ranges.len() - 1
        })
    }

    fn finish(mut self, family: Family) -> Vec<(Piece, Addresses)> {
        let mut addresses = |place: usize| Addresses::of(family, std::mem::take(&mut self.ranges[place]));
        let mut found: Vec<(Piece, Addresses)> =
            self.places.into_iter().map(|(piece, place)| (piece, addresses(place))).collect();
        found.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        found
    }
}

/// Packets of which two sheets say what is wanted, and as what.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Piece {
    pub(crate) protocols: Protocols,
    pub(crate) keys: Keys,
    pub(crate) said: Both,
}

/// How two sheets are compared.
#[derive(Clone, Copy)]
pub(crate) struct Comparison<'a> {
    pub(crate) family: Family,
    pub(crate) headers: Headers,
    /// Of what is said by both, what is wanted, and as what.
    pub(crate) wanted: &'a dyn Fn(Both) -> Option<Both>,
    /// Whether that is never what both say alike.
    pub(crate) only_differences: bool,
}

impl Comparison<'_> {
    pub(crate) fn of_sheets(&self, (one, other): (&Sheet<u32>, &Sheet<u32>)) -> Vec<Piece> {
        if self.only_differences && one == other {
            return Vec::new();
        }
        let mut found: Vec<(Keys, Both, Protocols)> = Vec::new();
        let mut named = Protocols::NONE;
        for (protocol, _) in one.named.iter().chain(&other.named) {
            if named.contains(*protocol) {
                continue;
            }
            named = named.with(*protocol);
            let alone = Protocols::NONE.with(*protocol);
            let lines = (one.line(*protocol), other.line(*protocol));
            found.extend(self.of_lines(*protocol, lines).into_iter().map(|(keys, said)| (keys, said, alone)));
        }
        // No rule names the others, so nothing is said of their ports.
        if let Some(said) = (self.wanted)((one.others.bare, other.others.bare)) {
            found.push((Keys::All, said, Protocols::ALL.difference(named)));
        }
        found.sort_unstable();
        found.dedup_by(|next, first| {
            let is_same = (&next.0, next.1) == (&first.0, first.1);
            if is_same {
                first.2 = first.2.union(next.2);
            }
            is_same
        });
        found.into_iter().map(|(keys, said, protocols)| Piece { protocols, keys, said }).collect()
    }

    fn of_lines(&self, protocol: IpProtocol, (one, other): (&Line<u32>, &Line<u32>)) -> Vec<(Keys, Both)> {
        // Most lines are the same in both, and most that is sought is where they differ.
        let is_wanted = |said: u32| (self.wanted)((said, said)).is_some();
        let is_any_wanted = || one.keys.iter().map(|(_, said)| *said).chain([one.bare]).any(is_wanted);
        if one == other && (self.only_differences || !is_any_wanted()) {
            return Vec::new();
        }
        let bare = (self.wanted)((one.bare, other.bare));
        if !has_keys(protocol, self.family) {
            return bare.map(|said| (Keys::All, said)).into_iter().collect();
        }
        let ranges = self.of_keys(&one.keys, &other.keys);
        let is_all = |said: Both, ranges: &[(u16, u16)]| {
            ranges == [(0, u16::MAX)] && (self.headers == Headers::Present || bare == Some(said))
        };
        let missing = match (self.headers, bare) {
            (Headers::MayBeMissing, Some(said)) if !ranges.iter().any(|(said, ranges)| is_all(*said, ranges)) => {
                Some((Keys::Missing, said))
            }
            _ => None,
        };
        let of_keys = ranges.into_iter().map(|(said, ranges)| match is_all(said, &ranges) {
            true => (Keys::All, said),
            false => (Keys::of(protocol, ranges), said),
        });
        of_keys.chain(missing).collect()
    }

    /// Where two lists of keys say what is wanted, by what it is wanted as.
    fn of_keys(&self, one: &[(u16, u32)], other: &[(u16, u32)]) -> Vec<(Both, Vec<(u16, u16)>)> {
        let spans = side_by_side(one, other, u16::MAX);
        let spans = spans.filter(|(_, (one, other))| !self.only_differences || one != other);
        let mut wanted: Vec<(Both, (u16, u16))> =
            spans.filter_map(|(range, both)| Some(((self.wanted)(both)?, range))).collect();
        wanted.sort_unstable();
        let mut by_said: Vec<(Both, Vec<(u16, u16)>)> = Vec::new();
        for (said, range) in wanted {
            match by_said.last_mut() {
                Some((before, ranges)) if *before == said => add(ranges, range),
                Some(_) | None => by_said.push((said, vec![range])),
            }
        }
        by_said
    }
}

/// Whether packets of a protocol have a port or an ICMP type, where their header is there.
pub(crate) fn has_keys(protocol: IpProtocol, family: Family) -> bool {
    protocol.has_ports() || protocol == IpProtocol::icmp(family)
}

/// Two lists of beginnings, both from 0, as ranges up to the highest number, each with what holds in the one and in the other.
fn side_by_side<'a, K>(
    one: &'a [(K, u32)],
    other: &'a [(K, u32)],
    highest: K,
) -> impl Iterator<Item = ((K, K), (u32, u32))> + 'a
where
    K: Copy + Ord + Sub<Output = K> + From<u8>,
{
    let mut lists = (one, other);
    let mut first = Some(K::from(0));
    iter::from_fn(move || {
        let begin = first?;
        let ([(_, left), after_left @ ..], [(_, right), after_right @ ..]) = lists else { return None };
        let nexts = (after_left.first().map(|(next, _)| *next), after_right.first().map(|(next, _)| *next));
        first = match nexts {
            (Some(left), Some(right)) => Some(left.min(right)),
            (left, right) => left.or(right),
        };
        if nexts.0 == first {
            lists.0 = after_left;
        }
        if nexts.1 == first {
            lists.1 = after_right;
        }
        let last = first.map_or(highest, |next| next - K::from(1));
        Some(((begin, last), (*left, *right)))
    })
}
