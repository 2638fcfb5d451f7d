//! What outlives an enforcer.

use std::time::Duration;

use nix::sys::signal::Signal;

use super::ALLOWED;
use super::world::{Connection, NumberedProbes, TcpTalk, UdpTalk, World};

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

/// How many restarts of each kind are looked at where `PORTCULLIS_RESTARTS` does not say it.
const RESTARTS: usize = 2;

#[derive(Clone, Copy, Debug)]
enum Restart {
    Stopped,
    Killed,
    HandedOver,
}

/// Prints for how long nothing passes: between two probes of one connection that arrive.
#[test]
fn a_restart_takes_no_connection_and_little_time() {
    let Some(mut world) = World::build_namespaces(ANSWERS_ONLY) else { return };
    let restarts = std::env::var("PORTCULLIS_RESTARTS").map_or(RESTARTS, |text| text.parse().unwrap());
    world.start_enforcer(&["--save-period", "1"]);
    let mut tcp = TcpTalk::open(&world);
    assert!(tcp.answers());
    for how in [Restart::Stopped, Restart::Killed, Restart::HandedOver] {
        let mut gaps: Vec<Duration> = (0..restarts).map(|_| gap_of(how, &mut world, &mut tcp)).collect();
        gaps.sort();
        let of_100 = |part: usize| gaps[(restarts * part / 100).min(restarts - 1)];
        eprintln!("{how:?}, {restarts} times: nothing passes for {:.1?} (p50), {:.1?} (p99)", of_100(50), of_100(99));
    }
}

fn gap_of(how: Restart, world: &mut World, tcp: &mut TcpTalk) -> Duration {
    let probes = NumberedProbes::start(world);
    assert!(probes.pass_soon());
    match how {
        Restart::HandedOver => world.hand_over(&[]),
        Restart::Stopped | Restart::Killed => {
            let signal = if matches!(how, Restart::Killed) { Signal::SIGKILL } else { Signal::SIGTERM };
            world.end_enforcer(signal);
            world.start_enforcer(&["--save-period", "1"]);
        }
    }
    assert!(probes.pass_soon() && tcp.answers_soon(), "{how:?}");
    let arrivals = probes.finish();
    assert_eq!((arrivals.repeated, arrivals.astray), (0, 0), "{how:?}: {arrivals:?}");
    arrivals.gap
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
