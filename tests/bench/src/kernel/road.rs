//! A router in namespaces.

use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, bail, ensure};
use datapath::pnet::Pnet;
use datapath::{OwnedFrame, PacketIo};
use nix::sched::{CloneFlags, CpuSet, sched_getaffinity, sched_setaffinity, setns};
use nix::unistd::Pid;

use crate::sets::{ROUTER, mac};
use crate::traffic::Segment;

/// The router's own MACs.
const NEAR: &str = "52:54:00:ff:00:01";
const FAR: &str = "52:54:00:ff:00:02";

/// Three namespaces, a link at both ends, and how much went over it.
pub(super) struct Road {
    near: Pnet,
    far: Pnet,
    sent: u64,
    namespaces: Namespaces,
}

/// Why there can be no road here, with what to do about it.
pub fn obstacle() -> Option<String> {
    if !nix::unistd::geteuid().is_root() {
        return Some("it makes network namespaces, which needs root".to_owned());
    }
    let is_missing =
        |program: &str| Command::new(program).arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err();
    let programs = [("ip", "iproute2"), ("nft", "nftables")];
    let missing = programs.into_iter().find(|(program, _)| is_missing(program));
    missing.map(|(program, package)| format!("`{program}` is missing: apt-get install {package}"))
}

impl Road {
    /// Makes the namespaces and loads the rules; keeps the calling thread on one processor.
    pub(super) fn build(ruleset: &str) -> Result<Road> {
        let namespaces = Namespaces::add()?;
        let [generator, router, sink] = &namespaces.names;
        ip(&format!("link add g0 netns {generator} type veth peer name r0 netns {router} address {NEAR}"))?;
        ip(&format!("link add k0 netns {sink} type veth peer name r1 netns {router} address {FAR}"))?;
        let near = inside(generator, || open("g0"))?;
        let far = inside(sink, || open("k0"))?;
        inside(router, || set_up(ruleset))?;
        stay_on_one_processor()?;
        Ok(Road { near, far, sent: 0, namespaces })
    }

    /// Sends a frame from the side that the segment comes from.
    pub(super) fn send(&mut self, segment: Segment, frame: &[u8]) {
        // A full queue shows in the check at the end.
        let _ = self.try_send(segment, frame);
    }

    /// Sends a frame that must go on.
    pub(super) fn pass(&mut self, segment: Segment, frame: &[u8]) -> Result<()> {
        self.try_send(segment, frame)
    }

    /// Whether what was sent on the near side came out at the far one.
    pub(super) fn check(&mut self) -> Result<()> {
        let [_, _, sink] = &self.namespaces.names;
        let arrived = inside(sink, || received("k0"))?;
        // Neighbour discovery and the like add some.
        ensure!(arrived >= self.sent, "the kernel forwarded {arrived} of {} packets", self.sent);
        Ok(())
    }

    fn try_send(&mut self, segment: Segment, frame: &[u8]) -> Result<()> {
        let mut frame = frame.to_vec();
        let (link, to) = match segment {
            Segment::SynAck => (&mut self.far, FAR),
            Segment::Syn | Segment::Ack | Segment::StrayReset => {
                self.sent += 1;
                (&mut self.near, NEAR)
            }
        };
        let to: wire::MacAddr = to.parse()?;
        frame[..6].copy_from_slice(&to.0);
        link.send(&[OwnedFrame::build(&frame).lend()]).map_err(|error| anyhow!("a frame was not sent: {error:?}"))
    }
}

fn open(link: &str) -> Result<Pnet> {
    fs::write("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1")?;
    ip(&format!("link set {link} up"))?;
    Pnet::open(link).with_context(|| format!("cannot open `{link}`"))
}

/// Addresses, and neighbours that are known so that nobody asks for them.
fn set_up(ruleset: &str) -> Result<()> {
    for (setting, value) in [("ip_forward", "1"), ("conf/all/rp_filter", "0"), ("conf/default/rp_filter", "0")] {
        fs::write(format!("/proc/sys/net/ipv4/{setting}"), value).context(setting)?;
    }
    fs::write("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1")?;
    for link in ["r0", "r1"] {
        fs::write(format!("/proc/sys/net/ipv4/conf/{link}/rp_filter"), "0")?;
        ip(&format!("link set {link} up"))?;
    }
    ip("address add 192.0.2.1/24 dev r0")?;
    ip("address add 10.64.0.1/10 dev r1")?;
    ip("route add default via 192.0.2.2 dev r0")?;
    ip(&format!("neighbour add 192.0.2.2 lladdr {ROUTER} dev r0"))?;
    // The sink's own MAC is another one, so it drops what comes at once.
    ip(&format!("neighbour add 10.64.0.10 lladdr {} dev r1", mac(0)))?;
    run("nft", &["-f", "-"], ruleset).map(drop)
}

/// Packets that a link has received, from what `ip` tells of it.
fn received(link: &str) -> Result<u64> {
    let text = run("ip", &["-s", "-j", "link", "show", link], "")?;
    let told: serde_json::Value = serde_json::from_str(&text).context("`ip` told no JSON")?;
    told[0]["stats64"]["rx"]["packets"].as_u64().context("`ip` told no counters")
}

/// Namespaces that are removed, also when what is built in them fails.
struct Namespaces {
    names: [String; 3],
}

impl Namespaces {
    fn add() -> Result<Namespaces> {
        let random = RandomState::new().hash_one(()) as u32;
        let names = ["generator", "router", "sink"].map(|role| format!("pcl-{random:08x}-{role}"));
        let namespaces = Namespaces { names };
        namespaces.names.iter().try_for_each(|name| ip(&format!("netns add {name}")))?;
        Ok(namespaces)
    }
}

impl Drop for Namespaces {
    fn drop(&mut self) {
        for name in &self.names {
            // Links of a removed namespace go with it. One that was not made cannot be removed.
            let _ = Command::new("ip").args(["netns", "del", name]).stderr(Stdio::null()).status();
        }
    }
}

fn inside<T: Send>(name: &str, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let namespace = File::open(format!("/run/netns/{name}")).context("the namespace is gone")?;
            setns(namespace, CloneFlags::CLONE_NEWNET).context("the namespace cannot be entered")?;
            work()
        });
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// The kernel works on a packet where it is sent.
fn stay_on_one_processor() -> Result<()> {
    let me = Pid::from_raw(0);
    let allowed = sched_getaffinity(me)?;
    let last = (0..CpuSet::count()).rev().find(|at| allowed.is_set(*at).unwrap_or_default());
    let mut one = CpuSet::new();
    one.set(last.context("this thread runs nowhere")?)?;
    Ok(sched_setaffinity(me, &one)?)
}

fn ip(arguments: &str) -> Result<()> {
    run("ip", &arguments.split(' ').collect::<Vec<_>>(), "").map(drop)
}

fn run(program: &str, arguments: &[&str], input: &str) -> Result<String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot start `{program}`"))?;
    child.stdin.take().context("a pipe")?.write_all(input.as_bytes())?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("`{program} {}` failed: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
