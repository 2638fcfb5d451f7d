//! Two hosts on a bridge in network namespaces, and an enforcer in front of one of them.
//!
//! ```text
//! instance: eth0 192.0.2.10 === guest  (hypervisor)  br0 --- eth0 192.0.2.1 :outside
//! ```
//!
//! The instance is a namespace behind a veth pair, or a virtual machine behind a tap; to the outside they do the same.

#![allow(dead_code, unused_imports, reason = "every program that has this world uses its own part of it")]

mod connection;
mod controller;
mod ends;
mod enforcer;
mod guest;
mod hypervisor;
mod machine;
mod neighbour;
mod numbered;
mod outside;
mod probes;
mod service;
mod snapshot;
mod talk;
mod traffic;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use namespaces::Namespace;
use tempfile::TempDir;

pub(crate) use connection::Connection;
pub(crate) use controller::Controller;
pub(crate) use ends::End;
pub(crate) use enforcer::program;
use guest::Guest;
use machine::Machine;
pub(crate) use numbered::NumberedProbes;
pub(crate) use probes::{Class, Flow, Probes};
pub(crate) use service::Service;
pub(crate) use talk::{TcpTalk, UdpTalk};
pub(crate) use traffic::UdpEcho;

/// Long enough for what must come; what must not come is waited for this long.
const SHORT: Duration = Duration::from_millis(700);
const LONG: Duration = Duration::from_secs(15);

const MAC: &str = "52:54:00:00:02:0a";
const ADDRESS: &str = "192.0.2.10/24";

/// The ports that the instance echoes on.
const PORTS: [u16; 2] = [80, 5432];

/// Reads again where the host has interrupted it: whoever stops for a moment finds a socket with a timeout so (signal(7)).
fn uninterrupted<T>(mut read: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match read() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// The namespaces, the instance, and the enforcer's process. All of it goes when this is dropped.
pub(crate) struct World {
    random: String,
    folder: TempDir,
    enforcer: Option<Child>,
    instance: Instance,
    /// By their roles.
    namespaces: BTreeMap<&'static str, Namespace>,
    /// Programs that run outside.
    servers: Vec<Child>,
}

enum Instance {
    Namespace,
    Machine { machine: Machine, guest: Option<Guest> },
}

impl Instance {
    /// The test program `vm` is about a machine, and every other program that has this world about a namespace.
    fn choose() -> Option<Instance> {
        match env!("CARGO_CRATE_NAME") {
            "vm" => Machine::find().map(|machine| Instance::Machine { machine, guest: None }),
            _ => Some(Instance::Namespace),
        }
    }
}

impl World {
    /// Builds the hosts; `None`, said loudly, without root or, if it needs one, without a virtual machine.
    pub(crate) fn build(document: &str) -> Option<World> {
        if let Some(obstacle) = namespaces::obstacle(&[]) {
            eprintln!("SKIPPED: this test cannot run here: {obstacle}");
            return None;
        }
        let instance = Instance::choose()?;
        let folder = tempfile::tempdir().unwrap();
        let random = folder.path().file_name().unwrap().to_string_lossy().replace('.', "");
        let namespaces = BTreeMap::new();
        let mut world = World { random, folder, enforcer: None, instance, namespaces, servers: Vec::new() };
        world.write_document(document);
        world.add_namespace("hv");
        world.add_namespace("out");
        if let Instance::Namespace = world.instance {
            world.add_namespace("vm");
        }
        world.ip_in_hypervisor(&["link", "add", "br0", "type", "bridge"]);
        world.ip_in_hypervisor(&["link", "set", "br0", "up"]);
        world.plug("outside", "out", "52:54:00:00:02:01", "192.0.2.1/24");
        world.ip_in_hypervisor(&["link", "set", "outside", "master", "br0", "up"]);
        if let Instance::Namespace = world.instance {
            world.listen("vm");
        }
        world.plug_guest();
        Some(world)
    }

    /// Builds the hosts for a test that speaks from inside the instance, through sockets that only a namespace gives it.
    pub(crate) fn build_namespaces(document: &str) -> Option<World> {
        if let Some(Instance::Machine { .. }) = Instance::choose() {
            eprintln!("SKIPPED: this test has its own sockets in the instance, which only a namespace lets it have");
            return None;
        }
        World::build(document)
    }

    pub(crate) fn write_document(&self, text: &str) {
        fs::write(self.document(), text).unwrap();
    }

    /// Gives the instance its link, as when a virtual machine starts.
    pub(crate) fn plug_guest(&mut self) {
        let (hypervisor, folder) = (&self.namespaces["hv"], self.folder.path());
        match &mut self.instance {
            Instance::Namespace => self.plug("guest", "vm", MAC, ADDRESS),
            Instance::Machine { machine, guest } => {
                // One whose tap was taken away still runs.
                *guest = None;
                let booted = inside(hypervisor, || Guest::boot(machine, folder, "guest", MAC));
                booted.says(&format!("ip address add {ADDRESS} dev eth0"));
                for port in PORTS {
                    booted.says(&format!("nc -ll -p {port} -e cat >/dev/null 2>&1 &"));
                    booted.says(&format!("until netstat -ltn | grep -q ':{port} '; do usleep 10000; done"));
                }
                *guest = Some(booted);
            }
        }
    }

    /// Gives the instance a link of another name and MAC address, as libvirt and OpenStack do.
    pub(crate) fn plug_tap(&mut self, link: &str, mac: &str) {
        self.plug_guest();
        self.ip_in_hypervisor(&["link", "set", "guest", "name", link, "address", mac]);
    }

    /// Takes it away.
    pub(crate) fn unplug_guest(&mut self) {
        match &mut self.instance {
            Instance::Namespace => self.ip_in_hypervisor(&["link", "del", "guest"]),
            // The tap is QEMU's and goes with it.
            Instance::Machine { guest, .. } => *guest = None,
        }
    }

    /// The virtual machine.
    pub(crate) fn guest(&self) -> &Guest {
        match &self.instance {
            Instance::Machine { guest: Some(guest), .. } => guest,
            Instance::Machine { guest: None, .. } => panic!("the virtual machine is not running"),
            Instance::Namespace => panic!("the instance is a namespace"),
        }
    }

    /// A folder of this world, with the document.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The name of a host's namespace: `hv`, `out`, and of the instances that are one, `vm` and `vm2`.
    pub(crate) fn namespace(&self, role: &str) -> String {
        format!("pcl-{}-{role}", self.random)
    }

    /// The file that the enforcer follows.
    pub(crate) fn document(&self) -> PathBuf {
        self.path("document.yaml")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn add_namespace(&mut self, role: &'static str) {
        let namespace = Namespace::add(self.namespace(role)).unwrap();
        namespace.ip("link set lo up").unwrap();
        self.namespaces.insert(role, namespace);
    }

    /// A veth pair between the hypervisor and another namespace.
    fn plug(&self, link: &str, role: &str, mac: &str, address: &str) {
        let namespace = &self.namespaces[role];
        let there = namespace.name();
        self.ip_in_hypervisor(&["link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", there]);
        namespace.ip(&format!("link set eth0 address {mac} up")).unwrap();
        namespace.ip(&format!("address add {address} dev eth0")).unwrap();
    }

    /// Echoes lines in an instance until the test ends.
    fn listen(&self, role: &str) {
        for port in PORTS {
            let listener = self.inside(role, || TcpListener::bind(("0.0.0.0", port)).unwrap());
            std::thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    stream.set_nodelay(true).unwrap();
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

    /// Runs `ethtool` for links, each with the role of its host; `None`, said loudly, where there is none.
    #[must_use]
    pub(crate) fn set_features(&self, links: &[(&str, &str)], features: &[&str]) -> Option<()> {
        for (role, link) in links {
            let ran = self.inside(role, || Command::new("ethtool").args(["-K", link]).args(features).output());
            let Ok(output) = ran else {
                eprintln!("SKIPPED: this test changes offloads, which needs `ethtool`");
                return None;
            };
            assert!(output.status.success(), "{link} {features:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
        Some(())
    }

    /// Sets the MTU of the whole way, where there is no enforcer yet.
    pub(crate) fn set_mtu(&self, mtu: &str) {
        for (role, link) in [("vm", "eth0"), ("hv", "guest"), ("hv", "outside"), ("out", "eth0")] {
            self.namespaces[role].ip(&format!("link set {link} mtu {mtu}")).unwrap();
        }
    }

    fn inside<T: Send>(&self, role: &str, work: impl FnOnce() -> T + Send) -> T {
        inside(&self.namespaces[role], work)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for child in self.enforcer.iter_mut().chain(&mut self.servers) {
            let _ = child.kill();
            let _ = child.wait();
        }
        if let Instance::Machine { guest, .. } = &mut self.instance {
            *guest = None;
        }
    }
}

fn inside<T: Send>(namespace: &Namespace, work: impl FnOnce() -> T + Send) -> T {
    namespace.inside(|| Ok(work())).unwrap()
}
