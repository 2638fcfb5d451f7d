//! What a capture would have done: its packets one after the other, counted by verdict and by flow.
//!
//! A packet goes between the vnics that have its addresses. Ethernet addresses count for nothing: those of a capture are those of
//! the place where it was made.
//!
//! Contract: memory grows with the flows up to [`LISTED`], not with the packets.
//!
//! Absent: files, and what their bytes mean.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use conntrack::{Config, Conntrack, Instant, Sender, Tuple, Way};
use policy::{Direction, Policy, VnicIndex};
use wire::{Endpoints, IpProtocol, Packet, Payload, Sketch};

use crate::evaluate::adopt;
use crate::question::addresses;
use crate::ruling::{Outcome, Ruling};
use crate::travel::{Endpoint, Journey, travel};
use crate::verdict::Verdict;

/// The most flows that are listed one by one. Packets of those beyond are judged and counted all the same.
pub const LISTED: usize = 200_000;

/// A capture that is being judged.
#[derive(Debug)]
pub struct Replay {
    policy: Arc<Policy>,
    conntrack: Conntrack,
    owners: HashMap<IpAddr, VnicIndex>,
    now: Instant,
    tallies: Vec<Tally>,
    flows: Vec<SeenFlow>,
    places: HashMap<Key, usize>,
    counts: Counts,
}

/// How many packets there were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub packets: u64,
    /// Of which neither end is an instance, so nothing judges them.
    pub foreign: u64,
    /// Of flows beyond those that are listed.
    pub unlisted: u64,
}

/// How often a verdict was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Where.
    pub vnic: VnicIndex,
    /// Which way.
    pub direction: Direction,
    /// What; of a packet that passed two vnics, what the last one said.
    pub verdict: Verdict,
    /// How many packets.
    pub packets: u64,
    /// How many listed flows began with it.
    pub flows: u64,
}

/// Packets of the same ends, both ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenFlow {
    /// The first packet.
    pub first: Sketch,
    /// When it was seen.
    pub start: Instant,
    /// When the latest one was seen.
    pub end: Instant,
    /// How many packets.
    pub packets: u64,
    /// The lengths of their frames.
    pub bytes: u64,
    /// How many were dropped.
    pub dropped: u64,
    /// What became of the first packet, as the place of a [`Tally`].
    pub began: usize,
    /// The first packet that was dropped, where that is not the first of all.
    pub broke: Option<Break>,
}

/// A packet that was dropped in a flow that passed so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Break {
    /// The packet.
    pub packet: Sketch,
    /// When it was seen.
    pub at: Instant,
    /// Whether it went as the first packet of the flow.
    pub way: Way,
    /// What became of it, as the place of a [`Tally`].
    pub tally: usize,
}

/// What tells one flow from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Tuple(Tuple),
    Plain(Endpoints, IpProtocol),
    Link(Option<IpAddr>, Option<IpAddr>),
}

/// How many expired flows are looked for after each packet.
const SWEEP: usize = 4;

impl Replay {
    /// A replay that nothing has happened in yet.
    pub fn new(policy: Arc<Policy>) -> Replay {
        let mut conntrack = Conntrack::new(Config::default());
        adopt(&policy, &mut conntrack);
        let mut owners = HashMap::new();
        for (index, vnic) in policy.vnics() {
            for address in &vnic.addresses {
                owners.entry(*address).or_insert(index);
            }
        }
        let (tallies, flows, places) = (Vec::new(), Vec::new(), HashMap::new());
        let (now, counts) = (Instant::default(), Counts::default());
        Replay { policy, conntrack, owners, now, tallies, flows, places, counts }
    }

    /// Judges the next packet. Time does not run backwards, whatever its stamp says; without a stamp it stands still.
    pub fn take(&mut self, packet: &Packet, stamp: Option<Instant>) {
        self.counts.packets += 1;
        self.now = stamp.map_or(self.now, |stamp| self.now.max(stamp));
        let sketch = Sketch { macs: None, payload: packet.payload };
        let (from, to) = self.ends(&sketch.payload);
        let journey = travel(&self.policy, &mut self.conntrack, from, to, &sketch, self.now);
        self.conntrack.expire(self.now, SWEEP);
        match self.tally(&journey) {
            Some(place) => self.list(sketch, packet.length, place),
            None => self.counts.foreign += 1,
        }
    }

    /// The policy that judges.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// How many packets there were.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Every verdict that was given.
    pub fn tallies(&self) -> &[Tally] {
        &self.tallies
    }

    /// The flows in the order in which they began.
    pub fn flows(&self) -> &[SeenFlow] {
        &self.flows
    }

    fn ends(&self, payload: &Payload) -> (Endpoint, Endpoint) {
        let (source, destination) = addresses(payload);
        let owner = |address: Option<IpAddr>| address.and_then(|address| self.owners.get(&address));
        let end = |address| owner(address).map_or(Endpoint::Outside, |vnic| Endpoint::Vnic(*vnic));
        (end(source), end(destination))
    }

    /// The place of the verdict's tally, of a packet that somebody judges.
    fn tally(&mut self, journey: &Journey) -> Option<usize> {
        let leg = journey.legs.last()?;
        let (vnic, direction, verdict) = (leg.hook.vnic, leg.hook.direction, leg.verdict);
        let same = |tally: &Tally| (tally.vnic, tally.direction, tally.verdict) == (vnic, direction, verdict);
        let place = self.tallies.iter().position(same).unwrap_or_else(|| {
            self.tallies.push(Tally { vnic, direction, verdict, packets: 0, flows: 0 });
            self.tallies.len() - 1
        });
        self.tallies[place].packets += 1;
        Some(place)
    }

    fn list(&mut self, sketch: Sketch, length: u32, place: usize) {
        let (key, answered) = Key::both(&sketch.payload);
        let known = self.places.get(&key).or_else(|| self.places.get(&answered)).copied();
        let dropped = self.tallies[place].verdict.outcome() == Outcome::Drop;
        let Some(index) = known else {
            if self.flows.len() == LISTED {
                self.counts.unlisted += 1;
                return;
            }
            self.places.insert(key, self.flows.len());
            self.tallies[place].flows += 1;
            let (start, end, bytes) = (self.now, self.now, length.into());
            let dropped = dropped.into();
            let flow = SeenFlow { first: sketch, start, end, packets: 1, bytes, dropped, began: place, broke: None };
            self.flows.push(flow);
            return;
        };
        let flow = &mut self.flows[index];
        flow.end = self.now;
        flow.packets += 1;
        flow.bytes += u64::from(length);
        if dropped {
            flow.dropped += 1;
            if flow.dropped == 1 {
                let way = if addresses(&flow.first.payload) == addresses(&sketch.payload) {
                    Way::Original
                } else {
                    Way::Reply
                };
                flow.broke = Some(Break { packet: sketch, at: self.now, way, tally: place });
            }
        }
    }
}

impl Tally {
    /// The verdict by name; `replay` is the one that made it.
    pub fn ruling(&self, replay: &Replay) -> Ruling {
        self.verdict.named(&replay.policy)
    }
}

impl Key {
    /// The key of a packet, and that of a packet which it answers.
    fn both(payload: &Payload) -> (Key, Key) {
        match payload {
            Payload::Ip(datagram) => {
                let (endpoints, protocol) = (datagram.endpoints, datagram.protocol());
                // A capture does not tell who sent, so every flow has the same sender.
                let tuples = (Tuple::of(Sender::Instance, datagram), Tuple::of(Sender::Remote, datagram));
                match tuples {
                    (Some(here), Some(there)) => (Key::Tuple(here), Key::Tuple(there.reply())),
                    _ => (Key::Plain(endpoints, protocol), Key::Plain(endpoints.reverse(), protocol)),
                }
            }
            Payload::Arp(_) | Payload::Other(_) => {
                let (source, destination) = addresses(payload);
                (Key::Link(source, destination), Key::Link(destination, source))
            }
        }
    }
}
