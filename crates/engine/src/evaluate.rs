//! One packet, one verdict.

mod gather;
mod track;

use conntrack::{Conntrack, HeldFragment, Instant, Likely, Passing, Resumption, Saved, Sender, Timeouts, Zone};
use policy::{Direction, Guarded, Policy, PortSecurity, RuleIndex, Spoof, Tracking, VnicIndex};
use wire::{Checksum, Course, Gist, Malformed, Packet};

pub(crate) use track::rule_of;

use crate::trace::{Trace, TraceStep};
use crate::verdict::{Accepted, Dropped, Verdict};

/// Where a packet is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hook {
    /// The vnic, in the policy at hand.
    pub vnic: VnicIndex,
    /// The vnic's conntrack zone; it stays the same over policies.
    pub zone: Zone,
    /// Towards or from the instance.
    pub direction: Direction,
}

/// A verdict, and the fragments that it sets free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// What happens to the packet.
    pub verdict: Verdict,
    /// Fragments of the same datagram that were on hold and pass now, by offset, before the packet itself.
    pub released: Vec<HeldFragment>,
}

/// Sets a flow table up for a policy: what its profile says of timeouts. Call it before the policy judges its first packet, at
/// the start and after each swap; without it flows live as long as under the policy before.
pub fn adopt(policy: &Policy, conntrack: &mut Conntrack) {
    let udp_stream = policy.profile().udp_stream_timeout;
    let timeouts = Timeouts { udp_stream, ..conntrack.config().timeouts };
    conntrack.set_timeouts(timeouts);
}

/// Takes saved flows into the zone of a vnic. None of them passes a packet before its opener was judged again: which policy
/// allowed it, and what its groups were then, counts for nothing. A profile that keeps live flows keeps these as well.
///
/// Returns how many it took; see [`Conntrack::restore`].
pub fn restore(
    policy: &Policy,
    conntrack: &mut Conntrack,
    zone: Zone,
    saved: &Saved,
    resumption: &Resumption,
    now: Instant,
) -> usize {
    conntrack.restore(zone, saved, resumption, unjudged(policy), now)
}

/// Takes the flows in `budget` places of another table, as [`restore`] takes saved ones, and returns the place to go on at; see
/// [`Conntrack::copy`].
pub fn copy(
    policy: &Policy,
    conntrack: &mut Conntrack,
    from: &Conntrack,
    next: usize,
    budget: usize,
    now: Instant,
) -> Option<usize> {
    conntrack.copy(from, next, budget, unjudged(policy), now)
}

/// The revision that comes last of all, by its lower half: no flow lives to see it judge.
fn unjudged(policy: &Policy) -> u32 {
    stamp(policy).wrapping_sub(1)
}

/// A frame that arrived, and what a glance at it says.
#[derive(Clone, Copy, Debug)]
pub struct Arrived<'f> {
    frame: &'f [u8],
    checksum: Checksum,
    gist: Option<Gist>,
    /// What was found ahead of it.
    likely: Option<Likely>,
}

impl<'f> Arrived<'f> {
    /// Looks at an Ethernet frame, without FCS.
    #[inline]
    pub fn of(frame: &'f [u8], checksum: Checksum) -> Arrived<'f> {
        Arrived { frame, checksum, gist: wire::glance(frame, checksum), likely: None }
    }
}

/// Fetches what judging some frames at a hook will ask of the flow table, for no more than [`Conntrack::AHEAD`] of them. It changes
/// nothing: see [`Conntrack::look_ahead`].
pub fn look_ahead(conntrack: &Conntrack, hook: Hook, frames: &mut [Arrived<'_>]) {
    let packets = frames.iter_mut().filter_map(|Arrived { gist, likely, .. }| Some((gist.as_ref()?, likely)));
    conntrack.look_ahead(hook.zone, sender(hook.direction), packets);
}

/// Parses and judges one Ethernet frame, without FCS.
///
/// A fragment's frame is kept while it is on hold; when the datagram is whole, what its headers say of the whole is checked.
pub fn judge_frame(
    policy: &Policy,
    conntrack: &mut Conntrack,
    hook: Hook,
    frame: &[u8],
    checksum: Checksum,
    now: Instant,
) -> Judged {
    judge_arrived(policy, conntrack, hook, &Arrived::of(frame, checksum), now)
}

/// Parses, as far as needed, and judges a frame that arrived.
#[inline]
pub fn judge_arrived(
    policy: &Policy,
    conntrack: &mut Conntrack,
    hook: Hook,
    arrived: &Arrived<'_>,
    now: Instant,
) -> Judged {
    match pass(policy, conntrack, hook, arrived, now) {
        Some(rule) => Judged::at_once(Verdict::Accept(Accepted::Established(rule))),
        None => judge_whole(policy, conntrack, hook, (arrived.frame, arrived.checksum), now),
    }
}

/// Lets a frame pass in the middle of a flow, and tells by which rule; `None` where there may be more to it. What it passes is what
/// [`evaluate`] passes, and it leaves the same behind.
#[inline]
fn pass(
    policy: &Policy,
    conntrack: &mut Conntrack,
    hook: Hook,
    arrived: &Arrived<'_>,
    now: Instant,
) -> Option<Option<RuleIndex>> {
    let &Arrived { frame, ref gist, likely, .. } = arrived;
    let gist = gist.as_ref().filter(|gist| gist.course != Course::OtherTcp)?;
    let is_tracked = policy.vnic(hook.vnic).tracking == Tracking::Stateful;
    if !is_tracked || !policy.waves_through(hook.vnic, hook.direction, frame, gist) {
        return None;
    }
    let (sender, length) = (sender(hook.direction), u32::try_from(frame.len()).unwrap_or(u32::MAX));
    conntrack.pass(hook.zone, &Passing { sender, gist, likely, revision: stamp(policy), length, now }).map(rule_of)
}

#[inline(never)]
fn judge_whole(
    policy: &Policy,
    conntrack: &mut Conntrack,
    hook: Hook,
    (frame, checksum): (&[u8], Checksum),
    now: Instant,
) -> Judged {
    match wire::parse(frame, checksum) {
        Ok(packet) => {
            let arrival = Arrival { packet: &packet, bytes: Some((frame, checksum)) };
            Evaluation { policy, conntrack, hook, now, trace: &mut () }.judge(arrival)
        }
        Err(malformed) => Judged::at_once(judge_malformed(policy, conntrack, hook, malformed, &mut ())),
    }
}

/// Judges a frame that is no packet: only a vnic whose port security is off lets it pass, because it filters nothing.
pub fn judge_malformed(
    policy: &Policy,
    conntrack: &mut Conntrack,
    hook: Hook,
    malformed: Malformed,
    trace: &mut impl Trace,
) -> Verdict {
    match policy.vnic(hook.vnic).port_security {
        PortSecurity::Off => {
            trace.record(TraceStep::Guard(Guarded::Off));
            pass_unfiltered(conntrack, hook)
        }
        PortSecurity::On => {
            trace.record(TraceStep::Malformed(malformed));
            Verdict::Drop(Dropped::Malformed(malformed))
        }
    }
}

/// Judges one packet. See [`evaluate_with`].
pub fn evaluate(policy: &Policy, conntrack: &mut Conntrack, hook: Hook, packet: &Packet, now: Instant) -> Verdict {
    evaluate_with(policy, conntrack, hook, packet, now, &mut ()).verdict
}

/// Judges one packet and records the steps: guard, then connection tracking, then, for a new flow, the rules.
///
/// Where the vnic's groups are stateless, rules judge every packet and no flow is asked or made. Where its port security is
/// off, everything passes.
///
/// An accepted packet opens or advances its flow. A dropped one leaves the flow table as it was; only a flow that the policy
/// no longer allows is marked as revoked. A fragment waits until its datagram is whole, which is then judged as one packet.
pub fn evaluate_with(
    policy: &Policy,
    conntrack: &mut Conntrack,
    hook: Hook,
    packet: &Packet,
    now: Instant,
    trace: &mut impl Trace,
) -> Judged {
    Evaluation { policy, conntrack, hook, now, trace }.judge(Arrival { packet, bytes: None })
}

/// A packet, and what it came in.
#[derive(Clone, Copy)]
struct Arrival<'a> {
    packet: &'a Packet,
    /// The frame, and whether its checksum is complete.
    bytes: Option<(&'a [u8], Checksum)>,
}

/// What one evaluation works with.
struct Evaluation<'a, T> {
    policy: &'a Policy,
    conntrack: &'a mut Conntrack,
    hook: Hook,
    now: Instant,
    trace: &'a mut T,
}

impl<T: Trace> Evaluation<'_, T> {
    fn judge(&mut self, arrival: Arrival<'_>) -> Judged {
        let packet = arrival.packet;
        let guarded = self.policy.guard(self.hook.vnic, self.hook.direction, packet);
        self.trace.record(TraceStep::Guard(guarded));
        let tracking = self.policy.vnic(self.hook.vnic).tracking;
        let fragment = packet.datagram().and_then(|datagram| datagram.fragment);
        Judged::at_once(match (guarded, fragment, tracking) {
            (Guarded::Off, _, _) => pass_unfiltered(self.conntrack, self.hook),
            (Guarded::Drop(spoof), _, _) => Verdict::Drop(Dropped::Spoofed(spoof)),
            (Guarded::Pass | Guarded::Infra(_), Some(place), Tracking::Stateful) => return self.gather(arrival, place),
            (Guarded::Infra(infra), _, _) => Verdict::Accept(Accepted::Infra(infra)),
            (Guarded::Pass, _, _) => match (packet.datagram(), tracking) {
                (Some(datagram), Tracking::Stateful) => self.track(datagram, packet.length),
                // Where nothing is tracked nothing is gathered either: each fragment is judged by itself.
                (Some(datagram), Tracking::Stateless) => self.judge_alone(datagram),
                // The guard passes IP only.
                (None, _) => Verdict::Drop(Dropped::Spoofed(Spoof::EtherType)),
            },
        })
    }
}

impl Judged {
    fn at_once(verdict: Verdict) -> Judged {
        Judged { verdict, released: Vec::new() }
    }
}

fn pass_unfiltered(conntrack: &mut Conntrack, hook: Hook) -> Verdict {
    conntrack.forget(hook.zone);
    Verdict::Accept(Accepted::PortSecurityOff)
}

/// What flows remember of the policy's revision: its lower half. Only whether it is the same is ever asked, and no flow
/// outlives four billion revisions.
pub(crate) fn stamp(policy: &Policy) -> u32 {
    policy.revision().0 as u32
}

fn sender(direction: Direction) -> Sender {
    match direction {
        Direction::Ingress => Sender::Remote,
        Direction::Egress => Sender::Instance,
    }
}
