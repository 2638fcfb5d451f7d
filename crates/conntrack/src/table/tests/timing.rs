//! The wheel, against a map of times.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::wheel::UNFILED;
use super::*;

const PLACES: usize = 700;

#[derive(Clone, Debug)]
enum Call {
    File { place: u32, ahead: u64 },
    Remove { place: u32 },
    Look { ahead: u64, budget: usize },
}

fn calls() -> impl Strategy<Value = Call> {
    let ahead = || prop_oneof![0_u64..300, 0_u64..20_000, 0_u64..2_000_000, Just(5 * 24 * 3_600_000)];
    let place = 0..PLACES as u32;
    prop_oneof![
        4 => (place.clone(), ahead()).prop_map(|(place, ahead)| Call::File { place, ahead }),
        1 => place.prop_map(|place| Call::Remove { place }),
        2 => (ahead(), prop_oneof![0_usize..4, Just(usize::MAX)]).prop_map(|(ahead, budget)| Call::Look { ahead, budget }),
    ]
}

proptest! {
    #[test]
    fn what_is_due_comes_up(calls in proptest::collection::vec(calls(), 1..200)) {
        let mut wheel = Wheel::new(PLACES);
        let mut due: BTreeMap<u32, (u64, u8)> = BTreeMap::new();
        let mut now = 0;
        for call in calls {
            match call {
                Call::File { place, ahead } => {
                    let bucket = wheel.file(place, now + ahead);
                    prop_assert!(bucket != UNFILED && !wheel.is_late(bucket, now + ahead));
                    due.insert(place, (now + ahead, bucket));
                }
                Call::Remove { place } => {
                    wheel.remove(place);
                    due.remove(&place);
                }
                Call::Look { ahead, budget } => {
                    now += ahead;
                    wheel.begin(ms(now));
                    let mut looks = 0;
                    while looks < budget {
                        let Some(place) = wheel.next(ms(now)) else { break };
                        looks += 1;
                        prop_assert!(due.contains_key(&place), "{} is not filed", place);
                        let (expires, _) = due[&place];
                        if expires <= now {
                            wheel.remove(place);
                            due.remove(&place);
                        } else {
                            due.insert(place, (expires, wheel.file(place, expires)));
                        }
                        prop_assert!(looks <= 4 * PLACES, "no end");
                    }
                    let late = due.values().any(|&(expires, _)| expires + 128 <= now);
                    prop_assert!(budget < usize::MAX || !late);
                }
            }
            for &(expires, bucket) in due.values() {
                prop_assert!(expires <= now || !wheel.is_late(bucket, expires));
            }
        }
    }
}

/// To find what has expired takes as many looks as there is of it, however many flows live on.
#[test]
fn the_living_are_not_looked_at() {
    let mut table =
        Table::new(&Config { capacity: 10_000, share: 10_000, memory: Memory::AtStart, ..Config::default() });
    for port in 0..9_000 {
        let lifetime = if port % 900 == 0 { 10_000 } else { 900_000 };
        table.insert(&flow(1, port, ms(lifetime)), ms(0)).expect("room");
    }
    assert_eq!(table.expire(ms(9_999), usize::MAX), 0);
    assert_eq!(table.expire(ms(10_000), 10), 10);
    assert_eq!(table.len(), 8_990);
}

/// A flow whose end comes nearer is found then.
#[test]
fn an_end_may_come_nearer() {
    let mut table = Table::new(&Config { capacity: 10, share: 10, ..Config::default() });
    let ids = [1, 2].map(|port| table.insert(&flow(1, port, ms(400_000)), ms(0)).expect("room"));
    table.expire(ms(1_000), 10);
    table.change(ids[0], |entry| entry.set_expires(ms(11_000)));
    assert_eq!(table.expire(ms(10_999), 10), 0);
    assert_eq!(table.expire(ms(11_000), 10), 1);
    assert!(table.get(ids[1]).is_some());
}
