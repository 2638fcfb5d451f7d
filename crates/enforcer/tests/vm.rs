//! The enforcer in front of a real virtual machine: a Linux guest under QEMU, with virtio-net as it comes, on a tap.
//!
//! Everything that `bridge.rs` asserts of a namespace is asserted here of the guest too: its tests are part of this
//! program, and [`bridge::world`] gives them a machine here. Below is what only a guest can show. Needs root and the
//! machine that `cargo xtask lab --prepare` fetches; without them every test says that it was skipped.

#[path = "bridge.rs"]
mod bridge;

use std::fs;
use std::path::Path;

use bridge::world::World;

/// Port 8080 answers, 8081 does not; a DHCP server could be asked; everything may go out, spoofed or not.
const DOCUMENT: &str = "
version: 1
networks:
  - id: tenant
    subnets: [{prefix: 192.0.2.0/24, gateway: 192.0.2.1}]
groups:
  - id: web
    rules:
      - web-http: ingress ipv4 tcp 8080 from any
      - web-dhcp: ingress ipv4 udp 67 from any
      - web-egress: egress ipv4 any to any
      - web-egress-v6: egress ipv6 any to any
instances:
  - id: web
    vnics: [{network: tenant, mac: '52:54:00:00:02:0a', addresses: [192.0.2.10], groups: [web], interface: guest}]
";

const FILE_LENGTH: usize = 8 << 20;
const OWN_MAC: &str = "52:54:00:00:02:0a";
const STOLEN_MAC: &str = "52:54:00:00:02:63";

/// One ping of a length that no other packet of a test has, and how tcpdump says that the outside got it.
const HONEST_PING: &str = "ping -c 1 -W 5 -s 333 192.0.2.1";
const HONEST_PING_SEEN: &str = "length 341";

#[test]
fn the_guest_gets_its_address_by_dhcp_and_reaches_the_gateway() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&[]);
    world.serve_dhcp();
    world.guest().says("ip address flush dev eth0");
    assert_ne!(world.guest().run(HONEST_PING).status, 0, "it has no address");
    world.guest().says("udhcpc -i eth0 -n -q -s /etc/lease");
    let address = world.guest().says("ip -4 address show dev eth0");
    assert!(address.contains("inet 192.0.2.10/24"), "{address}");
    let routes = world.guest().says("ip route");
    assert!(routes.contains("default via 192.0.2.1 dev eth0"), "{routes}");
    world.guest().says(HONEST_PING);
}

#[test]
fn files_arrive_intact_both_ways_at_default_offloads() {
    check_files(&[]);
}

#[test]
fn files_arrive_intact_both_ways_over_pnet_too() {
    check_files(&["--backend", "pnet"]);
}

fn check_files(options: &[&str]) {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(options);
    let folder = tempfile::tempdir().unwrap();
    let sum = write_noise(&world, &folder.path().join("noise"));
    world.serve_http(folder.path());

    world.guest().says("mkdir /tmp/www && wget -q -O /tmp/www/noise http://192.0.2.1/noise");
    assert_eq!(world.guest().says("sha256sum </tmp/www/noise"), sum, "down");

    world.guest().says("httpd -p 8080 -h /tmp/www && httpd -p 8081 -h /tmp/www");
    let back = folder.path().join("back").to_string_lossy().into_owned();
    let before = Counters::read(&world);
    let fetched = world.run_outside(&["curl", "-s", "-S", "-o", &back, "http://192.0.2.10:8080/noise"]);
    assert!(fetched.status.success(), "{}", String::from_utf8_lossy(&fetched.stderr));
    assert_eq!(sha256(&world, &back), sum, "up");
    let segment = before.bytes_each(&Counters::read(&world));
    assert!(segment > 3_000, "the guest left the cutting of segments to others: {segment} bytes a frame");

    let denied = world.run_outside(&["curl", "-s", "-m", "2", "http://192.0.2.10:8081/noise"]);
    assert!(!denied.status.success(), "port 8081 answers");
    world.wait_for_log("> 192.0.2.10:8081");
}

#[test]
fn the_guest_is_stopped_from_spoofing() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&[]);
    let seen = world.watch_outside(HONEST_PING_SEEN, |world| {
        let fails = |command: &str| assert_ne!(world.guest().run(command).status, 0, "{command}");
        // The gateway's MAC is known from here on, so that nothing below waits for ARP.
        world.guest().says("ping -c 1 -W 5 -s 111 192.0.2.1");
        world.guest().says(&format!("ip link set dev eth0 address {STOLEN_MAC}"));
        fails("ping -c 1 -W 1 192.0.2.1");
        world.wait_for_log("web egress drop guard:source-mac");
        world.guest().says(&format!("ip link set dev eth0 address {OWN_MAC}"));

        world.guest().says("ip address add 192.0.2.99/32 dev eth0");
        world.guest().says("ping -c 1 -W 5 -s 111 192.0.2.1");
        fails("ping -c 1 -W 1 -I 192.0.2.99 192.0.2.1");
        world.wait_for_log("web egress drop guard:source-address");

        world.guest().says("ip address add 192.0.2.1/32 dev eth0");
        world.guest().run("arping -c 1 -w 1 -A -I eth0 192.0.2.1");
        world.wait_for_log("web egress drop guard:arp-sender-address");
        world.guest().says("ip address del 192.0.2.1/32 dev eth0");
        world.guest().says(HONEST_PING);
    });
    for spoofed in [STOLEN_MAC, "192.0.2.99", &format!("192.0.2.1 is-at {OWN_MAC}")] {
        assert!(!seen.contains(spoofed), "`{spoofed}` reached the outside:\n{seen}");
    }
}

#[test]
fn the_guest_serves_no_addresses_and_is_no_router() {
    let Some(mut world) = World::build(DOCUMENT) else { return };
    world.start_enforcer(&[]);
    let seen = world.watch_outside(HONEST_PING_SEEN, |world| {
        let guest = world.guest();
        guest.says(
            "printf 'interface eth0\\nstart 192.0.2.50\\nend 192.0.2.60\\n' >/tmp/udhcpd.conf && touch /tmp/leases",
        );
        guest.says("echo 'lease_file /tmp/leases' >>/tmp/udhcpd.conf");
        guest.says("udhcpd -f /tmp/udhcpd.conf >/tmp/udhcpd.log 2>&1 &");
        let client = ["busybox", "udhcpc", "-i", "eth0", "-n", "-q", "-t", "3", "-T", "1", "-s", "/bin/true"];
        assert!(!world.run_outside(&client).status.success(), "the guest's server has given an address");
        world.wait_for_log("web egress drop guard:dhcp-server");

        guest.says("echo 1 >/proc/sys/net/ipv6/conf/all/forwarding");
        guest.says(
            "echo 'interface eth0 { AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; \
             prefix 2001:db8:66::/64 {}; };' >/tmp/radvd.conf",
        );
        // The guest has no list of users, in which radvd would look for its own unless it is debugged.
        guest.says("radvd -n -d 1 -m stderr -C /tmp/radvd.conf -p /tmp/radvd.pid >/tmp/radvd.log 2>&1 &");
        world.wait_for_log("web egress drop guard:router-advertisement");
        guest.says(HONEST_PING);
    });
    for rogue in ["192.0.2.10.67 >", "router advertisement"] {
        assert!(!seen.contains(rogue), "`{rogue}` reached the outside:\n{seen}");
    }
}

/// What the host has got from the guest's tap.
struct Counters {
    bytes: u64,
    frames: u64,
}

impl Counters {
    fn read(world: &World) -> Counters {
        let text = world.devices();
        let line = text.lines().find_map(|line| line.trim().strip_prefix("guest:")).expect("the tap is there");
        let mut numbers = line.split_whitespace().map(|number| number.parse().expect("counters are numbers"));
        Counters { bytes: numbers.next().unwrap(), frames: numbers.next().unwrap() }
    }

    fn bytes_each(&self, later: &Counters) -> u64 {
        (later.bytes - self.bytes) / (later.frames - self.frames)
    }
}

/// Writes a file that compresses to nothing smaller and repeats nowhere, and answers its checksum.
fn write_noise(world: &World, path: &Path) -> String {
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let words = (0..FILE_LENGTH / 8).flat_map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    fs::write(path, words.collect::<Vec<u8>>()).unwrap();
    sha256(world, &path.to_string_lossy())
}

/// As `sha256sum` prints it for what it reads from its input.
fn sha256(world: &World, path: &str) -> String {
    let output = world.run_outside(&["busybox", "sha256sum", path]);
    let text = String::from_utf8(output.stdout).unwrap();
    text.replace(path, "-").trim().to_owned()
}
