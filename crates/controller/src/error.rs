//! Why the server does not start, in words for the user.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use policy::Faults;
use store::{PutError, StoreError};

/// Why the server does not start. Nothing was changed then.
#[derive(Debug)]
pub enum ServeError {
    /// The address can be reached from other machines.
    NotLoopback(SocketAddr),
    /// Somebody else listens there.
    InUse(SocketAddr),
    /// The system refuses the address.
    Bind {
        /// Which one.
        address: SocketAddr,
        /// What it says.
        error: io::Error,
    },
    /// The directory of the console has no `index.html`.
    NoConsole(PathBuf),
    /// The first document cannot be used.
    Seed(Faults),
    /// The store cannot be opened, read or written.
    Store(StoreError),
}

impl From<StoreError> for ServeError {
    fn from(error: StoreError) -> ServeError {
        ServeError::Store(error)
    }
}

impl fmt::Display for ServeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServeError::NotLoopback(address) => {
                let local = SocketAddr::from((Ipv4Addr::LOCALHOST, address.port()));
                write!(
                    out,
                    "`{address}` can be reached from other machines, and the API has neither TLS nor authentication yet: \
                     use `--listen {local}`"
                )
            }
            ServeError::InUse(address) => {
                // The port above is a guess, but one that shows the form.
                let mut other = *address;
                other.set_port(address.port().checked_add(1).unwrap_or(7780));
                write!(
                    out,
                    "`{address}` is in use, perhaps by another `portcullis serve`: stop that one, or choose another port, \
                     such as `--listen {other}`"
                )
            }
            ServeError::Bind { address, error } => {
                write!(out, "cannot listen on `{address}`: {error}: choose another address with `--listen`")
            }
            ServeError::NoConsole(directory) => write!(
                out,
                "`{}` has no `index.html`: build the console with `cargo xtask web`, or name its directory with `--console`",
                directory.display()
            ),
            ServeError::Seed(faults) => write!(out, "the first document cannot be used:\n{faults}"),
            ServeError::Store(error) => error.fmt(out),
        }
    }
}

impl std::error::Error for ServeError {}

/// The store's part of a failed save at the start; two starts cannot race, the store is open to one process.
impl From<PutError> for ServeError {
    fn from(error: PutError) -> ServeError {
        match error {
            PutError::Store(error) => ServeError::Store(error),
            PutError::Conflict { .. } => unreachable!("nobody else has the store open"),
        }
    }
}
