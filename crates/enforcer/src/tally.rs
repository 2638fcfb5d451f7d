//! Counts verdicts: per vnic, direction and reason, and per rule.
//!
//! Counting allocates nothing: there is room for every rule of the policy, and for the reasons that there usually are. Names are looked up when the counts are told, not per
//! packet, so a [`Tally`] carries the policy that its rule indices belong to.

use std::sync::Arc;

use conntrack::Conntrack;
use engine::{Accepted, Dropped, Verdict};
use policy::{Direction, Policy, Revision, RuleIndex, VnicId};

use crate::latency::Histogram;
use crate::losses::Losses;

/// What a worker counted since it last told.
#[derive(Debug)]
pub(crate) struct Tally {
    /// Who counted.
    pub(crate) worker: usize,
    /// The policy that judged all of it.
    pub(crate) policy: Arc<Policy>,
    /// By vnic: ingress, egress.
    pub(crate) vnics: Vec<(VnicId, [Traffic; 2])>,
    /// Packets and bytes by rule; rules without packets are absent.
    pub(crate) rules: Vec<(RuleIndex, RuleCount)>,
    /// What it tracks.
    pub(crate) tracked: Tracked,
    /// Dropped packets that were not told one by one.
    pub(crate) untold: u64,
    /// What links lost, by vnic; those that lost nothing are absent.
    pub(crate) losses: Vec<(VnicId, Losses)>,
    /// How long frames took.
    pub(crate) latency: Box<Histogram>,
    /// What a pending policy would change; `None` where there is none.
    pub(crate) pending: Option<PendingTally>,
}

/// What a worker's flow table is at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tracked {
    /// Flows now.
    pub(crate) flows: usize,
    /// Live flows that had to go for others, since the start.
    pub(crate) evicted: u64,
    /// Bytes of fragments that wait now.
    pub(crate) fragments: usize,
}

impl Tracked {
    pub(crate) fn of(conntrack: &Conntrack) -> Tracked {
        Tracked { flows: conntrack.len(), evicted: conntrack.evicted(), fragments: conntrack.kept_fragments() }
    }
}

/// Packets of one vnic in one direction. A frame that stands for several segments counts as those.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) accepted: u64,
    pub(crate) dropped: u64,
    /// Bytes of accepted frames, Ethernet header included.
    pub(crate) bytes: u64,
    /// The same of dropped ones.
    pub(crate) dropped_bytes: u64,
    /// Packets by verdict without its rule. There are few reasons, so a search is quicker than a map.
    pub(crate) reasons: Vec<(Verdict, u64)>,
    /// Packets at a vnic that the policy does not know; they are among the dropped.
    pub(crate) unknown: u64,
}

/// What a pending policy would change.
#[derive(Debug)]
pub(crate) struct PendingTally {
    /// Which policy that is.
    pub(crate) revision: Revision,
    /// By vnic: ingress, egress.
    pub(crate) changes: Vec<(VnicId, [Changes; 2])>,
}

/// Packets that a pending policy would judge otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// They are accepted now.
    pub(crate) would_drop: u64,
    /// They are dropped now.
    pub(crate) would_accept: u64,
}

/// Packets and bytes by rule index.
#[derive(Debug)]
pub(crate) struct RuleCounts(Vec<RuleCount>);

/// What a rule decided, and what passed in flows that it allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RuleCount {
    pub(crate) packets: u64,
    /// Bytes of frames, Ethernet header included.
    pub(crate) bytes: u64,
}

/// More reasons than a vnic usually sees in one direction; for more, memory is asked for once.
const USUAL_REASONS: usize = 16;

impl Traffic {
    /// Nothing was counted, and there is room for the reasons that there usually are.
    pub(crate) fn with_room() -> Traffic {
        Traffic { reasons: Vec::with_capacity(USUAL_REASONS), ..Traffic::default() }
    }

    /// Counts one frame.
    pub(crate) fn count(&mut self, verdict: Verdict, segments: u32, bytes: usize) {
        let packets = u64::from(segments);
        match verdict {
            Verdict::Accept(_) => {
                self.accepted += packets;
                self.bytes += bytes as u64;
            }
            Verdict::Drop(_) => {
                self.dropped += packets;
                self.dropped_bytes += bytes as u64;
            }
            // It is counted again when its datagram is whole.
            Verdict::Hold => {}
        }
        let reason = without_rule(verdict);
        match self.reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += packets,
            None => self.reasons.push((reason, packets)),
        }
    }

    /// Counts one frame at a vnic that the policy does not know.
    pub(crate) fn count_unknown(&mut self, segments: u32, bytes: usize) {
        self.dropped_bytes += bytes as u64;
        self.dropped += u64::from(segments);
        self.unknown += u64::from(segments);
    }

    /// Takes the counts and starts from zero; the memory stays.
    pub(crate) fn take(&mut self) -> Traffic {
        let taken = self.clone();
        (self.accepted, self.dropped, self.unknown) = (0, 0, 0);
        (self.bytes, self.dropped_bytes) = (0, 0);
        self.reasons.iter_mut().for_each(|(_, count)| *count = 0);
        taken
    }
}

impl RuleCounts {
    /// With room for the rules of a policy.
    pub(crate) fn of(policy: &Policy) -> RuleCounts {
        RuleCounts(vec![RuleCount::default(); policy.rule_places()])
    }

    /// Makes room for the rules of another policy, too; what was counted must have been taken.
    pub(crate) fn make_room(&mut self, policy: &Policy) {
        let places = self.0.len().max(policy.rule_places());
        self.0.resize(places, RuleCount::default());
    }

    /// Counts packets that a rule decided, or whose flow it allows.
    pub(crate) fn count(&mut self, rule: RuleIndex, segments: u32, bytes: usize) {
        if let Some(count) = self.0.get_mut(rule.0 as usize) {
            count.packets += u64::from(segments);
            count.bytes += bytes as u64;
        }
    }

    /// Takes the counts of rules with packets and starts from zero; the memory stays.
    pub(crate) fn take(&mut self) -> Vec<(RuleIndex, RuleCount)> {
        let counted = (0..).map(RuleIndex).zip(&mut self.0).filter(|(_, count)| count.packets > 0);
        counted.map(|(rule, count)| (rule, std::mem::take(count))).collect()
    }
}

/// Where a direction stands in `[ingress, egress]`.
pub(crate) fn place(direction: Direction) -> usize {
    match direction {
        Direction::Ingress => 0,
        Direction::Egress => 1,
    }
}

/// The verdict as its reason alone.
fn without_rule(verdict: Verdict) -> Verdict {
    const NONE: RuleIndex = RuleIndex(0);
    match verdict {
        Verdict::Accept(Accepted::Rule(_)) => Verdict::Accept(Accepted::Rule(NONE)),
        Verdict::Accept(Accepted::Established(_)) => Verdict::Accept(Accepted::Established(None)),
        Verdict::Accept(Accepted::Related(_)) => Verdict::Accept(Accepted::Related(None)),
        Verdict::Drop(Dropped::Rule(_)) => Verdict::Drop(Dropped::Rule(NONE)),
        Verdict::Accept(Accepted::Infra(_) | Accepted::SameSubnet | Accepted::Default | Accepted::PortSecurityOff)
        | Verdict::Drop(
            Dropped::Malformed(_)
            | Dropped::Spoofed(_)
            | Dropped::Invalid(_)
            | Dropped::Revoked
            | Dropped::Default
            | Dropped::NoGroups
            | Dropped::TableFull,
        )
        | Verdict::Hold => verdict,
    }
}

#[cfg(test)]
mod tests {
    use policy::{Document, resolve};

    use super::*;

    #[test]
    fn packets_of_different_rules_share_a_reason() {
        let mut traffic = Traffic::default();
        traffic.count(Verdict::Accept(Accepted::Rule(RuleIndex(3))), 1, 60);
        traffic.count(Verdict::Accept(Accepted::Rule(RuleIndex(4))), 45, 65_000);
        traffic.count(Verdict::Accept(Accepted::Established(Some(RuleIndex(4)))), 1, 60);
        traffic.count(Verdict::Drop(Dropped::Default), 1, 60);
        let reasons: Vec<(String, u64)> =
            traffic.reasons.iter().map(|(verdict, count)| (verdict.reason(), *count)).collect();
        assert_eq!(
            reasons,
            [("rule".to_owned(), 46), ("conntrack:established".to_owned(), 1), ("default".to_owned(), 1)]
        );
        assert_eq!((traffic.accepted, traffic.bytes), (47, 65_120));
        assert_eq!((traffic.dropped, traffic.dropped_bytes), (1, 60));
        assert_eq!(traffic.take().accepted, 47);
        assert_eq!(traffic.take(), Traffic { reasons: traffic.reasons.clone(), ..Traffic::default() });
    }

    #[test]
    fn only_rules_with_packets_are_told() {
        let policy = |rules: &str| {
            let text = format!("version: 1\ngroups: [{{id: web, rules: [{rules}]}}]\n");
            resolve(&Document::read(&text).0, Revision(1)).unwrap()
        };
        let mut rules = RuleCounts::of(&policy("one: ingress ipv4 tcp 1 from any, two: ingress ipv4 tcp 2 from any"));
        rules.count(RuleIndex(1), 2, 120);
        rules.count(RuleIndex(0), 1, 60);
        rules.count(RuleIndex(1), 1, 90);
        let expect =
            [(RuleIndex(0), RuleCount { packets: 1, bytes: 60 }), (RuleIndex(1), RuleCount { packets: 3, bytes: 210 })];
        assert_eq!(rules.take(), expect);
        assert_eq!(rules.take(), []);
        rules.make_room(&policy("one: ingress ipv4 tcp 1 from any"));
        rules
            .make_room(&policy(&(1..=9).map(|n| format!("r{n}: ingress ipv4 tcp {n} from any, ")).collect::<String>()));
        rules.count(RuleIndex(8), 1, 60);
        assert_eq!(rules.take(), [(RuleIndex(8), RuleCount { packets: 1, bytes: 60 })]);
    }
}
