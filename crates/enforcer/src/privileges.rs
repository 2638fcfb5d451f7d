//! What this process may do, as capabilities(7): checked at the start, then given up but for the little that hot-plugging
//! needs.
//!
//! Capabilities are of threads, so each thread gives up its own; threads that it starts later have what it has.

use std::fmt;

use caps::errors::CapsError;
pub(crate) use caps::{CapSet, Capability};

/// Links and their settings.
pub(crate) const NET_ADMIN: Capability = Capability::CAP_NET_ADMIN;
/// AF_PACKET sockets.
pub(crate) const NET_RAW: Capability = Capability::CAP_NET_RAW;
/// Entering a network namespace.
pub(crate) const SYS_ADMIN: Capability = Capability::CAP_SYS_ADMIN;

/// Why the privileges are not right.
#[derive(Debug)]
pub(crate) enum PrivilegeError {
    /// They are not there.
    Missing(Vec<Capability>),
    /// The kernel does not say.
    Unknown(CapsError),
    /// The kernel does not take them.
    Stuck(CapsError),
}

/// Checks that the calling thread has the capabilities.
///
/// # Errors
/// The ones that it lacks.
pub(crate) fn require(needed: &[Capability]) -> Result<(), PrivilegeError> {
    let effective = caps::read(None, CapSet::Effective).map_err(PrivilegeError::Unknown)?;
    let missing: Vec<Capability> = needed.iter().copied().filter(|needed| !effective.contains(needed)).collect();
    if missing.is_empty() { Ok(()) } else { Err(PrivilegeError::Missing(missing)) }
}

/// Gives up all capabilities of the calling thread but these, for good. No program that it starts could have any.
///
/// # Errors
/// The kernel refuses.
pub(crate) fn keep(kept: &[Capability]) -> Result<(), PrivilegeError> {
    shed(kept).map_err(PrivilegeError::Stuck)
}

fn shed(kept: &[Capability]) -> Result<(), CapsError> {
    // Who may not change the bounding set was started with a small one, or gets nothing by it without new privileges.
    if caps::has_cap(None, CapSet::Effective, Capability::CAP_SETPCAP)? {
        for capability in caps::read(None, CapSet::Bounding)? {
            caps::drop(None, CapSet::Bounding, capability)?;
        }
    }
    let kept = kept.iter().copied().collect();
    caps::clear(None, CapSet::Ambient)?;
    caps::clear(None, CapSet::Inheritable)?;
    caps::set(None, CapSet::Effective, &kept)?;
    caps::set(None, CapSet::Permitted, &kept)
}

impl fmt::Display for PrivilegeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PrivilegeError::Missing(missing) => {
                let names: Vec<String> = missing.iter().map(Capability::to_string).collect();
                write!(
                    out,
                    "no privileges: enforcing needs {}; run it as root, for instance with `sudo`, or give it these by `AmbientCapabilities=` of systemd",
                    names.join(" and ")
                )
            }
            PrivilegeError::Unknown(error) => {
                write!(out, "cannot read the privileges of this process: {error}")
            }
            PrivilegeError::Stuck(error) => {
                write!(out, "cannot give up privileges: {error}; `--sandbox off` keeps them")
            }
        }
    }
}

impl std::error::Error for PrivilegeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let error = PrivilegeError::Missing(vec![NET_ADMIN, NET_RAW]);
        assert!(error.to_string().contains("needs CAP_NET_ADMIN and CAP_NET_RAW;"), "{error}");
    }

    #[test]
    fn what_is_given_up_is_gone_and_only_of_this_thread() {
        let before = caps::read(None, CapSet::Permitted).unwrap();
        let after = std::thread::spawn(|| {
            keep(&[]).unwrap();
            let sets = [CapSet::Permitted, CapSet::Effective, CapSet::Inheritable, CapSet::Ambient];
            sets.map(|set| caps::read(None, set).unwrap().len())
        });
        assert_eq!(after.join().unwrap(), [0; 4]);
        assert_eq!(caps::read(None, CapSet::Permitted).unwrap(), before);
    }
}
