//! Where flows are kept: a slab, an index over both tuples of each flow, and for every zone its flows by worth.
//!
//! Contract: at most `capacity` flows and `share` flows of one zone; every call but [`Table::remove_zone`] does bounded
//! work. An assured flow is never evicted before it closes. A flow of another zone is evicted only for a zone that
//! holds fewer flows than that one, so no zone presses on a smaller one.
//!
//! Absent: what a packet means.

mod chain;
#[cfg(test)]
mod tests;

use core::hash::Hash;
use std::collections::HashMap;

use crate::class::TableFull;
use crate::config::Config;
use crate::flow::{Flow, FlowId, Standing, Zone};
use crate::keyed::Keyed;
use crate::time::Instant;
use crate::tracker::Assured;
use crate::tuple::Tuple;
use crate::way::Way;
use chain::{Chain, Links};

/// How many expired flows are looked for when there is no room.
const SEARCH: usize = 8;

/// The flows of a [`Conntrack`](crate::Conntrack).
#[derive(Clone, Debug)]
pub(crate) struct Table {
    slots: Vec<Slot>,
    free: Vec<u32>,
    index: HashMap<Key, Place, Keyed>,
    zones: HashMap<Zone, ZoneFlows, Keyed>,
    capacity: usize,
    share: usize,
    /// The slot at which the search for expired flows goes on.
    hand: usize,
}

/// A place for a flow. Its generation counts the flows that it held.
#[derive(Clone, Debug)]
struct Slot {
    generation: u32,
    entry: Option<Entry>,
}

/// A flow and its place among those of its zone.
#[derive(Clone, Debug)]
struct Entry {
    flow: Flow,
    worth: Worth,
    links: Links,
}

/// The tuple of either direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    zone: Zone,
    tuple: Tuple,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    slot: u32,
    way: Way,
}

/// The flows of one zone.
#[derive(Clone, Debug, Default)]
struct ZoneFlows {
    len: usize,
    /// One chain for each [`Worth`], oldest first.
    chains: [Chain; Worth::ALL.len()],
}

/// What is evicted first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Worth {
    Revoked,
    Closing,
    Unassured,
    Assured,
}

impl Table {
    pub(crate) fn new(config: &Config) -> Table {
        let keyed = Keyed(config.seed);
        Table {
            slots: Vec::new(),
            free: Vec::new(),
            index: HashMap::with_hasher(keyed),
            zones: HashMap::with_hasher(keyed),
            // A slot number has 32 bits.
            capacity: config.capacity.min(u32::MAX as usize),
            share: config.share,
            hand: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(crate) fn zone_len(&self, zone: Zone) -> usize {
        self.zones.get(&zone).map_or(0, |flows| flows.len)
    }

    /// The flow that has a tuple in either direction, expired or not.
    pub(crate) fn find(&self, zone: Zone, tuple: Tuple) -> Option<(FlowId, Way, &Flow)> {
        let place = self.index.get(&Key { zone, tuple })?;
        let slot = self.slots.get(place.slot as usize)?;
        let entry = slot.entry.as_ref()?;
        Some((FlowId { slot: place.slot, generation: slot.generation }, place.way, &entry.flow))
    }

    pub(crate) fn get(&self, id: FlowId) -> Option<&Flow> {
        let slot = self.slots.get(id.slot as usize).filter(|slot| slot.generation == id.generation)?;
        slot.entry.as_ref().map(|entry| &entry.flow)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (FlowId, &Flow)> {
        self.slots.iter().zip(0..).filter_map(|(slot, number)| {
            let entry = slot.entry.as_ref()?;
            Some((FlowId { slot: number, generation: slot.generation }, &entry.flow))
        })
    }

    /// Changes a flow, except its zone and tuple.
    pub(crate) fn change(&mut self, id: FlowId, change: impl FnOnce(&mut Flow)) {
        let Some(entry) = self.entry_mut(id) else {
            return;
        };
        change(&mut entry.flow);
        let worth = Worth::of(&entry.flow);
        if worth != entry.worth {
            self.unlink(id.slot);
            self.link(id.slot, worth);
        }
    }

    /// Enters a flow whose tuples no flow of its zone has.
    pub(crate) fn insert(&mut self, flow: Flow, now: Instant) -> Result<FlowId, TableFull> {
        self.make_room(flow.zone, now)?;
        let (zone, original, reply, worth) = (flow.zone, flow.original, flow.reply(), Worth::of(&flow));
        let slot = self.place(Entry { flow, worth, links: Links::default() });
        self.index.insert(Key { zone, tuple: reply }, Place { slot, way: Way::Reply });
        self.index.insert(Key { zone, tuple: original }, Place { slot, way: Way::Original });
        self.zones.entry(zone).or_default().len += 1;
        self.link(slot, worth);
        Ok(FlowId { slot, generation: self.slots[slot as usize].generation })
    }

    /// Removes a flow if it is there.
    pub(crate) fn remove(&mut self, id: FlowId) {
        if self.get(id).is_some() {
            self.vacate(id.slot);
        }
    }

    /// Removes all flows of a zone.
    pub(crate) fn remove_zone(&mut self, zone: Zone) {
        while let Some(slot) = self.zones.get(&zone).and_then(|flows| flows.chains.iter().find_map(Chain::first)) {
            self.vacate(slot);
        }
    }

    /// Looks at up to `budget` slots, from where the last search ended, and removes the expired flows among them.
    ///
    /// Returns how many it removed.
    pub(crate) fn expire(&mut self, now: Instant, budget: usize) -> usize {
        let mut removed = 0;
        for _ in 0..budget.min(self.slots.len()) {
            self.hand = if self.hand + 1 < self.slots.len() { self.hand + 1 } else { 0 };
            if self.slots[self.hand].entry.as_ref().is_some_and(|entry| entry.flow.is_expired(now)) {
                self.vacate(self.hand as u32);
                removed += 1;
            }
        }
        removed
    }

    fn make_room(&mut self, zone: Zone, now: Instant) -> Result<(), TableFull> {
        let held = self.zone_len(zone);
        if held >= self.share {
            return if self.evict_from(zone, now) { Ok(()) } else { Err(TableFull::Share) };
        }
        if self.len() < self.capacity || self.expire(now, SEARCH) > 0 || self.evict_from(zone, now) {
            return Ok(());
        }
        match self.larger_zone(held) {
            Some(other) if self.evict_from(other, now) => Ok(()),
            Some(_) | None => Err(TableFull::Capacity),
        }
    }

    /// Removes the flow of a zone that is worth least, or an assured one that has expired.
    fn evict_from(&mut self, zone: Zone, now: Instant) -> bool {
        let victim = self.zones.get(&zone).and_then(ZoneFlows::first_evictable).or_else(|| self.expired(zone, now));
        match victim {
            Some(slot) => {
                self.vacate(slot);
                true
            }
            None => false,
        }
    }

    /// An expired assured flow, looked for among a few; the next search looks at the next few.
    fn expired(&mut self, zone: Zone, now: Instant) -> Option<u32> {
        for _ in 0..SEARCH {
            let slot = self.zones.get(&zone)?.chains[Worth::Assured as usize].first()?;
            if self.entry(slot)?.flow.is_expired(now) {
                return Some(slot);
            }
            self.unlink(slot);
            self.link(slot, Worth::Assured);
        }
        None
    }

    /// The zone with the most flows, if it has more than `held` and one of them may be evicted.
    fn larger_zone(&self, held: usize) -> Option<Zone> {
        self.zones
            .iter()
            .filter(|(_, flows)| flows.len > held && flows.first_evictable().is_some())
            .max_by_key(|&(&zone, flows)| (flows.len, zone))
            .map(|(&zone, _)| zone)
    }

    fn place(&mut self, entry: Entry) -> u32 {
        if let Some(slot) = self.free.pop() {
            let place = &mut self.slots[slot as usize];
            place.generation = place.generation.wrapping_add(1);
            place.entry = Some(entry);
            return slot;
        }
        self.slots.push(Slot { generation: 0, entry: Some(entry) });
        (self.slots.len() - 1) as u32
    }

    fn vacate(&mut self, slot: u32) {
        self.unlink(slot);
        let Some(Entry { flow, .. }) = self.slots[slot as usize].entry.take() else {
            return;
        };
        self.free.push(slot);
        self.index.remove(&Key { zone: flow.zone, tuple: flow.original });
        self.index.remove(&Key { zone: flow.zone, tuple: flow.reply() });
        let Some(flows) = self.zones.get_mut(&flow.zone) else {
            return;
        };
        flows.len -= 1;
        if flows.len == 0 {
            self.zones.remove(&flow.zone);
        }
    }

    fn entry(&self, slot: u32) -> Option<&Entry> {
        self.slots.get(slot as usize)?.entry.as_ref()
    }

    fn entry_mut(&mut self, id: FlowId) -> Option<&mut Entry> {
        self.slots.get_mut(id.slot as usize).filter(|slot| slot.generation == id.generation)?.entry.as_mut()
    }
}

impl ZoneFlows {
    fn first_evictable(&self) -> Option<u32> {
        [Worth::Revoked, Worth::Closing, Worth::Unassured]
            .into_iter()
            .find_map(|worth| self.chains[worth as usize].first())
    }
}

impl Worth {
    const ALL: [Worth; 4] = [Worth::Revoked, Worth::Closing, Worth::Unassured, Worth::Assured];

    fn of(flow: &Flow) -> Worth {
        match (flow.standing, flow.assured) {
            (Standing::Revoked, _) => Worth::Revoked,
            (Standing::Live, _) if flow.tracker.is_closing() => Worth::Closing,
            (Standing::Live, Assured::NotYet) => Worth::Unassured,
            (Standing::Live, Assured::Yes) => Worth::Assured,
        }
    }
}
