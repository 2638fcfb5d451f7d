//! The enforcer as a process between an instance and a bridge, in network namespaces. Needs root; without it every test
//! says that it was skipped.

#[path = "bridge/answers.rs"]
mod answers;
#[path = "bridge/following.rs"]
mod following;
#[path = "bridge/handover.rs"]
mod handover;
#[path = "bridge/hazards.rs"]
mod hazards;
#[path = "bridge/links.rs"]
mod links;
#[path = "bridge/many.rs"]
mod many;
#[path = "bridge/neighbours.rs"]
mod neighbours;
#[path = "bridge/restart.rs"]
mod restart;
#[path = "bridge/sandbox.rs"]
mod sandbox;
#[path = "bridge/service.rs"]
mod service;
#[path = "bridge/storms.rs"]
mod storms;
#[path = "bridge/watching.rs"]
mod watching;
pub(crate) mod world;

use std::process::Command;

use nix::sys::signal::Signal;
use world::{Connection, World};

const ALLOWED: u16 = 80;
const DENIED: u16 = 5432;

const DOCUMENT: &str = "
version: 1
networks:
  - id: tenant
    subnets: [{prefix: 192.0.2.0/24, gateway: 192.0.2.1}]
groups:
  - id: web
    rules:
      - web-http: ingress ipv4 tcp 80 from any
      - web-egress: egress ipv4 any to any
instances:
  - id: web
    vnics: [{network: tenant, mac: '52:54:00:00:02:0a', addresses: [192.0.2.10], groups: [web], interface: guest}]
";

fn without_http() -> String {
    DOCUMENT.replace("      - web-http: ingress ipv4 tcp 80 from any\n", "")
}

#[test]
fn what_a_rule_allows_passes_and_nothing_else() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&[]);
    assert!(Connection::open(&world, ALLOWED).is_some_and(|mut connection| connection.echoes()));
    assert!(Connection::open(&world, DENIED).is_none());
}

#[test]
fn a_clean_stop_leaves_no_link_and_the_host_closed_to_the_instance() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    assert!(!world.is_closed());
    world.start_enforcer(&[]);
    assert!(world.is_closed() && !world.uplinks().is_empty());
    world.end_enforcer(Signal::SIGTERM);
    assert!(world.is_closed(), "the instance may go on");
    assert!(world.uplinks().is_empty(), "{:?}", world.uplinks());
    assert!(Connection::open(&world, ALLOWED).is_none());
}

#[test]
fn a_killed_enforcer_stops_all_traffic_and_the_next_one_takes_over() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&[]);
    let mut connection = Connection::open(&world, ALLOWED).expect("an allowed connection");
    assert!(connection.echoes());
    world.end_enforcer(Signal::SIGKILL);
    assert_eq!(world.uplinks(), ["pcb-web", "pcu-web"]);
    assert!(!connection.echoes());
    assert!(Connection::open(&world, ALLOWED).is_none());
    world.start_enforcer(&[]);
    assert!(connection.echoes_soon(), "the connection is picked up");
    world.end_enforcer(Signal::SIGTERM);
    assert!(world.uplinks().is_empty(), "{:?}", world.uplinks());
}

#[test]
fn a_rewritten_document_cuts_a_live_connection_and_gives_it_back() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&[]);
    let mut connection = Connection::open(&world, ALLOWED).expect("an allowed connection");
    assert!(connection.echoes());
    world.write_document(&without_http());
    world.wait_for_log("enforcing revision 2");
    assert!(!connection.echoes());
    world.write_document("version: 1\ngroups: [{id: web, rules: ['ingress ipv4 tcp 99999 from any']}]\n");
    world.wait_for_log("revision 2 stays in force");
    assert!(!connection.echoes());
    world.write_document(DOCUMENT);
    world.wait_for_log("enforcing revision 3");
    assert!(connection.echoes_soon());
}

#[test]
fn a_vnic_of_another_name_gets_the_link_of_the_one_before() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&[]);
    world.write_document(&DOCUMENT.replace("id: web\n    vnics", "id: other\n    vnics"));
    world.wait_for_log("enforcing for `other` at `guest`");
    assert!(Connection::open(&world, ALLOWED).is_some_and(|mut connection| connection.echoes()));
    assert!(Connection::open(&world, DENIED).is_none());
}

#[test]
fn an_instance_that_restarts_is_owned_again() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&[]);
    world.unplug_guest();
    world.wait_for_log("its traffic stops");
    world.wait_for("host without uplinks", || world.uplinks().is_empty());
    world.plug_guest();
    world.wait_for_log("enforcing for `web` at `guest`");
    assert!(Connection::open(&world, ALLOWED).is_some_and(|mut connection| connection.echoes()));
}

#[test]
fn what_cannot_be_enforced_is_refused_with_its_fix() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    let mut check = |prepare: &[&str], options: &[&str], restore: &[&str], expect: &[&str]| {
        world.ip_in_hypervisor(prepare);
        let before = world.settings();
        let said = world.refused_enforcer(options);
        for part in expect {
            assert!(said.contains(part), "{options:?} {prepare:?}: {said}");
        }
        assert_eq!(world.settings(), before, "something was left behind after: {said}");
        world.ip_in_hypervisor(restore);
    };
    check(
        &["link", "set", "guest", "master", "br0"],
        &[],
        &["link", "set", "guest", "nomaster"],
        &["`guest` is a port of `br0`", "`ip link set guest nomaster`"],
    );
    check(
        &["address", "add", "10.0.0.1/24", "dev", "guest"],
        &[],
        &["address", "flush", "dev", "guest"],
        &["has the address 10.0.0.1/24", "`ip address flush dev guest`"],
    );
    check(&[], &["--bridge", "br1"], &[], &["there is no bridge `br1`, but there is `br0`", "--bridge"]);
    check(&[], &["--bridge", "guest"], &[], &["`guest` is no bridge", "`br0`"]);
    check(&[], &["--vnic", "web=gust"], &[], &["there is no interface `gust`", "`guest`"]);
    check(&[], &["--vnic", "wbe=guest"], &[], &["the document has no vnic `wbe`: it has `web`"]);
    check(
        &["link", "set", "guest", "name", "other"],
        &[],
        &["link", "set", "other", "name", "guest"],
        &["none of the document's interfaces `guest`", "--vnic"],
    );
    check(&[], &["--state", "/dev/null"], &[], &["cannot keep flows in `/dev/null`", "`--state DIR`"]);
    check(&[], &["--netns", "pcl-nowhere"], &[], &["there is no network namespace `pcl-nowhere`", "ip netns add"]);
    world.write_document("version: 1\ngroups: [{id: web, rules: ['ingress ipv4 tcp 99999 from any', 'x']}]\n");
    let said = world.refused_enforcer(&[]);
    assert!(said.contains("groups[0].rules[0]") && said.contains("groups[0].rules[1]"), "{said}");
}

#[test]
fn a_guest_side_has_one_enforcer() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&[]);
    let said = world.refused_enforcer(&[]);
    assert!(said.contains("another enforcer owns `guest`"), "{said}");
    assert!(Connection::open(&world, ALLOWED).is_some_and(|mut connection| connection.echoes()));
}

#[test]
fn a_vnic_that_left_the_document_gets_nothing() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&[]);
    world.write_document(
        &DOCUMENT.replace("id: web\n    vnics", "id: other\n    vnics").replace("interface: guest", "interface: gone"),
    );
    world.wait_for_log("enforcing revision 2");
    assert!(Connection::open(&world, ALLOWED).is_none());
    world.signal_enforcer(Signal::SIGUSR1);
    world.wait_for_log("drop unknown-vnic");
}

/// A limit on what the process maps stands for a host without memory for rings.
#[test]
fn the_backend_is_the_best_that_the_host_has_and_the_log_says_why() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&[]);
    assert!(world.log().contains("links are served by ring, the quickest way"), "{}", world.log());
    world.end_enforcer(Signal::SIGTERM);

    let options = ["--workers", "1", "--ring", "512"];
    let limited = |world: &World, options: &[&str]| {
        let command = world.command(options);
        let mut limited = Command::new("prlimit");
        limited.arg("--as=512000000").arg(command.get_program()).args(command.get_args());
        limited
    };
    let said = world.refused_enforcer_as(limited(&world, &[&options[..], &["--backend", "ring"]].concat()));
    assert!(said.contains("no 512 MiB of memory for the receive ring of a link"), "{said}");
    world.start_enforcer_as(limited(&world, &options));
    assert!(world.log().contains("`guest` is served by pnet, because the ring cannot be had: "), "{}", world.log());
    assert!(world.log().contains("enforcing revision 1 for `web` at `guest` by pnet"), "{}", world.log());
    assert!(Connection::open(&world, ALLOWED).is_some_and(|mut connection| connection.echoes()));
    assert!(Connection::open(&world, DENIED).is_none());
    world.end_enforcer(Signal::SIGTERM);
    assert!(world.refused_enforcer(&["--ring", "0"]).contains("write a number from 1 to 1024"));
}
