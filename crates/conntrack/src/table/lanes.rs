//! What is kept for every zone that has flows.

use crate::flow::Zone;

use super::hash::KeyedHash;
use super::index::Index;
use super::resident::resident_room;
use super::slot::Worth;

/// The flows of one zone.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    pub(super) zone: Zone,
    pub(super) flows: usize,
    /// How many of them have an annex.
    pub(super) annexes: usize,
    /// First and last place of each [`Worth`], oldest first.
    pub(super) chains: [Option<(u32, u32)>; Worth::ALL.len()],
}

/// The lanes of all zones that have flows.
#[derive(Clone, Debug)]
pub(super) struct Lanes {
    /// A lane without flows is free.
    list: Vec<Lane>,
    /// The lanes by the hash of their zones.
    index: Index,
    free: Vec<u32>,
    limit: usize,
}

impl Lane {
    fn new(zone: Zone) -> Lane {
        Lane { zone, flows: 0, annexes: 0, chains: [None; Worth::ALL.len()] }
    }

    /// The place of the flow that is evicted first.
    pub(super) fn first_evictable(&self) -> Option<u32> {
        Worth::EVICTABLE.into_iter().find_map(|worth| self.first(worth))
    }

    pub(super) fn first(&self, worth: Worth) -> Option<u32> {
        self.chains[worth as usize].map(|(first, _)| first)
    }
}

impl Lanes {
    /// No lanes yet, and never more than `limit`.
    pub(super) fn new(limit: usize) -> Lanes {
        Lanes { list: Vec::new(), index: Index::new(limit), free: Vec::new(), limit }
    }

    /// Takes the memory for all of them, of which there is none yet.
    pub(super) fn reserve(&mut self) {
        self.list = resident_room(self.limit, Lane::new(Zone(0)));
        self.free = resident_room(self.limit, 0);
    }

    /// The number of a zone's lane.
    pub(super) fn find(&self, hash: &KeyedHash, zone: Zone) -> Option<u32> {
        self.index.find(hash.hash_number(zone.0), |number| self.list[number as usize].zone == zone)
    }

    /// The number of a zone's lane, which is opened if there is none; `None` when there is no room for one more.
    pub(super) fn open(&mut self, hash: &KeyedHash, zone: Zone) -> Option<u32> {
        if let Some(number) = self.find(hash, zone) {
            return Some(number);
        }
        let number = match self.free.last() {
            Some(&number) => number,
            None if self.list.len() < self.limit => self.list.len() as u32,
            None => return None,
        };
        self.index.insert(hash.hash_number(zone.0), number).ok()?;
        match self.free.pop() {
            Some(_) => self.list[number as usize] = Lane::new(zone),
            None => self.list.push(Lane::new(zone)),
        }
        Some(number)
    }

    /// Closes a lane that has no flows.
    pub(super) fn close_if_empty(&mut self, hash: &KeyedHash, number: u32) {
        let lane = self.get(number);
        if lane.flows == 0 {
            self.index.remove(hash.hash_number(lane.zone.0), number);
            self.free.push(number);
        }
    }

    pub(super) fn get(&self, number: u32) -> &Lane {
        &self.list[number as usize]
    }

    pub(super) fn get_mut(&mut self, number: u32) -> &mut Lane {
        &mut self.list[number as usize]
    }

    /// The lanes with flows.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &Lane)> {
        (0..).zip(&self.list).filter(|(_, lane)| lane.flows > 0)
    }

    /// Bytes that they take.
    pub(super) fn footprint(&self) -> usize {
        self.list.capacity() * size_of::<Lane>() + self.free.capacity() * size_of::<u32>() + self.index.footprint()
    }
}
