//! A running virtual machine, which is told what to do over a serial line and not over the network under test.
//!
//! Its first process (`init.sh` in `crates/xtask`) does each line as a command of the shell, and closes what the command
//! prints with the line `@exit STATUS`.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::LONG;
use super::machine::{Accelerator, Machine};
use super::snapshot::Snapshot;

/// QEMU's process; the machine ends when this is dropped, and its tap with it.
pub(crate) struct Guest {
    process: Child,
    line: UnixStream,
}

/// What became of a command.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: i32,
    /// Both of its outputs.
    pub(crate) output: String,
}

impl Guest {
    /// Boots a machine whose network card is at a tap that QEMU makes in the namespace of the calling thread.
    pub(crate) fn boot(machine: &Machine, folder: &Path, tap: &str, mac: &str) -> Guest {
        let accelerator = machine.accelerator();
        let monitor = folder.join("monitor");
        let command = || {
            let mut qemu = machine.command(accelerator);
            qemu.args(["-netdev", &format!("tap,id=net0,ifname={tap},script=no,downscript=no")]);
            // It boots from no network, so it needs no firmware for that.
            qemu.args(["-device", &format!("virtio-net-pci,netdev=net0,mac={mac},romfile=")]);
            qemu.args(["-monitor", &format!("unix:{},server=on,wait=off", monitor.display())]);
            qemu
        };
        let boot =
            || start_booting(command(), folder, accelerator.patience()).unwrap_or_else(|error| panic!("{error}"));
        match accelerator {
            Accelerator::Kvm => boot(),
            Accelerator::Emulation => {
                let snapshot = Snapshot::of(machine.folder(), mac);
                snapshot.resume(command(), folder).unwrap_or_else(|| {
                    let guest = boot();
                    snapshot.take(&monitor).unwrap_or_else(|error| panic!("{error}"));
                    guest
                })
            }
        }
    }

    /// Has a command done to its end, one line of the shell.
    pub(crate) fn run(&self, command: &str) -> Answer {
        self.try_run(command).unwrap_or_else(|error| panic!("{error}"))
    }

    pub(super) fn try_run(&self, command: &str) -> Result<Answer, String> {
        assert!(!command.contains('\n'), "one line: {command}");
        let lost = |error, output: &str| format!("`{command}` in the guest: {error}; until then: {output}");
        writeln!(&self.line, "{command}").map_err(|error| lost(error, ""))?;
        let mut output = String::new();
        for line in BufReader::new(&self.line).lines() {
            let line = line.map_err(|error| lost(error, &output))?;
            if let Some(status) = line.strip_prefix("@exit ") {
                let status = status.parse().map_err(|_| format!("`{line}` has no status"))?;
                return Ok(Answer { status, output: output.trim_end().to_owned() });
            }
            output.push_str(&line);
            output.push('\n');
        }
        Err(format!("the guest ended during `{command}`: {output}"))
    }

    /// What a command that succeeds prints.
    pub(crate) fn says(&self, command: &str) -> String {
        let answer = self.run(command);
        assert_eq!(answer.status, 0, "`{command}` in the guest: {}", answer.output);
        answer.output
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let _ended_already = self.process.kill();
        let _status = self.process.wait();
    }
}

/// Starts QEMU and waits until a guest that boots takes commands.
pub(super) fn start_booting(qemu: Command, folder: &Path, patience: Duration) -> Result<Guest, String> {
    let guest = start(qemu, folder, patience)?;
    match wait_until_ready(&guest.line, patience) {
        Ok(()) => Ok(guest),
        Err(error) => Err(with_reason(&error, folder)),
    }
}

/// Starts QEMU and its guest. What QEMU says is in the file `qemu`, what the guest's kernel says in the file `console`.
pub(super) fn start(mut qemu: Command, folder: &Path, patience: Duration) -> Result<Guest, String> {
    let socket = folder.join("line");
    let _of_an_earlier_guest = fs::remove_file(&socket);
    qemu.arg("-serial").arg(format!("file:{}", folder.join("console").display()));
    // QEMU starts the machine when someone is at the other end of the line.
    qemu.arg("-serial").arg(format!("unix:{},server=on,wait=on", socket.display()));
    let output = File::create(folder.join("qemu")).and_then(|file| Ok((file.try_clone()?, file)));
    let (first, second) = output.map_err(|error| format!("cannot write into `{}`: {error}", folder.display()))?;
    let mut process =
        qemu.stdout(first).stderr(second).spawn().map_err(|error| format!("cannot start QEMU: {error}"))?;
    match connect(&mut process, &socket, patience) {
        Ok(line) => Ok(Guest { process, line }),
        Err(error) => {
            let _ended_already = process.kill();
            let _status = process.wait();
            Err(with_reason(&error, folder))
        }
    }
}

/// The first line is for people who have another guest.
fn with_reason(error: &str, folder: &Path) -> String {
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
    let said = read("qemu");
    let reason = said.lines().find(|line| !line.contains("info: ")).unwrap_or_default();
    format!("the guest does not start: {error}: {reason}\n{said}\n{}", read("console"))
}

fn connect(process: &mut Child, socket: &Path, patience: Duration) -> Result<UnixStream, String> {
    let until = Instant::now() + patience;
    loop {
        if let Ok(line) = UnixStream::connect(socket) {
            // Commands of the tests end by themselves, and soon.
            line.set_read_timeout(Some(2 * LONG)).map_err(|error| error.to_string())?;
            return Ok(line);
        }
        if let Ok(Some(status)) = process.try_wait() {
            return Err(format!("QEMU ended with {status}"));
        }
        if Instant::now() > until {
            return Err("QEMU does not listen".to_owned());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn wait_until_ready(line: &UnixStream, patience: Duration) -> Result<(), String> {
    let timeout = line.read_timeout().map_err(|error| error.to_string())?;
    line.set_read_timeout(Some(patience)).map_err(|error| error.to_string())?;
    let mut first = String::new();
    let read = BufReader::new(line).read_line(&mut first);
    read.map_err(|error| format!("it does not take commands: {error}"))?;
    match first.trim() {
        "@ready" => {}
        "" => return Err("QEMU has ended".to_owned()),
        other => return Err(format!("it says `{other}`")),
    }
    line.set_read_timeout(timeout).map_err(|error| error.to_string())
}
