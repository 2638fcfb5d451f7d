//! Several instances and several enforcers on one bridge.

use nix::sys::signal::Signal;

use super::world::{Connection, World};

/// `web` lets in members of `clients` alone.
const TWO: &str = "
version: 1
networks:
  - id: tenant
    subnets: [{prefix: 192.0.2.0/24, gateway: 192.0.2.1}]
groups:
  - id: clients
    rules:
      - clients-egress: egress ipv4 any to any
  - id: web
    rules:
      - web-http: ingress ipv4 tcp 80 from group:clients
      - web-egress: egress ipv4 tcp 5432 to group:clients
  - id: others
    rules:
      - others-egress: egress ipv4 any to any
instances:
  - id: web
    vnics: [{network: tenant, mac: '52:54:00:00:02:0a', addresses: [192.0.2.10], groups: [web], interface: guest}]
  - id: client
    vnics: [{network: tenant, mac: '52:54:00:00:02:0b', addresses: [192.0.2.11], groups: [clients], interface: guest2}]
";

const WEB: &str = "192.0.2.10:80";
const CLIENT: &str = "192.0.2.11:5432";

/// Both instances answer those outside as well.
fn open_to_all() -> String {
    TWO.replace("tcp 80 from group:clients", "tcp 80 from any").replace(
        "      - clients-egress",
        "      - clients-sql: ingress ipv4 tcp 5432 from any\n      - clients-egress",
    )
}

fn two_instances(document: &str) -> Option<World> {
    let mut world = World::build_namespaces(document)?;
    world.plug_neighbour();
    Some(world)
}

#[test]
fn instances_of_one_enforcer_talk_through_both_hooks() {
    let Some(mut world) = two_instances(TWO) else { return };
    world.start_enforcer(&[]);
    let open = |world: &World, from, to| Connection::open_between(world, from, to);
    let mut live = open(&world, "vm2", WEB).expect("`client` is a member of what `web` lets in");
    assert!(live.echoes());
    assert!(open(&world, "out", WEB).is_none(), "the outside is no member");
    // What the sender's hook lets out, the receiver's hook stops.
    assert!(open(&world, "vm", CLIENT).is_none());
    world.wait_for_log("client ingress drop default: 52:54:00:00:02:0a > 52:54:00:00:02:0b tcp 192.0.2.10:");
    // And what it would let in, the sender's stops.
    assert!(open(&world, "vm", "192.0.2.11:80").is_none());
    world.wait_for_log("web egress drop default: 52:54:00:00:02:0a > 52:54:00:00:02:0b tcp 192.0.2.10:");

    world.write_document(&TWO.replace("groups: [clients]", "groups: [others]"));
    world.wait_for_log("enforcing revision 2");
    assert!(!live.echoes(), "it is a member no longer");
    world.write_document(TWO);
    world.wait_for_log("enforcing revision 3");
    assert!(live.echoes_soon());
}

/// What is wrong with one vnic is no other's fault, at the start as later.
#[test]
fn a_vnic_that_cannot_be_owned_stops_no_other() {
    let Some(mut world) = two_instances(&open_to_all()) else { return };
    world.ip_in_hypervisor(&["address", "add", "10.0.0.1/24", "dev", "guest2"]);
    world.start_enforcer(&[]);
    assert!(world.log().contains("cannot enforce for vnic `client`"), "{}", world.log());
    assert!(Connection::open_between(&world, "out", WEB).is_some_and(|mut connection| connection.echoes()));
    world.ip_in_hypervisor(&["address", "flush", "dev", "guest2"]);
    world.wait_for_log("enforcing for `client` at `guest2`");
    assert!(Connection::open_between(&world, "out", CLIENT).is_some_and(|mut connection| connection.echoes()));
}

#[test]
fn two_vnics_may_change_places() {
    let Some(mut world) = two_instances(&open_to_all()) else { return };
    world.start_enforcer(&[]);
    let other = |text: &str| text.replace("interface: guest}", "interface: X}");
    let text = other(&open_to_all())
        .replace("interface: guest2}", "interface: guest}")
        .replace("interface: X}", "interface: guest2}");
    world.write_document(&text);
    world.wait_for_log("enforcing for `web` at `guest2`");
    world.wait_for_log("enforcing for `client` at `guest`");
    assert!(!world.log().contains("another enforcer"), "{}", world.log());
}

#[test]
fn enforcers_on_one_bridge_do_without_each_other() {
    let Some(mut world) = two_instances(&open_to_all()) else { return };
    world.start_enforcer(&["--vnic", "web=guest", "--backend", "ring"]);
    let own = ["--vnic", "client=guest2", "--backend", "pnet"];
    let other = world.start_other_enforcer(&open_to_all(), &own);
    let open = |world: &World, to| Connection::open_between(world, "out", to);
    let mut of_other = open(&world, CLIENT).expect("an allowed connection");
    let mut between = Connection::open_between(&world, "vm2", WEB).expect("an allowed connection");
    assert!(of_other.echoes() && between.echoes());

    // Each has its own document.
    world.write_document(TWO);
    world.wait_for_log("enforcing revision 2");
    assert!(open(&world, WEB).is_none());
    assert!(of_other.echoes() && between.echoes());

    world.end_enforcer(Signal::SIGKILL);
    assert!(!between.echoes());
    assert!(of_other.echoes());
    assert!(open(&world, CLIENT).is_some_and(|mut connection| connection.echoes()));
    world.start_enforcer(&["--vnic", "web=guest"]);
    assert!(between.echoes_soon());

    world.end_enforcer(Signal::SIGTERM);
    assert_eq!(world.uplinks(), ["pcb-client", "pcu-client"]);
    assert!(of_other.echoes());
    world.start_enforcer(&["--vnic", "web=guest"]);
    assert!(between.echoes_soon());

    assert!(!other.log().contains("WARN"), "{}", other.log());
    other.end(Signal::SIGTERM);
    assert_eq!(world.uplinks(), ["pcb-web", "pcu-web"]);
    assert!(!of_other.echoes());
    let other = world.start_other_enforcer(&open_to_all(), &own);
    assert!(of_other.echoes_soon());
    other.end(Signal::SIGKILL);
    assert!(!of_other.echoes());
    let said = world.log();
    assert!(!said.contains("pcb-client") && !said.contains("pcu-client"), "{said}");
}
