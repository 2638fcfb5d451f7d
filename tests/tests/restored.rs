//! An enforcer that saves its flows and starts again gives the verdicts of one that goes on, and so does one whose flows are copied
//! into another table while packets pass.

use std::time::Duration;

use conntrack::{Config, Conntrack, Instant, Missed, PickUp, Resumption, Saved, Zone};
use e2e::frames::Zones;
use e2e::random;
use e2e::worlds::{World, worlds};
use engine::{EngineJudge, Hook, Judge, Ruling, adopt, evaluate, judge_malformed, restore};
use policy::{Direction, Document, Policy, Revision, VnicId, resolve};
use proptest::strategy::{Strategy, ValueTree};
use wire::{Malformed, Packet};

/// How many steps are compared where `PORTCULLIS_STEPS` does not say it.
const STEPS: usize = 30_000;

/// The most beats of one random world.
const BEATS: usize = 40;

/// How long it is away each time, for the flows; the clock of the world stands still.
const AWAY: Duration = Duration::ZERO;

/// The engine, which starts again in front of every third packet or so.
struct Restarting {
    config: Config,
    policy: Option<Policy>,
    conntrack: Conntrack,
    zones: Zones,
    packets: u64,
    starts: u64,
    /// The clock of the world at the last start.
    started: Instant,
}

impl Restarting {
    fn new(pick_up: PickUp) -> Restarting {
        let config = Config { pick_up, ..Config::default() };
        let (conntrack, zones, started) = (Conntrack::new(config), Zones::default(), Instant::from_millis(0));
        Restarting { config, policy: None, conntrack, zones, packets: 0, starts: 0, started }
    }

    /// Its own clock, which starts somewhere else each time.
    fn clock(&self, now: Instant) -> Instant {
        Instant::from_millis(self.starts % 5 * 1_000_000_007 + 100_000_000) + now.since(self.started)
    }

    fn start_again(&mut self, policy: &Policy, now: Instant) {
        let old = self.clock(now);
        let saved: Vec<_> = (0..self.zones.0.len()).map(|zone| self.conntrack.save(Zone(zone as u32), old)).collect();
        self.starts += 1;
        self.started = now;
        // Zones have other numbers, and hashes are others.
        self.zones.0.reverse();
        self.conntrack = Conntrack::new(Config { seed: [self.starts, 3], ..self.config });
        adopt(policy, &mut self.conntrack);
        for (zone, bytes) in (0..).map(Zone).zip(saved.iter().rev()) {
            let saved = Saved::read(bytes).expect("what was saved can be read");
            let resumption = Resumption { elapsed: AWAY, missed: Missed::Nothing };
            let now = self.clock(now);
            assert_eq!(restore(policy, &mut self.conntrack, zone, &saved, &resumption, now), saved.len());
        }
    }
}

impl Judge for Restarting {
    fn swap(&mut self, document: &Document, revision: Revision) {
        if let Ok(policy) = resolve(document, revision) {
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
        let Some(policy) = self.policy.clone() else { return Ruling::unknown_vnic() };
        self.packets += 1;
        // Fragments that wait are not saved.
        if self.conntrack.kept_fragments() == 0 && [1, 2, 4, 8].contains(&(self.packets % 11)) {
            self.start_again(&policy, now);
        }
        let Some(index) = policy.vnic_index(vnic) else { return Ruling::unknown_vnic() };
        let hook = Hook { vnic: index, zone: self.zones.of(vnic), direction };
        let now = self.clock(now);
        let verdict = match packet {
            Ok(packet) => evaluate(&policy, &mut self.conntrack, hook, packet, now),
            Err(malformed) => judge_malformed(&policy, &mut self.conntrack, hook, malformed, &mut ()),
        };
        verdict.named(&policy)
    }

    fn trace(&self) -> Vec<String> {
        Vec::new()
    }
}

/// The engine, which copies its flows into another table a few at a time while packets pass, and goes on with that one.
struct Copying {
    config: Config,
    policy: Option<Policy>,
    conntrack: Conntrack,
    zones: Zones,
    packets: u64,
    /// The other table, and the place to go on at.
    copy: Option<(Conntrack, usize)>,
}

impl Copying {
    fn new(pick_up: PickUp) -> Copying {
        let config = Config { pick_up, ..Config::default() };
        let (conntrack, zones) = (Conntrack::new(config), Zones::default());
        Copying { config, policy: None, conntrack, zones, packets: 0, copy: None }
    }

    fn copy_more(&mut self, policy: &Policy, now: Instant) {
        // Fragments that wait are not copied.
        if self.copy.is_none() && self.conntrack.kept_fragments() == 0 {
            let mut empty = Conntrack::new(Config { seed: [self.packets, 3], ..self.config });
            adopt(policy, &mut empty);
            self.copy = Some((empty, 0));
        }
        let Some((mut into, next)) = self.copy.take() else { return };
        let places = (self.packets % 3) as usize;
        match engine::copy(policy, &mut into, &self.conntrack, next, places, now) {
            Some(next) => self.copy = Some((into, next)),
            None => self.conntrack = into,
        }
    }
}

impl Judge for Copying {
    fn swap(&mut self, document: &Document, revision: Revision) {
        if let Ok(policy) = resolve(document, revision) {
            adopt(&policy, &mut self.conntrack);
            self.copy.iter_mut().for_each(|(copy, _)| adopt(&policy, copy));
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
        let Some(policy) = self.policy.clone() else { return Ruling::unknown_vnic() };
        self.packets += 1;
        self.copy_more(&policy, now);
        let Some(index) = policy.vnic_index(vnic) else { return Ruling::unknown_vnic() };
        let hook = Hook { vnic: index, zone: self.zones.of(vnic), direction };
        let judge = |conntrack: &mut Conntrack| match packet {
            Ok(packet) => evaluate(&policy, conntrack, hook, packet, now),
            Err(malformed) => judge_malformed(&policy, conntrack, hook, malformed, &mut ()),
        };
        if let Some((copy, _)) = &mut self.copy {
            let _counts_later = judge(copy);
        }
        judge(&mut self.conntrack).named(&policy)
    }

    fn trace(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Where another judge differs first from the engine that goes on.
fn difference(world: &World, judge: &mut impl Judge) -> Option<String> {
    let scenario = world.scenario();
    let expect = scenario.run(&mut EngineJudge::new(world.pick_up));
    let found = scenario.run(judge);
    let first = expect.iter().zip(&found).position(|(expect, found)| expect.found != found.found)?;
    let steps: Vec<String> = expect[..=first].iter().map(|outcome| outcome.step.to_string()).collect();
    let (expect, found) = (&expect[first].found, &found[first].found);
    Some(format!("{}\n{}\n{found:?}, not {expect:?}", scenario.document.to_yaml(), steps.join("\n")))
}

fn check_goes_on<J: Judge>(judge: impl Fn(PickUp) -> J) {
    let (steps, mut runner) = random::runner(STEPS);
    let worlds = worlds(BEATS);
    let differs = |world: &World| difference(world, &mut judge(world.pick_up));
    let mut compared = 0;
    while compared < steps {
        let mut world = worlds.new_tree(&mut runner).expect("worlds are not filtered");
        compared += world.current().scenario().steps.len();
        if differs(&world.current()).is_some() {
            let smallest = random::shrink(&mut world, |world| differs(world).is_some());
            panic!("{}", differs(&smallest).expect("a difference"));
        }
    }
}

#[test]
fn who_starts_again_goes_on_as_before() {
    check_goes_on(Restarting::new);
}

#[test]
fn who_goes_on_with_a_copy_goes_on_as_before() {
    check_goes_on(Copying::new);
}
