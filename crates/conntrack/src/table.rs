//! Where flows are kept.
//!
//! A place for each flow ([`slot`]), an index of them by both directions at once ([`index`], [`hash`]), a wheel that tells
//! which have expired ([`wheel`]), for every zone its flows by worth ([`lanes`], [`chain`]), and room for what few flows need
//! ([`annex`]). What packets that came together will ask for is fetched together ([`ahead`]).
//!
//! Contract: at most `capacity` flows and `share` flows of one zone, in at most 128 bytes for each flow of the capacity, all
//! in, where there are 128 flows or more for a zone. Every call but [`Table::remove_zone`] does bounded work, and none but
//! [`Table::insert`] in a table that grows allocates. An assured flow is never evicted before it closes. A flow of another
//! zone is evicted only for a zone that holds fewer flows than that one, so no zone presses on a smaller one.
//!
//! Absent: what a packet means.

mod ahead;
mod annex;
mod chain;
mod entry;
mod hash;
mod index;
mod lanes;
mod resident;
mod slot;
#[cfg(test)]
mod tests;
mod wheel;

use core::ops::Range;

use crate::class::TableFull;
use crate::config::{Config, Memory};
use crate::flow::{Flow, FlowId, Zone};
use crate::footprint::Footprint;
use crate::key::Key;
use crate::lifetimes::Lifetimes;
use crate::passing::{Likely, Passing};
use crate::time::Instant;
use crate::tuple::Tuple;
pub(crate) use ahead::AHEAD;
use annex::{Annexes, annexes_for};
pub(crate) use entry::{Entry, Found};
use hash::KeyedHash;
use index::Index;
use lanes::Lanes;
use resident::resident_room;
use slot::{MOST_LANES, MOST_PLACES, Slot, Worth};
use wheel::Wheel;

/// How many expired flows are looked for when there is no room.
const SEARCH: usize = 8;

/// The places that a table has at first if it grows.
const FIRST_PLACES: usize = 64;

/// The flows of a [`Conntrack`](crate::Conntrack).
#[derive(Clone, Debug)]
pub(crate) struct Table {
    hash: KeyedHash,
    slots: Vec<Slot>,
    /// The first of the places that are free; each has the next one for its neighbour behind.
    free: Option<u32>,
    index: Index,
    wheel: Wheel,
    lanes: Lanes,
    annexes: Annexes,
    /// How many flows there are.
    flows: usize,
    /// How many live ones had to go for others so far.
    evicted: u64,
    /// How many there is memory for.
    places: usize,
    capacity: usize,
    share: usize,
}

impl Table {
    pub(crate) fn new(config: &Config) -> Table {
        let capacity = config.capacity.min(MOST_PLACES);
        let (places, slots) = match config.memory {
            Memory::AtStart => (capacity, resident_room(capacity, Slot::default())),
            Memory::AsNeeded => {
                let places = capacity.min(FIRST_PLACES);
                (places, Vec::with_capacity(places))
            }
        };
        let mut table = Table {
            hash: KeyedHash::new(config.seed),
            slots,
            free: None,
            index: Index::new(places),
            wheel: Wheel::new(places),
            lanes: Lanes::new(config.zones.min(MOST_LANES)),
            annexes: Annexes::new(annexes_for(capacity)),
            flows: 0,
            evicted: 0,
            places,
            capacity,
            share: config.share,
        };
        if config.memory == Memory::AtStart {
            table.lanes.reserve();
            table.annexes.reserve();
        }
        table
    }

    pub(crate) fn len(&self) -> usize {
        self.flows
    }

    pub(crate) fn evicted(&self) -> u64 {
        self.evicted
    }

    pub(crate) fn zone_len(&self, zone: Zone) -> usize {
        self.lanes.find(&self.hash, zone).map_or(0, |lane| self.lanes.get(lane).flows)
    }

    /// The flow that has a tuple in either direction, expired or not.
    #[inline]
    pub(crate) fn find(&self, zone: Zone, tuple: &Tuple) -> Option<Found<'_>> {
        let place = self.place(zone, &Key::of(tuple))?;
        Some(Found::new(place, &self.slots[place as usize], &self.annexes, tuple.sender))
    }

    /// Lets a packet pass in the middle of a live flow of its revision, and returns the flow's mark; `None` where there may be more
    /// to it.
    #[inline]
    pub(crate) fn pass(&mut self, zone: Zone, passing: &Passing<'_>, lifetimes: &Lifetimes) -> Option<u32> {
        let key = Key::of_gist(passing.sender, passing.gist);
        let likely = passing.likely.map(|Likely(place)| place).filter(|&place| self.is(place, zone, &key));
        let place = likely.or_else(|| self.place(zone, &key))?;
        let slot = &mut self.slots[place as usize];
        if slot.revision != passing.revision || slot.is_expired(passing.now) {
            return None;
        }
        let (end, mark) = (slot.expires(), slot.mark);
        slot.pass(passing, lifetimes)?;
        self.look_earlier(place, end);
        Some(mark)
    }

    /// The flow of a name, as a value.
    pub(crate) fn get(&self, id: FlowId) -> Option<Flow> {
        self.slot(id).map(|slot| self.unpack(slot))
    }

    /// The revision and the mark of a flow.
    pub(crate) fn admission(&self, id: FlowId) -> Option<(u32, u32)> {
        self.slot(id).map(|slot| (slot.revision, slot.mark))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (FlowId, Flow)> {
        let numbered = (0..).zip(&self.slots).filter(|(_, slot)| slot.is_occupied());
        numbered.map(|(place, slot)| (FlowId { slot: place, generation: slot.generation() }, self.unpack(slot)))
    }

    /// The flows of a zone, the least worthy first and of those the oldest. Inserted in this order, they stand as they did.
    pub(crate) fn flows_of(&self, zone: Zone) -> impl Iterator<Item = Flow> {
        let lane = self.lanes.find(&self.hash, zone).into_iter();
        let places = lane.flat_map(move |lane| Worth::ALL.into_iter().flat_map(move |worth| self.chain(lane, worth)));
        places.map(move |place| self.unpack(&self.slots[place as usize]))
    }

    /// Places that have, or once had, a flow.
    pub(crate) fn places(&self) -> usize {
        self.slots.len()
    }

    /// The flows in some places.
    pub(crate) fn flows_in(&self, places: Range<usize>) -> impl Iterator<Item = Flow> {
        let places = places.start.min(self.slots.len())..places.end.min(self.slots.len());
        self.slots[places].iter().filter(|slot| slot.is_occupied()).map(|slot| self.unpack(slot))
    }

    /// Changes a flow, except its zone and tuple.
    #[inline]
    pub(crate) fn change(&mut self, id: FlowId, change: impl FnOnce(&mut Entry<'_>)) {
        if self.slot(id).is_none() {
            return;
        }
        let place = id.slot;
        let slot = &mut self.slots[place as usize];
        let (before, end) = (slot.rank(), slot.expires());
        change(&mut Entry::new(slot, &mut self.lanes, &mut self.annexes, self.share));
        let after = slot.rank();
        self.look_earlier(place, end);
        if after != before && after.worth() != before.worth() {
            self.unlink(place, before.worth());
            self.link(place, after.worth());
        }
    }

    /// Enters a flow whose tuples no flow of its zone has.
    pub(crate) fn insert(&mut self, flow: &Flow, now: Instant) -> Result<FlowId, TableFull> {
        let known = self.lanes.find(&self.hash, flow.zone);
        self.make_room(known, now)?;
        if self.flows == self.places {
            self.grow();
        }
        // To make room may have closed the lane.
        let known = known.filter(|&lane| self.lanes.get(lane).flows > 0);
        let lane = known.or_else(|| self.lanes.open(&self.hash, flow.zone)).ok_or(TableFull::Capacity)?;
        let place = self.take_place();
        let hash = self.hash.hash(&Key::of(&flow.original).words(flow.zone.0));
        if self.index.insert(hash, place).is_err() {
            self.free_place(place);
            self.lanes.close_if_empty(&self.hash, lane);
            return Err(TableFull::Capacity);
        }
        self.flows += 1;
        let numbers = self.lanes.get_mut(lane);
        numbers.flows += 1;
        let annex =
            if Slot::needs_annex(flow) { entry::take_annex(numbers, &mut self.annexes, self.share) } else { None };
        let slot = &mut self.slots[place as usize];
        slot.pack(flow, lane, annex.map(|number| (number, self.annexes.get_mut(number))));
        slot.set_armed(self.wheel.file(place, slot.expires()));
        let (worth, generation) = (slot.rank().worth(), slot.generation());
        self.link(place, worth);
        Ok(FlowId { slot: place, generation })
    }

    /// Removes a flow if it is there.
    pub(crate) fn remove(&mut self, id: FlowId) {
        if self.slot(id).is_some() {
            self.vacate(id.slot);
        }
    }

    /// Removes all flows of a zone.
    pub(crate) fn remove_zone(&mut self, zone: Zone) {
        while let Some(place) = self.lanes.find(&self.hash, zone).and_then(|lane| {
            let lane = self.lanes.get(lane);
            Worth::ALL.into_iter().find_map(|worth| lane.first(worth))
        }) {
            self.vacate(place);
        }
    }

    /// Takes up to `budget` flows that are due from the wheel, and removes those that have expired.
    ///
    /// Returns how many it removed.
    pub(crate) fn expire(&mut self, now: Instant, budget: usize) -> usize {
        let mut removed = 0;
        self.wheel.begin(now);
        for _ in 0..budget {
            let Some(place) = self.wheel.next(now) else {
                break;
            };
            let slot = &mut self.slots[place as usize];
            if slot.is_expired(now) {
                self.vacate(place);
                removed += 1;
            } else {
                slot.set_armed(self.wheel.file(place, slot.expires()));
            }
        }
        removed
    }

    /// Bytes by part.
    pub(crate) fn footprint(&self) -> Footprint {
        Footprint {
            flows: self.slots.capacity() * size_of::<Slot>(),
            index: self.index.footprint(),
            wheel: self.wheel.footprint(),
            zones: self.lanes.footprint(),
            annexes: self.annexes.footprint(),
            fragments: 0,
        }
    }

    #[inline(always)]
    fn place(&self, zone: Zone, key: &Key) -> Option<u32> {
        self.index.find(self.hash.hash(&key.words(zone.0)), |place| self.is(place, zone, key))
    }

    /// Whether the flow at a place has this zone and key.
    #[inline]
    fn is(&self, place: u32, zone: Zone, key: &Key) -> bool {
        let slot = &self.slots[place as usize];
        slot.is_occupied() && slot.has(key) && self.lanes.get(slot.lane()).zone == zone
    }

    /// Files a flow that ended at `end` anew, if it now ends before the wheel looks at it. A later end needs no earlier look.
    #[inline]
    fn look_earlier(&mut self, place: u32, end: u64) {
        let slot = &mut self.slots[place as usize];
        if slot.expires() < end && self.wheel.is_late(slot.armed(), slot.expires()) {
            slot.set_armed(self.wheel.file(place, slot.expires()));
        }
    }

    /// Makes room for one more flow of a lane, or of a zone that has none yet.
    fn make_room(&mut self, lane: Option<u32>, now: Instant) -> Result<(), TableFull> {
        let held = lane.map_or(0, |lane| self.lanes.get(lane).flows);
        if held >= self.share {
            return if self.evict_from(lane, now) { Ok(()) } else { Err(TableFull::Share) };
        }
        if self.flows < self.capacity || self.expire(now, SEARCH) > 0 || self.evict_from(lane, now) {
            return Ok(());
        }
        let larger = self.larger_lane(held);
        if larger.is_some() && self.evict_from(larger, now) { Ok(()) } else { Err(TableFull::Capacity) }
    }

    /// Removes the flow of a lane that is worth least, or an assured one that has expired.
    fn evict_from(&mut self, lane: Option<u32>, now: Instant) -> bool {
        let Some(lane) = lane else { return false };
        match self.lanes.get(lane).first_evictable().or_else(|| self.expired(lane, now)) {
            Some(place) => {
                self.evicted += u64::from(!self.slots[place as usize].is_expired(now));
                self.vacate(place);
                true
            }
            None => false,
        }
    }

    /// An expired assured flow, looked for among a few; the next search looks at the next few.
    fn expired(&mut self, lane: u32, now: Instant) -> Option<u32> {
        for _ in 0..SEARCH {
            let place = self.lanes.get(lane).first(Worth::Assured)?;
            if self.slots[place as usize].is_expired(now) {
                return Some(place);
            }
            self.unlink(place, Worth::Assured);
            self.link(place, Worth::Assured);
        }
        None
    }

    /// The lane with the most flows, if it has more than `held` and one of them may be evicted; of equals the one with the highest
    /// zone.
    fn larger_lane(&self, held: usize) -> Option<u32> {
        let larger = self.lanes.iter().filter(|(_, lane)| lane.flows > held && lane.first_evictable().is_some());
        larger.max_by_key(|(_, lane)| (lane.flows, lane.zone)).map(|(number, _)| number)
    }

    /// Doubles the places. The flows keep theirs, but the index and the wheel are made anew.
    fn grow(&mut self) {
        self.places = (self.places * 2).min(self.capacity);
        self.slots.reserve_exact(self.places - self.slots.len());
        self.index = Index::new(self.places);
        self.wheel = self.wheel.wider(self.places);
        for (place, slot) in (0..).zip(&mut self.slots) {
            if slot.is_occupied() {
                let words = slot.key().words(self.lanes.get(slot.lane()).zone.0);
                // There is more room than before, and the hashes are as before.
                let _ = self.index.insert(self.hash.hash(&words), place);
                slot.set_armed(self.wheel.file(place, slot.expires()));
            }
        }
    }

    fn take_place(&mut self) -> u32 {
        match self.free {
            Some(place) => {
                let [_, next] = self.slots[place as usize].neighbours(place);
                self.free = next;
                place
            }
            None => {
                self.slots.push(Slot::default());
                (self.slots.len() - 1) as u32
            }
        }
    }

    fn free_place(&mut self, place: u32) {
        let slot = &mut self.slots[place as usize];
        slot.vacate();
        slot.set_behind(place, self.free);
        self.free = Some(place);
    }

    fn vacate(&mut self, place: u32) {
        let slot = &self.slots[place as usize];
        let (number, worth) = (slot.lane(), slot.rank().worth());
        let lane = self.lanes.get_mut(number);
        if let Some(annex) = slot.annex() {
            self.annexes.give_back(annex);
            lane.annexes -= 1;
        }
        lane.flows -= 1;
        self.index.remove(self.hash.hash(&slot.key().words(lane.zone.0)), place);
        self.wheel.remove(place);
        self.unlink(place, worth);
        self.free_place(place);
        self.flows -= 1;
        self.lanes.close_if_empty(&self.hash, number);
    }

    fn unpack(&self, slot: &Slot) -> Flow {
        let annex = slot.annex().map(|number| self.annexes.get(number));
        slot.unpack(self.lanes.get(slot.lane()).zone, annex)
    }

    fn slot(&self, id: FlowId) -> Option<&Slot> {
        self.slots.get(id.slot as usize).filter(|slot| slot.is_occupied() && slot.generation() == id.generation)
    }
}
