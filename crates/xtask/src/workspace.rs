//! Where the checkout is, what its lock file says, and commands that run in it.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// The checkout that this program was built from.
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Finds the checkout from any folder: Cargo says where this crate stands.
    pub(crate) fn find() -> Result<Self> {
        let own = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&own).ancestors().nth(2).context("xtask does not stand in `crates/xtask`")?;
        Ok(Self { root: root.to_owned() })
    }

    /// A path inside the checkout.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// What Cargo has built, by its path below the target folder.
    pub(crate) fn built(&self, relative: &str) -> PathBuf {
        let folder = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
        self.root.join(folder).join(relative)
    }

    /// The folder of installed programs, looked at before `PATH`.
    pub(crate) fn programs(&self) -> PathBuf {
        self.path(".tools/bin")
    }

    /// A command that runs at the top of the checkout and finds the installed programs first.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("PATH", self.search_path());
        command
    }

    /// The folders in which a program is looked for, in order.
    pub(crate) fn search_folders(&self) -> Vec<PathBuf> {
        let inherited = env::var_os("PATH").unwrap_or_default();
        // Debian keeps `nft` and `ethtool` where only root's PATH leads.
        let system = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
        let mut folders = vec![self.programs()];
        for folder in env::split_paths(&inherited).chain(system) {
            if !folders.contains(&folder) {
                folders.push(folder);
            }
        }
        folders
    }

    /// The version of a package in `Cargo.lock`.
    pub(crate) fn locked_version(&self, package: &str) -> Result<String> {
        let path = self.path("Cargo.lock");
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
        let lock: Lock = toml::from_str(&text).with_context(|| format!("`{}` is not a lock file", path.display()))?;
        let locked = lock.package.into_iter().find(|locked| locked.name == package);
        locked.map(|locked| locked.version).with_context(|| format!("`{package}` is not in Cargo.lock"))
    }

    fn search_path(&self) -> OsString {
        // Only a folder name with a colon in it cannot be joined, and such a PATH could not have been read.
        env::join_paths(self.search_folders()).unwrap_or_else(|_| env::var_os("PATH").unwrap_or_default())
    }
}

/// Runs a command to its end, and tells what it means where that is not success.
pub(crate) fn succeed(command: &mut Command, failure: impl Display) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().with_context(|| format!("cannot start `{program}`; run `cargo xtask setup`"))?;
    ensure!(status.success(), "{failure}: `{program}` ended with {status}");
    Ok(())
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
}
