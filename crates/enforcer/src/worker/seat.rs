//! One vnic at a worker: its two links, its hook and its counts.

use std::os::fd::BorrowedFd;
use std::sync::Arc;
use std::time::Duration;

use arrayvec::ArrayVec;
use conntrack::{Conntrack, HeldFragment, Instant, Zone};
use datapath::{BATCH, Frame, IoCounters, IoError, OwnedFrame, PacketIo};
use engine::{Accepted, Arrived, Hook, Judged, Verdict, judge_arrived, look_ahead};
use policy::{Direction, Policy, VnicId, VnicIndex};
use wire::MacAddr;

use super::flood::{Flood, Turn};
use super::staged::Staged;
use super::{Event, Port};
use crate::audit::Sampler;
use crate::capture::Recorder;
use crate::judge::look_at;
use crate::latency::Histogram;
use crate::losses::{LinkLosses, Losses};
use crate::sightings::{Sighting, Telling, Throttle};
use crate::tally::{RuleCounts, Traffic, place};

/// The most drops of one vnic that are told in a second.
const TOLD_OWN: u32 = 10;
const TOLD_FLOODED: u32 = 1;

/// The most packets that open a flow at one vnic that are told in a second.
const TOLD_OPENED: u32 = 10;

/// One vnic at a worker.
pub(super) struct Seat {
    pub(super) vnic: VnicId,
    pub(super) zone: Zone,
    /// Where the vnic stands in the policy at hand; `None` when that does not know it, and then nothing passes.
    pub(super) index: Option<VnicIndex>,
    guest: Link,
    uplink: Link,
    tallies: Tallies,
}

/// What a worker judges and counts with, for all its seats.
pub(super) struct Tools<T> {
    pub(super) policy: Arc<Policy>,
    pub(super) conntrack: Conntrack,
    pub(super) rules: RuleCounts,
    pub(super) latency: Histogram,
    pub(super) gear: Gear,
    pub(super) staged: Option<Staged>,
    pub(super) tell: T,
}

/// What looks on while a worker judges.
#[derive(Default)]
pub(crate) struct Gear {
    pub(crate) recorder: Option<Recorder>,
    pub(crate) sampler: Option<Sampler>,
}

impl<T: Fn(Event)> Tools<T> {
    /// Shows a judged frame to all who look on.
    fn show(&mut self, vnic: &VnicId, hook: Hook, frame: Frame<'_>, judged: &Judged, now: Instant) {
        let Gear { recorder, sampler } = &mut self.gear;
        if let Some(recorder) = recorder {
            recorder.record(&self.policy, vnic, hook.direction, frame, judged.verdict);
        }
        if let Some(sampler) = sampler {
            sampler.see(&self.policy, vnic, hook.direction, frame, judged);
        }
        if let Some(staged) = &mut self.staged
            && let Some(change) = staged.judge(vnic, hook, frame, judged.verdict, now)
        {
            (self.tell)(Event::Change(change));
        }
    }
}

/// A side of the enforcer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Towards the instance.
    Guest,
    /// Towards the bridge.
    Uplink,
}

/// Which frames are this worker's to judge, by the time of their arrival since 1970-01-01 UTC. A frame that waits and has no stamp
/// has arrived until any time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    /// All.
    All,
    /// Those that arrived until then.
    Until(Duration),
    /// Those that arrived later.
    After(Duration),
}

/// What one batch held.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Served {
    /// Frames that were taken from the link.
    taken: usize,
    /// Those of them within the span, and beyond it.
    within: usize,
    beyond: usize,
    /// Those that passed.
    passed: usize,
}

/// The most batches that are taken at once at the start and at the end: all that a ring holds.
const SETTLED_BATCHES: usize = 128;

struct Link {
    io: Box<dyn PacketIo>,
    flood: Flood,
    /// What was told of its counters.
    told: IoCounters,
}

/// What was counted since it was last told.
struct Tallies {
    traffic: [Traffic; 2],
    /// Drops of frames to or from the instance.
    own: Throttle,
    /// Drops of frames that a bridge hands to everybody. They are told seldom, so that they hide nothing.
    flooded: Throttle,
    /// Packets that open a flow.
    opened: Throttle,
}

impl Seat {
    pub(super) fn new(port: Port, index: Option<VnicIndex>) -> Seat {
        let link = |io| Link { io, flood: Flood::default(), told: IoCounters::default() };
        Seat {
            vnic: port.vnic,
            zone: port.zone,
            index,
            guest: link(port.guest),
            uplink: link(port.uplink),
            tallies: Tallies {
                traffic: [Traffic::with_room(), Traffic::with_room()],
                own: Throttle::new(TOLD_OWN),
                flooded: Throttle::new(TOLD_FLOODED),
                opened: Throttle::new(TOLD_OPENED),
            },
        }
    }

    /// The links, to be closed.
    pub(super) fn leave(self) -> [Box<dyn PacketIo>; 2] {
        [self.guest.io, self.uplink.io]
    }

    /// What to wait on: guest side, then uplink.
    pub(super) fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        [&self.guest, &self.uplink].into_iter().filter_map(|link| link.io.wait_on())
    }

    /// What to wait on at one side.
    pub(super) fn descriptor(&self, side: Side) -> Option<BorrowedFd<'_>> {
        match side {
            Side::Guest => self.guest.io.wait_on(),
            Side::Uplink => self.uplink.io.wait_on(),
        }
    }

    /// Takes the frames of one turn from a side, so many at most, and answers whether that is to rest then.
    ///
    /// # Errors
    /// The link failed.
    pub(super) fn take_turn(
        &mut self,
        side: Side,
        most: usize,
        tools: &mut Tools<impl Fn(Event)>,
        now: Instant,
    ) -> Result<bool, IoError> {
        let Served { taken, passed, .. } = self.serve(side, most, Span::All, tools, now)?;
        let link = match side {
            Side::Guest => &mut self.guest,
            Side::Uplink => &mut self.uplink,
        };
        Ok(link.flood.learn(Turn { taken, passed, is_full: taken >= most }, now))
    }

    /// Takes what waits at both sides, as far as the span reaches; what waits and is beyond it is discarded.
    ///
    /// # Errors
    /// A link failed.
    pub(super) fn settle(
        &mut self,
        span: Span,
        tools: &mut Tools<impl Fn(Event)>,
        now: Instant,
    ) -> Result<(), IoError> {
        for side in [Side::Guest, Side::Uplink] {
            for _ in 0..SETTLED_BATCHES {
                let served = self.serve(side, BATCH, span, tools, now)?;
                if served.taken == 0 || span.is_reached(served) {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Takes so many frames at most from a side, and sends what is accepted of the span to the other.
    ///
    /// # Errors
    /// The link failed.
    fn serve(
        &mut self,
        side: Side,
        most: usize,
        span: Span,
        tools: &mut Tools<impl Fn(Event)>,
        now: Instant,
    ) -> Result<Served, IoError> {
        let mut served = Served::default();
        let Seat { vnic, zone, index, guest, uplink, tallies } = self;
        let (from, to, direction) = match side {
            Side::Guest => (guest, uplink, Direction::Egress),
            Side::Uplink => (uplink, guest, Direction::Ingress),
        };
        let Some(index) = *index else {
            let taken = from.io.poll(most, &mut |frames| {
                for frame in frames.iter().filter(|frame| served.note(span, frame)) {
                    tallies.refuse_unknown(vnic, direction, *frame, now, &tools.tell);
                }
            })?;
            return Ok(Served { taken, ..served });
        };
        let hook = Hook { vnic: index, zone: *zone, direction };
        let mut passage = Passage { vnic, hook, to, tallies, tools, passed: 0, now };
        let taken = from.io.poll(most, &mut |frames| passage.carry(frames, |frame| served.note(span, frame)))?;
        Ok(Served { taken, passed: passage.passed, ..served })
    }

    /// Takes the counts: ingress, egress.
    pub(super) fn take_traffic(&mut self) -> [Traffic; 2] {
        self.tallies.traffic.each_mut().map(Traffic::take)
    }

    /// Takes the count of drops that were not told.
    pub(super) fn take_untold(&mut self) -> u64 {
        self.tallies.own.take_untold() + self.tallies.flooded.take_untold()
    }

    /// Takes what the links lost.
    pub(super) fn take_losses(&mut self) -> Losses {
        Losses([self.guest.take_losses(), self.uplink.take_losses()])
    }
}

/// The way of frames from one side to the other.
struct Passage<'a, T> {
    vnic: &'a VnicId,
    hook: Hook,
    to: &'a mut Link,
    tallies: &'a mut Tallies,
    tools: &'a mut Tools<T>,
    /// How many went on so far.
    passed: usize,
    now: Instant,
}

/// Frames that pass and wait to be sent.
#[derive(Default)]
struct Outgoing<'f> {
    frames: ArrayVec<Frame<'f>, BATCH>,
    /// When the first of all arrived, if it has a stamp.
    arrived: Option<Duration>,
}

impl<T: Fn(Event)> Passage<'_, T> {
    /// Judges frames that came together, as far as they are taken, and sends on what is accepted.
    fn carry(&mut self, frames: &[Frame<'_>], mut is_taken: impl FnMut(&Frame<'_>) -> bool) {
        let mut outgoing = Outgoing::default();
        for frames in frames.chunks(Conntrack::AHEAD) {
            // Filled where it stands: to collect would copy it.
            let mut arrived = ArrayVec::<Arrived<'_>, { Conntrack::AHEAD }>::new();
            arrived.extend(frames.iter().map(|frame| look_at(*frame)));
            look_ahead(&self.tools.conntrack, self.hook, &mut arrived);
            for (frame, arrived) in frames.iter().zip(&arrived).filter(|(frame, _)| is_taken(frame)) {
                self.judge(*frame, arrived, &mut outgoing);
            }
        }
        self.to.pass(&outgoing.frames);
        if let Some(arrived) = outgoing.arrived {
            self.tools.latency.measure(arrived);
        }
    }

    fn judge<'f>(&mut self, frame: Frame<'f>, arrived: &Arrived<'_>, outgoing: &mut Outgoing<'f>) {
        let Passage { vnic, hook, to, tallies, tools, passed, now } = self;
        let judged = judge_arrived(&tools.policy, &mut tools.conntrack, *hook, arrived, *now);
        tallies.count(hook.direction, frame, &judged, &mut tools.rules);
        tools.show(vnic, *hook, frame, &judged, *now);
        match judged.verdict {
            Verdict::Accept(verdict) => {
                *passed += 1;
                if tallies.asks_to_tell(verdict, *now) {
                    let opened = Sighting::of(&tools.policy, vnic, hook.direction, frame, judged.verdict);
                    (tools.tell)(Event::Packet(opened));
                }
                if !judged.released.is_empty() || outgoing.frames.is_full() {
                    to.pass(&outgoing.frames);
                    outgoing.frames.clear();
                }
                to.pass_released(&judged.released);
                outgoing.arrived = outgoing.arrived.or(frame.stamp());
                outgoing.frames.push(frame);
            }
            Verdict::Hold => {}
            Verdict::Drop(_) => {
                if tallies.ask(hook.direction, frame, *now) == Telling::Tell {
                    let drop = Sighting::of(&tools.policy, vnic, hook.direction, frame, judged.verdict);
                    (tools.tell)(Event::Packet(drop));
                }
            }
        }
    }
}

impl Span {
    fn has(self, frame: &Frame<'_>) -> bool {
        match (self, frame.stamp()) {
            (Span::All, _) => true,
            (Span::Until(end), Some(stamp)) => stamp <= end,
            (Span::Until(_), None) => true,
            (Span::After(end), Some(stamp)) => stamp > end,
            (Span::After(_), None) => false,
        }
    }

    /// Whether the batches behind this one are all within, or all beyond.
    fn is_reached(self, served: Served) -> bool {
        match self {
            Span::All => true,
            Span::Until(_) => served.beyond > 0,
            Span::After(_) => served.within > 0,
        }
    }
}

impl Served {
    /// Counts a frame, and answers whether it is within the span.
    fn note(&mut self, span: Span, frame: &Frame<'_>) -> bool {
        let within = span.has(frame);
        *if within { &mut self.within } else { &mut self.beyond } += 1;
        within
    }
}

impl Tallies {
    fn count(&mut self, direction: Direction, frame: Frame<'_>, judged: &Judged, rules: &mut RuleCounts) {
        let Judged { verdict, released } = judged;
        let traffic = &mut self.traffic[place(direction)];
        traffic.count(*verdict, frame.segments(), frame.bytes().len());
        released.iter().for_each(|held| traffic.count(*verdict, 1, held.frame.len()));
        if let Some(rule) = verdict.rule() {
            let bytes = frame.bytes().len() + released.iter().map(|held| held.frame.len()).sum::<usize>();
            rules.count(rule, frame.segments() + released.len() as u32, bytes);
        }
    }

    fn ask(&mut self, direction: Direction, frame: Frame<'_>, now: Instant) -> Telling {
        let to_everybody = frame.bytes().first_chunk().is_some_and(|mac| MacAddr(*mac).is_multicast());
        match direction {
            Direction::Ingress if to_everybody => self.flooded.ask(now),
            Direction::Ingress | Direction::Egress => self.own.ask(now),
        }
    }

    /// Whether a packet that passes opens a flow and is one of those that are told.
    fn asks_to_tell(&mut self, accepted: Accepted, now: Instant) -> bool {
        match accepted {
            Accepted::Rule(_) | Accepted::SameSubnet | Accepted::Default => self.opened.ask(now) == Telling::Tell,
            Accepted::Infra(_) | Accepted::Established(_) | Accepted::PortSecurityOff | Accepted::Related(_) => false,
        }
    }

    fn refuse_unknown(
        &mut self,
        vnic: &VnicId,
        direction: Direction,
        frame: Frame<'_>,
        now: Instant,
        tell: &impl Fn(Event),
    ) {
        self.traffic[place(direction)].count_unknown(frame.segments(), frame.bytes().len());
        if self.ask(direction, frame, now) == Telling::Tell {
            tell(Event::Packet(Sighting::at_unknown(vnic, direction, frame)));
        }
    }
}

impl Link {
    /// Sends on. A link that takes no frame loses it, as a wire would; its counters tell.
    fn pass(&mut self, frames: &[Frame<'_>]) {
        if !frames.is_empty() {
            let _ = self.io.send(frames);
        }
    }

    fn pass_released(&mut self, released: &[HeldFragment]) {
        released.iter().for_each(|held| self.pass(&[OwnedFrame::build(&held.frame).lend()]));
    }

    fn take_losses(&mut self) -> LinkLosses {
        let now = self.io.counters();
        LinkLosses::between(std::mem::replace(&mut self.told, now), now)
    }
}
