//! The enforcer's process: started, told, ended, and what it says.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, SysconfVar, sysconf};

use super::{LONG, World};

impl World {
    /// Starts an enforcer and waits until it enforces.
    pub(crate) fn start_enforcer(&mut self, options: &[&str]) {
        self.start_enforcer_as(self.command(options));
    }

    /// Starts the enforcer of a command and waits until it enforces.
    pub(crate) fn start_enforcer_as(&mut self, command: Command) {
        self.spawn_enforcer(command);
        self.wait_for_log("enforcing revision");
    }

    /// Starts the enforcer of a command, which may or may not come to enforce.
    pub(crate) fn spawn_enforcer(&mut self, mut command: Command) {
        let log = File::create(self.log_file()).unwrap();
        self.enforcer = Some(command.stderr(log).spawn().unwrap());
    }

    /// Starts an enforcer that takes over from the one that runs, and waits until it enforces and the other one has ended.
    pub(crate) fn hand_over(&mut self, options: &[&str]) {
        self.hand_over_to(self.command(&[&["--take-over"], options].concat()));
    }

    /// The same for the enforcer of a command.
    pub(crate) fn hand_over_to(&mut self, command: Command) {
        fs::rename(self.log_file(), self.path("log-before")).unwrap();
        // It must not outlive this world if the successor fails.
        let before = self.enforcer.take().expect("an enforcer runs");
        self.servers.push(before);
        self.start_enforcer_as(command);
        let status = self.servers.pop().unwrap().wait().unwrap();
        assert!(status.success(), "{status}: {}", self.log_before());
    }

    /// What the log of the last predecessor says.
    pub(crate) fn log_before(&self) -> String {
        fs::read_to_string(self.path("log-before")).unwrap_or_default()
    }

    /// Waits until the enforcer has ended by itself, and answers its exit code.
    pub(crate) fn ended_enforcer(&mut self) -> Option<i32> {
        self.enforcer.take().expect("an enforcer runs").wait().unwrap().code()
    }

    /// The enforcer's process.
    pub(crate) fn enforcer(&self) -> Pid {
        Pid::from_raw(self.enforcer.as_ref().expect("an enforcer runs").id() as i32)
    }

    /// Starts an enforcer that must refuse, and answers what it says.
    pub(crate) fn refused_enforcer(&mut self, options: &[&str]) -> String {
        self.refused_enforcer_as(self.command(options))
    }

    /// The same for the enforcer of a command.
    pub(crate) fn refused_enforcer_as(&mut self, mut command: Command) -> String {
        let log = self.path("refused");
        let mut child = command.stderr(File::create(&log).unwrap()).spawn().unwrap();
        let until = Instant::now() + LONG;
        let status = loop {
            match child.try_wait().unwrap() {
                Some(status) => break status,
                None if Instant::now() > until => {
                    child.kill().unwrap();
                    panic!("it does not refuse: {}", fs::read_to_string(&log).unwrap());
                }
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        };
        let said = fs::read_to_string(&log).unwrap();
        assert_eq!(status.code(), Some(2), "{said}");
        said
    }

    /// How long processors have worked for it (proc_pid_stat(5)).
    pub(crate) fn enforcer_work(&self) -> Duration {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.enforcer())).unwrap();
        let behind_name = stat.rsplit_once(") ").unwrap().1;
        let [user, system] = [11, 12].map(|at| behind_name.split(' ').nth(at).unwrap().parse::<u64>().unwrap());
        let ticks_a_second = sysconf(SysconfVar::CLK_TCK).unwrap().unwrap() as u64;
        Duration::from_millis(1_000 * (user + system) / ticks_a_second)
    }

    pub(crate) fn signal_enforcer(&self, signal: Signal) {
        kill(self.enforcer(), signal).unwrap();
    }

    pub(crate) fn end_enforcer(&mut self, signal: Signal) {
        self.signal_enforcer(signal);
        let status = self.enforcer.take().expect("an enforcer runs").wait().unwrap();
        assert!(signal == Signal::SIGKILL || status.success(), "{status}: {}", self.log());
    }

    /// The file that an enforcer keeps flows in.
    pub(crate) fn flows(&self) -> PathBuf {
        self.path("state/flows")
    }

    /// Which file that is: another one each time it was written.
    pub(crate) fn flows_written(&self) -> Option<u64> {
        Some(fs::metadata(self.flows()).ok()?.ino())
    }

    pub(crate) fn wait_for_log(&self, text: &str) {
        self.wait_for(&format!("`{text}` in the log"), || self.log().contains(text));
    }

    /// Waits until something holds.
    pub(crate) fn wait_for(&self, what: &str, holds: impl Fn() -> bool) {
        let until = Instant::now() + LONG;
        while !holds() {
            assert!(self.enforcer_lives(), "the enforcer died, so there is no {what}:\n{}", self.log());
            assert!(Instant::now() < until, "there is no {what}:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Whether the process runs; who was killed stands there as a zombie (proc_pid_stat(5)).
    fn enforcer_lives(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.enforcer())).unwrap_or_default();
        stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
    }

    /// The file that the enforcer writes its log into.
    pub(crate) fn log_file(&self) -> PathBuf {
        self.path("log")
    }

    /// What the log says so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// An enforcer with its document, in the hypervisor.
    pub(crate) fn command(&self, options: &[&str]) -> Command {
        let mut command = Command::new(program());
        if !["--document", "--controller"].iter().any(|source| options.contains(source)) {
            command.arg("--document").arg(self.document());
        }
        if !options.contains(&"--netns") {
            command.args(["--netns", &self.namespace("hv")]);
        }
        if !options.contains(&"--state") {
            // One that is to be refused must not stumble over the state of one that runs.
            let other = self.enforcer.is_some() && !options.contains(&"--take-over");
            let state = if other { "other-state" } else { "state" };
            command.arg("--state").arg(self.path(state));
        }
        command.args(options).stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    /// An enforcer of user 65534 with two capabilities, in the hypervisor, as `User=` and `AmbientCapabilities=` of systemd
    /// start it. The world's folder is opened to that user.
    pub(crate) fn command_of_user(&self, options: &[&str]) -> Command {
        fs::set_permissions(self.folder(), Permissions::from_mode(0o755)).unwrap();
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace("hv"), "setpriv", "--reuid=65534", "--regid=65534"]);
        let capabilities = "-all,+net_admin,+net_raw";
        command.args(["--clear-groups", "--inh-caps", capabilities, "--ambient-caps", capabilities]);
        command.args(["--bounding-set", capabilities]).arg(program());
        command.arg("--document").arg(self.document()).args(options).stdin(Stdio::null());
        command
    }
}

/// The program under test: Cargo names it to tests, and who starts another program names it there.
pub(crate) fn program() -> PathBuf {
    let built = option_env!("CARGO_BIN_EXE_portcullis-enforcer").map(PathBuf::from);
    let named = || std::env::var_os("PORTCULLIS_ENFORCER_BIN").map(PathBuf::from);
    built.or_else(named).expect("PORTCULLIS_ENFORCER_BIN names the enforcer's program")
}
