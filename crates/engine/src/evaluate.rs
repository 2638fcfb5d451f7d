//! One packet, one verdict.

use conntrack::{
    Class, Conntrack, Flow, FlowId, Gathered, HeldFragment, Instant, Sender, Step, Tentative, Timeouts, TuplePart, Zone,
};
use policy::{
    Decision, Direction, Guarded, Part, Policy, PortSecurity, Revocation, RuleIndex, Spoof, Subject, Tracking,
    VnicIndex,
};
use wire::{Checksum, Datagram, Fragment, Malformed, Packet};

use crate::trace::{Joined, Trace, TraceStep, Tracked};
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
    match wire::parse(frame, checksum) {
        Ok(packet) => {
            let arrival = Arrival { packet: &packet, bytes: Some((frame, checksum)) };
            judge(policy, conntrack, hook, arrival, now, &mut ())
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
    judge(policy, conntrack, hook, Arrival { packet, bytes: None }, now, trace)
}

/// A packet, and what it came in.
#[derive(Clone, Copy)]
struct Arrival<'a> {
    packet: &'a Packet,
    /// The frame, and whether its checksum is complete.
    bytes: Option<(&'a [u8], Checksum)>,
}

fn judge(
    policy: &Policy,
    conntrack: &mut Conntrack,
    hook: Hook,
    arrival: Arrival<'_>,
    now: Instant,
    trace: &mut impl Trace,
) -> Judged {
    let Arrival { packet, bytes } = arrival;
    let guarded = policy.guard(hook.vnic, hook.direction, packet);
    trace.record(TraceStep::Guard(guarded));
    // Where nothing is tracked nothing is gathered either: each fragment is judged by itself.
    let gathers = policy.vnic(hook.vnic).tracking == Tracking::Stateful;
    let fragment = packet.datagram().and_then(|datagram| datagram.fragment).filter(|_| gathers);
    match (guarded, fragment) {
        (Guarded::Off, _) => return Judged::at_once(pass_unfiltered(conntrack, hook)),
        (Guarded::Drop(spoof), _) => return Judged::at_once(Verdict::Drop(Dropped::Spoofed(spoof))),
        (Guarded::Infra(infra), None) => return Judged::at_once(Verdict::Accept(Accepted::Infra(infra))),
        (Guarded::Pass | Guarded::Infra(_), Some(place)) => {
            let frame = bytes.map_or(&[][..], |(frame, _)| frame);
            let gathered = conntrack.gather(hook.zone, sender(hook.direction), packet, place, frame, now);
            trace.record(TraceStep::Fragment(Joined::of(&gathered)));
            return match gathered {
                Gathered::Held => Judged::at_once(Verdict::Hold),
                Gathered::Refused(invalid) => Judged::at_once(Verdict::Drop(Dropped::Invalid(invalid))),
                Gathered::Whole(fragments) => {
                    let whole = join(&fragments, bytes.map(|(_, checksum)| checksum));
                    judge_whole(policy, conntrack, hook, whole, now, trace).release(fragments, place)
                }
            };
        }
        (Guarded::Pass, None) => {}
    }
    // The guard passes IP only.
    let Some(datagram) = packet.datagram() else {
        return Judged::at_once(Verdict::Drop(Dropped::Spoofed(Spoof::EtherType)));
    };
    let mut evaluation = Evaluation { policy, conntrack, hook, datagram, length: packet.length, now, trace };
    Judged::at_once(match policy.vnic(hook.vnic).tracking {
        Tracking::Stateful => evaluation.track(),
        Tracking::Stateless => evaluation.judge_alone(),
    })
}

fn pass_unfiltered(conntrack: &mut Conntrack, hook: Hook) -> Verdict {
    conntrack.forget(hook.zone);
    Verdict::Accept(Accepted::PortSecurityOff)
}

/// Makes one packet of all fragments of a datagram; of their frames, where they came in frames.
fn join(fragments: &[HeldFragment], checksum: Option<Checksum>) -> Result<Packet, Malformed> {
    match (checksum, fragments) {
        (Some(checksum), _) => {
            wire::join_frames(fragments.iter().map(|held| (held.place, held.frame.as_ref())), checksum)
        }
        (None, [first, ..]) => {
            let payload = fragments.iter().map(|held| u32::from(held.place.length)).sum();
            let length = fragments.iter().map(|held| held.packet.length).sum();
            Ok(wire::join_packets(&first.packet, payload, length))
        }
        (None, []) => Err(Malformed::FragmentEmpty),
    }
}

fn judge_whole(
    policy: &Policy,
    conntrack: &mut Conntrack,
    hook: Hook,
    whole: Result<Packet, Malformed>,
    now: Instant,
    trace: &mut impl Trace,
) -> Judged {
    match whole {
        Ok(packet) => judge(policy, conntrack, hook, Arrival { packet: &packet, bytes: None }, now, trace),
        Err(malformed) => {
            trace.record(TraceStep::Malformed(malformed));
            Judged::at_once(Verdict::Drop(Dropped::Malformed(malformed)))
        }
    }
}

impl Judged {
    fn at_once(verdict: Verdict) -> Judged {
        Judged { verdict, released: Vec::new() }
    }

    /// Sets the fragments of an accepted datagram free, but for the one at `last`, which is the packet itself.
    fn release(self, mut fragments: Vec<HeldFragment>, last: Fragment) -> Judged {
        match self.verdict {
            Verdict::Accept(_) => {
                fragments.retain(|held| held.place != last);
                Judged { released: fragments, ..self }
            }
            Verdict::Drop(_) | Verdict::Hold => self,
        }
    }
}

/// The arguments of one evaluation behind the guard.
struct Evaluation<'a, T> {
    policy: &'a Policy,
    conntrack: &'a mut Conntrack,
    hook: Hook,
    datagram: &'a Datagram,
    length: u32,
    now: Instant,
    trace: &'a mut T,
}

impl<T: Trace> Evaluation<'_, T> {
    fn track(&mut self) -> Verdict {
        let class = self.conntrack.classify(self.hook.zone, sender(self.hook.direction), self.datagram, self.now);
        self.trace.record(TraceStep::Conntrack(tracked(&class)));
        match class {
            Class::Established(step) => self.follow(step),
            Class::New(tentative) => self.open(tentative),
            Class::Related { flow, way: _ } => self.relate(flow),
            Class::Revoked(step) => self.restore(step),
            Class::Invalid(invalid) => Verdict::Drop(Dropped::Invalid(invalid)),
            Class::Untracked => decision_verdict(self.decide()),
        }
    }

    /// A packet at a vnic that tracks nothing.
    fn judge_alone(&mut self) -> Verdict {
        self.trace.record(TraceStep::Conntrack(Tracked::Off));
        let verdict = decision_verdict(self.decide());
        if verdict.is_accept() {
            // It passed unseen: should tracking begin again, the windows and states of before would be taken for the truth.
            self.conntrack.forget(self.hook.zone);
        }
        verdict
    }

    /// A packet of a flow that passes.
    fn follow(&mut self, step: Step) -> Verdict {
        match self.still_allowed(step.flow()) {
            Ok(rule) => {
                self.conntrack.advance(step, self.length, self.now);
                Verdict::Accept(Accepted::Established(rule))
            }
            Err(dropped) => Verdict::Drop(dropped),
        }
    }

    /// A packet of a flow that a former policy revoked: it goes on where it was when a later one allows it again.
    fn restore(&mut self, step: Step) -> Verdict {
        let id = step.flow();
        let revision = self.policy.revision().0;
        if self.conntrack.flow(id).is_some_and(|flow| flow.revision() == revision) {
            self.conntrack.touch(step, self.now);
            return Verdict::Drop(Dropped::Revoked);
        }
        self.follow(step)
    }

    /// An ICMP error about a flow.
    fn relate(&mut self, flow: FlowId) -> Verdict {
        match self.still_allowed(flow) {
            Ok(rule) => Verdict::Accept(Accepted::Related(rule)),
            Err(dropped) => Verdict::Drop(dropped),
        }
    }

    /// A packet that opens a flow if the rules allow it.
    fn open(&mut self, tentative: Tentative) -> Verdict {
        let decision = self.decide();
        let verdict = decision_verdict(decision);
        if !verdict.is_accept() {
            return verdict;
        }
        let revision = self.policy.revision().0;
        match self.conntrack.commit(tentative, revision, mark_of(verdict.rule()), self.length, self.now) {
            Ok(_) => {
                self.trace.record(TraceStep::Committed);
                verdict
            }
            Err(_full) => {
                self.trace.record(TraceStep::TableFull);
                Verdict::Drop(Dropped::TableFull)
            }
        }
    }

    fn decide(&mut self) -> Decision {
        let decision = self.policy.decide(self.hook.vnic, self.hook.direction, &Subject::of(self.datagram));
        self.trace.record(TraceStep::Rules(decision));
        decision
    }

    /// The rule that allows the flow, after judging its opener again if the policy has changed since. A live flow that the
    /// profile keeps goes on without a rule; one that is revoked needs to be allowed.
    fn still_allowed(&mut self, id: FlowId) -> Result<Option<RuleIndex>, Dropped> {
        let revision = self.policy.revision().0;
        let Some(flow) = self.conntrack.flow(id) else {
            return Err(Dropped::Revoked);
        };
        if flow.revision() == revision {
            return Ok(rule_of(flow.mark()));
        }
        let opener = opener_direction(flow);
        let kept = self.policy.profile().revocation_of(opener) == Revocation::Keep && !flow.is_revoked();
        let decision = self.policy.decide(self.hook.vnic, opener, &opener_subject(flow));
        self.trace.record(TraceStep::JudgedAgain(decision));
        let verdict = decision_verdict(decision);
        if verdict.is_accept() {
            self.conntrack.renew(id, revision, mark_of(verdict.rule()));
            Ok(verdict.rule())
        } else if kept {
            self.trace.record(TraceStep::Kept);
            self.conntrack.renew(id, revision, mark_of(None));
            Ok(None)
        } else {
            self.conntrack.revoke(id, revision, self.now);
            Err(Dropped::Revoked)
        }
    }
}

fn sender(direction: Direction) -> Sender {
    match direction {
        Direction::Ingress => Sender::Remote,
        Direction::Egress => Sender::Instance,
    }
}

/// Which way the packet that opened a flow went.
fn opener_direction(flow: &Flow) -> Direction {
    match flow.original().sender() {
        Sender::Remote => Direction::Ingress,
        Sender::Instance => Direction::Egress,
    }
}

fn tracked(class: &Class) -> Tracked {
    match class {
        Class::New(_) => Tracked::New,
        Class::Established(_) => Tracked::Established,
        Class::Revoked(_) => Tracked::Revoked,
        Class::Related { .. } => Tracked::Related,
        Class::Invalid(invalid) => Tracked::Invalid(*invalid),
        Class::Untracked => Tracked::Untracked,
    }
}

fn decision_verdict(decision: Decision) -> Verdict {
    match decision {
        Decision::SameSubnet => Verdict::Accept(Accepted::SameSubnet),
        Decision::Allow(rule) => Verdict::Accept(Accepted::Rule(rule)),
        Decision::DefaultAllow => Verdict::Accept(Accepted::Default),
        Decision::Deny(rule) => Verdict::Drop(Dropped::Rule(rule)),
        Decision::DefaultDeny => Verdict::Drop(Dropped::Default),
        Decision::NoGroups => Verdict::Drop(Dropped::NoGroups),
    }
}

/// What the rules saw of the packet that opened a flow.
fn opener_subject(flow: &Flow) -> Subject {
    let tuple = flow.original();
    let part = match tuple.part() {
        TuplePart::Ports(ports) => Part::Ports(ports),
        TuplePart::Query(query) => Part::Icmp { kind: query.kind, code: query.code },
        TuplePart::None => Part::None,
    };
    Subject { endpoints: tuple.endpoints(), protocol: tuple.protocol(), part }
}

/// A flow's mark is the rule that allows it, counted from 1; 0 is no rule: the profile allows it. It belongs to the flow's revision.
fn mark_of(rule: Option<RuleIndex>) -> u32 {
    rule.map_or(0, |rule| rule.0 + 1)
}

fn rule_of(mark: u32) -> Option<RuleIndex> {
    mark.checked_sub(1).map(RuleIndex)
}
