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
        self.last = None;
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

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "
version: 1
networks: [{id: net, subnets: [{prefix: 192.0.2.0/24}]}]
groups: [{id: default, rules: []}, {id: g, rules: [web: ingress ipv4 tcp 80 from any]}]
instances:
  - id: a
    vnics: [{network: net, mac: '52:54:00:00:00:0a', addresses: [192.0.2.10], groups: [g]}]
";

    #[test]
    fn what_is_not_judged_has_no_steps() {
        let (document, faults) = Document::read(DOCUMENT);
        assert!(faults.is_empty(), "{faults:?}");
        let mut judge = EngineJudge::new(PickUp::Never);
        judge.swap(&document, Revision(1));
        let (vnic, now) = (document.instances[0].vnics[0].id.clone(), Instant::from_millis(0));
        let sketch: wire::Sketch = "tcp 10.0.0.1:5000 > 192.0.2.10:80".parse().expect("a packet");
        let policy = judge.policy.clone().expect("a policy");
        let packet = crate::complete(&policy, policy.vnic_index(&vnic).expect("a vnic"), Direction::Ingress, &sketch);
        assert!(judge.judge(&vnic, Direction::Ingress, Ok(&packet), now).outcome == crate::Outcome::Accept);
        assert!(judge.trace().iter().any(|step| step.contains("rule `web`")), "{:?}", judge.trace());
        // The instance and the rule are gone, so the steps of before would name what is not there.
        let empty = Document { instances: Vec::new(), groups: document.groups[..1].to_vec(), ..document };
        judge.swap(&empty, Revision(2));
        assert_eq!(judge.judge(&vnic, Direction::Ingress, Ok(&packet), now), Ruling::unknown_vnic());
        assert_eq!(judge.trace(), Vec::<String>::new());
    }
}
