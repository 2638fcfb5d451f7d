//! The engine against nf_conntrack of the running kernel: a ruleset of the same policy, the same packets, over a bridge.
//!
//! The kernel must do with every packet what its model says; where the engine does something else, the model and the engine
//! together must show one of the known differences. `PORTCULLIS_STEPS` is the number of packets; with it they are others each
//! time.

use std::collections::BTreeMap;

use conntrack::Timeouts;
use e2e::linux::bench::{Bench, INSTANCE_PORT, REMOTE_PORT, Shot, release};
use e2e::linux::differences::differences;
use e2e::linux::plays::{Play, plays, projects};
use e2e::linux::report::{WITNESSES, arrivals, tell};
use e2e::linux::ruleset::ruleset;
use e2e::linux::trial::{Encounter, Trial};
use e2e::{random, scenarios};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

/// How many packets are sent where `PORTCULLIS_STEPS` does not say it: those of about 10,000 plays.
const STEPS: usize = 150_000;

/// The most beats of a play.
const BEATS: usize = 16;

/// Plays side by side, each with other remote hosts.
const SIDE_BY_SIDE: u32 = 500;

#[test]
fn the_engine_differs_from_the_kernel_only_where_it_is_known() {
    let Some(mut bench) = Bench::for_test("the_engine_differs_from_the_kernel_only_where_it_is_known") else { return };
    let (steps, mut runner) = random::runner(STEPS);
    let mut met: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut sent, mut played) = (0, 0);
    while sent < steps {
        let (document, pick_up) = projects().new_tree(&mut runner).expect("projects are not filtered").current();
        let trial = Trial::new(document, pick_up);
        let mut batch = Batch::new(&trial, &mut runner);
        let passed = batch.pass(&trial, &mut bench);
        for (play, (encounters, passed)) in batch.plays.iter_mut().zip(batch.encounters.iter().zip(&passed)) {
            assert!(surprise(encounters, passed).is_none(), "{}", shrunk(&trial, &mut bench, play));
            let found = differences(encounters);
            found.iter().filter_map(|(_, known)| *known).for_each(|known| *met.entry(known.name).or_default() += 1);
            sent += encounters.len();
            played += 1;
        }
    }
    println!("{played} plays, {sent} packets on Linux {}, differences:", release());
    met.iter().for_each(|(name, count)| println!("  {count:>8} {name}"));
}

#[test]
fn the_kernel_shows_every_known_difference() {
    let Some(mut bench) = Bench::for_test("the_kernel_shows_every_known_difference") else { return };
    for (_, scenario) in scenarios::all().into_iter().filter(|(file, _)| file == WITNESSES) {
        let trial = Trial::new(scenario.document.clone(), scenario.pick_up);
        let encounters = trial.run(arrivals(&scenario));
        let passed = pass(&trial, &mut bench, &encounters);
        let text = tell(&trial, &encounters);
        let model: Vec<bool> = encounters.iter().map(|encounter| encounter.passes).collect();
        assert_eq!(passed, model, "{}: the kernel differs from its model:\n{text}", scenario.name);
    }
}

/// Each time of the engine that is named after one of the kernel's, in seconds. Linux has no other ones by default.
#[test]
fn flows_live_as_long_as_in_the_kernel() {
    let Some(bench) = Bench::for_test("flows_live_as_long_as_in_the_kernel") else { return };
    let times = Timeouts::default();
    let named = [
        ("tcp_timeout_syn_sent", times.tcp_syn_sent),
        ("tcp_timeout_syn_recv", times.tcp_syn_received),
        ("tcp_timeout_established", times.tcp_established),
        ("tcp_timeout_unacknowledged", times.tcp_unacknowledged),
        ("tcp_timeout_fin_wait", times.tcp_fin_wait),
        ("tcp_timeout_close_wait", times.tcp_close_wait),
        ("tcp_timeout_last_ack", times.tcp_last_ack),
        ("tcp_timeout_time_wait", times.tcp_time_wait),
        ("tcp_timeout_close", times.tcp_close),
        ("udp_timeout", times.udp),
        ("udp_timeout_stream", times.udp_stream),
        ("icmp_timeout", times.icmp),
        ("icmpv6_timeout", times.icmp),
        ("sctp_timeout_heartbeat_sent", times.sctp),
        ("sctp_timeout_established", times.sctp_established),
        ("dccp_timeout_request", times.dccp),
        ("dccp_timeout_open", times.dccp_open),
        ("generic_timeout", times.other),
    ];
    let found = named.map(|(name, ours)| (name, bench.setting(name).unwrap_or_else(|| ours.as_secs().to_string())));
    assert_eq!(found, named.map(|(name, ours)| (name, ours.as_secs().to_string())));
    let known = ["tcp_timeout_established", "udp_timeout", "icmp_timeout", "generic_timeout"];
    assert!(known.iter().all(|name| bench.setting(name).is_some()), "this kernel names its settings in another way");
}

/// Plays with what engine and model say to them.
struct Batch {
    plays: Vec<BoxedTree>,
    encounters: Vec<Vec<Encounter>>,
}

type BoxedTree = Box<dyn ValueTree<Value = Play>>;

impl Batch {
    fn new(trial: &Trial, runner: &mut TestRunner) -> Batch {
        let strategy = plays(BEATS);
        let plays = (0..SIDE_BY_SIDE).map(|_| strategy.new_tree(runner).expect("plays are not filtered"));
        let plays: Vec<BoxedTree> = plays.collect();
        let encounters = plays.iter().map(|play| trial.run(play.current().arrivals())).collect();
        Batch { plays, encounters }
    }

    /// Sends all, and tells for each play which packets passed.
    fn pass(&self, trial: &Trial, bench: &mut Bench) -> Vec<Vec<bool>> {
        bench.load(&ruleset(&trial.document, INSTANCE_PORT, REMOTE_PORT), trial.pick_up);
        let shots: Vec<Shot> = (0..).zip(&self.encounters).flat_map(|(at, some)| shots(trial, some, at)).collect();
        let mut passed = bench.pass(&shots).into_iter();
        self.encounters.iter().map(|encounters| passed.by_ref().take(encounters.len()).collect()).collect()
    }
}

fn shots(trial: &Trial, encounters: &[Encounter], number: u32) -> Vec<Shot> {
    let shot = |encounter: &Encounter| Shot {
        direction: encounter.arrival.direction,
        frame: trial.frame(&encounter.arrival, number),
    };
    encounters.iter().map(shot).collect()
}

/// Sends the packets of one play, and tells which passed.
fn pass(trial: &Trial, bench: &mut Bench, encounters: &[Encounter]) -> Vec<bool> {
    bench.load(&ruleset(&trial.document, INSTANCE_PORT, REMOTE_PORT), trial.pick_up);
    bench.pass(&shots(trial, encounters, 0))
}

/// The first packet at which the kernel does not do what its model says, or a difference is not known.
fn surprise(encounters: &[Encounter], passed: &[bool]) -> Option<(usize, &'static str)> {
    let wrong = encounters.iter().zip(passed).position(|(encounter, passed)| encounter.passes != *passed);
    if let Some(at) = wrong {
        return Some((at, "the kernel differs from its model"));
    }
    let unknown = differences(encounters).into_iter().find(|(_, known)| known.is_none());
    unknown.map(|(at, _)| (at, "engine and kernel differ, and it is not known why"))
}

/// The smallest play that still holds a surprise, as text, with the flows that the kernel has after it.
fn shrunk(trial: &Trial, bench: &mut Bench, play: &mut BoxedTree) -> String {
    let mut find = |play: &Play| {
        let encounters = trial.run(play.arrivals());
        let passed = pass(trial, bench, &encounters);
        surprise(&encounters, &passed).map(|(at, what)| (encounters, at, what))
    };
    let smallest = random::shrink(play, |play| find(play).is_some());
    match find(&smallest) {
        Some((encounters, at, what)) => {
            format!("{what}:\n{}\n{}", tell(trial, &encounters[..=at]), bench.flows())
        }
        None => "a surprise that does not come again".to_owned(),
    }
}
