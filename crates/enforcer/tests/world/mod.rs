//! Two hosts on a bridge in network namespaces, and an enforcer in front of one of them.
//!
//! ```text
//! instance: eth0 192.0.2.10 === guest  (hypervisor)  br0 --- eth0 192.0.2.1 :outside
//! ```

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, setns};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

mod talk;

pub(crate) use talk::{TcpTalk, UdpTalk};

/// Long enough for what must come; what must not come is waited for this long.
const SHORT: Duration = Duration::from_millis(700);
const LONG: Duration = Duration::from_secs(15);

/// The ports that the instance echoes on.
const PORTS: [u16; 2] = [80, 5432];

/// The namespaces, and the enforcer's process. All of it goes when this is dropped.
pub(crate) struct World {
    random: String,
    folder: TempDir,
    enforcer: Option<Child>,
}

/// A TCP connection from the outside to the instance.
pub(crate) struct Connection {
    stream: TcpStream,
    round: u32,
}

impl World {
    /// Builds the hosts; `None`, said loudly, without root.
    pub(crate) fn build(document: &str) -> Option<World> {
        if !nix::unistd::geteuid().is_root() {
            eprintln!("SKIPPED: this test makes network namespaces, which needs root");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let random = folder.path().file_name().unwrap().to_string_lossy().replace('.', "");
        let world = World { random, folder, enforcer: None };
        world.write_document(document);
        for role in ["hv", "vm", "out"] {
            ip(&["netns", "add", &world.namespace(role)]);
            ip(&["-n", &world.namespace(role), "link", "set", "lo", "up"]);
        }
        world.ip_in_hypervisor(&["link", "add", "br0", "type", "bridge"]);
        world.ip_in_hypervisor(&["link", "set", "br0", "up"]);
        world.plug("outside", "out", "52:54:00:00:02:01", "192.0.2.1/24");
        world.ip_in_hypervisor(&["link", "set", "outside", "master", "br0", "up"]);
        world.plug_guest();
        world.listen();
        Some(world)
    }

    pub(crate) fn write_document(&self, text: &str) {
        fs::write(self.document(), text).unwrap();
    }

    /// Gives the instance its link, as when a virtual machine starts.
    pub(crate) fn plug_guest(&self) {
        self.plug("guest", "vm", "52:54:00:00:02:0a", "192.0.2.10/24");
    }

    /// Gives the instance a link of another name and MAC address, as libvirt and OpenStack do.
    pub(crate) fn plug_tap(&self, link: &str, mac: &str) {
        self.plug_guest();
        self.ip_in_hypervisor(&["link", "set", "guest", "name", link, "address", mac]);
    }

    /// Takes it away.
    pub(crate) fn unplug_guest(&self) {
        self.ip_in_hypervisor(&["link", "del", "guest"]);
    }

    /// Starts an enforcer and waits until it enforces.
    pub(crate) fn start_enforcer(&mut self, options: &[&str]) {
        self.start_enforcer_as(self.command(options));
    }

    /// Starts the enforcer of a command and waits until it enforces.
    pub(crate) fn start_enforcer_as(&mut self, mut command: Command) {
        let log = File::create(self.folder.path().join("log")).unwrap();
        self.enforcer = Some(command.stderr(log).spawn().unwrap());
        self.wait_for_log("enforcing revision");
    }

    /// The enforcer's process.
    pub(crate) fn enforcer(&self) -> Pid {
        Pid::from_raw(self.enforcer.as_ref().expect("an enforcer runs").id() as i32)
    }

    /// A folder of this world, with the document.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts an enforcer that must refuse, and answers what it says.
    pub(crate) fn refused_enforcer(&mut self, options: &[&str]) -> String {
        let log = self.folder.path().join("refused");
        let mut child = self.command(options).stderr(File::create(&log).unwrap()).spawn().unwrap();
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
        self.folder.path().join("state/flows")
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

    /// What the log says so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// A line of `ip link show` for a link of the hypervisor; empty where there is none.
    pub(crate) fn link(&self, name: &str) -> String {
        let shown =
            Command::new("ip").args(["-n", &self.namespace("hv"), "-o", "link", "show", name]).output().unwrap();
        String::from_utf8(shown.stdout).unwrap()
    }

    /// Reads and writes a setting of the hypervisor's network stack, such as `ipv6/conf/guest/disable_ipv6`.
    pub(crate) fn setting(&self, name: &str) -> String {
        self.inside("hv", || fs::read_to_string(setting(name)).unwrap().trim().to_owned())
    }

    pub(crate) fn change_setting(&self, name: &str, value: &str) {
        self.inside("hv", || fs::write(setting(name), value).unwrap());
    }

    /// Links that an enforcer made.
    pub(crate) fn uplinks(&self) -> Vec<String> {
        let names = self.inside("hv", || fs::read_to_string("/proc/thread-self/net/dev").unwrap());
        let names = names.lines().filter_map(|line| Some(line.split_once(':')?.0.trim().to_owned()));
        let mut uplinks: Vec<String> =
            names.filter(|name| name.starts_with("pcu-") || name.starts_with("pcb-")).collect();
        uplinks.sort();
        uplinks
    }

    /// The hypervisor's links with their flags, addresses and settings, as far as an enforcer changes them.
    pub(crate) fn settings(&self) -> String {
        let hypervisor = self.namespace("hv");
        let links = Command::new("ip").args(["-n", &hypervisor, "-br", "link"]).output().unwrap().stdout;
        let settings = self.inside("hv", || {
            ["ipv6/conf/guest/disable_ipv6", "ipv4/conf/guest/rp_filter"]
                .map(|path| fs::read_to_string(format!("/proc/sys/net/{path}")).unwrap_or_default())
        });
        let links: Vec<String> = String::from_utf8(links).unwrap().lines().map(configured).collect();
        format!("{}\n{settings:?}", links.join("\n"))
    }

    pub(crate) fn ip_in_hypervisor(&self, arguments: &[&str]) {
        if !arguments.is_empty() {
            ip(&[&["-n", &self.namespace("hv")][..], arguments].concat());
        }
    }

    pub(crate) fn namespace(&self, role: &str) -> String {
        format!("pcl-{}-{role}", self.random)
    }

    pub(crate) fn document(&self) -> PathBuf {
        self.folder.path().join("document.yaml")
    }

    /// An enforcer with its document, in the hypervisor.
    pub(crate) fn command(&self, options: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis-enforcer"));
        command.arg("--document").arg(self.document());
        if !options.contains(&"--netns") {
            command.args(["--netns", &self.namespace("hv")]);
        }
        if !options.contains(&"--state") {
            // One that is to be refused must not stumble over the state of one that runs.
            let state = if self.enforcer.is_some() { "other-state" } else { "state" };
            command.arg("--state").arg(self.folder.path().join(state));
        }
        command.args(options).stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    /// A veth pair between the hypervisor and another namespace.
    fn plug(&self, link: &str, role: &str, mac: &str, address: &str) {
        let namespace = self.namespace(role);
        self.ip_in_hypervisor(&["link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", &namespace]);
        ip(&["-n", &namespace, "link", "set", "eth0", "address", mac, "up"]);
        ip(&["-n", &namespace, "address", "add", address, "dev", "eth0"]);
    }

    /// Echoes lines in the instance until the test ends.
    fn listen(&self) {
        for port in PORTS {
            let listener = self.inside("vm", || TcpListener::bind(("0.0.0.0", port)).unwrap());
            std::thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    std::thread::spawn(move || {
                        let lines = BufReader::new(&stream).lines();
                        for line in lines.map_while(Result::ok) {
                            if writeln!(&stream, "{line}").is_err() {
                                return;
                            }
                        }
                    });
                }
            });
        }
    }

    fn inside<T: Send>(&self, role: &str, work: impl FnOnce() -> T + Send) -> T {
        let file = File::open(format!("/run/netns/{}", self.namespace(role))).unwrap();
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                setns(file, CloneFlags::CLONE_NEWNET).unwrap();
                work()
            });
            thread.join().unwrap()
        })
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(mut child) = self.enforcer.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
        for role in ["hv", "vm", "out"] {
            let _ = Command::new("ip").args(["netns", "del", &self.namespace(role)]).stderr(Stdio::null()).status();
        }
    }
}

impl Connection {
    /// Connects from the outside; `None` when no answer comes.
    pub(crate) fn open(world: &World, port: u16) -> Option<Connection> {
        let address: SocketAddr = format!("192.0.2.10:{port}").parse().unwrap();
        let stream = world.inside("out", || TcpStream::connect_timeout(&address, 3 * SHORT)).ok()?;
        Some(Connection { stream, round: 0 })
    }

    /// Whether a new line comes back in a short time.
    pub(crate) fn echoes(&mut self) -> bool {
        self.echoes_within(SHORT)
    }

    /// Whether it comes back at all: TCP sends again what was lost, but ever more slowly.
    pub(crate) fn echoes_soon(&mut self) -> bool {
        self.echoes_within(LONG)
    }

    fn echoes_within(&mut self, time: Duration) -> bool {
        self.round += 1;
        let line = format!("line {}\n", self.round);
        if self.stream.write_all(line.as_bytes()).is_err() {
            return false;
        }
        let until = Instant::now() + time;
        let mut received = Vec::new();
        let mut buffer = [0; 256];
        while !received.ends_with(line.as_bytes()) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            self.stream.set_read_timeout(Some(left)).unwrap();
            match self.stream.read(&mut buffer) {
                Ok(0) | Err(_) => return false,
                Ok(length) => received.extend_from_slice(&buffer[..length]),
            }
        }
        true
    }
}

/// A line of `ip -br link` without what the kernel works out by itself, some time later: the state and the carrier.
fn configured(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [name, _state, mac, flags] = words.as_slice() else { panic!("`ip` prints something else: {line}") };
    let flags = flags.trim_matches(['<', '>']).split(',').filter(|flag| !["LOWER_UP", "NO-CARRIER"].contains(flag));
    format!("{name} {mac} {}", flags.collect::<Vec<_>>().join(","))
}

fn setting(name: &str) -> PathBuf {
    Path::new("/proc/sys/net").join(name)
}

fn ip(arguments: &[&str]) {
    let output = Command::new("ip").args(arguments).output().expect("iproute2 is installed");
    assert!(output.status.success(), "ip {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
}
