//! Why there is no policy.

use std::fmt;
use std::io;
use std::path::PathBuf;

use policy::{Faults, Revision};

/// Why a source gives no policy.
#[derive(Debug)]
pub(crate) enum FollowError {
    /// The document cannot be read.
    Unreadable { path: PathBuf, error: io::Error },
    /// The document in a file has faults.
    Faulty { path: PathBuf, faults: Faults },
    /// The controller's document has faults.
    Refused { revision: Revision, faults: Faults },
    /// The controller's document is older than the one in force.
    Backward { offered: Revision, applied: Revision },
    /// The controller's document is another one than the one of the same revision that is in force.
    Replaced { revision: Revision },
    /// The controller does not answer.
    Unreachable { url: String, error: String },
    /// The controller answers something else.
    Strange { url: String, answer: String },
    /// No document from the controller and none in the cache.
    NothingToEnforce(Box<FollowError>),
    /// The cache cannot be read or written.
    Cache { path: PathBuf, error: io::Error },
    /// The cache is not what was written.
    Damaged { path: PathBuf, why: String },
}

impl fmt::Display for FollowError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FollowError::Unreadable { path, error } => {
                write!(
                    out,
                    "cannot read the document `{}`: {error}; check the path, and who may read it",
                    path.display()
                )
            }
            FollowError::Faulty { path, faults } => {
                write!(out, "the document `{}` cannot be used; mend these faults:\n{faults}", path.display())
            }
            FollowError::Refused { revision, faults } => {
                write!(out, "revision {revision} of the document cannot be used; mend these faults:\n{faults}")
            }
            FollowError::Backward { offered, applied } => write!(
                out,
                "the controller offers revision {offered} of the document after revision {applied} was enforced: save the document once more, or restart with an empty `--state DIR`"
            ),
            FollowError::Replaced { revision } => write!(
                out,
                "the controller offers another revision {revision} of the document than the one that was enforced: save the document once more, or restart with an empty `--state DIR`"
            ),
            FollowError::Unreachable { url, error } => {
                write!(
                    out,
                    "the controller at `{url}` does not answer: {error}; start it with `portcullis serve` or mend `--controller URL`"
                )
            }
            FollowError::Strange { url, answer } => {
                write!(out, "`{url}` is no controller: {answer}; mend `--controller URL`")
            }
            FollowError::NothingToEnforce(error) => {
                write!(out, "{error}\nno earlier document is cached either, so there is nothing to enforce")
            }
            FollowError::Cache { path, error } => {
                write!(
                    out,
                    "cannot use `{}` for the last good document: {error}; name another place with `--state DIR`",
                    path.display()
                )
            }
            FollowError::Damaged { path, why } => {
                write!(out, "the cached document `{}` is damaged: {why}; remove the file", path.display())
            }
        }
    }
}

impl std::error::Error for FollowError {}
