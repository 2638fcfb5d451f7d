//! Network namespaces (network_namespaces(7)).
//!
//! A namespace belongs to a thread. What must happen in another one runs on a thread of its own, so that the rest of the
//! process, which talks to the controller, stays where it is.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;

use nix::sched::{CloneFlags, setns};

/// Where `ip netns` keeps its names (ip-netns(8)).
const NAMES: &str = "/run/netns";

/// The network namespace of links and frames.
#[derive(Debug)]
pub(crate) enum Netns {
    /// The one that the process was started in.
    Own,
    /// One with a name.
    Named(File),
}

/// Why there is no such namespace.
#[derive(Debug)]
pub(crate) enum NetnsError {
    /// It does not exist.
    Missing { name: String, known: Vec<String> },
    /// It cannot be opened.
    Closed { name: String, error: io::Error },
}

impl Netns {
    /// Opens a namespace by its name; the process's own without one.
    ///
    /// # Errors
    /// There is none of that name, or it cannot be opened.
    pub(crate) fn open(name: Option<&str>) -> Result<Netns, NetnsError> {
        let Some(name) = name else {
            return Ok(Netns::Own);
        };
        match File::open(Path::new(NAMES).join(name)) {
            Ok(file) => Ok(Netns::Named(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(NetnsError::Missing { name: name.to_owned(), known: names() })
            }
            Err(error) => Err(NetnsError::Closed { name: name.to_owned(), error }),
        }
    }

    /// Runs `work` inside the namespace and waits for it.
    ///
    /// # Errors
    /// The namespace cannot be entered.
    pub(crate) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> io::Result<T> {
        std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                self.enter()?;
                Ok(work())
            });
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Moves the calling thread into the namespace.
    fn enter(&self) -> io::Result<()> {
        match self {
            Netns::Own => Ok(()),
            Netns::Named(file) => Ok(setns(file, CloneFlags::CLONE_NEWNET)?),
        }
    }
}

fn names() -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(NAMES) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

impl fmt::Display for NetnsError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NetnsError::Missing { name, known } if known.is_empty() => {
                write!(out, "there is no network namespace `{name}`: make it with `ip netns add {name}`")
            }
            NetnsError::Missing { name, known } => {
                let known: Vec<String> = known.iter().map(|known| format!("`{known}`")).collect();
                write!(
                    out,
                    "there is no network namespace `{name}`, but there is {}; make it with `ip netns add {name}`",
                    known.join(", ")
                )
            }
            NetnsError::Closed { name, error } => {
                write!(out, "cannot open the network namespace `{name}`: {error}")
            }
        }
    }
}

impl std::error::Error for NetnsError {}
