//! Packages of the system: Debian's, through apt-get.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, bail};

use super::{log, programs};
use crate::progress::run_logged;
use crate::workspace::Workspace;

const LIMIT: Duration = Duration::from_secs(20 * 60);

/// A program and the package that has it.
pub(super) type Provided = (&'static str, &'static str);

pub(super) const BROWSER: &[Provided] = &[("chromium", "chromium"), ("chromedriver", "chromium-driver")];

pub(super) const NETWORK_TOOLS: &[Provided] = &[
    ("ip", "iproute2"),
    ("nft", "nftables"),
    ("conntrack", "conntrack"),
    ("ping", "iputils-ping"),
    ("ethtool", "ethtool"),
    ("curl", "curl"),
    ("tcpdump", "tcpdump"),
];

pub(super) const SYSTEMD: &[Provided] =
    &[("systemctl", "systemd"), ("systemd-nspawn", "systemd-container"), ("nsenter", "util-linux"), ("ps", "procps")];

/// The programs by name, if all are there.
pub(super) fn find_all(workspace: &Workspace, wanted: &[Provided]) -> Option<String> {
    let names: Vec<&str> = wanted.iter().map(|(program, _)| *program).collect();
    missing(workspace, wanted).is_empty().then(|| names.join(", "))
}

pub(super) fn install_missing(workspace: &Workspace, wanted: &[Provided]) -> Result<()> {
    install_packages(workspace, &missing(workspace, wanted))
}

/// Installs packages as root; anyone else is told the command to run.
pub(crate) fn install_packages(workspace: &Workspace, packages: &[&str]) -> Result<()> {
    if programs::version_of(workspace, "apt-get", &["--version"]).is_none() {
        bail!("there is no apt-get here; install what Debian calls `{}`, then run this again", packages.join(" "));
    }
    if !programs::is_root() {
        let packages = packages.join(" ");
        bail!("only root can; run `sudo apt-get install --no-install-recommends {packages}`, then this again");
    }
    let label = format!("apt-get install {}", packages.join(" "));
    refresh(workspace)?;
    let mut install = workspace.command("apt-get");
    // Another installation may be running on a machine that has just started.
    install.args(["install", "--yes", "--quiet", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"]);
    install.args(packages).env("DEBIAN_FRONTEND", "noninteractive");
    run_logged(&mut install, &label, &log(workspace, "apt-install"), LIMIT)
}

/// Reads anew what packages there are. Only root can: everyone else uses what root has read.
pub(super) fn refresh(workspace: &Workspace) -> Result<()> {
    if !programs::is_root() {
        return Ok(());
    }
    let mut update = workspace.command("apt-get");
    update.args(["update", "--quiet"]);
    run_logged(&mut update, "apt-get update", &log(workspace, "apt-update"), LIMIT)
}

fn missing(workspace: &Workspace, wanted: &[Provided]) -> Vec<&'static str> {
    let folders = workspace.search_folders();
    let is_there =
        |program: &str| folders.iter().map(|folder: &PathBuf| folder.join(program)).any(|path| path.exists());
    wanted.iter().filter(|(program, _)| !is_there(program)).map(|(_, package)| *package).collect()
}
