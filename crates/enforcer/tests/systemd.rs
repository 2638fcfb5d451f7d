//! The units of `packaging/systemd` under a real systemd, with their whole sandbox, between an instance and a bridge. Needs
//! root and `systemd-nspawn`.

#[path = "systemd/container.rs"]
mod container;
mod world;

use container::Container;
use world::{Connection, World};

const ALLOWED: u16 = 80;
const DENIED: u16 = 5432;

/// As libvirt has it: the link is found by its MAC address.
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
    vnics: [{network: tenant, mac: '52:54:00:00:02:0a', addresses: [192.0.2.10], groups: [web]}]
";

/// An instance that runs when the host boots.
fn booted() -> Option<(World, Container)> {
    let mut world = World::build(DOCUMENT)?;
    world.unplug_guest();
    world.plug_tap("vnet0", "fe:54:00:00:02:0a");
    let container = Container::boot(&world);
    Some((world, container))
}

#[test]
fn a_host_boots_into_an_enforced_policy() {
    let Some((world, container)) = booted() else { return };
    assert!(Connection::open(&world, ALLOWED).is_some_and(|mut connection| connection.echoes()));
    assert!(Connection::open(&world, DENIED).is_none());
    assert_eq!(container.property("StatusText"), "revision 1, vnics: 1");
    assert_eq!(container.says(&["systemd-analyze", "verify", "portcullis-enforcer.service"]), "");
    let owner = container.says(&["ps", "-o", "user=", "-p", &container.property("MainPID")]);
    assert!("portcullis".starts_with(owner.trim_end_matches('+')), "{owner}");
}

#[test]
fn connections_outlive_a_kill_and_a_restart() {
    let Some((world, container)) = booted() else { return };
    let mut connection = Connection::open(&world, ALLOWED).expect("an allowed connection");
    assert!(connection.echoes());
    container.says(&["systemctl", "kill", "--signal=KILL", "--kill-who=main", "portcullis-enforcer"]);
    container.wait_for_restart(1);
    assert!(connection.echoes_soon(), "{}", container.journal());
    container.says(&["systemctl", "restart", "portcullis-enforcer"]);
    assert!(connection.echoes_soon(), "{}", container.journal());
    assert!(Connection::open(&world, DENIED).is_none());
}

#[test]
fn an_enforcer_that_hangs_is_replaced() {
    let Some((world, container)) = booted() else { return };
    let mut connection = Connection::open(&world, ALLOWED).expect("an allowed connection");
    assert!(connection.echoes());
    container.says(&["systemctl", "kill", "--signal=STOP", "--kill-who=main", "portcullis-enforcer"]);
    assert!(!connection.echoes());
    container.wait_for_restart(1);
    assert!(container.journal().contains("Watchdog timeout"), "{}", container.journal());
    assert!(connection.echoes_soon(), "{}", container.journal());
}

#[test]
fn a_reload_looks_at_links_and_with_the_drop_in_hands_over() {
    let Some((world, container)) = booted() else { return };
    let mut connection = Connection::open(&world, ALLOWED).expect("an allowed connection");
    let first = container.property("MainPID");
    container.says(&["systemctl", "reload", "portcullis-enforcer"]);
    assert_eq!(container.property("MainPID"), first);
    container.drop_in("20-take-over.conf");
    container.says(&["systemctl", "reload", "portcullis-enforcer"]);
    assert_ne!(container.property("MainPID"), first, "{}", container.journal());
    assert_eq!(container.property("NRestarts"), "0");
    assert!(connection.echoes(), "{}", container.journal());
    // systemd watches the successor.
    container.says(&["systemctl", "kill", "--signal=KILL", "--kill-who=main", "portcullis-enforcer"]);
    container.wait_for_restart(1);
    assert!(connection.echoes_soon(), "{}", container.journal());
}
