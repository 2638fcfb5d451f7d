//! A flow in 120 bytes: how its parts are packed.
//!
//! What a flow is, [`Flow`] says; this is how the table keeps it. Nothing is lost: [`Slot::unpack`] gives back what
//! [`Slot::pack`] took, but for the time of expiry, which is rounded up to whole milliseconds. What few flows need stands
//! in an [`Annex`].

mod bits;
mod connection;
mod straight;

use wire::Family;

use crate::flow::{Counters, Flow, Standing, Zone};
use crate::key::{Key, Shape};
use crate::tcp::{Stage, Tcp};
use crate::time::Instant;
use crate::tracker::{Assured, Heard, Plain, Tracker, Udp, UdpStage};
use crate::tuple::Sender;
use crate::way::Way;

use super::annex::Annex;
use bits::Bits;
use connection::odd_fin;

/// The most places: a place's number has 22 bits.
pub(super) const MOST_PLACES: usize = 1 << 22;
/// The most zones with flows: a lane's number has 16 bits.
pub(super) const MOST_LANES: usize = 1 << 16;

/// A place for a flow. What a packet in the middle of an IPv4 flow needs stands together, from the last of the ends on, and so on
/// the fewest lines of a processor's cache.
#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
pub(super) struct Slot {
    ends: [u64; 4],
    part: u32,
    flags: u32,
    pub(super) revision: u32,
    pub(super) mark: u32,
    /// Neighbours in a chain, and the lane of the zone.
    links: u64,
    /// Expiry and generation.
    time: u64,
    /// What is remembered of the flow, by its kind.
    ///
    /// - Open TCP connection: for each side start, end, limit, highest acknowledgment, window. The highest bit of a
    ///   window tells whether there is an acknowledgment.
    /// - Opening one: of the SYN sequence number, end, window and whether there is a challenge, and then the challenge.
    /// - All but TCP: time of opening in two words, where it counts, and the key's shape in the last one.
    words: [u32; 10],
    /// By way, packets and bytes: the lower halves.
    counts: [u32; 4],
}

const _: () = assert!(size_of::<Slot>() == 120);

const ARMED: Bits = Bits { at: 0, width: 8 };
const KIND: Bits = Bits { at: 8, width: 3 };
const IS_V6: Bits = Bits { at: 11, width: 1 };
const REMOTE_OPENED: Bits = Bits { at: 12, width: 1 };
const IS_REVOKED: Bits = Bits { at: 13, width: 1 };
const IS_ASSURED: Bits = Bits { at: 14, width: 1 };
const STAGE: Bits = Bits { at: 15, width: 3 };
const ORIGIN: Bits = Bits { at: 18, width: 2 };
const HAS_FIN: [Bits; 2] = [Bits { at: 20, width: 1 }, Bits { at: 21, width: 1 }];
const SCALE: [Bits; 2] = [Bits { at: 22, width: 4 }, Bits { at: 26, width: 4 }];
const HAS_ANNEX: Bits = Bits { at: 30, width: 1 };
const IS_OCCUPIED: Bits = Bits { at: 31, width: 1 };

const BEFORE: Bits = Bits { at: 0, width: 22 };
const BEHIND: Bits = Bits { at: 22, width: 22 };
const LANE: Bits = Bits { at: 44, width: 16 };

/// Milliseconds: 557 years.
const EXPIRES: Bits = Bits { at: 0, width: 44 };
const GENERATION: Bits = Bits { at: 44, width: 20 };

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Opening,
    Open,
    Refused,
    Udp,
    Query,
    Sctp,
    Dccp,
    Other,
}

const KINDS: [Kind; 8] =
    [Kind::Opening, Kind::Open, Kind::Refused, Kind::Udp, Kind::Query, Kind::Sctp, Kind::Dccp, Kind::Other];
const UDP_STAGES: [UdpStage; 4] = [UdpStage::Unreplied, UdpStage::Replied, UdpStage::Stream, UdpStage::Stream];
const HEARD: [Heard; 2] = [Heard::Opener, Heard::Both];

/// The flags of a flow that tell its [`Worth`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rank(u32);

/// What is evicted first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    Revoked,
    Closing,
    Unassured,
    Assured,
}

impl Slot {
    /// Words from beginning, middle and end of what a packet in the middle of a flow needs, mixed up: reading them fetches all of it,
    /// on whichever lines it lies.
    #[inline]
    pub(super) fn touch(&self) -> u64 {
        self.ends[3] ^ self.time ^ u64::from(self.counts[3])
    }

    /// Fills a free place, which keeps its generation. An annex must be given where [`Slot::needs_annex`].
    pub(super) fn pack(&mut self, flow: &Flow, lane: u32, annex: Option<(u32, &mut Annex)>) {
        let key = Key::of(&flow.original);
        let generation = self.generation();
        *self = Slot {
            ends: key.ends,
            part: key.part,
            revision: flow.revision,
            mark: flow.mark,
            links: LANE.with(0, lane.into()),
            time: GENERATION.with(0, generation.into()),
            ..Slot::default()
        };
        self.set(IS_OCCUPIED, 1);
        self.set(IS_V6, (key.shape.family() == Family::Ipv6).into());
        self.set(REMOTE_OPENED, (flow.original.sender == Sender::Remote).into());
        self.set_standing(flow.standing);
        self.set(IS_ASSURED, (flow.assured == Assured::Yes).into());
        self.set_expires(flow.expires);
        let counters = [flow.sent.packets, flow.sent.bytes, flow.received.packets, flow.received.bytes];
        self.words[9] = key.shape.0;
        let annex = match annex {
            Some((number, annex)) => {
                self.attach(number, annex);
                self.counts = counters.map(|count| count as u32);
                annex.high = counters.map(|count| (count >> 32) as u32);
                Some(annex)
            }
            None => {
                self.counts = counters.map(|count| u32::try_from(count).unwrap_or(u32::MAX));
                None
            }
        };
        self.set_tracker(&flow.tracker, annex);
    }

    /// The flow, as a value.
    pub(super) fn unpack(&self, zone: Zone, annex: Option<&Annex>) -> Flow {
        let high = annex.map_or([0; 4], |annex| annex.high);
        let count = |at: usize| u64::from(high[at]) << 32 | u64::from(self.counts[at]);
        Flow {
            zone,
            original: self.key().tuple(self.opener()),
            tracker: self.tracker(annex),
            revision: self.revision,
            mark: self.mark,
            assured: self.assured(),
            standing: self.standing(),
            expires: Instant::from_millis(self.expires()),
            sent: Counters { packets: count(0), bytes: count(1) },
            received: Counters { packets: count(2), bytes: count(3) },
        }
    }

    /// Whether the flow has a part that only an annex has room for.
    pub(super) fn needs_annex(flow: &Flow) -> bool {
        let counters = [flow.sent.packets, flow.sent.bytes, flow.received.packets, flow.received.bytes];
        counters.iter().any(|&count| count > u32::MAX.into()) || Slot::is_rare(&flow.tracker)
    }

    /// Whether the flow has this key.
    #[inline]
    pub(super) fn has(&self, key: &Key) -> bool {
        let has_ends = match key.shape.family() {
            Family::Ipv4 => self.ends[3] == key.ends[3],
            Family::Ipv6 => self.ends == key.ends,
        };
        has_ends && self.part == key.part && self.shape() == key.shape
    }

    pub(super) fn key(&self) -> Key {
        Key { ends: self.ends, part: self.part, shape: self.shape() }
    }

    #[inline]
    pub(super) fn tracker(&self, annex: Option<&Annex>) -> Tracker {
        let mut words = self.words;
        if let Some(annex) = annex {
            words[0] = annex.displaced;
        }
        let stage = self.get(STAGE) as usize;
        let heard = HEARD[stage & 1];
        match self.kind() {
            Kind::Opening => Tracker::Tcp(Tcp::Opening(self.opening(&words))),
            Kind::Open => Tracker::Tcp(Tcp::Open(self.open(&words, annex))),
            Kind::Refused => Tracker::Tcp(Tcp::Refused),
            Kind::Udp => {
                let opened = Instant::from_nanos(u64::from(words[1]) << 32 | u64::from(words[2]));
                Tracker::Udp(Udp { opened, stage: UDP_STAGES[stage & 3] })
            }
            Kind::Query => Tracker::Query(heard),
            Kind::Sctp => Tracker::Plain(Plain::Sctp, heard),
            Kind::Dccp => Tracker::Plain(Plain::Dccp, heard),
            Kind::Other => Tracker::Plain(Plain::Other, heard),
        }
    }

    /// Changes what is remembered of the flow, but not whether it is one of TCP.
    #[inline]
    pub(super) fn set_tracker(&mut self, tracker: &Tracker, annex: Option<&mut Annex>) {
        let number = self.words[0];
        match tracker {
            Tracker::Tcp(Tcp::Opening(opening)) => self.set_opening(opening),
            Tracker::Tcp(Tcp::Open(open)) => self.set_open(open),
            Tracker::Tcp(Tcp::Refused) => self.set_kind(Kind::Refused, 0),
            Tracker::Udp(udp) => {
                let opened = udp.opened.as_nanos();
                [self.words[1], self.words[2]] = [(opened >> 32) as u32, opened as u32];
                self.set_kind(Kind::Udp, udp.stage as u64);
            }
            Tracker::Query(heard) => self.set_kind(Kind::Query, *heard as u64),
            Tracker::Plain(Plain::Sctp, heard) => self.set_kind(Kind::Sctp, *heard as u64),
            Tracker::Plain(Plain::Dccp, heard) => self.set_kind(Kind::Dccp, *heard as u64),
            Tracker::Plain(Plain::Other, heard) => self.set_kind(Kind::Other, *heard as u64),
        }
        let Some(annex) = annex else {
            return;
        };
        annex.displaced = self.words[0];
        self.words[0] = number;
        (annex.probe, annex.fins) = match tracker {
            Tracker::Tcp(Tcp::Open(open)) => (open.probe, [odd_fin(&open.original), odd_fin(&open.reply)]),
            Tracker::Tcp(_) | Tracker::Udp(_) | Tracker::Query(_) | Tracker::Plain(..) => (None, [None; 2]),
        };
    }

    /// The number of its annex.
    pub(super) fn annex(&self) -> Option<u32> {
        (self.get(HAS_ANNEX) == 1).then_some(self.words[0])
    }

    /// Moves the word that the number of an annex takes the place of.
    pub(super) fn attach(&mut self, number: u32, annex: &mut Annex) {
        annex.displaced = self.words[0];
        self.words[0] = number;
        self.set(HAS_ANNEX, 1);
    }

    /// Counts a packet. Returns which counters began again at zero: packets, bytes.
    pub(super) fn count(&mut self, way: Way, length: u32) -> [bool; 2] {
        let at = first_count(way);
        let (packets, more_packets) = self.counts[at].overflowing_add(1);
        let (bytes, more_bytes) = self.counts[at + 1].overflowing_add(length);
        [self.counts[at], self.counts[at + 1]] = [packets, bytes];
        [more_packets, more_bytes]
    }

    /// Counts on in the annex; without one a counter stays at its highest value.
    pub(super) fn carry(&mut self, way: Way, carries: [bool; 2], mut annex: Option<&mut Annex>) {
        for (at, _) in (first_count(way)..).zip(carries).filter(|(_, carries)| *carries) {
            match annex.as_mut().map(|annex| &mut annex.high[at]) {
                Some(high) if *high < u32::MAX => *high += 1,
                Some(_) | None => self.counts[at] = u32::MAX,
            }
        }
    }

    /// Empties the place for its next flow, which has another generation.
    pub(super) fn vacate(&mut self) {
        let generation = self.generation() + 1;
        *self = Slot { time: GENERATION.with(0, generation.into()), ..Slot::default() };
    }

    pub(super) fn is_occupied(&self) -> bool {
        self.get(IS_OCCUPIED) == 1
    }

    pub(super) fn generation(&self) -> u32 {
        GENERATION.of(self.time) as u32
    }

    /// The whole millisecond at which the flow ends.
    pub(super) fn expires(&self) -> u64 {
        EXPIRES.of(self.time)
    }

    pub(super) fn set_expires(&mut self, expires: Instant) {
        self.time = EXPIRES.with(self.time, expires.millis_up().min(EXPIRES.mask()));
    }

    pub(super) fn is_expired(&self, now: Instant) -> bool {
        EXPIRES.of(self.time) <= now.as_millis()
    }

    /// The bucket of the timer wheel that it is filed in.
    pub(super) fn armed(&self) -> u8 {
        self.get(ARMED) as u8
    }

    pub(super) fn set_armed(&mut self, bucket: u8) {
        self.set(ARMED, bucket.into());
    }

    pub(super) fn opener(&self) -> Sender {
        if self.get(REMOTE_OPENED) == 1 { Sender::Remote } else { Sender::Instance }
    }

    pub(super) fn standing(&self) -> Standing {
        if self.get(IS_REVOKED) == 1 { Standing::Revoked } else { Standing::Live }
    }

    pub(super) fn set_standing(&mut self, standing: Standing) {
        self.set(IS_REVOKED, (standing == Standing::Revoked).into());
    }

    pub(super) fn set_assured(&mut self, assured: Assured) {
        self.set(IS_ASSURED, (assured == Assured::Yes).into());
    }

    /// What tells its worth.
    pub(super) fn rank(&self) -> Rank {
        Rank(self.flags & Rank::MASK)
    }

    pub(super) fn lane(&self) -> u32 {
        LANE.of(self.links) as u32
    }

    /// The neighbours of the place with this number in its chain. The ends have themselves for the neighbour that they lack.
    pub(super) fn neighbours(&self, own: u32) -> [Option<u32>; 2] {
        [BEFORE, BEHIND].map(|side| Some(side.of(self.links) as u32).filter(|&number| number != own))
    }

    pub(super) fn set_before(&mut self, own: u32, before: Option<u32>) {
        self.links = BEFORE.with(self.links, before.unwrap_or(own).into());
    }

    pub(super) fn set_behind(&mut self, own: u32, behind: Option<u32>) {
        self.links = BEHIND.with(self.links, behind.unwrap_or(own).into());
    }

    fn assured(&self) -> Assured {
        if self.get(IS_ASSURED) == 1 { Assured::Yes } else { Assured::NotYet }
    }

    #[inline]
    fn shape(&self) -> Shape {
        match self.kind() {
            Kind::Opening | Kind::Open | Kind::Refused => {
                Shape::tcp(if self.get(IS_V6) == 1 { Family::Ipv6 } else { Family::Ipv4 })
            }
            Kind::Udp | Kind::Query | Kind::Sctp | Kind::Dccp | Kind::Other => Shape(self.words[9]),
        }
    }

    fn kind(&self) -> Kind {
        KINDS[self.get(KIND) as usize]
    }

    fn set_kind(&mut self, kind: Kind, stage: u64) {
        self.set(KIND, kind as u64);
        self.set(STAGE, stage);
    }

    fn get(&self, bits: Bits) -> u64 {
        bits.of(self.flags.into())
    }

    fn set(&mut self, bits: Bits, value: u64) {
        self.flags = bits.with(self.flags.into(), value) as u32;
    }
}

impl Rank {
    /// Kind and stage, standing, and whether it is assured.
    const MASK: u32 = KIND.bits() | STAGE.bits() | IS_REVOKED.bits() | IS_ASSURED.bits();

    pub(super) fn worth(self) -> Worth {
        let flags = u64::from(self.0);
        if IS_REVOKED.of(flags) == 1 {
            return Worth::Revoked;
        }
        let is_closing = match KINDS[KIND.of(flags) as usize] {
            Kind::Refused => true,
            Kind::Open => Stage::ALL[STAGE.of(flags) as usize].is_closing(),
            Kind::Opening | Kind::Udp | Kind::Query | Kind::Sctp | Kind::Dccp | Kind::Other => false,
        };
        match (is_closing, IS_ASSURED.of(flags)) {
            (true, _) => Worth::Closing,
            (false, 1) => Worth::Assured,
            (false, _) => Worth::Unassured,
        }
    }
}

impl Worth {
    pub(super) const ALL: [Worth; 4] = [Worth::Revoked, Worth::Closing, Worth::Unassured, Worth::Assured];
    /// Without those that stay while they live.
    pub(super) const EVICTABLE: [Worth; 3] = [Worth::Revoked, Worth::Closing, Worth::Unassured];
}

fn first_count(way: Way) -> usize {
    match way {
        Way::Original => 0,
        Way::Reply => 2,
    }
}
