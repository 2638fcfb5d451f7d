//! Why flows are not kept, or not restored.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use conntrack::SavedError;
use policy::VnicId;

/// Why flows are not kept, or not restored.
#[derive(Debug)]
pub(crate) enum StateError {
    /// The directory cannot be used.
    Directory { path: PathBuf, error: io::Error },
    /// Another enforcer has the directory.
    Taken { path: PathBuf },
    /// The file cannot be written.
    Unwritable { path: PathBuf, error: io::Error },
    /// The file cannot be read.
    Unreadable { path: PathBuf, error: io::Error },
    /// What is in the file does not count.
    Refused { path: PathBuf, fault: FileFault },
    /// The flows are of another vnic of the same name; this is what that was.
    OtherVnic { vnic: VnicId, was: String },
}

/// Why what is in a file does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FileFault {
    /// It is no file of flows.
    Foreign,
    /// It is of another version.
    Version { found: String },
    /// It ends too early.
    Cut { length: usize },
    /// It is not what was written.
    Checksum,
    /// It does not say what follows.
    Head(String),
    /// Something follows its end.
    Rest { left: usize },
    /// It is of another run of the host.
    OtherBoot,
    /// It is from a time to come.
    Future { by: Duration },
    /// The flows of a vnic cannot be read.
    Zone { vnic: String, fault: SavedError },
}

impl fmt::Display for StateError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StateError::Directory { path, error } => write!(
                out,
                "cannot keep flows in `{}`: {error}; make it writable, or name another place with `--state DIR`",
                path.display()
            ),
            StateError::Taken { path } => write!(
                out,
                "another enforcer keeps its flows in `{}`: name another place with `--state DIR`",
                path.display()
            ),
            StateError::Unwritable { path, error } => {
                write!(out, "cannot write flows to `{}`: {error}; they would not outlive the enforcer", path.display())
            }
            StateError::Unreadable { path, error } => write!(
                out,
                "cannot read flows from `{}`: {error}; flows start empty, and connections are picked up as they come",
                path.display()
            ),
            StateError::Refused { path, fault } => write!(
                out,
                "the flows in `{}` are not restored: {fault}; flows start empty, and connections are picked up as they come",
                path.display()
            ),
            StateError::OtherVnic { vnic, was } => {
                write!(out, "the flows of `{vnic}` are not restored: they were saved for {was}")
            }
        }
    }
}

impl fmt::Display for FileFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileFault::Foreign => out.write_str("it is no file of flows"),
            FileFault::Version { found } => {
                write!(out, "it has version {found}, and this enforcer reads version 1 only")
            }
            FileFault::Cut { length } => write!(out, "it is cut after {length} bytes"),
            FileFault::Checksum => out.write_str("its checksum is wrong, so it is damaged"),
            FileFault::Head(error) => write!(out, "its second line does not say what follows: {error}"),
            FileFault::Rest { left } => write!(out, "{left} bytes follow the last flow"),
            FileFault::OtherBoot => out.write_str("it was saved before the host started, as were the connections"),
            FileFault::Future { by } => write!(out, "it was saved {by:?} from now"),
            FileFault::Zone { vnic, fault } => write!(out, "vnic `{vnic}`: {fault}"),
        }
    }
}

impl std::error::Error for StateError {}
