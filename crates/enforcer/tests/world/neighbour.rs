//! A second instance on the same bridge, and a second enforcer.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::enforcer::program;
use super::{LONG, World};

/// An enforcer of its own, with its own document and state; it ends with this.
pub(crate) struct OtherEnforcer {
    child: Child,
    log: PathBuf,
}

impl World {
    /// Gives the bridge a second instance: a namespace of the role `vm2` with 192.0.2.11, behind `guest2`.
    pub(crate) fn plug_neighbour(&mut self) {
        self.add_namespace("vm2");
        self.plug("guest2", "vm2", "52:54:00:00:02:0b", "192.0.2.11/24");
        self.listen("vm2");
    }

    /// A namespace of the role `aside`, whose frames arrive where nobody takes them.
    pub(crate) fn add_aside(&mut self) {
        self.add_namespace("aside");
        let aside = &self.namespaces["aside"];
        aside.ip("link add eth0 up type veth peer name nobody").unwrap();
        aside.ip("link set nobody up").unwrap();
    }

    /// Starts an enforcer beside that of the world, and waits until it enforces.
    pub(crate) fn start_other_enforcer(&self, document: &str, options: &[&str]) -> OtherEnforcer {
        let (file, log) = (self.path("other.yaml"), self.path("other-log"));
        fs::write(&file, document).unwrap();
        let mut command = Command::new(program());
        command.arg("--document").arg(file).args(["--netns", &self.namespace("hv")]);
        command.arg("--state").arg(self.path("other-state")).args(options);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log).unwrap());
        let other = OtherEnforcer { child: command.spawn().unwrap(), log };
        let until = Instant::now() + LONG;
        while !other.log().contains("enforcing revision") {
            assert!(Instant::now() < until, "it does not enforce: {}", other.log());
            std::thread::sleep(Duration::from_millis(10));
        }
        other
    }
}

impl OtherEnforcer {
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Ends it and waits for that.
    pub(crate) fn end(mut self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).unwrap();
        let status = self.child.wait().unwrap();
        assert!(signal == Signal::SIGKILL || status.success(), "{status}: {}", self.log());
    }
}

impl Drop for OtherEnforcer {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _status = self.child.wait();
    }
}
