//! Two policies that take turns, and verdicts that are of one or the other.

use std::fs;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::super::world::{Flow, Probes, World};
use super::{alone, document, inward, outward, times};

/// How often the policy changes in a test run, with each backend.
const SWAPS: usize = 75;

/// How long a policy stays at least, so that probes meet it.
const STAY: Duration = Duration::from_millis(5);

/// The probes that a policy lets pass: ports of a class lie together, one for one flow and one for many.
const BOTH: [usize; 4] = [0, 1, 2, 3];
const FIRST: [usize; 4] = [4, 5, 6, 7];
const SECOND: [usize; 4] = [8, 9, 10, 11];
const NEITHER: [usize; 4] = [12, 13, 14, 15];

#[test]
fn every_verdict_is_of_the_policy_before_or_after_a_swap() {
    let Some(mut world) = World::build_namespaces("") else { return };
    let _alone = alone();
    let both = ["in: ingress ipv4 udp 1000-1001 from any", "out: egress ipv4 udp 2000-2001 to any"];
    let first = ["in-a: ingress ipv4 udp 1010-1011 from any", "out-a: egress ipv4 udp 2010-2011 to any"];
    let second = ["in-b: ingress ipv4 udp 1020-1021 from any", "out-b: egress ipv4 udp 2020-2021 to any"];
    // The rules that stay change their place.
    let documents = [document(&[both, first].concat()), document(&[second, both].concat())];
    let classes: Vec<_> = [0, 10, 20, 30]
        .iter()
        .flat_map(|tens| {
            [
                inward(1000 + tens, Flow::Same),
                inward(1001 + tens, Flow::New),
                outward(2000 + tens, Flow::Same),
                outward(2001 + tens, Flow::New),
            ]
        })
        .collect();
    for backend in ["ring", "pnet"] {
        world.write_document(&documents[0]);
        world.start_enforcer(&["--vnic", "web=guest", "--backend", backend]);
        let lost_before = world.lost_by_links();
        let probes = Probes::start(&world, &classes);
        let begun = Instant::now();
        let mut reigns = Vec::new();
        let swaps = times("PORTCULLIS_SWAPS", SWAPS);
        for swap in 0..swaps {
            let from = probes.now();
            std::thread::sleep(STAY);
            let until = probes.now();
            // What was sent until then is judged before the policy changes.
            probes.wait_for(&BOTH, until);
            reigns.push((swap % 2, from..until));
            replace_document(&world, &documents[(swap + 1) % 2]);
            world.wait_for_log(&format!("enforcing revision {} from now on", swap + 2));
        }
        let took = begun.elapsed();
        let flights = probes.finish();
        let lost_by_links = world.lost_by_links() - lost_before + flights.lost_at_ends;
        world.end_enforcer(Signal::SIGTERM);
        assert!(!world.log().contains("the receive buffer was full"), "{}", world.log());

        let all = flights.all();
        let lost: usize = BOTH.iter().map(|class| flights.sent(*class, &all) - flights.arrived(*class, &all)).sum();
        assert!(lost as u64 <= lost_by_links, "{lost} lost of what both allow, and {lost_by_links} by links");
        for class in NEITHER {
            assert_eq!(flights.arrived(class, &all), 0, "{:?} passes", classes[class]);
        }
        let (mut judged, mut missed) = ([0; 2], 0);
        for (policy, rounds) in &reigns {
            let (allowed, denied) = if *policy == 0 { (FIRST, SECOND) } else { (SECOND, FIRST) };
            for class in denied {
                let arrived = flights.arrived(class, rounds);
                assert_eq!(arrived, 0, "{:?} passes in {rounds:?}, under policy {policy}", classes[class]);
                judged[1] += flights.sent(class, rounds);
            }
            for class in allowed {
                judged[0] += flights.sent(class, rounds);
                missed += flights.sent(class, rounds) - flights.arrived(class, rounds);
            }
        }
        assert!((lost + missed) as u64 <= lost_by_links, "{missed} lost of what is allowed, {lost_by_links} by links");
        assert!(judged.iter().all(|probes| *probes > swaps), "too few probes: {judged:?}");
        eprintln!(
            "{backend}: {swaps} swaps in {took:?}: {} probes that both policies allow with {lost} lost and {lost_by_links} by \
             links, {} that neither allows, {} and {} that the policy in force allows and denies: 0 wrong verdicts",
            BOTH.iter().map(|class| flights.sent(*class, &all)).sum::<usize>(),
            NEITHER.iter().map(|class| flights.sent(*class, &all)).sum::<usize>(),
            judged[0],
            judged[1],
        );
    }
}

/// At once, as a careful editor does.
fn replace_document(world: &World, text: &str) {
    let beside = world.document().with_extension("new");
    fs::write(&beside, text).unwrap();
    fs::rename(beside, world.document()).unwrap();
}
