//! An enforcer that is killed in every moment of its life, and what passes by then: nothing.

use std::fs;
use std::ops::Range;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::super::world::{Flow, Probes, World};
use super::{document, inward, outward, outward_as, quantile, times};

/// How often it is killed in a test run.
const KILLS: usize = 200;

/// How long it stays dead, so that some probes find nobody.
const DEAD: Duration = Duration::from_millis(5);

/// The moment of its life in which an enforcer is killed.
enum Moment {
    /// Before it enforces, or just then.
    Start,
    /// While frames pass.
    Work,
    /// While it writes its flows down.
    Save,
    /// When it has written them down.
    Saved,
}

impl Moment {
    fn of(kill: usize) -> Moment {
        match kill % 40 {
            19 => Moment::Saved,
            39 => Moment::Save,
            even if even.is_multiple_of(2) => Moment::Work,
            _ => Moment::Start,
        }
    }
}

#[test]
fn nothing_passes_by_an_enforcer_that_is_killed_again_and_again() {
    let rules = ["in: ingress ipv4 udp 1000-1001 from any", "out: egress ipv4 udp 2000-2001 to any"];
    let Some(mut world) = World::build_namespaces(&document(&rules)) else { return };
    let classes = [
        inward(1000, Flow::Same),
        inward(1001, Flow::New),
        outward(2000, Flow::Same),
        outward(2001, Flow::New),
        inward(1002, Flow::Same),
        inward(1003, Flow::New),
        outward(2002, Flow::Same),
        outward(2003, Flow::New),
        // It is not the instance's address.
        outward_as("192.0.2.66", 2000, Flow::New),
    ];
    let (allowed, denied) = ([0, 1, 2, 3], [4, 5, 6, 7, 8]);
    let probes = Probes::start(&world, &classes);
    let (mut dead, mut starts, mut saved): (Vec<Range<usize>>, Vec<Duration>, usize) = (Vec::new(), Vec::new(), 0);
    for kill in 0..times("PORTCULLIS_KILLS", KILLS) {
        let backend = if kill % 4 < 2 { "ring" } else { "pnet" };
        let options = ["--vnic", "web=guest", "--save-period", "1", "--backend", backend];
        match Moment::of(kill) {
            Moment::Start => {
                world.spawn_enforcer(world.command(&options));
                // Every part of a start in turn, as long as the last one took.
                let whole = starts.last().copied().unwrap_or_default();
                std::thread::sleep(whole.mul_f64((kill * 7 % 31) as f64 / 31.0));
            }
            Moment::Work => start(&mut world, &probes, &options, &allowed, &mut starts),
            Moment::Save => {
                start(&mut world, &probes, &options, &allowed, &mut starts);
                saved += usize::from(wait_for_a_copy(&world));
            }
            Moment::Saved => {
                start(&mut world, &probes, &options, &allowed, &mut starts);
                let before = world.flows_written();
                world.wait_for("copy of the flows", || world.flows_written() != before);
            }
        }
        world.end_enforcer(Signal::SIGKILL);
        let from = probes.now();
        let log = world.log();
        assert!(!log.contains("are not restored") && !log.contains("ERROR"), "{log}");
        std::thread::sleep(DEAD);
        dead.push(from..probes.now());
    }
    start(&mut world, &probes, &["--vnic", "web=guest"], &allowed, &mut starts);
    assert!(world.log().contains("flows were saved in"), "{}", world.log());
    world.end_enforcer(Signal::SIGTERM);
    let flights = probes.finish();
    let all = flights.all();
    for class in denied {
        assert_eq!(flights.arrived(class, &all), 0, "{:?} leaks", classes[class]);
    }
    let mut missed = 0;
    for class in allowed {
        let leaked: usize = dead.iter().map(|rounds| flights.arrived(class, rounds)).sum();
        assert_eq!(leaked, 0, "{:?} passes a dead enforcer", classes[class]);
        let sent: usize = dead.iter().map(|rounds| flights.sent(class, rounds)).sum();
        assert!(sent > 0, "nothing was tried of {:?}", classes[class]);
        missed += sent;
    }
    let sent = |classes: &[usize]| classes.iter().map(|class| flights.sent(*class, &all)).sum::<usize>();
    eprintln!(
        "{} kills, {saved} of them during a copy: 0 of {} denied probes arrived, 0 of {missed} while the enforcer was dead; \
         from start to enforcing median {:?}, longest {:?}",
        dead.len(),
        sent(&denied),
        quantile(&mut starts, 500),
        quantile(&mut starts, 1_000),
    );
}

/// Starts an enforcer and waits until it lets pass what it should.
fn start(world: &mut World, probes: &Probes, options: &[&str], allowed: &[usize], starts: &mut Vec<Duration>) {
    let begun = Instant::now();
    world.start_enforcer(options);
    starts.push(begun.elapsed());
    probes.wait_for(allowed, probes.now());
}

/// Waits until flows are being written, and answers whether that was seen: it is over in no time.
fn wait_for_a_copy(world: &World) -> bool {
    let (begun, before) = (Instant::now(), world.flows_written());
    let staged = world.flows().with_extension("new");
    while begun.elapsed() < Duration::from_secs(10) {
        if fs::exists(&staged).unwrap() {
            return true;
        }
        if world.flows_written() != before {
            return false;
        }
        std::hint::spin_loop();
    }
    panic!("no copy is made: {}", world.log());
}
