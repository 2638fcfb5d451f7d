//! Random calls, against a list of flows that is looked through from its start each time.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::Index as Pick;

use super::*;

const CAPACITY: usize = 12;
const SHARE: usize = 6;
const ZONES: usize = 3;
/// A tick of the wheel.
const TICK: u64 = 128;

#[derive(Clone, Debug)]
enum Call {
    Insert { zone: u32, port: u16, lifetime: u64, closes: bool },
    Change { pick: Pick, standing: Standing, assures: bool },
    Live { pick: Pick, lifetime: u64 },
    Count { pick: Pick, length: u32 },
    Remove { pick: Pick },
    Expire { budget: usize },
    RemoveZone { zone: u32 },
    Wait { millis: u64 },
}

fn calls() -> impl Strategy<Value = Call> {
    let standing = prop_oneof![4 => Just(Standing::Live), 1 => Just(Standing::Revoked)];
    let lifetimes = || prop_oneof![3 => 0_u64..400, 2 => 0_u64..40_000, 1 => 0_u64..10_000_000];
    prop_oneof![
        8 => (0_u32..5, 0_u16..12, lifetimes(), any::<bool>())
            .prop_map(|(zone, port, lifetime, closes)| Call::Insert { zone, port, lifetime, closes }),
        4 => (any::<Pick>(), standing, any::<bool>())
            .prop_map(|(pick, standing, assures)| Call::Change { pick, standing, assures }),
        4 => (any::<Pick>(), lifetimes()).prop_map(|(pick, lifetime)| Call::Live { pick, lifetime }),
        2 => (any::<Pick>(), prop_oneof![Just(1), Just(u32::MAX)]).prop_map(|(pick, length)| Call::Count { pick, length }),
        2 => any::<Pick>().prop_map(|pick| Call::Remove { pick }),
        2 => prop_oneof![0_usize..8, Just(usize::MAX)].prop_map(|budget| Call::Expire { budget }),
        1 => (0_u32..5).prop_map(|zone| Call::RemoveZone { zone }),
        3 => lifetimes().prop_map(|millis| Call::Wait { millis }),
    ]
}

/// The flows in the order in which they joined those of their worth.
#[derive(Default)]
struct Model {
    flows: Vec<(FlowId, Flow)>,
    now: u64,
}

impl Model {
    fn of_zone(&self, zone: Zone) -> impl Iterator<Item = &(FlowId, Flow)> {
        self.flows.iter().filter(move |(_, flow)| flow.zone == zone)
    }

    fn pick(&self, pick: Pick) -> Option<FlowId> {
        let ids: BTreeSet<_> = self.flows.iter().map(|(id, _)| *id).collect();
        (!ids.is_empty()).then(|| *ids.iter().nth(pick.index(ids.len())).expect("in range"))
    }

    /// Changes a flow; if its worth changes it joins the others of that worth as the last one.
    fn change(&mut self, id: FlowId, change: impl FnOnce(&mut Flow)) {
        let at = self.flows.iter().position(|(other, _)| *other == id).expect("it is there");
        let before = worth(&self.flows[at].1);
        change(&mut self.flows[at].1);
        if worth(&self.flows[at].1) != before {
            let moved = self.flows.remove(at);
            self.flows.push(moved);
        }
    }

    fn is_expired(&self, id: FlowId) -> bool {
        self.flows.iter().any(|(other, flow)| *other == id && flow.expires <= ms(self.now))
    }

    /// The flow of a zone that goes first.
    fn least(&self, zone: Zone) -> Option<FlowId> {
        [Worth::Revoked, Worth::Closing, Worth::Unassured]
            .into_iter()
            .find_map(|wanted| self.of_zone(zone).find(|(_, flow)| worth(flow) == wanted).map(|(id, _)| *id))
    }

    /// The zone that must give way to one with so many flows.
    fn largest(&self, held: usize) -> Option<Zone> {
        let zones: BTreeMap<Zone, usize> = self.flows.iter().fold(BTreeMap::new(), |mut zones, (_, flow)| {
            *zones.entry(flow.zone).or_default() += 1;
            zones
        });
        let larger = zones.into_iter().filter(|&(zone, flows)| flows > held && self.least(zone).is_some());
        larger.map(|(zone, flows)| (flows, zone)).max().map(|(_, zone)| zone)
    }

    /// Who may have left for a flow of a zone, given who did.
    fn check_left(&self, zone: Zone, left: &BTreeSet<FlowId>) {
        let held = self.of_zone(zone).count();
        let only = |victim: Option<FlowId>| left.len() == 1 && left.first().copied() == victim;
        let all_expired = left.iter().all(|id| self.is_expired(*id));
        let own_expired = left.len() == 1 && all_expired && self.of_zone(zone).any(|(id, _)| left.contains(id));
        if held >= SHARE {
            let least = self.least(zone);
            assert!(only(least) || least.is_none() && own_expired, "a full share: {left:?}");
        } else if self.flows.len() == CAPACITY {
            let least = self.least(zone);
            let other = self.largest(held).and_then(|zone| self.least(zone));
            let fits = only(least) || least.is_none() && only(other);
            assert!(!left.is_empty() && all_expired || fits, "a full table: {left:?}");
        } else {
            assert!(left.is_empty(), "nobody had to leave: {left:?}");
        }
    }

    /// Whether a flow of a zone may be refused.
    fn may_refuse(&self, zone: Zone, full: TableFull) -> bool {
        let held = self.of_zone(zone).count();
        let zones: BTreeSet<_> = self.flows.iter().map(|(_, flow)| flow.zone).collect();
        let no_lane = !zones.contains(&zone) && zones.len() == ZONES;
        match full {
            TableFull::Share => held >= SHARE && self.least(zone).is_none(),
            TableFull::Capacity => {
                let full = self.flows.len() == CAPACITY && self.least(zone).is_none() && self.largest(held).is_none();
                no_lane || full && held < SHARE
            }
        }
    }
}

fn worth(flow: &Flow) -> Worth {
    match (flow.standing, &flow.tracker, flow.assured) {
        (Standing::Revoked, ..) => Worth::Revoked,
        (Standing::Live, Tracker::Tcp(_), _) => Worth::Closing,
        (Standing::Live, _, Assured::NotYet) => Worth::Unassured,
        (Standing::Live, _, Assured::Yes) => Worth::Assured,
    }
}

fn ids(table: &Table) -> BTreeSet<FlowId> {
    table.iter().map(|(id, _)| id).collect()
}

fn call(table: &mut Table, model: &mut Model, call: Call) {
    let now = ms(model.now);
    let before = ids(table);
    match call {
        Call::Insert { zone, port, lifetime, closes } => {
            let build = if closes { closing } else { flow };
            let flow = build(zone, port, ms(model.now + lifetime));
            if table.find(flow.zone, &flow.original).is_some() {
                return;
            }
            let entered = table.insert(&flow, now);
            let left: BTreeSet<_> = before.difference(&ids(table)).copied().collect();
            match entered {
                Ok(id) => {
                    model.check_left(flow.zone, &left);
                    model.flows.retain(|(id, _)| !left.contains(id));
                    model.flows.push((id, flow));
                }
                Err(full) => {
                    // Room was made, but there is no lane for one more zone.
                    model.flows.retain(|(id, _)| !left.contains(id));
                    assert!(!left.is_empty() || model.may_refuse(flow.zone, full), "{full}");
                }
            }
        }
        Call::Change { pick, standing, assures } => {
            let Some(id) = model.pick(pick) else { return };
            table.change(id, |entry| {
                entry.set_standing(standing);
                if assures {
                    entry.set_assured();
                }
            });
            model.change(id, |flow| {
                flow.standing = standing;
                if assures {
                    flow.assured = Assured::Yes;
                }
            });
        }
        Call::Live { pick, lifetime } => {
            let Some(id) = model.pick(pick) else { return };
            let expires = ms(model.now + lifetime);
            table.change(id, |entry| entry.set_expires(expires));
            model.change(id, |flow| flow.expires = expires);
        }
        Call::Count { pick, length } => {
            let Some(id) = model.pick(pick) else { return };
            table.change(id, |entry| entry.count(crate::way::Way::Reply, length));
            model.change(id, |flow| {
                flow.received.packets += 1;
                flow.received.bytes += u64::from(length);
            });
        }
        Call::Remove { pick } => {
            let Some(id) = model.pick(pick) else { return };
            table.remove(id);
            model.flows.retain(|(other, _)| *other != id);
        }
        Call::Expire { budget } => {
            let removed = table.expire(now, budget);
            let left: BTreeSet<_> = before.difference(&ids(table)).copied().collect();
            assert!(removed == left.len() && removed <= budget);
            assert!(left.iter().all(|id| model.is_expired(*id)));
            model.flows.retain(|(id, _)| !left.contains(id));
            let late = |flow: &Flow| flow.expires + core::time::Duration::from_millis(TICK) <= now;
            assert!(budget < usize::MAX || !model.flows.iter().any(|(_, flow)| late(flow)), "some expired long ago");
        }
        Call::RemoveZone { zone } => {
            table.remove_zone(Zone(zone));
            model.flows.retain(|(_, flow)| flow.zone != Zone(zone));
        }
        Call::Wait { millis } => model.now += millis,
    }
}

fn check_contents(table: &Table, model: &Model) {
    let mut expect = model.flows.clone();
    expect.sort_by_key(|(id, _)| *id);
    let mut flows: Vec<_> = table.iter().collect();
    flows.sort_by_key(|(id, _)| *id);
    assert_eq!(flows, expect);
    assert_eq!(table.len(), expect.len());
    for (id, flow) in &model.flows {
        let way =
            |tuple: Tuple| table.find(flow.zone, &tuple).filter(|found| found.id() == *id).map(|found| found.way());
        let ways = [flow.original, flow.original.reply()].map(way);
        assert_eq!(ways, [Some(crate::way::Way::Original), Some(crate::way::Way::Reply)]);
        let elsewhere = Zone(flow.zone.0 + 100);
        assert!(table.find(elsewhere, &flow.original).is_none());
        assert_eq!(table.get(*id).as_ref(), Some(flow));
    }
    for zone in (0..5).map(Zone) {
        assert_eq!(table.zone_len(zone), model.of_zone(zone).count());
    }
}

/// The chains hold the flows of their worth, in both directions.
fn check_chains(table: &Table) {
    let mut chained = 0;
    for (_, lane) in table.lanes.iter() {
        for worth in Worth::ALL {
            let (mut next, mut before) = (lane.first(worth), None);
            while let Some(place) = next {
                let slot = &table.slots[place as usize];
                assert_eq!((slot.is_occupied(), slot.rank().worth()), (true, worth));
                let [behind_us, behind] = slot.neighbours(place);
                assert_eq!(behind_us, before);
                (before, next) = (Some(place), behind);
                chained += 1;
                assert!(chained <= CAPACITY, "a chain runs in a circle");
            }
            assert_eq!(lane.chains[worth as usize].map(|(_, last)| last), before);
        }
    }
    assert_eq!(chained, table.len());
}

proptest! {
    #[test]
    fn the_table_is_a_list_of_flows(
        memory in prop_oneof![Just(Memory::AtStart), Just(Memory::AsNeeded)],
        seed in any::<[u64; 2]>(),
        calls in proptest::collection::vec(calls(), 1..120),
    ) {
        let config = Config { capacity: CAPACITY, share: SHARE, zones: ZONES, memory, seed, ..Config::default() };
        let (mut table, mut model) = (Table::new(&config), Model::default());
        for next in calls {
            call(&mut table, &mut model, next);
            check_contents(&table, &model);
            check_chains(&table);
        }
    }
}

#[test]
fn a_table_that_grows_keeps_its_flows() {
    let mut table = Table::new(&Config { capacity: 5_000, share: 5_000, ..Config::default() });
    let ids: Vec<_> = (0..5_000_u16)
        .map(|port| table.insert(&flow(port.into(), port, ms(1_000 + u64::from(port))), ms(0)))
        .take_while(Result::is_ok)
        .flatten()
        .collect();
    // The default has room for so many zones.
    assert_eq!(ids.len(), 2_048);
    for (port, id) in (0_u16..).zip(&ids) {
        let flow = flow(port.into(), port, ms(1_000 + u64::from(port)));
        assert_eq!(table.find(flow.zone, &flow.original).map(|found| found.id()), Some(*id));
    }
    assert_eq!(table.expire(ms(1_000 + 1_023), usize::MAX), 1_024);
    assert_eq!(table.len(), 1_024);
}
