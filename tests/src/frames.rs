//! The engine as an enforcer's worker asks it: by frames, with a look ahead.

use conntrack::{Config, Conntrack, Instant, PickUp, Zone};
use engine::{Arrived, Hook, Judge, Ruling, adopt, evaluate, judge_arrived, judge_malformed, look_ahead};
use policy::{Direction, Document, Policy, Revision, VnicId, resolve, resolve_after};
use wire::{Checksum, Malformed, Packet, build, parse};

/// The engine with one flow table for all vnics. What no frame can hold it judges as a packet, and a fragment too: by its bytes
/// more is known of the whole.
#[derive(Clone, Debug)]
pub struct FrameJudge {
    policy: Option<Policy>,
    conntrack: Conntrack,
    zones: Zones,
    /// How many packets it judged as frames.
    pub frames: usize,
}

/// Vnics in the order in which they were first seen; the place is the zone.
#[derive(Clone, Debug, Default)]
pub struct Zones(pub Vec<VnicId>);

impl Zones {
    /// The zone of a vnic, a new one if it was not seen before.
    pub fn of(&mut self, vnic: &VnicId) -> Zone {
        let at = self.0.iter().position(|known| known == vnic).unwrap_or_else(|| {
            self.0.push(vnic.clone());
            self.0.len() - 1
        });
        Zone(at as u32)
    }
}

impl FrameJudge {
    /// A judge without a policy yet.
    pub fn new(pick_up: PickUp) -> FrameJudge {
        let conntrack = Conntrack::new(Config { pick_up, ..Config::default() });
        FrameJudge { policy: None, conntrack, zones: Zones::default(), frames: 0 }
    }
}

impl Judge for FrameJudge {
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
        let zone = self.zones.of(vnic);
        let found = self.policy.as_ref().and_then(|policy| Some((policy, policy.vnic_index(vnic)?)));
        let Some((policy, index)) = found else { return Ruling::unknown_vnic() };
        let (hook, conntrack) = (Hook { vnic: index, zone, direction }, &mut self.conntrack);
        let verdict = match packet {
            Ok(packet) => match whole_frame(packet) {
                Some(frame) => {
                    self.frames += 1;
                    let mut arrived = [Arrived::of(&frame, Checksum::Complete)];
                    look_ahead(conntrack, hook, &mut arrived);
                    judge_arrived(policy, conntrack, hook, &arrived[0], now).verdict
                }
                None => evaluate(policy, conntrack, hook, packet, now),
            },
            Err(malformed) => judge_malformed(policy, conntrack, hook, malformed, &mut ()),
        };
        verdict.named(policy)
    }
}

fn whole_frame(packet: &Packet) -> Option<Vec<u8>> {
    let frame = build(packet);
    let is_fragment = packet.datagram().is_some_and(|datagram| datagram.fragment.is_some());
    (!is_fragment && parse(&frame, Checksum::Complete) == Ok(*packet)).then_some(frame)
}
