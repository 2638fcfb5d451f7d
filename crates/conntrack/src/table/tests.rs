//! The table's own bookkeeping under random calls.

use core::net::Ipv4Addr;
use core::time::Duration;

use proptest::prelude::*;
use wire::{Datagram, Endpoints, Ports, Transport, Udp};

use crate::config::{PickUp, Timeouts};
use crate::flow::Counters;
use crate::tracker::Tracker;
use crate::tuple::Sender;

use super::*;

const CAPACITY: usize = 12;
const SHARE: usize = 6;

#[derive(Clone, Debug)]
enum Call {
    Insert { zone: u32, port: u16, lifetime: u64 },
    Change { pick: prop::sample::Index, standing: Standing, assured: Assured },
    Remove { pick: prop::sample::Index },
    Expire { budget: usize },
    RemoveZone { zone: u32 },
}

fn calls() -> impl Strategy<Value = Call> {
    let standing = prop_oneof![4 => Just(Standing::Live), 1 => Just(Standing::Revoked)];
    let assured = prop_oneof![Just(Assured::Yes), Just(Assured::NotYet)];
    prop_oneof![
        8 => (0_u32..4, 0_u16..12, 0_u64..40).prop_map(|(zone, port, lifetime)| Call::Insert { zone, port, lifetime }),
        6 => (any::<prop::sample::Index>(), standing, assured)
            .prop_map(|(pick, standing, assured)| Call::Change { pick, standing, assured }),
        2 => any::<prop::sample::Index>().prop_map(|pick| Call::Remove { pick }),
        1 => (0_usize..8).prop_map(|budget| Call::Expire { budget }),
        1 => (0_u32..4).prop_map(|zone| Call::RemoveZone { zone }),
    ]
}

/// A flow of a port.
fn flow(zone: u32, port: u16, expires: Instant) -> Flow {
    let host = Ipv4Addr::new(192, 0, 2, 1);
    let datagram = Datagram {
        endpoints: Endpoints::V4(host, host),
        hop_limit: 64,
        fragment: None,
        transport: Transport::Udp(Udp { ports: Ports { source: port, destination: 0 }, dhcp: None }),
        payload: 0,
    };
    let original = Tuple::of(Sender::Instance, &datagram).unwrap();
    let tracker = Tracker::open(&original, &datagram, PickUp::Never, Instant::default()).unwrap();
    assert_eq!(tracker.lifetime(&Timeouts::default()), Duration::from_secs(30));
    Flow {
        zone: Zone(zone),
        original,
        tracker,
        revision: 0,
        mark: 0,
        assured: Assured::NotYet,
        standing: Standing::Live,
        expires,
        sent: Counters::default(),
        received: Counters::default(),
    }
}

fn call(table: &mut Table, call: Call, now: Instant) {
    let picked = |table: &Table, pick: prop::sample::Index| {
        let ids: Vec<_> = table.iter().map(|(id, _)| id).collect();
        (!ids.is_empty()).then(|| *pick.get(&ids))
    };
    match call {
        Call::Insert { zone, port, lifetime } => {
            let flow = flow(zone, port, now + Duration::from_millis(lifetime));
            if table.find(flow.zone, flow.original).is_none() {
                let kept: Vec<_> = table
                    .iter()
                    .filter(|(_, flow)| Worth::of(flow) == Worth::Assured && !flow.is_expired(now))
                    .map(|(id, _)| id)
                    .collect();
                let entered = table.insert(flow, now);
                assert!(kept.iter().all(|&id| table.get(id).is_some()), "an assured flow made room");
                assert!(entered.is_ok_and(|id| table.get(id).is_some()) || table.len() >= SHARE);
            }
        }
        Call::Change { pick, standing, assured } => {
            if let Some(id) = picked(table, pick) {
                table.change(id, |flow| (flow.standing, flow.assured) = (standing, assured));
            }
        }
        Call::Remove { pick } => {
            if let Some(id) = picked(table, pick) {
                table.remove(id);
                assert!(table.get(id).is_none());
            }
        }
        Call::Expire { budget } => assert!(table.expire(now, budget) <= budget),
        Call::RemoveZone { zone } => {
            table.remove_zone(Zone(zone));
            assert_eq!(table.zone_len(Zone(zone)), 0);
        }
    }
}

fn check_bookkeeping(table: &Table) {
    assert!(table.len() <= CAPACITY);
    assert_eq!(table.iter().count(), table.len());
    let mut keys = 0;
    for (id, flow) in table.iter() {
        let (found, way, _) = table.find(flow.zone, flow.original).expect("its own tuple finds it");
        assert_eq!((found, way), (id, Way::Original));
        let (found, way, _) = table.find(flow.zone, flow.reply()).expect("its reply tuple finds it");
        assert_eq!((found, way == Way::Original), (id, flow.original == flow.reply()));
        keys += if flow.original == flow.reply() { 1 } else { 2 };
    }
    assert_eq!(table.index.len(), keys);
    assert_eq!(table.zones.values().map(|flows| flows.len).sum::<usize>(), table.len());
    for (&zone, flows) in &table.zones {
        assert!((1..=SHARE).contains(&flows.len));
        let chained: usize = Worth::ALL.iter().map(|&worth| check_chain(table, zone, worth)).sum();
        assert_eq!(chained, flows.len);
    }
}

fn check_chain(table: &Table, zone: Zone, worth: Worth) -> usize {
    let chain = table.zones[&zone].chains[worth as usize];
    let (mut next, mut before, mut count) = (chain.first(), None, 0);
    while let Some(slot) = next {
        let entry = table.entry(slot).expect("chains hold flows");
        assert_eq!((entry.flow.zone, Worth::of(&entry.flow)), (zone, worth));
        assert_eq!(entry.links.before, before);
        (before, next) = (Some(slot), entry.links.behind);
        count += 1;
        assert!(count <= CAPACITY, "the chain runs in a circle");
    }
    count
}

proptest! {
    #[test]
    fn the_bookkeeping_agrees(calls in proptest::collection::vec(calls(), 1..80)) {
        let mut table =
            Table::new(&Config { capacity: CAPACITY, share: SHARE, seed: [1, 2], ..Config::default() });
        for (millis, next) in calls.into_iter().enumerate() {
            call(&mut table, next, Instant::from_millis(millis as u64));
            check_bookkeeping(&table);
        }
    }
}
