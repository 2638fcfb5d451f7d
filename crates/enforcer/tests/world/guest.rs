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
use super::machine::Machine;

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
        let (mut qemu, patience) = machine.command();
        qemu.args(["-netdev", &format!("tap,id=net0,ifname={tap},script=no,downscript=no")]);
        // It boots from no network, so it needs no firmware for that.
        qemu.args(["-device", &format!("virtio-net-pci,netdev=net0,mac={mac},romfile=")]);
        start(qemu, folder, patience).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Has a command done to its end, one line of the shell.
    pub(crate) fn run(&self, command: &str) -> Answer {
        assert!(!command.contains('\n'), "one line: {command}");
        writeln!(&self.line, "{command}").expect("the guest listens");
        let mut output = String::new();
        for line in BufReader::new(&self.line).lines() {
            let line = line.unwrap_or_else(|error| panic!("`{command}` in the guest: {error}; until then: {output}"));
            if let Some(status) = line.strip_prefix("@exit ") {
                let status = status.parse().expect("a status is a number");
                return Answer { status, output: output.trim_end().to_owned() };
            }
            output.push_str(&line);
            output.push('\n');
        }
        panic!("the guest ended during `{command}`: {output}");
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

/// Starts QEMU and waits until the guest takes commands. What QEMU says is in the file `qemu`, what the guest's kernel
/// says in the file `console`.
pub(super) fn start(mut qemu: Command, folder: &Path, patience: Duration) -> Result<Guest, String> {
    let (socket, said, console) = (folder.join("line"), folder.join("qemu"), folder.join("console"));
    let _of_an_earlier_guest = fs::remove_file(&socket);
    qemu.arg("-serial").arg(format!("file:{}", console.display()));
    // QEMU starts the machine when someone is at the other end of the line.
    qemu.arg("-serial").arg(format!("unix:{},server=on,wait=on", socket.display()));
    let output = File::create(&said).and_then(|file| Ok((file.try_clone()?, file)));
    let (first, second) = output.map_err(|error| format!("cannot write `{}`: {error}", said.display()))?;
    let mut process =
        qemu.stdout(first).stderr(second).spawn().map_err(|error| format!("cannot start QEMU: {error}"))?;
    let until = Instant::now() + patience;
    let connected = connect(&mut process, &socket, until);
    let line = connected.and_then(|line| wait_until_ready(&line, until).map(|()| line));
    match line {
        Ok(line) => Ok(Guest { process, line }),
        Err(error) => {
            let _ended_already = process.kill();
            let _status = process.wait();
            let read = |path: &Path| fs::read_to_string(path).unwrap_or_default();
            Err(format!("the guest does not boot: {error}\n{}\n{}", read(&said), read(&console)))
        }
    }
}

fn connect(process: &mut Child, socket: &Path, until: Instant) -> Result<UnixStream, String> {
    loop {
        if let Ok(line) = UnixStream::connect(socket) {
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

fn wait_until_ready(line: &UnixStream, until: Instant) -> Result<(), String> {
    let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    line.set_read_timeout(Some(left)).map_err(|error| error.to_string())?;
    let mut first = String::new();
    let read = BufReader::new(line).read_line(&mut first);
    read.map_err(|error| format!("it does not take commands: {error}"))?;
    if first.trim() != "@ready" {
        return Err(format!("it says {first:?}"));
    }
    // Commands of the tests end by themselves, and soon.
    line.set_read_timeout(Some(4 * LONG)).map_err(|error| error.to_string())
}
