//! The test programs of the native crates, sorted by what they need; their names say it.

use anyhow::{Result, bail};
use serde::Deserialize;

use crate::workspace::Workspace;

/// What a test program needs beside the compiler.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing.
    Nothing,
    /// Root, for network namespaces: `bridge…`, `lab…` and `netns…`.
    Root,
    /// Root and a virtual machine: `vm…`.
    Guest,
    /// Root and a systemd: `systemd…`.
    Systemd,
    /// A browser: `browser…`.
    Browser,
}

/// A file below `tests` of a crate, which becomes a program of its own.
#[derive(Deserialize)]
pub(super) struct Target {
    pub(super) name: String,
    kind: Vec<String>,
    #[serde(default, rename = "required-features")]
    required_features: Vec<String>,
    #[serde(skip)]
    package: String,
}

impl Target {
    /// The test programs that have this need, of all crates but those that only the browser runs.
    pub(super) fn find(workspace: &Workspace, need: Need, excluded: &[&str]) -> Result<Vec<Self>> {
        let mut cargo = workspace.command("cargo");
        cargo.args(["metadata", "--format-version", "1", "--no-deps"]);
        let output = cargo.output()?;
        if !output.status.success() {
            bail!("cargo does not list the tests: {}", String::from_utf8_lossy(&output.stderr));
        }
        let metadata: Metadata = serde_json::from_slice(&output.stdout)?;
        let packages = metadata.packages.into_iter();
        let included = packages.filter(|package| !excluded.contains(&package.name.as_str()));
        let targets = included.flat_map(Package::into_targets);
        Ok(targets.filter(|target| target.is_test() && need_of(&target.name) == need).collect())
    }

    /// How Cargo is asked for it.
    pub(super) fn arguments(&self) -> Vec<String> {
        let mut arguments = vec!["--test".to_owned(), self.name.clone()];
        for feature in &self.required_features {
            arguments.extend(["--features".to_owned(), format!("{}/{feature}", self.package)]);
        }
        arguments
    }

    fn is_test(&self) -> bool {
        self.kind.iter().any(|kind| kind == "test")
    }
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    targets: Vec<Target>,
}

impl Package {
    fn into_targets(self) -> impl Iterator<Item = Target> {
        let Self { name, targets } = self;
        targets.into_iter().map(move |target| Target { package: name.clone(), ..target })
    }
}

fn need_of(name: &str) -> Need {
    if name.starts_with("browser") {
        Need::Browser
    } else if name.starts_with("vm") {
        Need::Guest
    } else if name.starts_with("systemd") {
        Need::Systemd
    } else if ["bridge", "lab", "netns"].iter().any(|start| name.starts_with(start)) {
        Need::Root
    } else {
        Need::Nothing
    }
}
