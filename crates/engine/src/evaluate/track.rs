//! Packets and flows: what tracking says of a packet, and when the rules are asked.

use conntrack::{Class, Flow, FlowId, Sender, Step, Tentative, TuplePart};
use policy::{Decision, Direction, Part, Revocation, RuleIndex, Subject};
use wire::Datagram;

use super::{Evaluation, sender, stamp};
use crate::trace::{Trace, TraceStep, Tracked};
use crate::verdict::{Accepted, Dropped, Verdict};

impl<T: Trace> Evaluation<'_, T> {
    /// A packet behind the guard.
    pub(super) fn track(&mut self, datagram: &Datagram, length: u32) -> Verdict {
        let (zone, from) = (self.hook.zone, sender(self.hook.direction));
        let class = self.conntrack.classify(zone, from, datagram, self.now);
        self.trace.record(TraceStep::Conntrack(tracked(&class)));
        match class {
            Class::Established(step) => self.follow(step, length),
            Class::New(tentative) => self.open(tentative, datagram, length),
            Class::Related { flow, way: _ } => self.relate(flow),
            Class::Revoked(step) => self.restore(step, length),
            Class::Invalid(invalid) => Verdict::Drop(Dropped::Invalid(invalid)),
            Class::Untracked => decision_verdict(self.decide(datagram)),
        }
    }

    /// A packet at a vnic that tracks nothing.
    pub(super) fn judge_alone(&mut self, datagram: &Datagram) -> Verdict {
        self.trace.record(TraceStep::Conntrack(Tracked::Off));
        let verdict = decision_verdict(self.decide(datagram));
        if verdict.is_accept() {
            // It passed unseen: should tracking begin again, the windows and states of before would be taken for the truth.
            self.conntrack.forget(self.hook.zone);
        }
        verdict
    }

    /// A packet of a flow that passes.
    fn follow(&mut self, step: Step, length: u32) -> Verdict {
        match self.still_allowed(step.flow()) {
            Ok(rule) => {
                self.conntrack.advance(step, length, self.now);
                Verdict::Accept(Accepted::Established(rule))
            }
            Err(dropped) => Verdict::Drop(dropped),
        }
    }

    /// A packet of a flow that a former policy revoked: it goes on where it was when a later one allows it again.
    fn restore(&mut self, step: Step, length: u32) -> Verdict {
        let id = step.flow();
        if self.conntrack.admission(id).is_some_and(|(revision, _)| revision == self.stamp()) {
            self.conntrack.touch(step, self.now);
            return Verdict::Drop(Dropped::Revoked);
        }
        self.follow(step, length)
    }

    /// An ICMP error about a flow.
    fn relate(&mut self, flow: FlowId) -> Verdict {
        match self.still_allowed(flow) {
            Ok(rule) => Verdict::Accept(Accepted::Related(rule)),
            Err(dropped) => Verdict::Drop(dropped),
        }
    }

    /// A packet that opens a flow if the rules allow it.
    fn open(&mut self, tentative: Tentative, datagram: &Datagram, length: u32) -> Verdict {
        let decision = self.decide(datagram);
        let verdict = decision_verdict(decision);
        if !verdict.is_accept() {
            return verdict;
        }
        match self.conntrack.commit(tentative, self.stamp(), mark_of(verdict.rule()), length, self.now) {
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

    fn decide(&mut self, datagram: &Datagram) -> Decision {
        let decision = self.policy.decide(self.hook.vnic, self.hook.direction, &Subject::of(datagram));
        self.trace.record(TraceStep::Rules(decision));
        decision
    }

    /// The rule that allows the flow, after judging its opener again if the policy has changed since. A live flow that the
    /// profile keeps goes on without a rule; one that is revoked needs to be allowed.
    fn still_allowed(&mut self, id: FlowId) -> Result<Option<RuleIndex>, Dropped> {
        let revision = self.stamp();
        match self.conntrack.admission(id) {
            Some((judged, mark)) if judged == revision => Ok(rule_of(mark)),
            Some(_) | None => self.judge_again(id, revision),
        }
    }

    fn judge_again(&mut self, id: FlowId, revision: u32) -> Result<Option<RuleIndex>, Dropped> {
        let Some(flow) = self.conntrack.flow(id) else {
            return Err(Dropped::Revoked);
        };
        let opener = opener_direction(&flow);
        let kept = self.policy.profile().revocation_of(opener) == Revocation::Keep && !flow.is_revoked();
        let decision = self.policy.decide(self.hook.vnic, opener, &opener_subject(&flow));
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

    fn stamp(&self) -> u32 {
        stamp(self.policy)
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

pub(crate) fn rule_of(mark: u32) -> Option<RuleIndex> {
    mark.checked_sub(1).map(RuleIndex)
}
