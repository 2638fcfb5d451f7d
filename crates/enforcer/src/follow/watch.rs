//! Waiting for a file to change (inotify(7)).
//!
//! The directory is watched and not the file, because most editors write a new file and rename it. Where changes do not show
//! (a network's file system, a link to somewhere else), a look now and then has to do.

use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};

/// The directory of a file, watched.
pub(super) struct Watch(Option<Inotify>);

impl Watch {
    /// Watches the directory of this file; says so when it cannot.
    pub(super) fn beside(file: &Path) -> Watch {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        match watch(folder) {
            Ok(inotify) => Watch(Some(inotify)),
            Err(error) => {
                tracing::warn!("changes in `{}` show late, because it cannot be watched: {error}", folder.display());
                Watch(None)
            }
        }
    }

    /// Sleeps until something changes in the directory, and no longer than `patience`.
    pub(super) fn wait(&self, patience: Duration) {
        let Some(inotify) = &self.0 else {
            return std::thread::sleep(patience);
        };
        let until = Instant::now() + patience;
        let mut polled = [PollFd::new(inotify.as_fd(), PollFlags::POLLIN)];
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match poll(&mut polled, PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)) {
                Err(Errno::EINTR) => {}
                Ok(_) => break,
                Err(_) => return std::thread::sleep(left),
            }
        }
        // What happened is seen by looking at the file.
        while inotify.read_events().is_ok_and(|events| !events.is_empty()) {}
    }
}

fn watch(folder: &Path) -> Result<Inotify, Errno> {
    let inotify = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK)?;
    let changes = AddWatchFlags::IN_CLOSE_WRITE
        | AddWatchFlags::IN_CREATE
        | AddWatchFlags::IN_DELETE
        | AddWatchFlags::IN_MODIFY
        | AddWatchFlags::IN_MOVED_FROM
        | AddWatchFlags::IN_MOVED_TO;
    inotify.add_watch(folder, changes)?;
    Ok(inotify)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_ends_the_wait() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("document.yaml");
        let watch = Watch::beside(&file);
        let changes: [&dyn Fn(); 4] = [
            &|| std::fs::write(&file, "one").unwrap(),
            &|| std::fs::write(&file, "two").unwrap(),
            &|| std::fs::rename(&file, folder.path().join("other")).unwrap(),
            &|| std::fs::rename(folder.path().join("other"), &file).unwrap(),
        ];
        for change in changes {
            change();
            let start = Instant::now();
            watch.wait(Duration::from_secs(600));
            assert!(start.elapsed() < Duration::from_secs(300));
        }
        // Nothing is left over.
        watch.wait(Duration::from_millis(1));
    }
}
