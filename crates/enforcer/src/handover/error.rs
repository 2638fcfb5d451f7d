//! Why an enforcer cannot be taken over.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why an enforcer cannot be taken over. It goes on, but for [`HandoverError::Lost`].
#[derive(Debug)]
pub(crate) enum HandoverError {
    /// Nobody listens there.
    Nobody { path: PathBuf, error: io::Error },
    /// It says no.
    Refused { reason: String },
    /// It says something that is not of this protocol.
    Foreign { said: String },
    /// It does not answer.
    Silent { error: io::Error },
    /// It stopped judging and did not tell the rest.
    Lost { error: io::Error },
}

impl fmt::Display for HandoverError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HandoverError::Nobody { path, error } => write!(
                out,
                "no enforcer can be taken over at `{}`: {error}; name its directory with `--state DIR`, or start without `--take-over`",
                path.display()
            ),
            HandoverError::Refused { reason } => {
                write!(out, "the enforcer that runs does not hand over, and goes on: {reason}")
            }
            HandoverError::Foreign { said } => {
                write!(out, "the enforcer that runs says `{said}`, which is no hand-over; it goes on")
            }
            HandoverError::Silent { error } => {
                write!(out, "the enforcer that runs does not answer: {error}; look whether it goes on")
            }
            HandoverError::Lost { error } => write!(
                out,
                "the enforcer that ran has stopped and did not hand over: {error}; nothing passes until one is started without `--take-over`"
            ),
        }
    }
}

impl std::error::Error for HandoverError {}
