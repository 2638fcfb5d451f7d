//! Network namespaces that live as long as a test.

use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::process::Command;
use std::thread;

use datapath::pnet::Pnet;
use datapath::ring::Ring;
use datapath::{IoError, PacketIo};
use nix::sched::{CloneFlags, setns};
use nix::unistd::Uid;

/// Says so on stderr, past the capture of test output, when this test cannot run here.
pub(crate) fn skipped(test: &str) -> bool {
    let skipped = !Uid::effective().is_root();
    if skipped {
        let _ = writeln!(std::io::stderr(), "SKIPPED: needs root: {test}");
    }
    skipped
}

/// How a link is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Pnet,
    Ring,
}

impl Backend {
    pub(crate) fn open(self, name: &str) -> Result<Box<dyn PacketIo>, IoError> {
        Ok(match self {
            Backend::Pnet => Box::new(Pnet::open(name)?),
            Backend::Ring => Box::new(Ring::open(name)?),
        })
    }
}

/// Runs a test with each backend.
pub(crate) fn each_backend(test: &str, check: impl Fn(Backend)) {
    if skipped(test) {
        return;
    }
    for backend in [Backend::Pnet, Backend::Ring] {
        eprintln!("{backend:?}");
        check(backend);
    }
}

/// Three namespaces in a row: `guest` with `eth0`, `mid` with `g0` and `u0`, `host` with `eth0`.
///
/// `eth0` and `g0`, and `u0` and `eth0`, are the ends of veth pairs, and all are up. Nothing joins `g0` and `u0`.
pub(crate) struct World {
    pub(crate) guest: Namespace,
    pub(crate) mid: Namespace,
    pub(crate) host: Namespace,
}

impl World {
    pub(crate) fn new() -> Self {
        let random = RandomState::new().hash_one(()) as u32;
        let [guest, mid, host] =
            ["guest", "mid", "host"].map(|role| Namespace::new(format!("pcl-{random:08x}-{role}")));
        for (end, name) in [(&guest, "g0"), (&host, "u0")] {
            ip(&format!("link add {name} netns {} type veth peer name eth0 netns {}", mid.name, end.name));
            mid.ip(&format!("link set {name} up"));
            end.ip("link set eth0 up");
        }
        Self { guest, mid, host }
    }
}

/// A network namespace with no IPv6, so that nothing moves unless the test moves it. Removed on drop.
pub(crate) struct Namespace {
    name: String,
}

impl Namespace {
    fn new(name: String) -> Self {
        ip(&format!("netns add {name}"));
        let made = Self { name };
        made.inside(|| std::fs::write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1").unwrap());
        made
    }

    /// Runs `ip` in the namespace.
    pub(crate) fn ip(&self, arguments: &str) {
        ip(&format!("-n {} {arguments}", self.name));
    }

    /// Runs a closure on a thread of its own in the namespace and answers with its result.
    pub(crate) fn inside<T: Send>(&self, run: impl FnOnce() -> T + Send) -> T {
        thread::scope(|scope| {
            let running = scope.spawn(|| {
                let namespace = File::open(format!("/run/netns/{}", self.name)).unwrap();
                setns(namespace, CloneFlags::CLONE_NEWNET).unwrap();
                run()
            });
            running.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // Links of a removed namespace go with it. A failure must not hide that of the test.
        let _ = Command::new("ip").args(["netns", "del", &self.name]).status();
    }
}

fn ip(arguments: &str) {
    let output = Command::new("ip").args(arguments.split(' ')).output().expect("iproute2 is installed");
    assert!(output.status.success(), "ip {arguments}: {}", String::from_utf8_lossy(&output.stderr));
}
