//! Fragments, kept until their datagram is whole.
//!
//! A datagram is judged once, when it is whole, and then all its fragments go on or none does. So a receiver never sees a
//! part of a refused datagram, nor two parts that contradict each other, whatever it makes of overlaps (RFC 1858, RFC 3128,
//! RFC 5722), and the length of a segment that a window counts is the whole one.
//!
//! Contract: at most [`FragmentLimits::capacity`] bytes are kept, at most [`FragmentLimits::share`] for one zone. Who needs
//! more room takes it from the oldest datagrams of its own zone, or from the zone that keeps most when all room is used. Every
//! call does bounded work.
//!
//! Absent: what a fragment may be by itself (length, end, tiny and rewriting ones), which the parser has checked.

mod partial;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use wire::{Endpoints, Fragment, IpProtocol, Packet};

use crate::config::{Config, FragmentLimits};
use crate::flow::Zone;
use crate::invalid::Invalid;
use crate::keyed::Keyed;
use crate::time::Instant;
use crate::tuple::Sender;
use partial::{Added, Partial};

/// What a fragment does to its datagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gathered {
    /// It waits for the others.
    Held,
    /// It was the last one missing. All fragments of the datagram, this one included, by offset and without gaps.
    Whole(Vec<HeldFragment>),
    /// It is dropped; so are all others of its datagram unless it is a duplicate.
    Refused(Invalid),
}

/// A fragment that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldFragment {
    /// The fragment as a value.
    pub packet: Packet,
    /// Where it stands in its datagram.
    pub place: Fragment,
    /// The bytes that it came in, where it came in bytes.
    pub frame: Box<[u8]>,
}

/// The fragments of many zones.
#[derive(Clone, Debug)]
pub(crate) struct Fragments {
    limits: FragmentLimits,
    datagrams: HashMap<Key, Partial, Keyed>,
    /// The key of each datagram by its serial number. All live equally long, so the first expires first.
    order: BTreeMap<u64, Key>,
    zones: HashMap<Zone, Lane, Keyed>,
    /// Zones by what they keep.
    ranking: BTreeSet<(usize, Zone)>,
    kept: usize,
    serial: u64,
}

/// What makes fragments parts of one datagram: RFC 791 section 3.2 for IPv4; without the protocol for IPv6 (RFC 8200
/// section 4.5), where fragments may name different next headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    zone: Zone,
    sender: Sender,
    endpoints: Endpoints,
    protocol: Option<IpProtocol>,
    identification: u32,
}

/// What one zone keeps.
#[derive(Clone, Debug, Default)]
struct Lane {
    kept: usize,
    serials: BTreeSet<u64>,
}

impl Fragments {
    pub(crate) fn new(config: &Config) -> Fragments {
        let keyed = Keyed(config.seed);
        Fragments {
            limits: config.fragments,
            datagrams: HashMap::with_hasher(keyed),
            order: BTreeMap::new(),
            zones: HashMap::with_hasher(keyed),
            ranking: BTreeSet::new(),
            kept: 0,
            serial: 0,
        }
    }

    /// Bytes that are kept, with what keeping them costs.
    pub(crate) fn kept(&self) -> usize {
        self.kept
    }

    pub(crate) fn gather(&mut self, zone: Zone, sender: Sender, fragment: HeldFragment, now: Instant) -> Gathered {
        let Some(key) = Key::of(zone, sender, &fragment) else {
            // Not a fragment: whole by itself.
            return Gathered::Whole(vec![fragment]);
        };
        if self.datagrams.get(&key).is_some_and(|partial| partial.expires <= now) {
            self.take(key);
        }
        let cost = Partial::cost_of(&fragment);
        if !self.make_room(zone, key, cost) {
            return Gathered::Refused(Invalid::FragmentRoom);
        }
        let mut partial = self.take(key).unwrap_or_else(|| {
            self.serial += 1;
            Partial::new(self.serial, now + self.limits.lifetime)
        });
        let gathered = match partial.add(fragment) {
            Added::Whole(fragments) => return Gathered::Whole(fragments),
            Added::Held => Gathered::Held,
            Added::Refused(invalid) => Gathered::Refused(invalid),
        };
        self.keep(key, partial);
        gathered
    }

    /// Gives up at most `budget` datagrams whose time is over.
    ///
    /// Returns how many.
    pub(crate) fn expire(&mut self, now: Instant, budget: usize) -> usize {
        let mut expired = 0;
        while expired < budget
            && let Some((_, &key)) = self.order.first_key_value()
            && self.datagrams.get(&key).is_none_or(|partial| partial.expires <= now)
        {
            self.take(key);
            expired += 1;
        }
        expired
    }

    pub(crate) fn remove_zone(&mut self, zone: Zone) {
        let serials = self.zones.get(&zone).map(|lane| lane.serials.clone()).unwrap_or_default();
        let keys: Vec<Key> = serials.iter().filter_map(|serial| self.order.get(serial).copied()).collect();
        keys.into_iter().for_each(|key| {
            self.take(key);
        });
    }

    /// Gives up old datagrams, but not that of `key`, until `cost` more bytes fit.
    ///
    /// Returns whether they do.
    fn make_room(&mut self, zone: Zone, key: Key, cost: usize) -> bool {
        while self.zones.get(&zone).is_some_and(|lane| lane.kept + cost > self.limits.share) {
            if !self.evict_oldest(zone, key) {
                return false;
            }
        }
        while self.kept + cost > self.limits.capacity {
            // Where the largest zone has nothing but this datagram, the others are smaller and keep theirs.
            let largest = self.ranking.last().map(|(_, zone)| *zone);
            if !largest.is_some_and(|largest| self.evict_oldest(largest, key)) {
                return false;
            }
        }
        cost <= self.limits.share
    }

    fn evict_oldest(&mut self, zone: Zone, except: Key) -> bool {
        let keys = self.zones.get(&zone).into_iter().flat_map(|lane| &lane.serials);
        let oldest = keys.filter_map(|serial| self.order.get(serial)).find(|key| **key != except).copied();
        oldest.is_some_and(|key| self.take(key).is_some())
    }

    fn keep(&mut self, key: Key, partial: Partial) {
        let (serial, cost) = (partial.serial, partial.cost());
        self.change_lane(key.zone, |lane| {
            lane.kept += cost;
            lane.serials.insert(serial);
        });
        self.kept += cost;
        self.order.insert(serial, key);
        self.datagrams.insert(key, partial);
    }

    fn take(&mut self, key: Key) -> Option<Partial> {
        let partial = self.datagrams.remove(&key)?;
        let (serial, cost) = (partial.serial, partial.cost());
        self.order.remove(&serial);
        self.kept -= cost;
        self.change_lane(key.zone, |lane| {
            lane.kept -= cost;
            lane.serials.remove(&serial);
        });
        Some(partial)
    }

    fn change_lane(&mut self, zone: Zone, change: impl FnOnce(&mut Lane)) {
        let lane = self.zones.entry(zone).or_default();
        self.ranking.remove(&(lane.kept, zone));
        change(lane);
        if lane.serials.is_empty() {
            self.zones.remove(&zone);
        } else {
            self.ranking.insert((lane.kept, zone));
        }
    }
}

impl Key {
    fn of(zone: Zone, sender: Sender, fragment: &HeldFragment) -> Option<Key> {
        let datagram = fragment.packet.datagram()?;
        let protocol = match datagram.endpoints {
            Endpoints::V4(..) => Some(datagram.protocol()),
            Endpoints::V6(..) => None,
        };
        let identification = fragment.place.identification;
        Some(Key { zone, sender, endpoints: datagram.endpoints, protocol, identification })
    }
}
