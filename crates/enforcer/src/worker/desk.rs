//! What a worker's thread does: waits, obeys, judges what came, and tells.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::time::{Duration, Instant as Clock, SystemTime, UNIX_EPOCH};

use conntrack::{Conntrack, Instant, Sweep};
use datapath::wait::{Waiter, Waker};
use datapath::{BATCH, IoError, PacketIo};
use policy::{Policy, VnicId};

use super::flood::REST;
use super::patience::Patience;
use super::seat::{Gear, Seat, Side, Span, Tools};
use super::staged::Staged;
use super::{Event, FlowCopy, Order, Pending, Port, Setup};
use crate::latency::Histogram;
use crate::losses::Losses;
use crate::state::Resumed;
use crate::tally::{PendingTally, RuleCounts, Tally, Tracked};

/// How often flows expire.
const TICK: Duration = Duration::from_millis(100);

/// The most flows that expire in one tick: bounded work between two polls.
const EXPIRED_AT_ONCE: usize = 8_192;

/// Ticks from one tally to the next.
const TICKS_A_TALLY: u32 = 10;

/// The time at the start, so that restored flows have a past: longer than the age at which UDP is a stream.
const PAST: Duration = Duration::from_secs(60);

/// The most places of the flow table that are copied between two polls.
const COPIED_AT_ONCE: usize = 512;

/// The waiter's name for orders; a link's is twice its seat's place, and one more for the uplink.
const ORDERS: u64 = u64::MAX;

/// The most frames that a link gives in its turn where others wait for theirs: what a flood of one vnic costs the next. So many
/// still share the cost of a turn and of a system call.
const SHARED_TURN: usize = 16;

/// What the thread works with.
pub(super) struct Desk<T> {
    number: usize,
    tools: Tools<T>,
    /// A seat keeps its place, which names its links to the waiter.
    seats: Vec<Option<Seat>>,
    /// Links that are left alone, by their names for the waiter, and until when: the first one first.
    resting: VecDeque<(u64, Clock)>,
    /// A copy that is being made.
    saving: Option<Sweep>,
    waiter: Waiter,
    start: Clock,
    patience: Patience,
    closer: Sender<Box<dyn PacketIo>>,
    inbox: Receiver<Order>,
    waker: Arc<Waker>,
    /// Whether there may be more in the inbox.
    has_orders: bool,
}

/// Whether the worker goes on.
#[derive(PartialEq, Eq)]
enum Next {
    Work,
    End,
}

impl<T: Fn(Event)> Desk<T> {
    /// Opens a desk without seats.
    ///
    /// # Errors
    /// Nothing to wait with.
    pub(super) fn open(
        setup: Setup,
        policy: Arc<Policy>,
        gear: Gear,
        (inbox, waker): (Receiver<Order>, Arc<Waker>),
        tell: T,
    ) -> Result<Desk<T>, IoError> {
        let mut waiter = Waiter::new()?;
        waiter.add(waker.as_fd(), ORDERS)?;
        let mut conntrack = Conntrack::new(setup.config);
        engine::adopt(&policy, &mut conntrack);
        let rules = RuleCounts::of(&policy);
        Ok(Desk {
            number: setup.number,
            tools: Tools { policy, conntrack, rules, latency: Histogram::default(), gear, staged: None, tell },
            seats: Vec::new(),
            resting: VecDeque::new(),
            saving: None,
            waiter,
            start: Clock::now(),
            patience: Patience::new(setup.spin, Clock::now()),
            closer: setup.closer,
            inbox,
            waker,
            has_orders: false,
        })
    }

    /// Works until it is told to stop.
    pub(super) fn work(mut self) {
        crate::sandbox::narrow_to_frames();
        let mut ready = Vec::new();
        let mut tick = Clock::now() + TICK;
        let mut ticks = 0;
        let mut now = Clock::now();
        loop {
            ready.clear();
            match self.waiter.wait(self.rest(now, tick)) {
                Ok(names) => ready.extend(names),
                Err(error) => {
                    tracing::error!("{error}; the worker ends, and with it the traffic of its vnics");
                    return;
                }
            }
            let woken = Clock::now();
            if ready.contains(&ORDERS) {
                // A descriptor closed behind our back would show in the next wait.
                let _ = self.waker.clear();
                self.has_orders = true;
            }
            if self.has_orders && self.obey() == Next::End {
                return self.finish();
            }
            self.copy_more();
            self.end_rests(woken);
            ready.iter().filter(|name| **name != ORDERS).for_each(|name| self.serve(*name));
            now = Clock::now();
            if ready.iter().any(|name| *name != ORDERS) {
                self.patience.learn(woken, now);
            }
            if now >= tick {
                tick = now + TICK;
                ticks += 1;
                let now = self.now();
                self.tools.conntrack.expire(now, EXPIRED_AT_ONCE);
                self.tools.staged.iter_mut().for_each(|staged| staged.expire(now, EXPIRED_AT_ONCE));
                if ticks % TICKS_A_TALLY == 0 {
                    self.tally();
                }
            }
        }
    }

    /// Obeys one order; frames have their turn between two.
    fn obey(&mut self) -> Next {
        match self.inbox.try_recv() {
            Ok(Order::Swap(policy, _until_then)) => self.swap(policy),
            Ok(Order::Stage(pending, until_then)) => self.stage(pending, until_then),
            Ok(Order::Add(port)) => self.add(port),
            Ok(Order::Remove(vnic)) => self.give_up(&vnic),
            Ok(Order::Save) => self.saving = Some(Sweep::default()),
            Ok(Order::Stop) => return Next::End,
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => self.has_orders = false,
        }
        Next::Work
    }

    /// How long to wait for a frame.
    fn rest(&self, now: Clock, tick: Clock) -> Duration {
        let copies = self.saving.is_some() || self.tools.staged.as_ref().is_some_and(Staged::is_copying);
        if copies || self.has_orders || self.patience.is_awake(now) {
            return Duration::ZERO;
        }
        self.resting.front().map_or(tick, |(_, end)| tick.min(*end)).saturating_duration_since(now)
    }

    /// Listens again to links that have rested.
    fn end_rests(&mut self, now: Clock) {
        while let Some((name, _)) = self.resting.front().copied().filter(|(_, end)| *end <= now) {
            self.resting.pop_front();
            let (place, side) = link_of(name);
            if let Some(fd) = self.seats[place].as_ref().and_then(|seat| seat.descriptor(side)) {
                self.waiter.resume(fd, name);
            }
        }
    }

    /// Goes on with copies.
    fn copy_more(&mut self) {
        let now = self.now();
        let Tools { staged, conntrack, .. } = &mut self.tools;
        staged.iter_mut().for_each(|staged| staged.copy_more(conntrack, COPIED_AT_ONCE, now));
        let Some(sweep) = self.saving.take() else { return };
        match self.tools.conntrack.sweep(sweep, COPIED_AT_ONCE, self.now()) {
            Ok(mut zones) => {
                let seats = self.seats.iter().flatten();
                let zones = seats.filter_map(|seat| Some((seat.vnic.clone(), zones.remove(&seat.zone)?))).collect();
                (self.tools.tell)(Event::Saved(FlowCopy { ended: None, zones }));
            }
            Err(unfinished) => self.saving = Some(unfinished),
        }
    }

    /// Judges what has arrived by now, so that whoever comes next knows from when on frames are its, and tells all.
    fn finish(mut self) {
        let end = since_epoch();
        for place in 0..self.seats.len() {
            self.settle(place, Span::Until(end));
        }
        self.tally();
        self.save_all(end);
        std::mem::take(&mut self.seats).into_iter().flatten().for_each(|seat| self.close(seat));
    }

    /// Makes the last copy, in the order in which flows would be evicted.
    fn save_all(&self, end: Duration) {
        let now = self.now();
        let save = |seat: &Seat| (seat.vnic.clone(), self.tools.conntrack.save(seat.zone, now));
        let zones = self.seats.iter().flatten().map(save).collect();
        (self.tools.tell)(Event::Saved(FlowCopy { ended: Some(end), zones }));
    }

    fn swap(&mut self, policy: Arc<Policy>) {
        // Rule indices mean nothing in the next policy.
        self.tally();
        self.tools.rules.make_room(&policy);
        self.tools.policy = policy;
        engine::adopt(&self.tools.policy, &mut self.tools.conntrack);
        for seat in self.seats.iter_mut().flatten() {
            seat.index = self.tools.policy.vnic_index(&seat.vnic);
        }
    }

    fn stage(&mut self, pending: Option<Pending>, until_then: Sender<Infallible>) {
        self.tally();
        let vnics = self.seats.iter().flatten().map(|seat| (&seat.vnic, seat.zone));
        self.tools.staged = pending.map(|pending| Staged::new(pending, vnics, until_then));
    }

    fn add(&mut self, mut port: Port) {
        self.resume(&mut port);
        self.tools.staged.iter_mut().for_each(|staged| staged.add(&port.vnic, port.zone));
        let (index, since) = (self.tools.policy.vnic_index(&port.vnic), port.since);
        let seat = Seat::new(port, index);
        let place = self.seats.iter().position(Option::is_none).unwrap_or(self.seats.len());
        let mut names = 2 * place as u64..;
        let waits = seat.descriptors().zip(&mut names).try_for_each(|(fd, name)| self.waiter.add(fd, name));
        if let Err(error) = waits {
            return self.lose(seat, error);
        }
        if place == self.seats.len() {
            self.seats.push(None);
        }
        self.seats[place] = Some(seat);
        if let Some(since) = since {
            self.settle(place, Span::After(since));
        }
    }

    /// Takes what waits at the links of a seat, as far as a span reaches.
    fn settle(&mut self, place: usize, span: Span) {
        let now = self.now();
        let Some(seat) = &mut self.seats[place] else { return };
        if let Err(error) = seat.settle(span, &mut self.tools, now)
            && let Some(seat) = self.seats[place].take()
        {
            self.lose(seat, error);
        }
    }

    /// Takes the flows that were saved of a vnic, before its first frame.
    fn resume(&mut self, port: &mut Port) {
        let now = self.now();
        if let Some(Resumed { saved, resumption }) = port.flows.take() {
            let Tools { policy, conntrack, .. } = &mut self.tools;
            engine::restore(policy, conntrack, port.zone, &saved, &resumption, now);
        }
    }

    fn give_up(&mut self, vnic: &VnicId) {
        self.tally();
        let place = self.seats.iter().position(|seat| seat.as_ref().is_some_and(|seat| seat.vnic == *vnic));
        if let Some(seat) = place.and_then(|place| self.seats[place].take()) {
            self.clear_away(seat);
        }
    }

    fn clear_away(&mut self, seat: Seat) {
        seat.descriptors().for_each(|fd| self.waiter.remove(fd));
        self.tools.conntrack.remove(seat.zone);
        self.tools.staged.iter_mut().for_each(|staged| staged.remove(seat.zone));
        // Should the vnic come back, it has started anew, so a copy must not have these flows.
        self.saving = self.saving.take().map(|_| Sweep::default());
        self.close(seat);
    }

    fn close(&self, seat: Seat) {
        for link in seat.leave() {
            // Without a closer it is closed here.
            let _ = self.closer.send(link);
        }
    }

    fn lose(&mut self, seat: Seat, error: IoError) {
        let vnic = seat.vnic.clone();
        self.clear_away(seat);
        (self.tools.tell)(Event::Lost(vnic, error));
    }

    /// Takes the frames of one turn from the link of this name.
    fn serve(&mut self, name: u64) {
        let now = self.now();
        let (place, side) = link_of(name);
        let most = if self.seats.len() > 1 { SHARED_TURN } else { BATCH };
        // An order, or the other side's fault, may have taken the seat away.
        let Some(seat) = self.seats.get_mut(place).and_then(Option::as_mut) else {
            return;
        };
        match seat.take_turn(side, most, &mut self.tools, now) {
            Ok(true) => {
                if let Some(fd) = seat.descriptor(side) {
                    self.waiter.pause(fd, name);
                    self.resting.push_back((name, Clock::now() + REST));
                }
            }
            Ok(false) => {}
            Err(error) => {
                self.tally();
                if let Some(seat) = self.seats[place].take() {
                    self.lose(seat, error);
                }
            }
        }
    }

    fn tally(&mut self) {
        let tally = Tally {
            worker: self.number,
            policy: Arc::clone(&self.tools.policy),
            vnics: self.seats.iter_mut().flatten().map(|seat| (seat.vnic.clone(), seat.take_traffic())).collect(),
            rules: self.tools.rules.take(),
            tracked: Tracked::of(&self.tools.conntrack),
            untold: self.seats.iter_mut().flatten().map(Seat::take_untold).sum(),
            losses: self.take_losses(),
            latency: Box::new(std::mem::take(&mut self.tools.latency)),
            pending: self.take_changes(),
        };
        (self.tools.tell)(Event::Tally(tally));
    }

    fn take_losses(&mut self) -> Vec<(VnicId, Losses)> {
        let losses = self.seats.iter_mut().flatten().map(|seat| (seat.vnic.clone(), seat.take_losses()));
        losses.filter(|(_, losses)| !losses.is_empty()).collect()
    }

    fn take_changes(&mut self) -> Option<PendingTally> {
        let staged = self.tools.staged.as_mut()?;
        let seats = self.seats.iter().flatten();
        let changes = seats.map(|seat| (seat.vnic.clone(), staged.take_changes(seat.zone))).collect();
        Some(PendingTally { revision: staged.revision(), changes })
    }

    fn now(&self) -> Instant {
        Instant::from_nanos(u64::try_from((PAST + self.start.elapsed()).as_nanos()).unwrap_or(u64::MAX))
    }
}

/// The place of the seat whose link has this name, and the side.
fn link_of(name: u64) -> (usize, Side) {
    ((name / 2) as usize, if name.is_multiple_of(2) { Side::Guest } else { Side::Uplink })
}

/// The time, as the kernel stamps frames with it.
fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
