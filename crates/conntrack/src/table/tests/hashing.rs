//! The index and its hash function.

use core::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Call {
    Insert { hash: u32, place: u32 },
    Remove { place: u32 },
}

/// Hashes of which many have the same buckets, or the same byte in the entry.
fn hashes() -> impl Strategy<Value = u32> {
    prop_oneof![2 => any::<u32>(), 1 => 0_u32..4, 1 => (0_u32..4).prop_map(|high| high << 24)]
}

fn calls() -> impl Strategy<Value = Call> {
    prop_oneof![
        3 => (hashes(), 0_u32..64).prop_map(|(hash, place)| Call::Insert { hash, place }),
        1 => (0_u32..64).prop_map(|place| Call::Remove { place }),
    ]
}

/// The place of a hash, and how many were offered on the way.
fn search(index: &Index, hash: u32, place: u32) -> (Option<u32>, usize) {
    let offered = Cell::new(0);
    let found = index.find(hash, |other| {
        offered.set(offered.get() + 1);
        other == place
    });
    (found, offered.get())
}

proptest! {
    #[test]
    fn the_index_is_a_map(calls in proptest::collection::vec(calls(), 1..200)) {
        let mut index = Index::new(64);
        let mut places = BTreeMap::new();
        for call in calls {
            match call {
                Call::Insert { hash, place } if !places.contains_key(&place) => {
                    match index.insert(hash, place) {
                        Ok(()) => { places.insert(place, hash); }
                        // A hash that has the same bucket twice is refused by eight others.
                        Err(_) => prop_assert!(places.len() >= 8),
                    }
                }
                Call::Insert { .. } => {}
                Call::Remove { place } => {
                    if let Some(hash) = places.remove(&place) {
                        index.remove(hash, place);
                        prop_assert_eq!(search(&index, hash, place).0, None);
                    }
                }
            }
            for (&place, &hash) in &places {
                let (found, offered) = search(&index, hash, place);
                prop_assert_eq!(found, Some(place));
                prop_assert!(offered <= 16);
                // What is said ahead is what a search is offered first.
                let ahead = index.likely(hash, Home::First).or_else(|| index.likely(hash, Home::Other));
                prop_assert_eq!(ahead, index.find(hash, |_| true));
            }
        }
    }
}

/// Any number of keys fits that the index was made for.
#[test]
fn a_full_index_refuses_nothing() {
    for places in [1_u32, 6, 64, 1_000, 50_000] {
        for seed in 0..4 {
            let hash = KeyedHash::new([seed, 7]);
            let mut index = Index::new(places as usize);
            for place in 0..places {
                assert_eq!(index.insert(hash.hash_number(place), place), Ok(()), "{place} of {places}");
            }
            assert!((0..places).all(|place| search(&index, hash.hash_number(place), place).0 == Some(place)));
        }
    }
}

/// Who knows the key makes flows collide: then a search still is bounded and the flows beyond the bound are refused. Under
/// another key the same flows do not collide, so who does not know the key cannot choose such flows.
#[test]
fn an_attack_needs_the_key() {
    let flows_of = |seed| {
        let hash = KeyedHash::new(seed);
        let collide = move |flow: &Flow| {
            let hash = hash.hash(&Key::of(&flow.original).words(flow.zone.0));
            hash >> 26 == 0 && hash as u8 == 77
        };
        let all = (0..16).flat_map(|zone| (0..=u16::MAX).map(move |port| flow(zone, port, ms(60_000))));
        all.filter(collide).take(40).collect::<Vec<_>>()
    };
    let enter = |seed, flows: &[Flow]| {
        let mut table = Table::new(&Config { capacity: 64, share: 64, seed, ..Config::default() });
        let results: BTreeSet<_> = flows.iter().filter_map(|flow| table.insert(flow, ms(0)).err()).collect();
        for flow in flows {
            let (_, offered) =
                search(&table.index, table.hash.hash(&Key::of(&flow.original).words(flow.zone.0)), u32::MAX);
            assert!(offered <= 16);
        }
        (table.len(), results)
    };
    let flows = flows_of([1, 2]);
    assert_eq!(flows.len(), 40);
    assert_eq!(enter([1, 2], &flows), (16, BTreeSet::from([TableFull::Capacity])));
    assert_eq!(enter([1, 3], &flows), (40, BTreeSet::new()));
}

/// The sum of the parts stays below what a flow may take.
#[test]
fn a_flow_takes_at_most_128_bytes() {
    for capacity in [65_536, 262_144, 1 << 20, 1 << 22] {
        // Few zones in a small table.
        let zones = (capacity / 128).min(2_048);
        let config = Config { capacity, zones, memory: Memory::AtStart, ..Config::default() };
        let footprint = Table::new(&config).footprint();
        assert!(footprint.total() <= capacity * 128, "{capacity}: {footprint:?}, {}", footprint.total() / capacity);
    }
}
