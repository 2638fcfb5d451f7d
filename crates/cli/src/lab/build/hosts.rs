//! The hosts of a lab: instances and the outside.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use wire::Family;

use super::{ip, write_settings};
use crate::lab::namespace;
use crate::lab::plan::{BRIDGE, InstancePlan, Nic, OUTSIDE_ADDRESSES, OUTSIDE_LINK, Plan};
use crate::lab::process::Process;
use crate::lab::state::{Host, folder};

/// How long a program may take to listen.
const PATIENCE: Duration = Duration::from_secs(5);

/// The gateway's link-local address, which routers of IPv6 are known by.
const GATEWAY_LINK_LOCAL: &str = "fe80::1/64";

/// Makes an instance's links, addresses and routes.
pub(super) fn make_instance(hypervisor: &str, namespace: &str, instance: &InstancePlan) -> anyhow::Result<()> {
    // The document's addresses are the only ones; the outside host sends no router advertisements anyway.
    write_settings(namespace, &[("ipv6/conf/default/accept_ra", "0")])?;
    for nic in &instance.nics {
        plug(hypervisor, &nic.guest_side, namespace, &nic.name)?;
        ip(&["-n", namespace, "link", "set", &nic.name, "address", &nic.mac])?;
        give_addresses(namespace, nic)?;
    }
    // The first vnic has the default route.
    if let Some(nic) = instance.nics.first() {
        for router in &nic.routers {
            ip(&["-n", namespace, "route", "add", "default", "via", &router.to_string(), "dev", &nic.name])?;
        }
    }
    Ok(())
}

fn give_addresses(namespace: &str, nic: &Nic) -> anyhow::Result<()> {
    ip(&["-n", namespace, "link", "set", &nic.name, "up"])?;
    for (address, length) in &nic.addresses {
        add_address(namespace, &format!("{address}/{length}"), &nic.name)?;
    }
    Ok(())
}

/// Makes the outside host: the gateways, a few hosts of the internet behind them, and the way to the instances.
pub(super) fn make_outside(hypervisor: &str, namespace: &str, plan: &Plan) -> anyhow::Result<()> {
    write_settings(
        namespace,
        &[
            ("ipv4/ip_forward", "1"),
            ("ipv6/conf/all/forwarding", "1"),
            // A gateway asks with its own address, not with that of the host behind it.
            ("ipv4/conf/all/arp_announce", "2"),
        ],
    )?;
    plug(hypervisor, OUTSIDE_LINK, namespace, "eth0")?;
    ip(&["-n", hypervisor, "link", "set", OUTSIDE_LINK, "master", BRIDGE, "up"])?;
    ip(&["-n", namespace, "link", "set", "eth0", "up"])?;
    for (gateway, length) in &plan.gateways {
        add_address(namespace, &format!("{gateway}/{length}"), "eth0")?;
    }
    add_address(namespace, GATEWAY_LINK_LOCAL, "eth0")?;
    for address in OUTSIDE_ADDRESSES {
        add_address(namespace, address, "lo")?;
    }
    for prefix in &plan.prefixes {
        // In front of the route that came with the gateway's address and has that as its source: IPv4 has that at metric 0,
        // where it is replaced, IPv6 at 256.
        let (source, metric) = match prefix.family() {
            Family::Ipv4 => (OUTSIDE_ADDRESSES[0], "0"),
            Family::Ipv6 => (OUTSIDE_ADDRESSES[2], "1"),
        };
        ip(&[
            "-n",
            namespace,
            "route",
            "replace",
            &prefix.to_string(),
            "dev",
            "eth0",
            "src",
            source,
            "metric",
            metric,
        ])?;
    }
    Ok(())
}

fn plug(hypervisor: &str, link: &str, namespace: &str, name: &str) -> anyhow::Result<()> {
    ip(&["-n", hypervisor, "link", "add", link, "type", "veth", "peer", "name", name, "netns", namespace])
}

fn add_address(namespace: &str, address: &str, link: &str) -> anyhow::Result<()> {
    let add = ["-n", namespace, "address", "add", address, "dev", link];
    // Nobody else has the address, and duplicate address detection would hold it back for a second.
    if address.contains(':') { ip(&[&add[..], &["nodad"]].concat()) } else { ip(&add) }
}

/// Starts a host's listening program and waits until it listens.
pub(super) fn start_listener(lab: &str, host: &Host) -> anyhow::Result<Process> {
    let program = std::env::current_exe().context("cannot find this program")?;
    let log = folder(lab).join(format!("{}.log", host.name.replace('/', "-")));
    namespace::inside(&host.namespace, || {
        let mut command = Command::new(program);
        command.args(["lab", "listen", "--greeting", &host.name]);
        command.args(host.ports.iter().flat_map(|port| ["--port".to_owned(), port.to_string()]));
        let listener = Process::start(command, &log)?;
        let until = Instant::now() + PATIENCE;
        // Ports are bound in order, so the last one says that all are.
        let Some(port) = host.ports.last() else {
            return Ok(listener);
        };
        let own = SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), *port);
        while TcpStream::connect(own).is_err() {
            if !listener.is_alive() || Instant::now() > until {
                let said = std::fs::read_to_string(&log).unwrap_or_default();
                bail!("host `{}` does not listen on port {port}: {}", host.name, said.trim());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(listener)
    })
}
