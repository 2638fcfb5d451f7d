//! Links that people and programs change behind the enforcer's back, and links that come later.

use std::time::Duration;

use nix::sys::signal::Signal;

use super::world::{Connection, World};
use super::{ALLOWED, DENIED, DOCUMENT};

const OPEN: &str = "
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
  - id: 08d2c150-ad07-4588-b898-d12df28c7e03
    vnics: [{network: tenant, mac: '52:54:00:00:02:0a', addresses: [192.0.2.10], groups: [web]}]
";

fn passes(world: &World) -> bool {
    Connection::open(world, ALLOWED).is_some_and(|mut connection| connection.echoes())
}

#[test]
fn what_somebody_changes_at_the_links_is_set_again() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&[]);
    let check = |change: &[&str], link: &str, expect: &str| {
        world.ip_in_hypervisor(change);
        world.wait_for(&format!("`{expect}` at `{link}` after {change:?}"), || world.link(link).contains(expect));
        world.wait_for(&format!("way through after {change:?}"), || passes(&world));
    };
    check(&["link", "set", "pcb-web", "nomaster"], "pcb-web", "master br0");
    assert!(world.log().contains("`pcb-web` was no port of `br0` and is one again"), "{}", world.log());
    check(&["link", "set", "guest", "mtu", "1400"], "pcu-web", "mtu 1400");
    check(&["link", "set", "guest", "mtu", "9000"], "pcb-web", "mtu 9000");
    check(&["link", "set", "pcu-web", "arp", "on"], "pcu-web", "NOARP");
    check(&["link", "set", "guest", "arp", "on"], "guest", "NOARP");
    check(&["link", "set", "pcb-web", "down"], "pcb-web", ",UP");
    check(&["link", "set", "pcu-web", "down"], "pcu-web", ",UP");
    check(&["link", "set", "guest", "down"], "guest", ",UP");
    world.ip_in_hypervisor(&["link", "set", "guest", "master", "br0"]);
    world.wait_for_log("`guest` was made a port of `br0`, past the enforcer, and is none any more");
    world.wait_for("guest side off the bridge", || !world.link("guest").contains("master"));
    assert!(Connection::open(&world, DENIED).is_none());
    world.wait_for("way through", || passes(&world));
    check(&["link", "del", "pcu-web"], "pcb-web", "master br0");
    check(&["link", "del", "pcb-web"], "pcu-web", ",UP");
    check(&["link", "set", "pcu-web", "down", "name", "other"], "pcu-web", ",UP");
    assert!(Connection::open(&world, DENIED).is_none());
}

#[test]
fn a_bridge_that_comes_back_is_used_again() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&[]);
    world.ip_in_hypervisor(&["link", "del", "br0"]);
    world.wait_for_log("there is no bridge `br0`");
    world.ip_in_hypervisor(&["link", "add", "br0", "type", "bridge"]);
    world.ip_in_hypervisor(&["link", "set", "br0", "up"]);
    world.ip_in_hypervisor(&["link", "set", "outside", "master", "br0"]);
    world.wait_for("way through", || passes(&world));
}

#[test]
fn an_address_that_the_guest_side_is_given_is_taken_off_it() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&[]);
    let mut open = Connection::open(&world, ALLOWED).unwrap();
    for address in [&["10.0.0.1/24"][..], &["10.0.0.1", "peer", "10.0.0.2/32"]] {
        let arguments = [&["address", "add"], address, &["dev", "guest"]].concat();
        world.ip_in_hypervisor(&arguments);
        world.wait_for("guest side without address", || !world.addresses("guest").contains("10.0.0"));
    }
    assert!(world.log().contains("`guest` was given the address 10.0.0.1/24 of the host"), "{}", world.log());
    assert!(open.echoes(), "the vnic is owned all the time");
}

/// Names of sockets are for everybody (unix(7)), so an enforcer's hold on a link must not depend on one.
#[test]
fn no_user_of_the_host_keeps_a_vnic_from_being_owned() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    let _taken = world.take_name_in_hypervisor("portcullis/guest");
    world.start_enforcer(&[]);
    assert!(passes(&world));
}

#[test]
fn the_stack_that_somebody_lets_in_is_kept_off_again() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&[]);
    for setting in ["ipv4/conf/guest/rp_filter", "ipv6/conf/pcu-web/disable_ipv6"] {
        world.change_setting(setting, "0");
        // The kernel tells nobody, so it takes a whole look.
        world.signal_enforcer(Signal::SIGHUP);
        world.wait_for(&format!("{setting} of 1"), || world.setting(setting) == "1");
    }
    world.wait_for_log("the host's network stack was let in at `guest`");
}

/// A host listens for broadcasts at any address, as DHCP servers and mDNS do; they carry no source that strict filtering could judge.
#[test]
fn broadcasts_of_the_instance_do_not_reach_the_host() {
    let Some(mut world) = World::build_namespaces(DOCUMENT) else { return };
    let host = world.listen_in_hypervisor(5353);
    let mut card = world.end("vm");
    let broadcast = "52:54:00:00:02:0a > ff:ff:ff:ff:ff:ff udp 0.0.0.0:68 > 255.255.255.255:5353 len=4";
    let frame = wire::build(&broadcast.parse().unwrap());
    let mut reaches_host = || card.send(&frame).is_ok() && host.recv(&mut [0; 64]).is_ok();
    world.ip_in_hypervisor(&["link", "set", "guest", "up"]);
    let mut comes_up = || {
        std::thread::sleep(Duration::from_millis(100));
        reaches_host()
    };
    assert!((0..50).any(|_| comes_up()), "a broadcast would be seen");
    world.start_enforcer(&[]);
    assert!(!reaches_host());
    assert!(passes(&world));
    // Whoever loads rules anew begins so.
    world.nft_in_hypervisor("flush ruleset");
    world.signal_enforcer(Signal::SIGHUP);
    world.wait_for_log("the host's network stack was let in at `guest`");
    assert!(!reaches_host());
    world.end_enforcer(Signal::SIGTERM);
    assert_eq!(world.nft_in_hypervisor("list chains netdev").matches("chain").count(), 0);
}

#[test]
fn links_that_come_later_are_found_by_their_mac_address_or_by_their_name() {
    let Some(mut world) = World::build(OPEN) else { return };
    world.start_enforcer(&["--interfaces", "vnet*", "--interfaces", "tap*"]);
    assert!(world.log().contains("for no vnic yet"), "{}", world.log());
    world.unplug_guest();
    let mut check = |link: &str, mac: &str| {
        world.plug_tap(link, mac);
        world.wait_for_log(&format!("enforcing for `08d2c150-ad07-4588-b898-d12df28c7e03` at `{link}`"));
        world.wait_for("way through", || passes(&world));
        world.ip_in_hypervisor(&["link", "del", link]);
        world.wait_for("host without uplinks", || world.uplinks().is_empty());
    };
    check("vnet7", "fe:54:00:00:02:0a");
    check("tap08d2c150-ad", "02:00:00:00:00:01");
    check("vnet8", "fe:54:00:00:02:0a");
    // A second link with the MAC address of the first leaves the first alone; without one that was there, neither is taken.
    world.plug_tap("vnet9", "fe:54:00:00:02:0a");
    world.wait_for("way through", || passes(&world));
    world.ip_in_hypervisor(&["link", "add", "vnet10", "address", "fe:54:00:00:02:0a", "type", "bridge"]);
    assert!(passes(&world));
    world.end_enforcer(Signal::SIGTERM);
    world.start_enforcer(&["--interfaces", "vnet*"]);
    world.wait_for_log("`vnet10`, `vnet9` all have its MAC address");
    assert!(!passes(&world));
    world.ip_in_hypervisor(&["link", "del", "vnet10"]);
    world.wait_for("way through", || passes(&world));
    world.ip_in_hypervisor(&["link", "del", "vnet9"]);
    // A link of no pattern is nobody's, whatever its MAC address.
    world.plug_tap("eth9", "fe:54:00:00:02:0a");
    assert!(!passes(&world));
    world.wait_for("host without uplinks", || world.uplinks().is_empty());
}
