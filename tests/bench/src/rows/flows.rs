//! The flow table alone, by the number of flows in it.

use conntrack::{Conntrack, Sender, Zone};
use policy::Family;

use crate::chance::Chance;
use crate::contenders::map::{FiveTuple, FlowMap};
use crate::race::{Clock, Contender, Effort, Stopwatch, race};
use crate::table::Row;
use crate::traffic::{Segment, Tracked, ZONE, datagram, table, track};

/// The most new flows of a lap, which come and go by so many.
pub const BATCH: usize = 2048;

/// The most packets of a lap of other work: as many frames as a second level cache holds.
const LONGEST: usize = 8192;

/// Flows that are met again and again.
pub const HOT: u32 = 16;

/// The zone of flows that go again after each lap.
pub const PASSING: Zone = Zone(7);

/// Which flows the packets of a lap belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// A few, which the processor's caches hold.
    Hot,
    /// Any of all.
    Random,
    /// None that is there.
    Fresh,
}

/// A kind of work: which packets of which flows.
pub struct Work {
    /// What the table calls it.
    pub name: &'static str,
    /// What the packets are.
    pub segment: Segment,
    /// Whose they are.
    pub choice: Choice,
}

impl Work {
    /// What is measured at every size.
    pub const ALL: [Work; 4] = [
        Work { name: "new flow", segment: Segment::Syn, choice: Choice::Fresh },
        Work { name: "established, hot", segment: Segment::Ack, choice: Choice::Hot },
        Work { name: "established, random order", segment: Segment::Ack, choice: Choice::Random },
        Work { name: "invalid, random order", segment: Segment::StrayReset, choice: Choice::Random },
    ];

    /// The clients of a lap's packets, where so many are connected.
    pub fn clients(&self, chance: &mut Chance, connected: u32, count: usize) -> Vec<u32> {
        let mut pick = |at: usize| match self.choice {
            Choice::Hot => at as u32 % HOT.min(connected),
            Choice::Random => chance.below(connected as usize) as u32,
            Choice::Fresh => connected + at as u32,
        };
        (0..count).map(&mut pick).collect()
    }

    /// The effort, with laps that are not longer than there is work.
    pub fn limited(&self, effort: Effort) -> Effort {
        let longest = match self.choice {
            Choice::Hot | Choice::Random => LONGEST,
            Choice::Fresh => BATCH,
        };
        Effort { most: effort.most.min(longest), ..effort }
    }
}

/// Rows for so many flows; the peer is a map of 5-tuples.
pub fn rows(clock: Clock, effort: Effort, sizes: &[u32], mut each: impl FnMut(Row)) {
    let family = Family::Ipv4;
    for size in sizes {
        let mut conntrack = table(family, *size, BATCH as u32);
        let mut map = map(family, *size);
        for work in &Work::ALL {
            let figures = {
                let mut contenders = [ours(work, &mut conntrack, *size), theirs(work, &mut map, *size)];
                race(clock, work.limited(effort), &mut contenders)
            };
            each(Row::race(format!("flow table, {}", work.name), format!("{size} flows"), figures));
        }
    }
}

/// A map of the same connections.
pub fn map(family: Family, clients: u32) -> FlowMap {
    let mut map = FlowMap::default();
    (0..clients).for_each(|client| map.open(FiveTuple::of(&datagram(family, client, Segment::Syn)), 60, 0));
    map
}

fn ours<'a>(work: &'a Work, conntrack: &'a mut Conntrack, size: u32) -> Contender<'a> {
    let mut chance = Chance::new(3);
    Contender::new("ours", move |watch, operations| {
        let batch = batch(work, &mut chance, size, operations);
        let zone = if work.choice == Choice::Fresh { PASSING } else { ZONE };
        watch.time(|| {
            for chunk in batch.chunks(Conntrack::AHEAD) {
                let mut likely = [None; Conntrack::AHEAD];
                let gists = chunk.iter().map(|packet| &packet.gist);
                conntrack.look_ahead(zone, Sender::Remote, gists.zip(&mut likely));
                for (packet, likely) in chunk.iter().zip(likely) {
                    std::hint::black_box(track(conntrack, zone, Sender::Remote, std::hint::black_box(packet), likely));
                }
            }
        });
        conntrack.remove(PASSING);
    })
}

fn theirs<'a>(work: &'a Work, map: &'a mut FlowMap, size: u32) -> Contender<'a> {
    let mut chance = Chance::new(3);
    Contender::new("HashMap", move |watch: &mut Stopwatch, operations| {
        let batch = batch(work, &mut chance, size, operations);
        watch.time(|| {
            for packet in &batch {
                let tuple = FiveTuple::of(std::hint::black_box(&packet.datagram));
                match work.segment {
                    Segment::StrayReset => {
                        std::hint::black_box(map.knows(tuple));
                    }
                    Segment::Syn | Segment::SynAck | Segment::Ack => map.open(tuple, 60, 1),
                }
            }
        });
        if work.choice == Choice::Fresh {
            batch.iter().for_each(|packet| map.remove(FiveTuple::of(&packet.datagram)));
        }
    })
}

fn batch(work: &Work, chance: &mut Chance, size: u32, operations: usize) -> Vec<Tracked> {
    let clients = work.clients(chance, size, operations);
    clients.into_iter().map(|client| Tracked::new(Family::Ipv4, client, work.segment)).collect()
}
