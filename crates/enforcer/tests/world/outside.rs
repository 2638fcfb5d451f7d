//! The host on the other side of the bridge: what it runs and what it sees.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use super::{Instance, LONG, World};

impl World {
    /// Runs a program there to its end; `busybox` is the one that the guest has.
    pub(crate) fn run_outside(&self, program: &[&str]) -> Output {
        let mut command = self.outside_command(program);
        self.inside("out", || command.output()).unwrap_or_else(|error| panic!("{program:?}: {error}"))
    }

    /// Starts a program there that runs until the world ends.
    pub(crate) fn start_outside(&mut self, program: &[&str]) {
        let mut command = self.outside_command(program);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let child = self.inside("out", || command.spawn()).unwrap_or_else(|error| panic!("{program:?}: {error}"));
        self.servers.push(child);
    }

    /// Starts a DHCP server that has the instance's address for it.
    pub(crate) fn serve_dhcp(&mut self) {
        let configuration = format!(
            "interface eth0\nstart 192.0.2.10\nend 192.0.2.10\nstatic_lease {} 192.0.2.10\n\
             option subnet 255.255.255.0\noption router 192.0.2.1\nlease_file {}\npidfile {}\n",
            super::MAC,
            self.touch("leases").display(),
            self.touch("udhcpd.pid").display(),
        );
        let path = self.path("udhcpd.conf");
        fs::write(&path, configuration).unwrap();
        self.start_outside(&["busybox", "udhcpd", "-f", &path.to_string_lossy()]);
    }

    /// Starts an HTTP server for the files of a folder.
    pub(crate) fn serve_http(&mut self, folder: &Path) {
        self.start_outside(&["busybox", "httpd", "-f", "-p", "192.0.2.1:80", "-h", &folder.to_string_lossy()]);
    }

    /// The frames that come to the outside or leave it while something is done, one line each with its MACs. `act` ends
    /// with something whose text is seen after all that came before.
    pub(crate) fn watch_outside(&mut self, last: &str, act: impl FnOnce(&World)) -> String {
        let (seen, said) = (self.path("seen"), self.path("tcpdump"));
        let mut command = Command::new("tcpdump");
        command.args(["-l", "-n", "-e", "-i", "eth0"]).stdin(Stdio::null());
        command.stdout(File::create(&seen).unwrap()).stderr(File::create(&said).unwrap());
        let tcpdump = self.inside("out", || command.spawn()).expect("tcpdump is installed");
        self.servers.push(tcpdump);
        wait_for(&said, "listening on");
        act(self);
        wait_for(&seen, last)
    }

    fn outside_command(&self, program: &[&str]) -> Command {
        let name = match (program[0], &self.instance) {
            ("busybox", Instance::Machine { machine, .. }) => machine.busybox(),
            (name, _) => PathBuf::from(name),
        };
        let mut command = Command::new(name);
        command.args(&program[1..]).stdin(Stdio::null());
        command
    }

    fn touch(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        File::create(&path).unwrap();
        path
    }
}

fn wait_for(path: &Path, text: &str) -> String {
    let until = Instant::now() + LONG;
    loop {
        let content = fs::read_to_string(path).unwrap_or_default();
        if content.contains(text) {
            return content;
        }
        assert!(Instant::now() < until, "`{text}` does not come: {content}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
