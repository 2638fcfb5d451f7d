//! Packets against flows.

use std::collections::BTreeMap;

use wire::{Datagram, Endpoints, Fragment, Gist, IcmpBody, Packet, Quote, Transport};

use crate::class::{Class, Step, TableFull, Tentative};
use crate::config::{Config, Timeouts};
use crate::effect::Effect;
use crate::flow::{Counters, Flow, FlowId, Standing, Zone};
use crate::footprint::Footprint;
use crate::fragments::{Fragments, Gathered, HeldFragment};
use crate::invalid::Invalid;
use crate::lifetimes::Lifetimes;
use crate::passing::{Likely, Passing};
use crate::saved::{Resumption, Saved, Sweep, Writer};
use crate::table::{AHEAD, Found, Table};
use crate::time::Instant;
use crate::tracker::{Assured, Tracker};
use crate::tuple::{Sender, Tuple};

/// The flows of many zones, and the fragments that wait for the rest of their datagrams.
#[derive(Clone, Debug)]
pub struct Conntrack {
    config: Config,
    lifetimes: Lifetimes,
    table: Table,
    fragments: Fragments,
}

impl Conntrack {
    /// An empty table.
    pub fn new(config: Config) -> Conntrack {
        Conntrack {
            config,
            lifetimes: Lifetimes::of(&config.timeouts),
            table: Table::new(&config),
            fragments: Fragments::new(&config),
        }
    }

    /// How it was set up.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Adds a fragment that `sender` sent to its datagram. `frame` is what it came in, kept for the caller until the
    /// datagram is whole; it may be empty.
    ///
    /// The fragments of a whole datagram make one packet, which is then classified. Their frames go on if that passes.
    pub fn gather(
        &mut self,
        zone: Zone,
        sender: Sender,
        packet: &Packet,
        place: Fragment,
        frame: &[u8],
        now: Instant,
    ) -> Gathered {
        self.fragments.gather(zone, sender, HeldFragment { packet: *packet, place, frame: frame.into() }, now)
    }

    /// What keeping the fragments that wait takes, in bytes.
    pub fn kept_fragments(&self) -> usize {
        self.fragments.kept()
    }

    /// Changes how long flows live from now on. A flow that waits keeps its end until its next packet.
    pub fn set_timeouts(&mut self, timeouts: Timeouts) {
        self.config.timeouts = timeouts;
        self.lifetimes = Lifetimes::of(&timeouts);
    }

    /// What a packet that `sender` sent is to the flows of a zone. Reads only, so a packet that is then dropped leaves no
    /// mark.
    pub fn classify(&self, zone: Zone, sender: Sender, datagram: &Datagram, now: Instant) -> Class {
        if let Transport::Icmp(message) = datagram.transport
            && let IcmpBody::Error(quote) = message.body
        {
            return self.relate(zone, sender, datagram.endpoints, quote, now).unwrap_or_else(Class::Invalid);
        }
        match Tuple::of(sender, datagram) {
            Some(tuple) => self.track(zone, tuple, datagram, now),
            None => Class::Untracked,
        }
    }

    /// The most packets that [`Conntrack::look_ahead`] looks at.
    pub const AHEAD: usize = AHEAD;

    /// Finds where the flows of packets that `sender` sent and that are judged next probably are, and fetches what it knows of them.
    /// One by one, each of them would wait for memory and for the search before it; so they wait together. It changes nothing, and
    /// packets beyond [`Conntrack::AHEAD`] are left as they are.
    pub fn look_ahead<'p>(
        &self,
        zone: Zone,
        sender: Sender,
        packets: impl Iterator<Item = (&'p Gist, &'p mut Option<Likely>)>,
    ) {
        self.table.look_ahead(zone, sender, packets);
    }

    /// Lets a packet pass in the middle of a live flow that its revision admitted last, and returns the mark of the flow. To the
    /// packet and to the flow it is what [`Conntrack::classify`] and [`Conntrack::advance`] do, in a fraction of their time.
    ///
    /// Returns `None`, and changes nothing, where there may be more to tell; then `classify` tells it. That is always right, so
    /// which packets these are is nothing to rely on.
    #[inline]
    pub fn pass(&mut self, zone: Zone, passing: &Passing<'_>) -> Option<u32> {
        self.table.pass(zone, passing, &self.lifetimes)
    }

    /// Makes a tentative flow one, with its first packet of `length` bytes accepted. `revision` and `mark` are the
    /// caller's own and come back from [`Flow::revision`] and [`Flow::mark`].
    ///
    /// When the zone's share or the table is used up, a revoked flow makes room, else a closing one, else the oldest
    /// that is not assured: of the same zone, or of one that holds more flows when it is the table that is full.
    ///
    /// Returns the flow that is there already if another one with this tuple was entered since the classification.
    pub fn commit(
        &mut self,
        tentative: Tentative,
        revision: u32,
        mark: u32,
        length: u32,
        now: Instant,
    ) -> Result<FlowId, TableFull> {
        let Tentative { zone, original, tracker, replaces } = tentative;
        if let Some(found) = self.table.find(zone, &original) {
            let id = found.id();
            if !found.is_expired(now) && replaces != Some(id) {
                return Ok(id);
            }
            self.table.remove(id);
        }
        let flow = Flow {
            zone,
            original,
            tracker,
            revision,
            mark,
            assured: tracker.assured(),
            standing: Standing::Live,
            expires: now + tracker.lifetime(&self.config.timeouts),
            sent: Counters { packets: 1, bytes: length.into() },
            received: Counters::default(),
        };
        self.table.insert(&flow, now)
    }

    /// Carries out what an accepted packet of `length` bytes changes in its flow. Does nothing to a flow that is gone
    /// or revoked.
    pub fn advance(&mut self, step: Step, length: u32, now: Instant) {
        let timeouts = &self.config.timeouts;
        self.table.change(step.flow, |flow| {
            if flow.standing() == Standing::Revoked {
                return;
            }
            flow.count(step.way, length);
            match step.effect {
                Effect::Pass | Effect::Reopen => {}
                Effect::Note => flow.set_tracker(&step.tracker),
                Effect::Move => {
                    flow.set_tracker(&step.tracker);
                    flow.set_expires(now + step.tracker.lifetime(timeouts));
                    if step.tracker.assured() == Assured::Yes {
                        flow.set_assured();
                    }
                }
            }
        });
    }

    /// Notes a dropped packet of a revoked flow: the flow stays known for as long as its ends go on. Its window does not
    /// move, because the packet did not arrive.
    pub fn touch(&mut self, step: Step, now: Instant) {
        let lifetime = self.config.timeouts.revoked;
        self.table.change(step.flow, |flow| {
            if flow.standing() == Standing::Revoked {
                flow.set_expires(now + lifetime);
            }
        });
    }

    /// The flow of a name, until it is removed. It may have expired.
    pub fn flow(&self, id: FlowId) -> Option<Flow> {
        self.table.get(id)
    }

    /// The revision and the mark of a flow, without a copy of the rest.
    pub fn admission(&self, id: FlowId) -> Option<(u32, u32)> {
        self.table.admission(id)
    }

    /// Notes that a flow was judged again and is admitted; a revoked one lives again where it stood.
    pub fn renew(&mut self, id: FlowId, revision: u32, mark: u32) {
        self.table.change(id, |flow| {
            flow.set_admission(revision, mark);
            flow.set_standing(Standing::Live);
        });
    }

    /// Notes that a flow was judged again and is refused.
    ///
    /// It is kept as revoked: so its answers cannot open it again from the other side, and it goes on where it stood if
    /// it is renewed before it expires.
    pub fn revoke(&mut self, id: FlowId, revision: u32, now: Instant) {
        let lifetime = self.config.timeouts.revoked;
        self.table.change(id, |flow| {
            flow.set_revision(revision);
            flow.set_standing(Standing::Revoked);
            flow.set_expires(now + lifetime);
        });
    }

    /// Removes flows that have expired and datagrams that did not become whole in time, and looks at no more than `budget`
    /// of either for that. What has expired is treated as absent anyway: this gives its room back.
    ///
    /// A flow comes up when it expires, whatever the others do; one that packets have kept alive since may come up once
    /// more.
    ///
    /// Returns how many flows it removed.
    pub fn expire(&mut self, now: Instant, budget: usize) -> usize {
        self.fragments.expire(now, budget);
        self.table.expire(now, budget)
    }

    /// All flows, in no particular order; expired ones too, until they are removed.
    pub fn flows(&self) -> impl Iterator<Item = (FlowId, Flow)> {
        self.table.iter()
    }

    /// How many flows there are, with the expired ones that were not removed yet.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there is no flow.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many live flows had to go for others since the start.
    pub fn evicted(&self) -> u64 {
        self.table.evicted()
    }

    /// How many flows a zone has, with the expired ones that were not removed yet.
    pub fn zone_len(&self, zone: Zone) -> usize {
        self.table.zone_len(zone)
    }

    /// Removes all flows of a zone: its vnic no longer tracks, so what it knows of them is not true for long.
    pub fn forget(&mut self, zone: Zone) {
        self.table.remove_zone(zone);
    }

    /// Removes all flows and fragments of a zone: its vnic is gone.
    pub fn remove(&mut self, zone: Zone) {
        self.fragments.remove_zone(zone);
        self.table.remove_zone(zone);
    }

    /// The live flows of a zone as bytes, for [`Saved::read`]. Fragments that wait are not among them.
    pub fn save(&self, zone: Zone, now: Instant) -> Vec<u8> {
        let mut writer = Writer::new(self.zone_len(zone));
        self.table.flows_of(zone).for_each(|flow| writer.push(&flow, now));
        writer.finish()
    }

    /// Saves flows of all zones in up to `budget` further places: bounded work, between which packets pass. A flow that ends
    /// and begins again in the meantime may be saved twice; then the first counts.
    ///
    /// Returns the bytes of every zone that has flows once all places were looked at, else what to go on with.
    pub fn sweep(&self, mut sweep: Sweep, budget: usize, now: Instant) -> Result<BTreeMap<Zone, Vec<u8>>, Sweep> {
        let end = sweep.next.saturating_add(budget);
        for flow in self.table.flows_in(sweep.next..end) {
            sweep.zones.entry(flow.zone).or_insert_with(|| Writer::new(0)).push(&flow, now);
        }
        sweep.next = end;
        if end < self.table.places() {
            return Err(sweep);
        }
        Ok(sweep.zones.into_iter().map(|(zone, writer)| (zone, writer.finish())).collect())
    }

    /// Takes saved flows into a zone, as far as they still live and there is room for them; a flow that is there already
    /// stays. They get this revision, and 0 for a mark: with a revision that judged none of them, each is to be judged again.
    ///
    /// What began before the start of the clock counts as begun then, so a clock that starts anew should start late.
    ///
    /// Returns how many it took.
    pub fn restore(
        &mut self,
        zone: Zone,
        saved: &Saved,
        resumption: &Resumption,
        revision: u32,
        now: Instant,
    ) -> usize {
        let before = self.zone_len(zone);
        for flow in saved.resumed(zone, revision, resumption, &self.config.timeouts, now) {
            if self.table.find(zone, &flow.original).is_none() {
                // What finds no room is not tracked.
                let _ = self.table.insert(&flow, now);
            }
        }
        self.zone_len(zone).saturating_sub(before)
    }

    /// Takes the live flows in `budget` places of another table from `next` on, into their zones and in place of those that it has
    /// under their tuples: bounded work, between which packets pass both. Once all places were looked at it has what the other
    /// has, but for the order of eviction and for what found no room. Revision and mark are as in [`Conntrack::restore`].
    ///
    /// Returns the place to go on at; `None` after the last one.
    pub fn copy(&mut self, from: &Conntrack, next: usize, budget: usize, revision: u32, now: Instant) -> Option<usize> {
        let end = next.saturating_add(budget);
        for flow in from.table.flows_in(next..end) {
            // What it made of the flow's last packets, without knowing it.
            if let Some(here) = self.table.find(flow.zone, &flow.original).map(|found| found.id()) {
                self.table.remove(here);
            }
            if flow.expires > now {
                // What finds no room is not tracked.
                let _ = self.table.insert(&Flow { revision, mark: 0, ..flow }, now);
            }
        }
        (end < from.table.places()).then_some(end)
    }

    /// The memory that it takes, by part.
    pub fn footprint(&self) -> Footprint {
        Footprint { fragments: self.fragments.kept(), ..self.table.footprint() }
    }

    fn track(&self, zone: Zone, tuple: Tuple, datagram: &Datagram, now: Instant) -> Class {
        let Some(found) = self.find(zone, &tuple, now) else {
            return self.tentative(zone, tuple, datagram, None, now);
        };
        let (flow, way, mut tracker) = (found.id(), found.way(), found.tracker());
        let effect = tracker.receive(way, datagram, &self.config.timeouts, now);
        match (found.standing(), effect) {
            // Whoever opens a refused connection again asks the rules again.
            (Standing::Revoked, _) if is_syn(datagram) => self.tentative(zone, tuple, datagram, Some(flow), now),
            (_, Ok(Effect::Reopen)) => self.tentative(zone, tuple, datagram, Some(flow), now),
            (Standing::Revoked, Ok(effect)) => Class::Revoked(Step { flow, way, effect, tracker }),
            (Standing::Live, Ok(effect)) => Class::Established(Step { flow, way, effect, tracker }),
            (_, Err(invalid)) => Class::Invalid(invalid),
        }
    }

    fn tentative(
        &self,
        zone: Zone,
        original: Tuple,
        datagram: &Datagram,
        replaces: Option<FlowId>,
        now: Instant,
    ) -> Class {
        match Tracker::open(&original, datagram, self.config.pick_up, now) {
            Ok(tracker) => Class::New(Tentative { zone, original, tracker, replaces }),
            Err(invalid) => Class::Invalid(invalid),
        }
    }

    /// An ICMP error. Its receiver must be the sender of the packet that it quotes, and that packet one of a live flow
    /// (RFC 5927 section 4.1; netfilter, `nf_conntrack_inet_error`).
    fn relate(
        &self,
        zone: Zone,
        sender: Sender,
        endpoints: Endpoints,
        quote: Option<Quote>,
        now: Instant,
    ) -> Result<Class, Invalid> {
        let quote = quote.ok_or(Invalid::IcmpQuoteMissing)?;
        if quote.endpoints.source() != endpoints.destination() {
            return Err(Invalid::IcmpDestination);
        }
        let found = Tuple::quoted(sender.other(), &quote)
            .and_then(|tuple| self.find(zone, &tuple, now))
            .filter(|found| found.standing() == Standing::Live)
            .ok_or(Invalid::IcmpUnknownFlow)?;
        let way = found.way();
        if !found.tracker().admits_quote(way, &quote.transport) {
            return Err(Invalid::IcmpInnerWindow);
        }
        Ok(Class::Related { flow: found.id(), way: way.reverse() })
    }

    fn find(&self, zone: Zone, tuple: &Tuple, now: Instant) -> Option<Found<'_>> {
        self.table.find(zone, tuple).filter(|found| !found.is_expired(now))
    }
}

fn is_syn(datagram: &Datagram) -> bool {
    match datagram.transport {
        Transport::Tcp(tcp) => tcp.flags.contains(wire::TcpFlags::SYN) && !tcp.flags.contains(wire::TcpFlags::ACK),
        _ => false,
    }
}
