//! A bridge between two links in a namespace of its own, which forwards what the kernel's connection tracking lets pass.
//!
//! ```text
//! test -> a0 === a1 -- br0 -- b1 === b0 -> test      (br0 with br_netfilter)
//! ```
//!
//! The frames pass the inet hooks by br_netfilter. Of the ways to show frames to nf_conntrack it disturbs them the least: a
//! router would ask for neighbours, look routes up, check the reverse path and lower the hop limit; `nf_conntrack_bridge`
//! does not do that either, but many kernels are built without it. Everything happens while a frame is sent, on the processor
//! that sends it, so frames of both sides are tracked in the order in which they are sent.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use conntrack::PickUp;
use datapath::pnet::Pnet;
use datapath::wait::wait;
use datapath::{BATCH, OwnedFrame, PacketIo};
use namespaces::{Namespace, processors, stay_on};
use policy::Direction;

/// The bridge port of the instance's frames.
pub const INSTANCE_PORT: &str = "a1";
/// The bridge port of everybody else's.
pub const REMOTE_PORT: &str = "b1";

/// The oldest kernel that treats what is a little out of the window as the tests expect.
const OLDEST: (u32, u32) = (6, 2);

/// Frames that are sent before it is waited for what comes of them; the kernel queues a thousand.
const VOLLEY: usize = 128;

/// Where the source address of a frame, which says which frame it is, starts.
const SOURCE: usize = 6;

/// What no rule looks at: an EtherType for local experiments (IEEE 802).
const MARKER: [u8; 2] = [0x88, 0xb5];

/// The namespace; removed when this is dropped.
pub struct Bench {
    namespace: Namespace,
    instance: Pnet,
    remote: Pnet,
    markers: u32,
}

/// A frame, and the side of the vnic that it goes to.
pub struct Shot {
    /// Towards or from the instance.
    pub direction: Direction,
    /// Its bytes. The source address is overwritten.
    pub frame: Vec<u8>,
}

impl Bench {
    /// Why there can be no bench here, with what to do about it.
    fn obstacle() -> Option<String> {
        let programs = [("nft", "nftables"), ("conntrack", "conntrack")];
        if let Some(obstacle) = namespaces::obstacle(&programs) {
            return Some(obstacle);
        }
        // Built in, loaded, or not to be had: that shows below.
        let _ = Command::new("modprobe").arg("br_netfilter").stderr(Stdio::null()).status();
        if !fs::exists("/proc/sys/net/bridge/bridge-nf-call-iptables").unwrap_or_default() {
            return Some("this kernel has no br_netfilter".to_owned());
        }
        let release = release();
        (kernel(&release) < OLDEST).then(|| {
            format!("kernel {release} tracks connections in another way than those since {}.{}", OLDEST.0, OLDEST.1)
        })
    }

    /// A bench, or, said loudly, none.
    pub fn for_test(test: &str) -> Option<Bench> {
        match Bench::obstacle() {
            Some(obstacle) => {
                eprintln!("SKIPPED: {test}: {obstacle}");
                None
            }
            None => Some(Bench::build()),
        }
    }

    /// Makes the namespace, and keeps the calling thread on one processor.
    ///
    /// # Panics
    /// A command fails.
    fn build() -> Bench {
        let [namespace] = namespaces::add(["kernel"]).expect("a namespace");
        let links = inside(&namespace, || {
            write("net/ipv6/conf/default/disable_ipv6", "1");
            ip("link add br0 type bridge stp_state 0 mcast_snooping 0 forward_delay 0");
            for (end, port) in [("a0", INSTANCE_PORT), ("b0", REMOTE_PORT)] {
                ip(&format!("link add {end} mtu 65535 type veth peer name {port} mtu 65535"));
                ip(&format!("link set {port} master br0"));
                // The source addresses are no addresses here.
                ip(&format!("link set {port} type bridge_slave learning off"));
                ip(&format!("link set {port} up"));
                ip(&format!("link set {end} up"));
            }
            ip("link set br0 mtu 65535 up");
            await_forwarding();
            write("net/bridge/bridge-nf-call-iptables", "1");
            write("net/bridge/bridge-nf-call-ip6tables", "1");
            for (name, value) in SETTINGS {
                write(&format!("net/netfilter/nf_conntrack_{name}"), value);
            }
            [Pnet::open("a0"), Pnet::open("b0")]
        });
        let [instance, remote] = links.map(|link| link.expect("a link"));
        let processors = processors().expect("the kernel tells them");
        stay_on(processors[0]).expect("this thread may run there");
        Bench { namespace, instance, remote, markers: 0 }
    }

    /// Forgets all flows and takes a ruleset in.
    ///
    /// # Panics
    /// `nft` refuses the ruleset.
    pub fn load(&self, ruleset: &str, pick_up: PickUp) {
        let loose = match pick_up {
            PickUp::MidStream => "1",
            PickUp::Never => "0",
        };
        inside(&self.namespace, || {
            write("net/netfilter/nf_conntrack_tcp_loose", loose);
            run("nft", &["-f", "-"], ruleset);
            run("conntrack", &["-F"], "");
        });
    }

    /// Sends frames one after the other, and tells which of them come out at the other side.
    ///
    /// # Panics
    /// A link fails.
    pub fn pass(&mut self, shots: &[Shot]) -> Vec<bool> {
        let mut passed = vec![false; shots.len()];
        for (volley, first) in shots.chunks(VOLLEY).zip((0_u32..).step_by(VOLLEY)) {
            for (shot, number) in volley.iter().zip(first..) {
                let mut frame = shot.frame.clone();
                frame[SOURCE..SOURCE + 2].copy_from_slice(&[2, 0]);
                frame[SOURCE + 2..SOURCE + 6].copy_from_slice(&number.to_be_bytes());
                self.link(shot.direction).send(&[OwnedFrame::build(&frame).lend()]).expect("the frame is sent");
            }
            self.settle(&mut passed);
        }
        passed
    }

    /// The flows, as `conntrack -L` lists them.
    pub fn flows(&self) -> String {
        inside(&self.namespace, || run("conntrack", &["-L", "-o", "extended"], ""))
    }

    /// A setting of the kernel's connection tracking, by its name behind `nf_conntrack_`; `None` where this kernel has none.
    pub fn setting(&self, name: &str) -> Option<String> {
        let path = format!("/proc/sys/net/netfilter/nf_conntrack_{name}");
        inside(&self.namespace, || fs::read_to_string(path).ok()).map(|value| value.trim().to_owned())
    }

    /// The link that frames of a direction are sent on.
    fn link(&mut self, direction: Direction) -> &mut Pnet {
        match direction {
            Direction::Ingress => &mut self.remote,
            Direction::Egress => &mut self.instance,
        }
    }

    /// Sends a marker behind all that was sent, both ways, and reads until it arrives.
    fn settle(&mut self, passed: &mut [bool]) {
        self.markers += 1;
        let number = self.markers.to_be_bytes();
        let marker = [&[0xff; 6][..], &[2, 1], &number, &MARKER, &[0; 46]].concat();
        for direction in [Direction::Ingress, Direction::Egress] {
            self.link(direction).send(&[OwnedFrame::build(&marker).lend()]).expect("the marker is sent");
        }
        let mut ready = Vec::new();
        for link in [&mut self.instance, &mut self.remote] {
            let mut is_over = false;
            while !is_over {
                let fd = link.wait_on().expect("a socket");
                wait(&[fd], Some(Duration::from_secs(10)), &mut ready).expect("waiting works");
                assert!(!ready.is_empty(), "a marker was lost");
                let mut visit = |frame: datapath::Frame<'_>| {
                    let bytes = frame.bytes();
                    let own: [u8; 4] = bytes[SOURCE + 2..SOURCE + 6].try_into().expect("four bytes");
                    match bytes[SOURCE..SOURCE + 2] {
                        [2, 0] => passed[u32::from_be_bytes(own) as usize] = true,
                        [2, 1] => is_over |= own == number,
                        _ => {}
                    }
                };
                link.poll(BATCH, &mut |frames| frames.iter().copied().for_each(&mut visit)).expect("the link is up");
            }
        }
    }
}

/// Waits until both ports forward: the kernel notes a new link's carrier some time after the link is up.
fn await_forwarding() {
    let start = Instant::now();
    while run("bridge", &["link", "show"], "").matches("state forwarding").count() < 2 {
        assert!(start.elapsed() < Duration::from_secs(30), "the bridge does not forward");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The release of the running kernel.
pub fn release() -> String {
    fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned()
}

/// Set as the engine does it; the timeouts are the same by default.
const SETTINGS: [(&str, &str); 4] =
    [("tcp_be_liberal", "0"), ("tcp_ignore_invalid_rst", "0"), ("checksum", "1"), ("log_invalid", "0")];

fn kernel(release: &str) -> (u32, u32) {
    let mut numbers = release.split(['.', '-']).map(|number| number.parse().unwrap_or_default());
    (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default())
}

fn inside<T: Send>(namespace: &Namespace, work: impl FnOnce() -> T + Send) -> T {
    namespace.inside(|| Ok(work())).unwrap_or_else(|error| panic!("{error:#}"))
}

fn write(setting: &str, value: &str) {
    let path = format!("/proc/sys/{setting}");
    fs::write(&path, value).unwrap_or_else(|error| panic!("{path}: {error}"));
}

fn ip(arguments: &str) {
    namespaces::ip(arguments).unwrap_or_else(|error| panic!("{error:#}"));
}

fn run(program: &str, arguments: &[&str], input: &str) -> String {
    namespaces::run(program, arguments, input).unwrap_or_else(|error| panic!("{error:#}"))
}
