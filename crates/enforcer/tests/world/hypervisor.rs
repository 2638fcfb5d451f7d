//! The host with the bridge: its links and the settings of its network stack.

use std::fs;
use std::net::UdpSocket;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{SHORT, World};

impl World {
    /// A line of `ip link show` for a link of the hypervisor; empty where there is none.
    pub(crate) fn link(&self, name: &str) -> String {
        let shown =
            Command::new("ip").args(["-n", &self.namespace("hv"), "-o", "link", "show", name]).output().unwrap();
        String::from_utf8(shown.stdout).unwrap()
    }

    /// What `ip address show` says of a link of the hypervisor.
    pub(crate) fn addresses(&self, link: &str) -> String {
        let shown =
            Command::new("ip").args(["-n", &self.namespace("hv"), "-o", "address", "show", link]).output().unwrap();
        String::from_utf8(shown.stdout).unwrap()
    }

    /// Takes an abstract name for a socket in the hypervisor (unix(7)).
    pub(crate) fn take_name_in_hypervisor(&self, name: &str) -> UnixDatagram {
        self.inside("hv", || UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(name).unwrap()).unwrap())
    }

    /// The MAC address of a link of the hypervisor.
    pub(crate) fn mac(&self, name: &str) -> String {
        let link = self.link(name);
        let (_, behind) = link.split_once("link/ether ").unwrap_or_else(|| panic!("`{name}` has none: {link}"));
        behind.split_whitespace().next().unwrap().to_owned()
    }

    /// Reads and writes a setting of the hypervisor's network stack, such as `ipv6/conf/guest/disable_ipv6`.
    pub(crate) fn setting(&self, name: &str) -> String {
        self.inside("hv", || fs::read_to_string(setting(name)).unwrap().trim().to_owned())
    }

    pub(crate) fn change_setting(&self, name: &str, value: &str) {
        self.inside("hv", || fs::write(setting(name), value).unwrap());
    }

    /// Whether the host's network stack is kept off the guest side, so that the instance does not reach the host.
    pub(crate) fn is_closed(&self) -> bool {
        let settings = ["ipv6/conf/guest/disable_ipv6", "ipv4/conf/guest/rp_filter"];
        self.link("guest").contains("NOARP") && settings.iter().all(|setting| self.setting(setting) == "1")
    }

    /// Links that an enforcer made.
    pub(crate) fn uplinks(&self) -> Vec<String> {
        let devices = self.devices();
        let names = devices.lines().filter_map(|line| Some(line.split_once(':')?.0.trim().to_owned()));
        let mut uplinks: Vec<String> =
            names.filter(|name| name.starts_with("pcu-") || name.starts_with("pcb-")).collect();
        uplinks.sort();
        uplinks
    }

    /// The hypervisor's links with their counters: proc_pid_net(5), `dev`.
    pub(crate) fn devices(&self) -> String {
        self.inside("hv", || fs::read_to_string("/proc/thread-self/net/dev").unwrap())
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

    /// A socket of the hypervisor that hears whatever is for a UDP port.
    pub(crate) fn listen_in_hypervisor(&self, port: u16) -> UdpSocket {
        let socket = self.inside("hv", || UdpSocket::bind(("0.0.0.0", port)).unwrap());
        socket.set_read_timeout(Some(SHORT)).unwrap();
        socket
    }

    /// Runs a command of nftables, and answers what it prints.
    pub(crate) fn nft_in_hypervisor(&self, command: &str) -> String {
        self.inside("hv", || namespaces::run("nft", &["-f", "-"], &format!("{command}\n")).unwrap())
    }

    /// Runs many lines of `ip` at once.
    pub(crate) fn batch_in_hypervisor(&self, lines: &str) {
        self.inside("hv", || namespaces::run("ip", &["-batch", "-"], lines).unwrap());
    }

    pub(crate) fn ip_in_hypervisor(&self, arguments: &[&str]) {
        if !arguments.is_empty() {
            self.namespaces["hv"].ip(&arguments.join(" ")).unwrap();
        }
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
