//! An emulated guest takes seconds of work to boot, so the first that has booted is kept, and the next ones go on from
//! there: QEMU's live migration, with a file in between.
//!
//! The file lies beside what the guest consists of and goes with it. One that does not fit what is there is removed.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::LONG;
use super::guest::{self, Guest};

const PROMPT: &str = "(qemu) ";

/// A machine that has just booted, where there is one.
pub(super) struct Snapshot {
    file: PathBuf,
}

impl Snapshot {
    /// One for each network card, which is part of it.
    pub(super) fn of(folder: &Path, mac: &str) -> Snapshot {
        Snapshot { file: folder.join(format!("booted-{}", mac.replace(':', ""))) }
    }

    /// Goes on from it; `None` if there is none that can be used.
    pub(super) fn resume(&self, mut qemu: Command, folder: &Path) -> Option<Guest> {
        if !self.file.exists() {
            return None;
        }
        qemu.args(["-incoming", &format!("exec:cat '{}'", self.file.display())]);
        let resumed = guest::start(qemu, folder, LONG).and_then(|guest| guest.try_run("true").map(|_| guest));
        match resumed {
            Ok(guest) => Some(guest),
            Err(error) => {
                eprintln!("the guest boots anew: {}", error.lines().next().unwrap_or_default());
                let _ = fs::remove_file(&self.file);
                None
            }
        }
    }

    /// Has QEMU write down a machine, which goes on afterwards. `monitor` is where QEMU is told so.
    pub(super) fn take(&self, monitor: &Path) -> Result<(), String> {
        // Several tests may write at a time, each in a folder of its own; the last one stays.
        let of_this_test = monitor.parent().and_then(Path::file_name).unwrap_or_default();
        let mut staged = self.file.clone().into_os_string();
        staged.push(of_this_test);
        let written = write(&staged.to_string_lossy(), monitor);
        match written.and_then(|()| fs::rename(&staged, &self.file).map_err(|error| error.to_string())) {
            Ok(()) => Ok(()),
            Err(error) => {
                let _ = fs::remove_file(&staged);
                Err(error)
            }
        }
    }
}

fn write(file: &str, monitor: &Path) -> Result<(), String> {
    let mut monitor = Monitor::open(monitor).map_err(|error| format!("QEMU's monitor: {error}"))?;
    monitor.say("migrate_set_parameter max-bandwidth 16G")?;
    monitor.say(&format!("migrate \"exec:cat >'{file}'\""))?;
    let state = monitor.say("info migrate")?;
    monitor.say("cont")?;
    match state.contains("Migration status: completed") {
        true => Ok(()),
        false => Err(format!("QEMU does not write the machine down: {state}")),
    }
}

/// Where QEMU takes commands of people.
struct Monitor {
    line: UnixStream,
}

impl Monitor {
    fn open(socket: &Path) -> std::io::Result<Monitor> {
        let line = UnixStream::connect(socket)?;
        line.set_read_timeout(Some(Duration::from_secs(30)))?;
        let mut monitor = Monitor { line };
        monitor.read()?;
        Ok(monitor)
    }

    fn say(&mut self, command: &str) -> Result<String, String> {
        let answer = writeln!(self.line, "{command}").and_then(|()| self.read());
        answer.map_err(|error| format!("`{command}` to QEMU's monitor: {error}"))
    }

    /// What it says until it takes the next command.
    fn read(&mut self) -> std::io::Result<String> {
        let mut said = Vec::new();
        let mut byte = [0];
        while !said.ends_with(PROMPT.as_bytes()) {
            self.line.read_exact(&mut byte)?;
            said.extend_from_slice(&byte);
        }
        Ok(String::from_utf8_lossy(&said).into_owned())
    }
}
