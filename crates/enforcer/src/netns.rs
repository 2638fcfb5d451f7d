//! Network namespaces (network_namespaces(7)).
//!
//! A namespace belongs to a thread, and so do capabilities. One thread lives in the namespace for as long as the enforcer,
//! and does there what it is given: so entering is done once, before privileges go, and the rest of the process, which talks
//! to the controller, stays where it is and needs none.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::mpsc::{Sender, channel};

use anyhow::Context;
use nix::sched::{CloneFlags, setns};

/// Where `ip netns` keeps its names (ip-netns(8)).
const NAMES: &str = "/run/netns";

/// The network namespace of links and frames.
#[derive(Debug)]
pub(crate) enum Place {
    /// The one that the process was started in.
    Own,
    /// One with a name.
    Named(File),
}

/// The thread that lives in the namespace.
pub(crate) struct Netns {
    jobs: Sender<Job>,
}

type Job = Box<dyn FnOnce() + Send>;

/// Why there is no such namespace.
#[derive(Debug)]
pub(crate) enum NetnsError {
    /// It does not exist.
    Missing { name: String, known: Vec<String> },
    /// It cannot be opened.
    Closed { name: String, error: io::Error },
}

impl Place {
    /// Opens a namespace by its name; the process's own without one.
    ///
    /// # Errors
    /// There is none of that name, or it cannot be opened.
    pub(crate) fn open(name: Option<&str>) -> Result<Place, NetnsError> {
        let Some(name) = name else {
            return Ok(Place::Own);
        };
        match File::open(Path::new(NAMES).join(name)) {
            Ok(file) => Ok(Place::Named(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(NetnsError::Missing { name: name.to_owned(), known: names() })
            }
            Err(error) => Err(NetnsError::Closed { name: name.to_owned(), error }),
        }
    }

    /// Moves the calling thread there.
    fn enter(self) -> io::Result<()> {
        match self {
            Place::Own => Ok(()),
            Place::Named(file) => Ok(setns(file, CloneFlags::CLONE_NEWNET)?),
        }
    }
}

impl Netns {
    /// Starts the thread; inside the namespace it first does what `settle` says.
    ///
    /// # Errors
    /// The namespace cannot be entered, or what `settle` answers.
    pub(crate) fn start(
        place: Place,
        settle: impl FnOnce() -> anyhow::Result<()> + Send + 'static,
    ) -> anyhow::Result<Netns> {
        let (jobs, inbox) = channel::<Job>();
        let netns = Netns { jobs };
        let live = move || inbox.into_iter().for_each(|job| job());
        std::thread::Builder::new().name("links".to_owned()).spawn(live).context("cannot start a thread")?;
        netns.run(move || {
            place.enter().context("cannot enter the network namespace")?;
            settle()
        })??;
        Ok(netns)
    }

    /// Runs `work` inside the namespace and waits for it. All that `work` holds is gone by then.
    ///
    /// # Errors
    /// The thread has ended, which only a panic does to it.
    pub(crate) fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
        let (answer, answered) = channel();
        let ended = || io::Error::other("the thread that makes links has ended");
        // Who waits for the answer is right here.
        let job = move || drop(answer.send(work()));
        self.jobs.send(Box::new(job)).map_err(|_| ended())?;
        answered.recv().map_err(|_| ended())
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
