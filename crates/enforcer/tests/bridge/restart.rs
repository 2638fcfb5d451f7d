//! What outlives an enforcer.

use nix::sys::signal::Signal;

use super::ALLOWED;
use super::world::{Connection, TcpTalk, UdpTalk, World};

/// The instance may send nothing of its own accord: it answers, or it is dropped.
pub(super) const ANSWERS_ONLY: &str = "
version: 1
networks:
  - id: tenant
    subnets: [{prefix: 192.0.2.0/24, gateway: 192.0.2.1}]
groups:
  - id: web
    rules:
      - web-http: ingress ipv4 tcp 80-81 from any
      - web-dns: ingress ipv4 udp 53 from any
instances:
  - id: web
    vnics: [{network: tenant, mac: '52:54:00:00:02:0a', addresses: [192.0.2.10], groups: [web], interface: guest}]
";

#[test]
fn connections_outlive_a_clean_stop() {
    let Some(mut world) = World::build_namespaces(ANSWERS_ONLY) else { return };
    world.start_enforcer(&[]);
    let (mut tcp, mut udp) = (TcpTalk::open(&world), UdpTalk::open(&world));
    assert!(tcp.answers() && udp.answers());
    world.end_enforcer(Signal::SIGTERM);
    assert!(!udp.answers());
    world.start_enforcer(&[]);
    world.wait_for_log("2 flows were saved");
    assert!(udp.answers_soon());
    assert!(tcp.answers_soon());
    // It is the saved flows that let answers pass.
    world.end_enforcer(Signal::SIGTERM);
    std::fs::remove_file(world.flows()).unwrap();
    world.start_enforcer(&[]);
    assert!(!udp.answers());
    world.wait_for_log("web egress drop default: 52:54:00:00:02:0a > 52:54:00:00:02:01 udp 192.0.2.10:53");
    assert!(!tcp.answers());
}

#[test]
fn connections_outlive_a_killed_enforcer() {
    let Some(mut world) = World::build_namespaces(ANSWERS_ONLY) else { return };
    world.start_enforcer(&["--save-period", "1"]);
    let (mut tcp, mut udp) = (TcpTalk::open(&world), UdpTalk::open(&world));
    // Whatever copy is being made now, the second from now on has both.
    for _ in 0..2 {
        let before = world.flows_written();
        while world.flows_written() == before {
            assert!(udp.answers() && tcp.answers());
        }
    }
    // The connection goes on, far beyond the window that was copied.
    tcp.answer_much();
    world.end_enforcer(Signal::SIGKILL);
    world.start_enforcer(&[]);
    assert!(udp.answers_soon());
    assert!(tcp.answers_soon());
    tcp.answer_much();
}

#[test]
fn a_flow_does_not_outlive_its_rule() {
    let Some(mut world) = World::build_namespaces(ANSWERS_ONLY) else { return };
    world.start_enforcer(&[]);
    let (mut tcp, mut udp) = (TcpTalk::open(&world), UdpTalk::open(&world));
    assert!(tcp.answers() && udp.answers());
    world.end_enforcer(Signal::SIGTERM);
    world.write_document(&ANSWERS_ONLY.replace("80-81", "80").replace("udp 53", "udp 54"));
    world.start_enforcer(&[]);
    world.wait_for_log("2 flows were saved");
    assert!(!udp.answers());
    world.wait_for_log("web egress drop conntrack:revoked: 52:54:00:00:02:0a > 52:54:00:00:02:01 udp 192.0.2.10:53");
    assert!(!tcp.answers());
    world.write_document(ANSWERS_ONLY);
    world.wait_for_log("enforcing revision 2");
    assert!(udp.answers_soon());
    assert!(tcp.answers_soon());
}

#[test]
fn a_damaged_file_of_flows_is_refused_and_new_connections_pass() {
    let Some(mut world) = World::build_namespaces(ANSWERS_ONLY) else { return };
    world.start_enforcer(&[]);
    let mut udp = UdpTalk::open(&world);
    assert!(udp.answers());
    world.end_enforcer(Signal::SIGTERM);
    let mut bytes = std::fs::read(world.flows()).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(world.flows(), bytes).unwrap();
    world.start_enforcer(&[]);
    world.wait_for_log("are not restored: its checksum is wrong, so it is damaged; flows start empty");
    assert!(!udp.answers());
    world.wait_for_log("web egress drop default: 52:54:00:00:02:0a > 52:54:00:00:02:01 udp 192.0.2.10:53");
    assert!(Connection::open(&world, ALLOWED).is_some_and(|mut connection| connection.echoes()));
}
