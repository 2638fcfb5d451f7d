//! Landlock (landlock(7)): the files that this process reaches, and whether it opens TCP connections. It listens only where that was opened before.

use std::path::{Path, PathBuf};

use anyhow::Context;
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreated,
    RulesetCreatedAttr, RulesetStatus,
};

/// The newest version of landlock whose rights are known here. An older kernel refuses less.
const KNOWN: ABI = ABI::V5;

/// What every enforcer reads: itself, the host's name, a secret, and how many processors it may use.
const ALWAYS: [&str; 5] =
    ["/proc/self", "/proc/sys/kernel/hostname", "/dev/urandom", "/sys/fs/cgroup", "/sys/devices/system/cpu"];

/// What looking up a host name reads (nsswitch.conf(5)), with the libraries that it loads.
const NAMES: [&str; 8] = [
    "/etc",
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/run/systemd/resolve",
    "/run/NetworkManager",
    "/run/resolvconf",
];

/// The settings of links, `links::stack`.
const SETTINGS: &str = "/proc/sys/net";

/// What this process is to reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    /// The documents: the one in force, and a pending one.
    pub(crate) documents: Vec<PathBuf>,
    /// Where state is kept.
    pub(crate) state: Option<PathBuf>,
    pub(crate) tcp: Tcp,
}

/// Which TCP connections it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tcp {
    /// None.
    No,
    /// To a controller, which may have a name.
    Controller,
}

/// Confines the calling thread and those that it starts later.
///
/// # Errors
/// The state's directory cannot be made, or the kernel has landlock and refuses.
pub(super) fn confine(reach: &Reach) -> anyhow::Result<RulesetStatus> {
    if let Some(state) = &reach.state {
        std::fs::create_dir_all(state)
            .with_context(|| format!("cannot make the state's directory `{}`", state.display()))?;
    }
    let status = restrict(reach).context("cannot confine the enforcer to its files; `--sandbox off` goes without")?;
    match &status {
        RulesetStatus::FullyEnforced => tracing::debug!("landlock: confined to {reach:?}"),
        RulesetStatus::PartiallyEnforced => {
            tracing::info!("this kernel has an older landlock: files are confined as far as that goes")
        }
        RulesetStatus::NotEnforced => {
            tracing::warn!("this kernel has no landlock (`CONFIG_SECURITY_LANDLOCK`, `lsm=`): files are not confined")
        }
    }
    Ok(status)
}

fn restrict(reach: &Reach) -> Result<RulesetStatus, landlock::RulesetError> {
    let read = AccessFs::from_read(KNOWN) & !AccessFs::Execute;
    let change = read | AccessFs::WriteFile | AccessFs::Truncate;
    let names: &[&str] = match reach.tcp {
        Tcp::No => &[],
        Tcp::Controller => &NAMES,
    };
    let network = match reach.tcp {
        Tcp::No => AccessNet::BindTcp | AccessNet::ConnectTcp,
        Tcp::Controller => AccessNet::BindTcp.into(),
    };
    let mut rules = Ruleset::default().handle_access(AccessFs::from_all(KNOWN))?.handle_access(network)?.create()?;
    for path in ALWAYS.iter().chain(names) {
        rules = allow(rules, Path::new(path), read)?;
    }
    for folder in reach.documents.iter().flat_map(|document| folders(document)) {
        rules = allow(rules, &folder, read)?;
    }
    rules = allow(rules, Path::new(SETTINGS), change)?;
    if let Some(state) = &reach.state {
        rules = allow(rules, state, AccessFs::from_all(KNOWN) & !AccessFs::Execute)?;
    }
    Ok(rules.restrict_self()?.ruleset)
}

/// What does not exist needs no rule: it could not be opened before either.
fn allow(
    rules: RulesetCreated,
    path: &Path,
    mut access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, landlock::RulesetError> {
    let Ok(opened) = PathFd::new(path) else { return Ok(rules) };
    if !path.is_dir() {
        access &= AccessFs::from_file(KNOWN);
    }
    rules.add_rule(PathBeneath::new(opened, access))
}

/// The directory of a file, and where it really is: whoever edits a file may put a new one in its place.
fn folders(file: &Path) -> Vec<PathBuf> {
    let folder = |file: &Path| match file.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let real = std::fs::canonicalize(file).ok();
    std::iter::once(folder(file)).chain(real.as_deref().map(folder)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_named_cannot_be_opened() {
        let inside = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        let document = inside.path().join("document.yaml");
        let stranger = outside.path().join("secret");
        std::fs::write(&document, "a").unwrap();
        std::fs::write(&stranger, "b").unwrap();
        let state = outside.path().join("state");
        let reach = Reach { documents: vec![document.clone()], state: Some(state.clone()), tcp: Tcp::No };
        // Confined is the thread alone.
        let thread = std::thread::spawn(move || {
            let status = confine(&reach).unwrap();
            let listens = std::net::TcpListener::bind("127.0.0.1:0").is_ok();
            let reads = [&document, &stranger].map(|path| std::fs::read(path).is_ok());
            let writes = [document, state.join("new")].map(|path| std::fs::write(path, "c").is_ok());
            (status, (reads, writes, listens))
        });
        let (status, found) = thread.join().unwrap();
        match status {
            RulesetStatus::NotEnforced => eprintln!("SKIPPED: this kernel has no landlock"),
            _ => assert_eq!(found, ([true, false], [false, true], false)),
        }
    }
}
