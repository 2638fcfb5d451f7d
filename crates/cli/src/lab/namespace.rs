//! Network namespaces by name (ip-netns(8)).

use std::fs::File;
use std::path::PathBuf;

use anyhow::Context;
use nix::sched::{CloneFlags, setns};

/// Runs `work` on a thread of its own inside the namespace; programs that it starts are inside too.
///
/// # Errors
/// The namespace cannot be entered, or the work's own.
pub(super) fn inside<T: Send>(name: &str, work: impl FnOnce() -> anyhow::Result<T> + Send) -> anyhow::Result<T> {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            enter(name)?;
            work()
        });
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Moves the calling thread into the namespace.
///
/// # Errors
/// There is none of that name.
pub(super) fn enter(name: &str) -> anyhow::Result<()> {
    let missing =
        || format!("the namespace `{name}` is gone: take the lab down with `portcullis lab down` and up again");
    let file = File::open(path(name)).with_context(missing)?;
    setns(file, CloneFlags::CLONE_NEWNET).with_context(|| format!("cannot enter the namespace `{name}`"))
}

/// Whether there is a namespace of that name.
pub(super) fn exists(name: &str) -> bool {
    path(name).exists()
}

fn path(name: &str) -> PathBuf {
    PathBuf::from("/run/netns").join(name)
}
