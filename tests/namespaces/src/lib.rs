//! Network namespaces that live as long as a test or a measurement, and what is done in them.
//!
//! Whoever needs some asks [`obstacle`] first. [`add`] names them after the project, with a random part, so nothing that another
//! program made is touched, and two runs do not meet.

use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use nix::sched::{CloneFlags, CpuSet, sched_getaffinity, sched_setaffinity, setns};
use nix::unistd::Pid;

/// Why there can be no namespaces here, or one of these programs is missing, with what to do about it. Each program comes with the
/// name of its Debian package.
pub fn obstacle(programs: &[(&str, &str)]) -> Option<String> {
    if !nix::unistd::geteuid().is_root() {
        return Some("it makes network namespaces, which needs root".to_owned());
    }
    let is_missing =
        |program: &str| Command::new(program).arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err();
    let all = [&[("ip", "iproute2")], programs].concat();
    let missing = all.into_iter().find(|(program, _)| is_missing(program));
    missing.map(|(program, package)| format!("`{program}` is missing: apt-get install {package}"))
}

/// A namespace, which is removed with its links when this is dropped.
pub struct Namespace {
    name: String,
}

/// Makes a namespace for each role.
///
/// # Errors
/// What `ip` says. Those that were made until then are gone.
pub fn add<const N: usize>(roles: [&str; N]) -> Result<[Namespace; N]> {
    let random = RandomState::new().hash_one(()) as u32;
    let namespaces = roles.map(|role| Namespace { name: format!("pcl-{random:08x}-{role}") });
    namespaces.iter().try_for_each(|namespace| ip(&format!("netns add {}", namespace.name)))?;
    Ok(namespaces)
}

impl Namespace {
    /// Makes one of this name.
    ///
    /// # Errors
    /// What `ip` says.
    pub fn add(name: String) -> Result<Namespace> {
        ip(&format!("netns add {name}"))?;
        Ok(Namespace { name })
    }

    /// Its name, as `ip` has it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs `ip` in it, as [`ip`] does.
    ///
    /// # Errors
    /// What `ip` says.
    pub fn ip(&self, arguments: &str) -> Result<()> {
        ip(&format!("-n {} {arguments}", self.name))
    }

    /// Does something in it, as [`inside`] does.
    ///
    /// # Errors
    /// Somebody removed it, or those of the work.
    pub fn inside<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        inside(&self.name, work)
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // One that was not made cannot be removed, and a failure must not hide another one.
        let _ = Command::new("ip").args(["netns", "del", &self.name]).stderr(Stdio::null()).status();
    }
}

/// Does something in the namespace of this name, on a thread of its own. What is opened or started there stays there.
///
/// # Errors
/// There is no such namespace, or those of the work.
pub fn inside<T: Send>(name: &str, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            enter(name)?;
            work()
        });
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Moves this thread into the namespace of this name.
///
/// # Errors
/// There is no such namespace.
pub fn enter(name: &str) -> Result<()> {
    let file = File::open(format!("/run/netns/{name}")).with_context(|| format!("there is no namespace `{name}`"))?;
    setns(file, CloneFlags::CLONE_NEWNET).with_context(|| format!("the namespace `{name}` cannot be entered"))
}

/// Runs `ip` with these words.
///
/// # Errors
/// What it says.
pub fn ip(arguments: &str) -> Result<()> {
    run("ip", &arguments.split(' ').collect::<Vec<_>>(), "").map(drop)
}

/// Runs a program with this on its input, and answers its output.
///
/// # Errors
/// What it says, and what it was given.
pub fn run(program: &str, arguments: &[&str], input: &str) -> Result<String> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot start `{program}`"))?;
    child.stdin.take().context("a pipe")?.write_all(input.as_bytes())?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{program} {}` failed: {}\n{input}", arguments.join(" "), said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The processors that this thread may run on, by their numbers: at least one.
///
/// # Errors
/// The kernel does not say.
pub fn processors() -> Result<Vec<usize>> {
    let allowed = sched_getaffinity(Pid::from_raw(0))?;
    Ok((0..CpuSet::count()).filter(|at| allowed.is_set(*at).unwrap_or_default()).collect())
}

/// Keeps this thread on one processor.
///
/// # Errors
/// It may not run there.
pub fn stay_on(processor: usize) -> Result<()> {
    let mut one = CpuSet::new();
    one.set(processor)?;
    Ok(sched_setaffinity(Pid::from_raw(0), &one)?)
}
