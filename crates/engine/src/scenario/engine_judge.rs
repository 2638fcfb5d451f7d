//! The engine as a judge of scenarios.

use conntrack::{Config, Conntrack, Instant, PickUp, Zone};
use policy::{Direction, Document, Policy, Revision, VnicId, VnicIndex, resolve, resolve_after};
use wire::{Malformed, Packet};

use crate::evaluate::{Hook, adopt, evaluate_with, judge_malformed};
use crate::ruling::Ruling;
use crate::scenario::Judge;
use crate::trace::Steps;

/// The engine with one flow table for all vnics.
#[derive(Clone, Debug)]
pub struct EngineJudge {
    policy: Option<Policy>,
    conntrack: Conntrack,
    /// Vnics in the order in which they were first seen; the place is the zone, over all policies.
    zones: Vec<VnicId>,
    /// Where the last verdict was given, and its steps.
    last: Option<(VnicIndex, Steps)>,
}

impl EngineJudge {
    /// A judge without a policy yet.
    pub fn new(pick_up: PickUp) -> EngineJudge {
        let config = Config { pick_up, ..Config::default() };
        EngineJudge { policy: None, conntrack: Conntrack::new(config), zones: Vec::new(), last: None }
    }

    fn zone(&mut self, vnic: &VnicId) -> Zone {
        let at = self.zones.iter().position(|known| known == vnic).unwrap_or_else(|| {
            self.zones.push(vnic.clone());
            self.zones.len() - 1
        });
        Zone(at as u32)
    }
}

impl Judge for EngineJudge {
    /// Keeps the last policy when the document does not resolve.
    fn swap(&mut self, document: &Document, revision: Revision) {
        let policy = match &self.policy {
            Some(last) => resolve_after(last, document, revision),
            None => resolve(document, revision),
        };
        if let Ok(policy) = policy {
            adopt(&policy, &mut self.conntrack);
            self.policy = Some(policy);
        }
    }

    fn judge(
        &mut self,
        vnic: &VnicId,
        direction: Direction,
        packet: Result<&Packet, Malformed>,
        now: Instant,
    ) -> Ruling {
        let zone = self.zone(vnic);
        let policy = self.policy.as_ref();
        let Some((policy, index)) = policy.and_then(|policy| Some((policy, policy.vnic_index(vnic)?))) else {
            return Ruling::unknown_vnic();
        };
        let hook = Hook { vnic: index, zone, direction };
        let mut steps = Steps::default();
        let verdict = match packet {
            Ok(packet) => evaluate_with(policy, &mut self.conntrack, hook, packet, now, &mut steps).verdict,
            Err(malformed) => judge_malformed(policy, &mut self.conntrack, hook, malformed, &mut steps),
        };
        self.last = Some((index, steps));
        verdict.named(policy)
    }

    fn trace(&self) -> Vec<String> {
        let (Some(policy), Some((vnic, steps))) = (&self.policy, &self.last) else { return Vec::new() };
        steps.0.iter().map(|step| format!("{}: {}", step.stage(), step.describe(policy, *vnic))).collect()
    }
}
