//! Two charts side by side: where they differ.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use policy::Family;
use wire::IpProtocol;

use crate::addresses::{Addresses, highest};
use crate::chart::{Chart, Line, Sayings, Sheet};
use crate::region::{Keys, Protocols};

/// Whether packets are judged whose transport header is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Headers {
    /// No: fragments wait for the whole datagram.
    Present,
    /// Yes: nothing is tracked, so each fragment is judged by itself.
    MayBeMissing,
}

/// Packets of which the same is said before, and the same after.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Piece {
    pub(crate) protocols: Protocols,
    pub(crate) keys: Keys,
    /// What is said of them, before and after.
    pub(crate) said: (u32, u32),
}

/// All packets that pass in one chart and not in the other, as few pieces with as many addresses as may be.
pub(crate) fn differences(
    family: Family,
    headers: Headers,
    (before, after): (&Chart, &Chart),
    sayings: &Sayings,
) -> Vec<(Piece, Addresses)> {
    let mut by_sheets: HashMap<(u32, u32), Vec<(u128, u128)>> = HashMap::new();
    let aligned = align(&before.remotes, &after.remotes);
    for (at, (first, sheets)) in aligned.iter().enumerate() {
        let last = aligned.get(at + 1).map_or(highest(family), |(next, _)| next - 1);
        by_sheets.entry(*sheets).or_default().push((*first, last));
    }
    let mut by_piece: BTreeMap<Piece, Vec<(u128, u128)>> = BTreeMap::new();
    for ((one, other), ranges) in by_sheets {
        let sheets = (&before.sheets[one as usize], &after.sheets[other as usize]);
        for piece in (Comparison { family, headers, sayings }).of_sheets(sheets) {
            by_piece.entry(piece).or_default().extend(&ranges);
        }
    }
    let pieces = by_piece.into_iter().map(|(piece, mut ranges)| {
        ranges.sort_unstable();
        (piece, Addresses::of(family, ranges))
    });
    pieces.collect()
}

/// How lines are compared.
#[derive(Clone, Copy)]
struct Comparison<'a> {
    family: Family,
    headers: Headers,
    sayings: &'a Sayings,
}

impl Comparison<'_> {
    fn of_sheets(self, (before, after): (&Sheet, &Sheet)) -> Vec<Piece> {
        let named: BTreeSet<IpProtocol> =
            before.named.iter().chain(&after.named).map(|(protocol, _)| *protocol).collect();
        let mut found: BTreeMap<(Keys, (u32, u32)), Protocols> = BTreeMap::new();
        let mut add = |protocols: Protocols, keys: Keys, said: (u32, u32)| {
            let joined = found.entry((keys, said)).or_insert(Protocols::NONE);
            *joined = joined.union(protocols);
        };
        for protocol in &named {
            let lines = (before.line(*protocol), after.line(*protocol));
            let alone = Protocols::NONE.with(*protocol);
            self.of_lines(*protocol, lines).into_iter().for_each(|(keys, said)| add(alone, keys, said));
        }
        // No rule names the others, so nothing is said of their ports.
        let others = (before.others.bare, after.others.bare);
        if self.differs(others) {
            let unnamed = (0..=u8::MAX).map(IpProtocol).filter(|protocol| !named.contains(protocol));
            add(unnamed.fold(Protocols::NONE, Protocols::with), Keys::All, others);
        }
        found.into_iter().map(|((keys, said), protocols)| Piece { protocols, keys, said }).collect()
    }

    fn of_lines(self, protocol: IpProtocol, (before, after): (&Line, &Line)) -> Vec<(Keys, (u32, u32))> {
        let bare = (before.bare, after.bare);
        if !has_keys(protocol, self.family) {
            return self.differs(bare).then_some((Keys::All, bare)).into_iter().collect();
        }
        let mut ranges: BTreeMap<(u32, u32), Vec<(u16, u16)>> = BTreeMap::new();
        let aligned = align(&before.keys, &after.keys);
        for (at, (first, said)) in aligned.iter().enumerate().filter(|(_, (_, said))| self.differs(*said)) {
            let last = aligned.get(at + 1).map_or(u16::MAX, |(next, _)| next - 1);
            ranges.entry(*said).or_default().push((*first, last));
        }
        let all = |said: (u32, u32), ranges: &[(u16, u16)]| {
            ranges == [(0, u16::MAX)] && (self.headers == Headers::Present || bare == said)
        };
        let is_all = ranges.iter().any(|(said, ranges)| all(*said, ranges));
        let of_keys = ranges
            .into_iter()
            .map(|(said, ranges)| (if all(said, &ranges) { Keys::All } else { Keys::of(protocol, ranges) }, said));
        let missing = self.headers == Headers::MayBeMissing && self.differs(bare) && !is_all;
        of_keys.chain(missing.then_some((Keys::Missing, bare))).collect()
    }

    /// Whether packets pass before or after, and not both.
    fn differs(self, (before, after): (u32, u32)) -> bool {
        before != after && self.sayings.get(before).action != self.sayings.get(after).action
    }
}

/// Whether packets of a protocol have a port or an ICMP type, where their header is there.
pub(crate) fn has_keys(protocol: IpProtocol, family: Family) -> bool {
    protocol.has_ports() || protocol == IpProtocol::icmp(family)
}

/// Two lists of beginnings, both from 0, as one: at each beginning what holds in the one and in the other. What is equal to what
/// stands before is left out.
fn align<K: Copy + Ord>(one: &[(K, u32)], other: &[(K, u32)]) -> Vec<(K, (u32, u32))> {
    let mut aligned: Vec<(K, (u32, u32))> = Vec::with_capacity(one.len() + other.len());
    let (mut left, mut right) = (one.iter().peekable(), other.iter().peekable());
    let mut holds = (0, 0);
    while let Some(first) = left.peek().into_iter().chain(right.peek()).map(|(first, _)| *first).min() {
        if let Some((_, value)) = left.next_if(|(begin, _)| *begin == first) {
            holds.0 = *value;
        }
        if let Some((_, value)) = right.next_if(|(begin, _)| *begin == first) {
            holds.1 = *value;
        }
        if aligned.last().is_none_or(|(_, before)| *before != holds) {
            aligned.push((first, holds));
        }
    }
    aligned
}
