//! A local socket (unix(7)) and its file, for this user alone.
//!
//! Until it is shown it has a name of its own, so that a successor that never enforces takes nothing from its predecessor.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

/// The socket's file; it goes when this is dropped, unless a successor has put its own there.
pub(crate) struct SocketFile {
    path: PathBuf,
    inode: u64,
}

impl SocketFile {
    /// Listens under another name than `shown`. What a killed enforcer left there is replaced.
    ///
    /// # Errors
    /// The file cannot be made.
    pub(crate) fn listen(shown: &Path) -> io::Result<(UnixListener, SocketFile)> {
        let path = aside(shown);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let listener = UnixListener::bind(&path)?;
        let file = SocketFile { inode: fs::metadata(&path)?.ino(), path };
        // Whoever connects before this is turned away by who he is.
        fs::set_permissions(&file.path, Permissions::from_mode(0o600))?;
        Ok((listener, file))
    }

    /// Gives it the name that it is looked for under.
    ///
    /// # Errors
    /// It cannot be renamed.
    pub(crate) fn show(mut self) -> io::Result<SocketFile> {
        let shown = self.path.with_extension("");
        fs::rename(&self.path, &shown)?;
        self.path = shown;
        Ok(self)
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if fs::metadata(&self.path).is_ok_and(|found| found.ino() == self.inode) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn aside(shown: &Path) -> PathBuf {
    let mut name = shown.as_os_str().to_owned();
    name.push(".new");
    name.into()
}
