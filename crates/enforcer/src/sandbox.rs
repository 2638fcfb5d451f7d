//! The enforcer gives up what it does not need before it reads a document, an answer of the controller, or a frame.
//!
//! | layer | what is left |
//! |---|---|
//! | capabilities(7) | CAP_NET_ADMIN and CAP_NET_RAW for the one thread that makes links and opens sockets on them; none for all others |
//! | landlock(7) | the document's directory, the state's, `/proc/sys/net`, and what finding a controller by its name reads |
//! | seccomp(2) | the system calls of an enforcer; no program can be started, and threads with frames have a list of their own |
//!
//! Contract: [`enclose`] runs while the process has one thread, because capabilities and landlock are of a thread and go
//! over to those that it starts; [`narrow_to_frames`] runs at the start of each thread that has frames. A layer that this
//! kernel lacks is said in one line of the log, and the others stand without it. A system call that is on no list ends the
//! process (SIGSYS), which stops all traffic; the kernel's log has its number.
//!
//! Absent: which user runs it, and what systemd adds (`packaging/systemd`).

mod calls;
mod files;

pub(crate) use files::{Reach, Tcp};

use std::sync::atomic::{AtomicBool, Ordering};

use crate::netns::{Netns, Place};
use crate::options::Sandbox;
use crate::privileges::{self, NET_ADMIN, NET_RAW};

/// A fact of the process, as its filter of system calls is.
static ENCLOSED: AtomicBool = AtomicBool::new(false);

/// Encloses this process, and starts the thread in its network namespace, which alone keeps capabilities.
///
/// # Errors
/// The namespace cannot be entered, or the kernel has a layer and refuses it.
pub(crate) fn enclose(sandbox: Sandbox, reach: &Reach, place: Place) -> anyhow::Result<Netns> {
    match sandbox {
        Sandbox::On => {}
        Sandbox::Off => {
            tracing::warn!("the sandbox is off: this process keeps all privileges that it was started with");
            return Netns::start(place, || Ok(()));
        }
    }
    files::confine(reach)?;
    let netns = Netns::start(place, || Ok(privileges::keep(&[NET_ADMIN, NET_RAW])?))?;
    privileges::keep(&[])?;
    calls::allow_enforcing()?;
    ENCLOSED.store(true, Ordering::Relaxed);
    Ok(netns)
}

/// Leaves the calling thread the system calls that frames need.
pub(crate) fn narrow_to_frames() {
    if !ENCLOSED.load(Ordering::Relaxed) {
        return;
    }
    if let Err(error) = calls::allow_frames() {
        tracing::warn!("a thread with frames keeps the system calls of the whole enforcer: {error}");
    }
}
