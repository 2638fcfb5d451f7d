//! Programs that the lab starts and ends.

use std::fs::{self, File, OpenOptions};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};

/// How long a program may take to end when it is asked to.
const PATIENCE: Duration = Duration::from_secs(5);

/// A program that the lab started. Its start time tells it from a later one with the same id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Process {
    /// Process id.
    pub(super) pid: i32,
    /// When it started, in clock ticks since boot (proc(5), `/proc/PID/stat`, field 22).
    started: u64,
}

impl Process {
    /// Starts a program that outlives this one, in its own process group, with its output in a file.
    ///
    /// # Errors
    /// It cannot be started.
    pub(super) fn start(mut command: Command, log: &Path) -> anyhow::Result<Process> {
        use std::os::unix::process::CommandExt;
        let output = open_log(log).with_context(|| format!("cannot write `{}`", log.display()))?;
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output).process_group(0);
        let program = command.get_program().to_owned();
        let child = command.spawn().with_context(|| format!("cannot start `{}`", program.display()))?;
        let pid = i32::try_from(child.id()).context("a process id does not fit")?;
        let started = read_stat(pid)
            .map(|stat| stat.started)
            .with_context(|| format!("`{}` ended at once", program.display()))?;
        Ok(Process { pid, started })
    }

    /// Whether it still runs.
    pub(super) fn is_alive(&self) -> bool {
        read_stat(self.pid).is_some_and(|stat| stat.started == self.started && !matches!(stat.state, 'Z' | 'X'))
    }

    /// Asks it to end, and makes it end when it does not.
    pub(super) fn end(&self) {
        for signal in [Signal::SIGTERM, Signal::SIGKILL] {
            if !self.is_alive() {
                return;
            }
            // It may end on its own just now.
            let _ = kill(Pid::from_raw(self.pid), signal);
            let until = Instant::now() + PATIENCE;
            while self.is_alive() && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
    }
}

struct Stat {
    state: char,
    started: u64,
}

fn read_stat(pid: i32) -> Option<Stat> {
    parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The name in parentheses is the program's own choice, so the fields are counted from its last parenthesis.
fn parse_stat(text: &str) -> Option<Stat> {
    let (_, fields) = text.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    let started = fields.nth(18)?.parse().ok()?;
    Some(Stat { state, started })
}

fn open_log(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).write(true).truncate(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_and_start_stand_behind_the_name() {
        let text = "42 (a ) R b) S 1 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 1000 2 18446744073709551615";
        let stat = parse_stat(text).unwrap();
        assert_eq!((stat.state, stat.started), ('S', 987_654));
        assert!(parse_stat("").is_none());
    }

    #[test]
    fn an_id_that_another_program_got_is_not_ours() {
        let pid = i32::try_from(std::process::id()).unwrap();
        let stat = read_stat(pid).unwrap();
        assert!(Process { pid, started: stat.started }.is_alive());
        assert!(!Process { pid, started: stat.started + 1 }.is_alive());
    }
}
