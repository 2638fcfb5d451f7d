//! Two charts side by side: packets of which both say what is looked for.

use std::collections::{BTreeMap, BTreeSet};

use policy::{Family, Line, Sheet, Tracking, highest_number};
use rustc_hash::FxHashMap;
use wire::IpProtocol;

use crate::addresses::Addresses;
use crate::chart::Chart;
use crate::ranges::{add, spans};
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

/// Pieces of two sheets, and the addresses of which those are said.
type Shared<T> = (Vec<Piece<T>>, Vec<(u128, u128)>);

/// All packets of which two charts say what is wanted, as few pieces with as many addresses as may be.
pub(crate) fn compare<T: Ord + Copy>(
    comparison: Comparison<'_, T>,
    one: &Chart,
    other: &Chart,
) -> Vec<(Piece<T>, Addresses)> {
    let family = comparison.family;
    let mut by_sheets: FxHashMap<Both, Shared<T>> = FxHashMap::default();
    for (range, both) in spans(&align(&one.remotes, &other.remotes), highest_number(family)) {
        let sheets = || (&one.sheets[both.0 as usize], &other.sheets[both.1 as usize]);
        let (pieces, ranges) = by_sheets.entry(both).or_insert_with(|| (comparison.of_sheets(sheets()), Vec::new()));
        if !pieces.is_empty() {
            ranges.push(range);
        }
    }
    let mut by_piece: BTreeMap<Piece<T>, Vec<(u128, u128)>> = BTreeMap::new();
    for (pieces, ranges) in by_sheets.into_values() {
        for piece in pieces {
            by_piece.entry(piece).or_default().extend(&ranges);
        }
    }
    let pieces = by_piece.into_iter().map(|(piece, mut ranges)| {
        ranges.sort_unstable();
        (piece, Addresses::of(family, ranges))
    });
    pieces.collect()
}

/// Packets of which two sheets say what is wanted, and as what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Piece<T> {
    pub(crate) protocols: Protocols,
    pub(crate) keys: Keys,
    pub(crate) said: T,
}

/// How two sheets are compared.
#[derive(Clone, Copy)]
pub(crate) struct Comparison<'a, T> {
    pub(crate) family: Family,
    pub(crate) headers: Headers,
    /// Of what is said by both, what is wanted, and as what.
    pub(crate) wanted: &'a dyn Fn(Both) -> Option<T>,
    /// Whether that is never what both say alike.
    pub(crate) only_differences: bool,
}

impl<T: Ord + Copy> Comparison<'_, T> {
    pub(crate) fn of_sheets(&self, (one, other): (&Sheet<u32>, &Sheet<u32>)) -> Vec<Piece<T>> {
        if self.only_differences && one == other {
            return Vec::new();
        }
        let named: BTreeSet<IpProtocol> = one.named.iter().chain(&other.named).map(|(protocol, _)| *protocol).collect();
        let mut found: BTreeMap<(Keys, T), Protocols> = BTreeMap::new();
        let mut add = |protocols: Protocols, keys: Keys, said: T| {
            let joined = found.entry((keys, said)).or_insert(Protocols::NONE);
            *joined = joined.union(protocols);
        };
        for protocol in &named {
            let lines = (one.line(*protocol), other.line(*protocol));
            let alone = Protocols::NONE.with(*protocol);
            self.of_lines(*protocol, lines).into_iter().for_each(|(keys, said)| add(alone, keys, said));
        }
        // No rule names the others, so nothing is said of their ports.
        if let Some(said) = (self.wanted)((one.others.bare, other.others.bare)) {
            let unnamed = (0..=u8::MAX).map(IpProtocol).filter(|protocol| !named.contains(protocol));
            add(unnamed.fold(Protocols::NONE, Protocols::with), Keys::All, said);
        }
        found.into_iter().map(|((keys, said), protocols)| Piece { protocols, keys, said }).collect()
    }

    fn of_lines(&self, protocol: IpProtocol, (one, other): (&Line<u32>, &Line<u32>)) -> Vec<(Keys, T)> {
        if self.only_differences && one == other {
            return Vec::new();
        }
        let bare = (self.wanted)((one.bare, other.bare));
        if !has_keys(protocol, self.family) {
            return bare.map(|said| (Keys::All, said)).into_iter().collect();
        }
        // Most lines are the same in both, and most that is sought is where they differ.
        let is_wanted = |said: u32| (self.wanted)((said, said)).is_some();
        if one == other && !one.keys.iter().map(|(_, said)| *said).chain([one.bare]).any(is_wanted) {
            return Vec::new();
        }
        let mut ranges: BTreeMap<T, Vec<(u16, u16)>> = BTreeMap::new();
        for (range, both) in spans(&align(&one.keys, &other.keys), u16::MAX) {
            if let Some(said) = (self.wanted)(both) {
                add(ranges.entry(said).or_default(), range);
            }
        }
        let is_all = |said: T, ranges: &[(u16, u16)]| {
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
