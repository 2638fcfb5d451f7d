//! What can go wrong with a store, in words for the user.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use policy::{Diagnostic, Revision};

/// Why a store cannot be opened, read or written.
#[derive(Debug)]
pub enum StoreError {
    /// The directory cannot be made, listed or written to.
    Directory {
        /// Which one.
        directory: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// Another process has the directory open.
    InUse {
        /// Which one.
        directory: PathBuf,
    },
    /// The file is no store or no longer a whole one. It was left as it is.
    Damaged {
        /// Which file.
        file: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The file has a format that this version does not know. It was left as it is.
    Newer {
        /// Which file.
        file: PathBuf,
        /// Its format.
        format: u64,
        /// The newest format that this version knows.
        known: u64,
    },
    /// A stored document is none for this version.
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// Which revision.
        revision: Revision,
        /// The first fault.
        fault: Diagnostic,
    },
    /// The system failed to read or write the file.
    Io {
        /// Which file.
        file: PathBuf,
        /// What it says.
        what: String,
    },
}

/// Why a document was not saved.
#[derive(Debug)]
pub enum PutError {
    /// Somebody else saved first.
    Conflict {
        /// The newest revision; `None` when nothing was ever saved.
        current: Option<Revision>,
    },
    /// The store failed.
    Store(StoreError),
}

impl StoreError {
    /// The fact behind an error of the database.
    pub(crate) fn of(file: &Path, error: redb::Error) -> StoreError {
        let file = file.to_owned();
        match error {
            redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => {
                StoreError::InUse { directory: file.parent().unwrap_or(&file).to_owned() }
            }
            // The database reports a file that is not its own as an I/O error of these kinds.
            redb::Error::Io(error)
                if matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) =>
            {
                StoreError::Damaged { file, what: error.to_string() }
            }
            redb::Error::Io(error) => StoreError::Io { file, what: error.to_string() },
            redb::Error::PreviousIo => StoreError::Io { file, what: "an earlier write failed".to_owned() },
            other => StoreError::Damaged { file, what: other.to_string() },
        }
    }
}

impl From<StoreError> for PutError {
    fn from(error: StoreError) -> PutError {
        PutError::Store(error)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Directory { directory, error } => write!(
                out,
                "the directory `{}` cannot hold the policy store: {error}: name one that you may write to with `--data`",
                directory.display()
            ),
            StoreError::InUse { directory } => write!(
                out,
                "the policy store in `{}` is in use by another `portcullis serve`: stop that one, or name another directory with `--data`",
                directory.display()
            ),
            StoreError::Damaged { file, what } => write!(
                out,
                "the policy store `{}` is damaged ({what}) and was left as it is: put a backup in its place, or move it away to start anew",
                file.display()
            ),
            StoreError::Newer { file, format, known } => write!(
                out,
                "the policy store `{}` has format {format}, this version knows formats up to {known}: run the newer portcullis that wrote it",
                file.display()
            ),
            StoreError::Unreadable { file, revision, fault } => write!(
                out,
                "revision {revision} in the policy store `{}` cannot be read by this version ({fault}): run the newer portcullis that wrote it",
                file.display()
            ),
            StoreError::Io { file, what } => write!(
                out,
                "the policy store `{}` cannot be read or written: {what}: check the disk, then start `portcullis serve` again",
                file.display()
            ),
        }
    }
}

impl fmt::Display for PutError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PutError::Conflict { current: Some(current) } => {
                write!(out, "somebody saved revision {current} meanwhile: load it, make the change again and save")
            }
            PutError::Conflict { current: None } => {
                write!(out, "nothing was saved yet: save the first revision")
            }
            PutError::Store(error) => error.fmt(out),
        }
    }
}

impl std::error::Error for StoreError {}

impl std::error::Error for PutError {}
