//! Network namespaces that live as long as a test.

use std::io::Write;

use datapath::pnet::Pnet;
use datapath::ring::Ring;
use datapath::{IoError, PacketIo};
use namespaces::Namespace;

/// Says so on stderr, past the capture of test output, when this test cannot run here.
pub(crate) fn skipped(test: &str) -> bool {
    let obstacle = namespaces::obstacle(&[]);
    if let Some(obstacle) = &obstacle {
        let _ = writeln!(std::io::stderr(), "SKIPPED: {test}: {obstacle}");
    }
    obstacle.is_some()
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

/// Three hosts in a row: `guest` with `eth0`, `mid` with `g0` and `u0`, `host` with `eth0`.
///
/// `eth0` and `g0`, and `u0` and `eth0`, are the ends of veth pairs, and all are up. Nothing joins `g0` and `u0`.
pub(crate) struct World {
    pub(crate) guest: Host,
    pub(crate) mid: Host,
    pub(crate) host: Host,
}

impl World {
    pub(crate) fn new() -> Self {
        let [guest, mid, host] = namespaces::add(["guest", "mid", "host"]).unwrap().map(Host);
        for host in [&guest, &mid, &host] {
            host.inside(|| std::fs::write("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1").unwrap());
        }
        for (end, name) in [(&guest, "g0"), (&host, "u0")] {
            mid.ip(&format!("link add {name} type veth peer name eth0 netns {}", end.0.name()));
            mid.ip(&format!("link set {name} up"));
            end.ip("link set eth0 up");
        }
        Self { guest, mid, host }
    }
}

/// A namespace with no IPv6, so that nothing moves unless the test moves it.
pub(crate) struct Host(Namespace);

impl Host {
    /// Runs `ip` in the namespace.
    pub(crate) fn ip(&self, arguments: &str) {
        self.0.ip(arguments).unwrap();
    }

    /// Runs a closure on a thread of its own in the namespace and answers with its result.
    pub(crate) fn inside<T: Send>(&self, run: impl FnOnce() -> T + Send) -> T {
        self.0.inside(|| Ok(run())).unwrap()
    }
}
