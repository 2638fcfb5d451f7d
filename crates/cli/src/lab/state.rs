//! What a lab consists of, in a file.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

use super::process::Process;

/// Where labs keep their files, a folder each. Only root makes labs.
const ROOT: &str = "/run/portcullis";

/// What a lab consists of. Written before anything is made, and again with every program that starts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct State {
    /// The lab's name.
    pub(super) name: String,
    /// The document that the enforcer follows: a file or the controller's address.
    pub(super) document: String,
    /// The hypervisor's namespace, where bridge and enforcer are.
    pub(super) hypervisor: String,
    /// The enforcer, once it runs.
    pub(super) enforcer: Option<Process>,
    /// Instances in document order, then `outside`.
    pub(super) hosts: Vec<Host>,
}

/// One host of a lab.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Host {
    /// The instance's id, or `outside`.
    pub(super) name: String,
    /// Its network namespace.
    pub(super) namespace: String,
    /// Its addresses without prefix lengths.
    pub(super) addresses: Vec<String>,
    /// TCP ports that it listens on.
    pub(super) ports: Vec<u16>,
    /// The program that listens, once it runs.
    pub(super) listener: Option<Process>,
}

/// Checks a lab's name, which becomes a folder's.
pub(super) fn lab_name(text: &str) -> Result<String, String> {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
    if text.is_empty() || text.len() > 32 || !text.chars().all(plain) {
        return Err(format!("`{text}` is no name for a lab: use up to 32 letters, digits, `-` and `_`"));
    }
    Ok(text.to_owned())
}

/// The folder of a lab.
pub(super) fn folder(name: &str) -> PathBuf {
    Path::new(ROOT).join(name)
}

impl State {
    /// Reads what is known of a lab; `None` when it is down.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn load(name: &str) -> anyhow::Result<Option<State>> {
        let path = file(name);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot read `{}`", path.display())),
        };
        let state = serde_json::from_str(&text).with_context(|| {
            format!("`{}` is damaged: remove the lab's namespaces (`ip netns`) and the file by hand", path.display())
        })?;
        Ok(Some(state))
    }

    /// Reads a lab that must be up.
    ///
    /// # Errors
    /// It is down.
    pub(super) fn require(name: &str) -> anyhow::Result<State> {
        match State::load(name)? {
            Some(state) => Ok(state),
            None => bail!("no lab `{name}` is up: start it with `portcullis lab up`"),
        }
    }

    /// Writes the file, as a whole.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn save(&self) -> anyhow::Result<()> {
        let path = file(&self.name);
        let beside = path.with_extension("json.new");
        let write = || {
            fs::create_dir_all(folder(&self.name))?;
            fs::write(&beside, serde_json::to_string_pretty(self)?)?;
            fs::rename(&beside, &path)
        };
        write().with_context(|| format!("cannot write `{}`", path.display()))
    }

    /// Forgets the lab. The logs stay.
    pub(super) fn forget(&self) {
        // It may be gone already.
        let _ = fs::remove_file(file(&self.name));
    }

    /// All namespaces.
    pub(super) fn namespaces(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.hypervisor.as_str()).chain(self.hosts.iter().map(|host| host.namespace.as_str()))
    }

    /// All programs, the enforcer first.
    pub(super) fn processes(&self) -> impl Iterator<Item = &Process> {
        self.enforcer.iter().chain(self.hosts.iter().filter_map(|host| host.listener.as_ref()))
    }

    /// The namespace of an instance, `outside` or the hypervisor.
    ///
    /// # Errors
    /// There is no such host; those that there are.
    pub(super) fn namespace_of(&self, host: &str) -> anyhow::Result<&str> {
        if host == HYPERVISOR {
            return Ok(&self.hypervisor);
        }
        if let Some(found) = self.hosts.iter().find(|found| found.name == host) {
            return Ok(&found.namespace);
        }
        let known: Vec<String> = self.hosts.iter().map(|host| format!("`{}`", host.name)).collect();
        bail!("the lab has no host `{host}`: it has {} and `{HYPERVISOR}`", known.join(", "))
    }
}

/// What the hypervisor is called.
pub(super) const HYPERVISOR: &str = "hv";

/// What the outside host is called.
pub(super) const OUTSIDE: &str = "outside";

fn file(name: &str) -> PathBuf {
    folder(name).join("state.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lab_name_is_a_folder_name() {
        for good in ["lab", "e2e-1", "A_b"] {
            assert_eq!(lab_name(good), Ok(good.to_owned()));
        }
        for bad in ["", "..", "a/b", "a b", "x".repeat(33).as_str()] {
            assert!(lab_name(bad).is_err(), "{bad:?}");
        }
    }
}
