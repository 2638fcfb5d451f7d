//! Network namespaces that go when they are dropped, and what is done in them.

use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sched::{CloneFlags, CpuSet, sched_getaffinity, sched_setaffinity, setns};
use nix::unistd::Pid;

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

/// Namespaces that are removed, also when what is built in them fails.
pub(crate) struct Namespaces<const N: usize> {
    /// Their names, in the order of their roles.
    pub(crate) names: [String; N],
}

impl<const N: usize> Namespaces<N> {
    /// Makes one for each role.
    pub(crate) fn add(roles: [&str; N]) -> Result<Self> {
        let random = RandomState::new().hash_one(()) as u32;
        let namespaces = Namespaces { names: roles.map(|role| format!("pcl-{random:08x}-{role}")) };
        namespaces.names.iter().try_for_each(|name| ip(&format!("netns add {name}")))?;
        Ok(namespaces)
    }
}

impl<const N: usize> Drop for Namespaces<N> {
    fn drop(&mut self) {
        for name in &self.names {
            // Links of a removed namespace go with it. One that was not made cannot be removed.
            let _ = Command::new("ip").args(["netns", "del", name]).stderr(Stdio::null()).status();
        }
    }
}

/// Packets that a link has received, from what `ip` tells of it.
pub(crate) fn received(namespace: &str, link: &str) -> Result<u64> {
    let text = run("ip", &["-n", namespace, "-s", "-j", "link", "show", link], "")?;
    let told: serde_json::Value = serde_json::from_str(&text).context("`ip` told no JSON")?;
    told[0]["stats64"]["rx"]["packets"].as_u64().context("`ip` told no counters")
}

/// Does something in a namespace, on a thread of its own.
pub(crate) fn inside<T: Send>(name: &str, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            enter(name)?;
            work()
        });
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Moves this thread into a namespace.
pub(crate) fn enter(name: &str) -> Result<()> {
    let namespace = File::open(format!("/run/netns/{name}")).context("the namespace is gone")?;
    setns(namespace, CloneFlags::CLONE_NEWNET).context("the namespace cannot be entered")
}

/// The last processor that this thread may run on.
pub(crate) fn last_processor() -> Result<usize> {
    let allowed = sched_getaffinity(Pid::from_raw(0))?;
    let last = (0..CpuSet::count()).rev().find(|at| allowed.is_set(*at).unwrap_or_default());
    last.context("this thread runs nowhere")
}

/// Keeps this thread on one processor.
pub(crate) fn stay_on(processor: usize) -> Result<()> {
    let mut one = CpuSet::new();
    one.set(processor)?;
    Ok(sched_setaffinity(Pid::from_raw(0), &one)?)
}

/// The time that a thread has been on a processor, by its folder below `/proc` (Linux `Documentation/scheduler/sched-stats.rst`).
pub(crate) fn time_of(folder: impl AsRef<Path>) -> Result<Duration> {
    let text = fs::read_to_string(folder.as_ref().join("schedstat"))?;
    let nanos = text.split_whitespace().next().and_then(|nanos| nanos.parse().ok());
    nanos.map(Duration::from_nanos).context("no time in `schedstat`")
}

/// Runs `ip`.
pub(crate) fn ip(arguments: &str) -> Result<()> {
    run("ip", &arguments.split(' ').collect::<Vec<_>>(), "").map(drop)
}

/// Runs a program with this on its input, and answers its output.
pub(crate) fn run(program: &str, arguments: &[&str], input: &str) -> Result<String> {
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
