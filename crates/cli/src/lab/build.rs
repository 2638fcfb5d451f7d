//! Makes a lab and takes it down, with iproute2's `ip`.

mod hosts;

use std::ffi::OsString;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use super::namespace;
use super::plan::{BRIDGE, Plan};
use super::process::Process;
use super::source::Source;
use super::state::{State, folder};

/// How long the enforcer may take to enforce.
const PATIENCE: Duration = Duration::from_secs(20);

/// Checks that `ip` is there.
///
/// # Errors
/// It is not.
pub(super) fn find_iproute2() -> anyhow::Result<()> {
    match Command::new("ip").arg("-Version").output() {
        Ok(output) if output.status.success() => Ok(()),
        _ => bail!("the lab needs iproute2's `ip`: install it with `apt-get install iproute2`"),
    }
}

/// Makes everything in `state`, whose programs it fills in.
///
/// # Errors
/// The first thing that cannot be made; the caller takes the rest down.
pub(super) fn build(state: &mut State, plan: &Plan, source: &Source, vnic_options: &[String]) -> anyhow::Result<()> {
    for namespace in state.namespaces() {
        ip(&["netns", "add", namespace])?;
        ip(&["-n", namespace, "link", "set", "lo", "up"])?;
    }
    make_bridge(&state.hypervisor)?;
    for (instance, host) in plan.instances.iter().zip(&state.hosts) {
        hosts::make_instance(&state.hypervisor, &host.namespace, instance)?;
    }
    if let Some(outside) = state.hosts.last() {
        hosts::make_outside(&state.hypervisor, &outside.namespace, plan)?;
    }
    for at in 0..state.hosts.len() {
        state.hosts[at].listener = Some(hosts::start_listener(&state.name, &state.hosts[at])?);
        state.save()?;
    }
    start_enforcer(state, source, vnic_options)
}

/// Ends and removes everything in `state`, as far as it is there. What fails is said and passed over.
pub(super) fn take_down(state: &State) {
    // The enforcer first: its end is orderly while its links are there.
    state.processes().for_each(Process::end);
    for namespace in state.namespaces().filter(|name| namespace::exists(name)) {
        if let Err(error) = ip(&["netns", "del", namespace]) {
            anstream::eprintln!("left behind: {error:#}");
        }
    }
    state.forget();
}

/// Runs `ip`.
fn ip(arguments: &[&str]) -> anyhow::Result<()> {
    let output = Command::new("ip").args(arguments).output().context("cannot run `ip`")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`ip {}` failed: {}", arguments.join(" "), said.trim());
    Ok(())
}

/// Writes settings of a namespace, by their path below `/proc/sys/net`.
fn write_settings(namespace: &str, settings: &[(&str, &str)]) -> anyhow::Result<()> {
    namespace::inside(namespace, || {
        for (setting, value) in settings {
            let path = Path::new("/proc/sys/net").join(setting);
            std::fs::write(&path, value).with_context(|| format!("cannot write {value} to `{}`", path.display()))?;
        }
        Ok(())
    })
}

fn make_bridge(hypervisor: &str) -> anyhow::Result<()> {
    // The hypervisor itself says nothing on the lab's network.
    write_settings(hypervisor, &[("ipv6/conf/default/disable_ipv6", "1")])?;
    ip(&["-n", hypervisor, "link", "add", BRIDGE, "type", "bridge", "stp_state", "0", "forward_delay", "0"])?;
    ip(&["-n", hypervisor, "link", "set", BRIDGE, "up"])
}

/// Starts the enforcer and waits until it enforces.
fn start_enforcer(state: &mut State, source: &Source, vnic_options: &[String]) -> anyhow::Result<()> {
    let socket_path = folder(&state.name).join("ready");
    let log = folder(&state.name).join("enforcer.log");
    // A killed `up` leaves it.
    let _ = std::fs::remove_file(&socket_path);
    let socket =
        UnixDatagram::bind(&socket_path).with_context(|| format!("cannot make `{}`", socket_path.display()))?;
    socket.set_read_timeout(Some(Duration::from_millis(50)))?;
    let mut command = Command::new(std::env::current_exe().context("cannot find this program")?);
    command.arg("enforce").args(enforcer_options(state, source, vnic_options)).env("NOTIFY_SOCKET", &socket_path);
    // This program is the enforcer too, so that both are always of one version.
    let enforcer = Process::start(command, &log)?;
    state.enforcer = Some(enforcer.clone());
    state.save()?;
    let waited = wait_until_ready(&socket, &enforcer, &log);
    let _ = std::fs::remove_file(&socket_path);
    waited
}

fn enforcer_options(state: &State, source: &Source, vnic_options: &[String]) -> Vec<OsString> {
    let fixed = ["--netns", &state.hypervisor, "--bridge", BRIDGE].map(OsString::from);
    fixed
        .into_iter()
        .chain(source.enforcer_options(&state.name))
        .chain(vnic_options.iter().map(OsString::from))
        .collect()
}

fn wait_until_ready(socket: &UnixDatagram, enforcer: &Process, log: &Path) -> anyhow::Result<()> {
    let until = Instant::now() + PATIENCE;
    let mut message = [0; 64];
    while Instant::now() < until {
        if socket.recv(&mut message).is_ok_and(|length| message[..length].starts_with(b"READY=1")) {
            return Ok(());
        }
        if !enforcer.is_alive() {
            let said = std::fs::read_to_string(log).unwrap_or_default();
            bail!("the enforcer ended: {}", said.trim());
        }
    }
    bail!("the enforcer does not enforce after {} s; see `{}`", PATIENCE.as_secs(), log.display())
}
