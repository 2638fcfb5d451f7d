//! A host with a hundred instances and one enforcer.

use std::fmt::Write;

use nix::sys::signal::Signal;

use super::restart::ANSWERS_ONLY;
use super::world::{Connection, NumberedProbes, World};
use super::{ALLOWED, DENIED};

const OTHERS: usize = 100;

/// The document with the instance of the world and the others.
fn document() -> String {
    (0..OTHERS).fold(ANSWERS_ONLY.to_owned(), |mut document, number| {
        let vnic =
            format!("network: tenant, mac: '52:54:00:00:03:{number:02x}', addresses: [192.0.2.{}]", 100 + number);
        writeln!(document, "  - {{id: other-{number}, vnics: [{{{vnic}, groups: [web], interface: g{number}}}]}}")
            .unwrap();
        document
    })
}

fn plug_others(world: &World) {
    let links = (0..OTHERS).map(|number| format!("link add g{number} type veth peer name e{number}\n"));
    world.batch_in_hypervisor(&links.collect::<String>());
}

fn unplug_others(world: &World) {
    world.batch_in_hypervisor(&(0..OTHERS).map(|number| format!("link del g{number}\n")).collect::<String>());
}

fn owns(world: &World, vnics: usize) {
    world.wait_for(&format!("{vnics} uplinks"), || world.uplinks().len() == 2 * vnics);
}

#[test]
fn a_hundred_instances_come_and_go_and_the_next_one_loses_nothing() {
    let Some(mut world) = World::build_namespaces(&document()) else { return };
    plug_others(&world);
    world.start_enforcer(&[]);
    assert_eq!(world.uplinks().len(), 2 * (OTHERS + 1));
    assert!(world.log().contains("and 89 more in front of bridge"), "{}", world.log());
    let mut live = Connection::open(&world, ALLOWED).expect("an allowed connection");
    assert!(live.echoes());
    let probes = NumberedProbes::start(&world);
    unplug_others(&world);
    owns(&world, 1);
    plug_others(&world);
    owns(&world, OTHERS + 1);
    let arrivals = probes.finish();
    eprintln!("while a hundred went and came: {arrivals:?}");
    assert_eq!((arrivals.lost, arrivals.repeated, arrivals.astray), (0, 0, 0), "{arrivals:?}");

    // A successor has them all, and so has the next one after a crash.
    world.hand_over(&[]);
    assert!(live.echoes_soon());
    world.end_enforcer(Signal::SIGKILL);
    assert!(!live.echoes());
    world.start_enforcer(&[]);
    assert_eq!(world.uplinks().len(), 2 * (OTHERS + 1));
    assert!(live.echoes_soon() && Connection::open(&world, DENIED).is_none());
    world.end_enforcer(Signal::SIGTERM);
    assert!(world.uplinks().is_empty(), "{:?}", world.uplinks());
    assert_eq!(world.nft_in_hypervisor("list tables netdev").matches("claim").count(), 0);
}
