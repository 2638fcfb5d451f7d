//! What goes wrong with raw sockets that are used plainly, and does not here: with each backend, through the whole enforcer.

use std::time::Duration;

use nix::sys::signal::Signal;
use wire::Packet;

use super::storms::alone;
use super::world::{TcpTalk, UdpEcho, World};

const OPEN: &str = "
version: 1
networks:
  - id: tenant
    subnets: [{prefix: 192.0.2.0/24, gateway: 192.0.2.1}]
groups:
  - id: web
    rules:
      - in-tcp: ingress ipv4 tcp 80-81 from any
      - in-udp: ingress ipv4 udp 1000-1009 from any
      - out-udp: egress ipv4 udp 2000-2009 to any
instances:
  - id: web
    vnics: [{network: tenant, mac: '52:54:00:00:02:0a', addresses: [192.0.2.10], groups: [web], interface: guest}]
";

const BACKENDS: [&str; 2] = ["ring", "pnet"];

/// Bytes that go each way; half of them where every frame is one segment, which takes longer.
const BULK: usize = 64 << 20;

/// Longer than what must come takes.
const PATIENCE: Duration = Duration::from_secs(5);

/// What comes after everything else that is sent, and passes.
const LAST: u16 = 9;

const INWARD: &str = "52:54:00:00:02:01 > 52:54:00:00:02:0a";
const OUTWARD: &str = "52:54:00:00:02:0a > 52:54:00:00:02:01";

/// A frame of wire's text form.
fn frame(text: &str) -> Vec<u8> {
    let packet: Packet = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    wire::build(&packet)
}

fn inward(port: u16) -> Vec<u8> {
    frame(&format!("{INWARD} udp 192.0.2.1:5000 > 192.0.2.10:{port} len=32"))
}

fn outward(port: u16) -> Vec<u8> {
    frame(&format!("{OUTWARD} udp 192.0.2.10:6000 > 192.0.2.1:{port} len=32"))
}

/// Sends frames from the host of one role, the last of which passes, and answers all of these and their like that the other
/// one got, in order.
fn arriving(world: &World, from: &str, frames: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let to = if from == "out" { "vm" } else { "out" };
    let (mut source, mut target) = (world.end(from), world.end(to));
    frames.iter().for_each(|frame| source.send(frame).unwrap());
    let (mut arrived, last) = (Vec::new(), frames.last().unwrap());
    // Neighbours talk by themselves; what these tests send comes from their MAC address over UDP, tagged or not.
    let of_these = |frame: &[u8]| frames.iter().any(|sent| sent[6..12] == frame[6..12] && sent.ends_with(&frame[42..]));
    for _ in 0..100 {
        target.listen(PATIENCE / 100, |frame| {
            if frame.len() > 42 && of_these(frame) {
                arrived.push(frame.to_owned());
            }
        });
        if arrived.contains(last) {
            return arrived;
        }
    }
    panic!("the last frame does not come, but {arrived:?}: {}", world.log());
}

/// A frame, and the same with each of these tags written into it: customer, service, and one of VLAN 0.
fn tagged(untagged: &[u8]) -> [Vec<u8>; 3] {
    [[0x81, 0, 0, 5], [0x88, 0xa8, 0, 5], [0x81, 0, 0, 0]].map(|tag| [&untagged[..12], &tag, &untagged[12..]].concat())
}

#[test]
fn a_tagged_frame_passes_neither_as_it_is_nor_without_its_tag() {
    let Some(mut world) = World::build_namespaces(OPEN) else { return };
    for backend in BACKENDS {
        world.start_enforcer(&["--backend", backend]);
        for (from, untagged, last) in
            [("out", inward(1000), inward(1000 + LAST)), ("vm", outward(2000), outward(2000 + LAST))]
        {
            let frames = [&tagged(&untagged)[..], &tagged(&tagged(&untagged)[0]), std::slice::from_ref(&last)].concat();
            assert_eq!(arriving(&world, from, &frames), [last], "{backend}, from {from}");
        }
        match backend {
            // The tag was put back, and the policy judged by it.
            "ring" => {
                world.wait_for_log("web ingress drop guard:vlan: 52:54:00:00:02:01 > 52:54:00:00:02:0a vlan 0x88a8");
                world.wait_for_log("web egress drop guard:vlan: 52:54:00:00:02:0a > 52:54:00:00:02:01 vlan 0x8100");
            }
            _ => {
                world.wait_for("word of all tagged frames", || {
                    ["guest side", "uplink"].map(|side| tagged_in_log(&world, side)) == [6, 6]
                });
            }
        }
        world.end_enforcer(Signal::SIGTERM);
    }
}

/// Frames that were dropped because of their tags at one side, as the log tells every second.
fn tagged_in_log(world: &World, side: &str) -> u64 {
    let (log, side) = (world.log(), format!("{side}: "));
    let losses = log.split(&side).skip(1);
    let told = losses.filter_map(|loss| loss.split_once(" frames dropped because of a VLAN tag"));
    told.filter_map(|(count, _)| count.parse::<u64>().ok()).sum()
}

#[test]
fn frames_that_were_sent_on_do_not_come_back() {
    const COUNT: u16 = 300;
    let Some(mut world) = World::build_namespaces(OPEN) else { return };
    // No ICMP error counts as a packet of a rule.
    let _instance = world.take_datagrams("vm", 1000..=1000 + LAST);
    let _outside = world.take_datagrams("out", 2000..=2000 + LAST);
    for backend in BACKENDS {
        world.start_enforcer(&["--backend", backend]);
        for (from, one) in [("out", inward as fn(u16) -> Vec<u8>), ("vm", outward)] {
            let base = if from == "out" { 1000 } else { 2000 };
            let frames: Vec<_> = (0..COUNT).map(|number| one(base + number % LAST)).chain([one(base + LAST)]).collect();
            assert_eq!(
                arriving(&world, from, &frames),
                frames,
                "{backend}, from {from}: each once, in order, unchanged"
            );
        }
        world.end_enforcer(Signal::SIGTERM);
        let summary = world.log();
        let summary = summary.rsplit("flows\n").next().unwrap();
        for rule in ["in-udp", "out-udp"] {
            assert!(summary.contains(&format!("{rule} {}", COUNT + 1)), "{backend}: {summary}");
        }
        // As whose a frame that came back would be seen.
        for reason in ["guard:source-mac", "guard:not-for-me"] {
            assert!(!summary.contains(reason), "{backend}: {summary}");
        }
    }
}

#[test]
fn broadcast_and_multicast_pass_by_the_rules() {
    let Some(mut world) = World::build_namespaces(OPEN) else { return };
    let check = |world: &World, from: &str, macs: &str, addresses: [&str; 2], ports: [u16; 2]| {
        let [source, target] = addresses;
        let [allowed, denied] = ports.map(|port| frame(&format!("{macs} udp {source}:5000 > {target}:{port} len=32")));
        assert_eq!(arriving(world, from, &[denied, allowed.clone()]), [allowed], "{macs} {addresses:?}");
    };
    for backend in BACKENDS {
        world.start_enforcer(&["--backend", backend]);
        for (mac, address) in [
            ("ff:ff:ff:ff:ff:ff", "192.0.2.255"),
            ("ff:ff:ff:ff:ff:ff", "255.255.255.255"),
            ("01:00:5e:00:00:fb", "224.0.0.251"),
        ] {
            check(&world, "out", &format!("52:54:00:00:02:01 > {mac}"), ["192.0.2.1", address], [1000, 1010]);
            check(&world, "vm", &format!("52:54:00:00:02:0a > {mac}"), ["192.0.2.10", address], [2000, 2010]);
        }
        world.end_enforcer(Signal::SIGTERM);
    }
}

#[test]
fn bulk_arrives_intact_with_the_offloads_that_links_have_by_themselves() {
    for mtu in ["1500", "9000"] {
        let Some(mut world) = World::build_namespaces(OPEN) else { return };
        let _alone = alone();
        world.set_mtu(mtu);
        for backend in BACKENDS {
            let [up, down] = carry(&mut world, backend, BULK);
            // Without frames of many segments this would show nothing.
            assert!(up > 16_000 && down > 16_000, "{backend}, MTU {mtu}: {up} and {down} bytes a frame");
        }
    }
}

#[test]
fn bulk_arrives_intact_without_offloads() {
    const OFF: [&str; 14] =
        ["tx", "off", "rx", "off", "sg", "off", "tso", "off", "gso", "off", "gro", "off", "txvlan", "off"];
    for mtu in ["1500", "9000"] {
        let Some(mut world) = World::build_namespaces(OPEN) else { return };
        let _alone = alone();
        world.set_mtu(mtu);
        let links = [("vm", "eth0"), ("hv", "guest"), ("hv", "outside"), ("out", "eth0")];
        let Some(()) = world.set_features(&links, &OFF) else { return };
        for backend in BACKENDS {
            let [up, down] = carry(&mut world, backend, BULK / 2);
            let longest = mtu.parse::<u64>().unwrap() + 14;
            assert!(up <= longest && down <= longest, "{backend}, MTU {mtu}: {up} and {down} bytes a frame");
        }
    }
}

#[test]
fn bulk_arrives_intact_where_links_join_frames() {
    let Some(mut world) = World::build_namespaces(OPEN) else { return };
    let _alone = alone();
    // The hosts cut and the hypervisor joins.
    let cut = ["tso", "off", "gso", "off"];
    let Some(()) = world.set_features(&[("vm", "eth0"), ("out", "eth0")], &cut) else { return };
    let Some(()) = world.set_features(&[("hv", "guest"), ("hv", "outside")], &["gro", "on"]) else { return };
    for backend in BACKENDS {
        let [up, down] = carry(&mut world, backend, BULK);
        assert!(up <= 1_514, "the instance does not cut: {up} bytes a frame");
        assert!(down > 1_514, "what comes in is not joined: {down} bytes a frame");
    }
}

/// So many bytes each way, with datagrams too long for a frame in between; answers the mean length of the frames that came from
/// the guest side and of those that went there.
fn carry(world: &mut World, backend: &str, bytes: usize) -> [u64; 2] {
    world.start_enforcer(&["--backend", backend]);
    let mut echo = UdpEcho::open(world, if backend == "ring" { 1000 } else { 1001 });
    let talk = TcpTalk::open(world);
    let before = world.passed("guest");
    for _ in 0..2 {
        talk.carry(world, bytes / 2);
        for length in [4, 1_472, 1_473, 8_972, 8_973, 40_000, 65_507] {
            assert!(echo.round_trip(length, PATIENCE).is_some(), "{backend}: {length} bytes do not come back");
        }
    }
    let after = world.passed("guest");
    world.end_enforcer(Signal::SIGTERM);
    let log = world.log();
    assert!(!log.contains("frames not taken") && !log.contains("longer than the read buffer"), "{log}");
    [0, 1].map(|way| after[way].length_since(before[way]))
}
