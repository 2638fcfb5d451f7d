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

use std::fs::{self, File};
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use conntrack::PickUp;
use datapath::pnet::Pnet;
use datapath::wait::wait;
use datapath::{BATCH, OwnedFrame, PacketIo};
use nix::sched::{CloneFlags, CpuSet, sched_getaffinity, sched_setaffinity, setns};
use nix::unistd::Pid;
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
        if !nix::unistd::geteuid().is_root() {
            return Some("it makes a network namespace, which needs root".to_owned());
        }
        for (program, package) in [("ip", "iproute2"), ("nft", "nftables"), ("conntrack", "conntrack")] {
            let runs = Command::new(program).arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status();
            if runs.is_err() {
                return Some(format!("`{program}` is missing: apt-get install {package}"));
            }
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
        use std::hash::{BuildHasher, RandomState};
        let name = format!("pcl-{:08x}-kernel", RandomState::new().hash_one(()) as u32);
        ip(&format!("netns add {name}"));
        let namespace = Namespace(name);
        let links = inside(&namespace.0, || {
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
        stay_on_one_processor();
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
        inside(&self.namespace.0, || {
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
        inside(&self.namespace.0, || run("conntrack", &["-L", "-o", "extended"], ""))
    }

    /// A setting of the kernel's connection tracking, by its name behind `nf_conntrack_`; `None` where this kernel has none.
    pub fn setting(&self, name: &str) -> Option<String> {
        let path = format!("/proc/sys/net/netfilter/nf_conntrack_{name}");
        inside(&self.namespace.0, || fs::read_to_string(path).ok()).map(|value| value.trim().to_owned())
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

/// A namespace that is removed, also when what is built in it fails.
struct Namespace(String);

impl Drop for Namespace {
    fn drop(&mut self) {
        // Links of a removed namespace go with it. A failure must not hide that of the test.
        let _ = Command::new("ip").args(["netns", "del", &self.0]).status();
    }
}

/// Keeps the calling thread on the first processor that it may run on.
fn stay_on_one_processor() {
    let me = Pid::from_raw(0);
    let allowed = sched_getaffinity(me).expect("this thread runs somewhere");
    let first = (0..CpuSet::count()).find(|at| allowed.is_set(*at).unwrap_or_default()).expect("a processor");
    let mut one = CpuSet::new();
    one.set(first).expect("a processor");
    sched_setaffinity(me, &one).expect("this thread may stay on one processor");
}

fn kernel(release: &str) -> (u32, u32) {
    let mut numbers = release.split(['.', '-']).map(|number| number.parse().unwrap_or_default());
    (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default())
}

fn inside<T: Send>(name: &str, work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let namespace = File::open(format!("/run/netns/{name}")).expect("the namespace exists");
            setns(namespace, CloneFlags::CLONE_NEWNET).expect("the namespace can be entered");
            work()
        });
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn write(setting: &str, value: &str) {
    let path = format!("/proc/sys/{setting}");
    fs::write(&path, value).unwrap_or_else(|error| panic!("{path}: {error}"));
}

fn ip(arguments: &str) {
    run("ip", &arguments.split(' ').collect::<Vec<_>>(), "");
}

fn run(program: &str, arguments: &[&str], input: &str) -> String {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{program}: {error}"));
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads its input");
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {}: {said}\n{input}", arguments.join(" "));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
