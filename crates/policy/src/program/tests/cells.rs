//! Every form of a cell says of every key what a search through its claims says.

use allocation_counter::measure;

use super::super::cells::{Cell, Cells, Claim, Winner};
use crate::model::Action;

fn winner(rank: u32) -> Winner {
    Winner::new(rank, if rank.is_multiple_of(3) { Action::Deny } else { Action::Allow })
}

/// Claims in ascending rank.
fn claims(ranges: &[(u16, u16)]) -> Vec<Claim> {
    (0..).zip(ranges).map(|(rank, (first, last))| Claim { first: *first, last: *last, winner: winner(rank) }).collect()
}

/// What decides each key.
fn painted(claims: &[Claim]) -> Vec<Option<Winner>> {
    let mut keys = vec![None; 1 << 16];
    for claim in claims.iter().rev() {
        keys[usize::from(claim.first)..=usize::from(claim.last)].fill(Some(claim.winner));
    }
    keys
}

fn assert_says(cells: &Cells, cell: &Cell, expect: &[Option<Winner>], bare: Option<Winner>) {
    for (key, expect) in (0..=u16::MAX).zip(expect) {
        assert_eq!(cells.winner(cell, Some(key)), *expect, "{key} in {cell:?}");
    }
    assert_eq!((cells.winner(cell, None), cell.bare()), (bare, bare), "{cell:?}");
    let intervals = cells.intervals(cell);
    assert_eq!(intervals[0].0, 0);
    assert!(intervals.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 != pair[1].1), "{intervals:?}");
    let said = |key: u16| intervals[intervals.partition_point(|(first, _)| *first <= key) - 1].1;
    let borders = intervals.iter().flat_map(|(first, _)| [first.saturating_sub(1), *first]).chain([u16::MAX]);
    borders.for_each(|key| assert_eq!(said(key), expect[usize::from(key)], "{key} in {intervals:?}"));
}

/// The cell of these ranges; that it has a form is checked where the form matters.
fn check(ranges: &[(u16, u16)]) -> Cell {
    let claims = claims(ranges);
    let mut cells = Cells::default();
    // There is another one before it.
    cells.claimed(&many(9, 5000, 2), None);
    let before = cells.size();
    let cell = cells.claimed(&claims, None);
    assert_says(&cells, &cell, &painted(&claims), None);
    let own = match cell {
        Cell::Uniform(_) | Cell::Range { .. } => 0,
        Cell::Few { .. } | Cell::Many { .. } => cells.intervals(&cell).len(),
    };
    assert_eq!(cells.size() - before, own, "{cell:?}");
    cell
}

/// Single ports at even distances: each has two borders.
fn ports(count: u16, first: u16, step: u16) -> Vec<(u16, u16)> {
    (0..count).map(|number| first + number * step).map(|port| (port, port)).collect()
}

fn many(count: u16, first: u16, step: u16) -> Vec<Claim> {
    claims(&ports(count, first, step))
}

#[test]
fn a_winner_keeps_its_rank_and_action_and_the_lesser_rank_is_first() {
    for action in [Action::Allow, Action::Deny] {
        for rank in [0, 1, 2, 1000, u32::MAX / 4] {
            let winner = Winner::new(rank, action);
            assert_eq!((winner.rank(), winner.action()), (rank as usize, action));
            let next = Winner::new(rank + 1, action.opposite());
            assert_eq!(Winner::first(Some(winner), Some(next)), Some(winner));
            assert_eq!(Winner::first(Some(next), Some(winner)), Some(winner));
            assert_eq!(Winner::first(None, Some(winner)), Some(winner));
            assert_eq!(Winner::first(Some(winner), None), Some(winner));
        }
    }
    assert_eq!(Winner::first(None, None), None);
}

#[test]
fn neighbouring_keys_of_one_rule_are_a_range() {
    assert_eq!(check(&[]), Cell::EMPTY);
    for range in [(1, 1), (22, 22), (1, 1024), (65535, 65535), (1024, 65535), (0, 0), (0, 80), (0, 65534), (1, 65535)] {
        assert_eq!(check(&[range]), Cell::Range { first: range.0, last: range.1, inside: winner(0) });
        // What ranks behind and lies within is not there.
        assert_eq!(check(&[range, range]), Cell::Range { first: range.0, last: range.1, inside: winner(0) });
    }
}

#[test]
fn keys_of_several_rules_are_told_apart() {
    for ranges in [
        &[(0, u16::MAX)][..],
        &[(1, 5), (6, 9)],
        &[(6, 9), (1, 5)],
        &[(1, 5), (7, 9)],
        &[(1, 9), (3, 5)],
        &[(3, 5), (1, 9)],
        &[(3, 5), (4, 9), (1, 4)],
        &[(80, 80), (0, u16::MAX)],
        &[(0, 0), (u16::MAX, u16::MAX)],
        &[(u16::MAX, u16::MAX), (0, u16::MAX)],
        &[(5, 5), (5, 5), (4, 6), (0, 65534)],
    ] {
        check(ranges);
    }
}

#[test]
fn many_borders_close_together_have_a_map() {
    let is_mapped = |ranges: &[(u16, u16)]| matches!(check(ranges), Cell::Many { .. });
    // Sixteen borders are many, fifteen are few: the last one has no end.
    let to_the_end = |mut ports: Vec<(u16, u16)>| {
        ports.last_mut().expect("a port").1 = u16::MAX;
        ports
    };
    assert!(is_mapped(&ports(8, 1, 2)));
    assert!(!is_mapped(&to_the_end(ports(8, 1, 2))));
    assert!(!is_mapped(&ports(7, 1, 2)));
    assert!(is_mapped(&to_the_end(ports(9, 1, 2))));
    // Up to two words for a border.
    let with_last = |last: u16| [ports(7, 2, 2), vec![(last, last)]].concat();
    assert!(is_mapped(&with_last(31 * 64 + 62)));
    assert!(!is_mapped(&with_last(31 * 64 + 63)));
    assert!(!is_mapped(&with_last(40000)));
    let with_first = |first: u16| [vec![(first, first)], ports(7, 40 * 64, 2)].concat();
    assert!(is_mapped(&with_first(9 * 64)));
    assert!(!is_mapped(&with_first(9 * 64 - 1)));
}

#[test]
fn a_map_finds_every_key() {
    for first in [1, 2, 62, 63, 64, 65, 127, 128, 4095] {
        for (count, step) in [(9, 2), (40, 3), (33, 64), (32, 63), (300, 2)] {
            check(&ports(count, first, step));
        }
    }
    check(&ports(32, u16::MAX - 62, 2));
    check(&ports(32, u16::MAX - 63, 2));
    check(&[ports(100, 0, 5), vec![(90, 300)], ports(100, 200, 4)].concat());
}

#[test]
fn what_decides_without_a_key_is_its_own_matter() {
    for ranges in [vec![], vec![(22, 22)], vec![(1, 5), (8, 9)], ports(20, 1, 2), vec![(0, u16::MAX)]] {
        for bare in [None, Some(winner(0)), Some(winner(7))] {
            let claims = claims(&ranges);
            let mut cells = Cells::default();
            let cell = cells.claimed(&claims, bare);
            assert_says(&cells, &cell, &painted(&claims), bare);
        }
    }
}

#[test]
fn of_merged_cells_the_first_in_rank_decides() {
    let parts = [
        (claims(&[]), None),
        (claims(&[(22, 22), (80, 90)]), None),
        (many(30, 15, 3), Some(winner(4))),
        (claims(&[(1, 1), (1, 1), (20, 70)]), Some(winner(2))),
    ];
    for chosen in 0..1_usize << parts.len() {
        let parts: Vec<_> =
            parts.iter().enumerate().filter(|(at, _)| chosen >> at & 1 == 1).map(|(_, part)| part).collect();
        let mut cells = Cells::default();
        let single: Vec<Cell> = parts.iter().map(|(claims, bare)| cells.claimed(claims, *bare)).collect();
        let before = cells.size();
        let merged = cells.merged(single.iter());
        let first = |one: Vec<Option<Winner>>, other: Vec<Option<Winner>>| {
            one.into_iter().zip(other).map(|(one, other)| Winner::first(one, other)).collect()
        };
        let expect = parts.iter().map(|(claims, _)| painted(claims)).fold(vec![None; 1 << 16], first);
        let bare = parts.iter().fold(None, |bare, (_, other)| Winner::first(bare, *other));
        assert_says(&cells, &merged, &expect, bare);
        // What is alone is not written again.
        if single.iter().filter(|cell| **cell != Cell::EMPTY).count() < 2 {
            assert_eq!(cells.size(), before);
        }
    }
}

#[test]
fn cells_take_what_was_allocated() {
    for (count, step) in [(0, 1), (1, 2), (4, 200), (100, 2), (100, 200)] {
        let ports: Vec<Vec<Claim>> = (0..20).map(|number| many(count, 64 * number + 1, step)).collect();
        let mut cells = Cells::default();
        let allocated = measure(|| {
            for claims in &ports {
                cells.claimed(claims, None);
            }
            cells.shrink_to_fit();
        });
        assert_eq!(allocated.bytes_current, cells.bytes() as i64, "{count} {step}");
        // A key of two bytes and a winner of four, and where there is a map some words beside.
        let least = 6 * cells.size();
        assert!((least..=6 * least).contains(&cells.bytes()), "{count} {step}");
    }
}
