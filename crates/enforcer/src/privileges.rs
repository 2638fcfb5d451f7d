//! Whether this process may do what an enforcer does.

use std::fmt;
use std::io;

/// A capability that an enforcer needs. The number is its bit, see `linux/capability.h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Capability(&'static str, u32);

/// Links and their settings.
pub(crate) const NET_ADMIN: Capability = Capability("CAP_NET_ADMIN", 12);
/// AF_PACKET sockets.
pub(crate) const NET_RAW: Capability = Capability("CAP_NET_RAW", 13);
/// Entering a network namespace.
pub(crate) const SYS_ADMIN: Capability = Capability("CAP_SYS_ADMIN", 21);

/// Why the privileges are not enough.
#[derive(Debug)]
pub(crate) enum PrivilegeError {
    /// They are not there.
    Missing(Vec<Capability>),
    /// The kernel does not say.
    Unknown(io::Error),
}

/// Checks that this process has the capabilities.
///
/// # Errors
/// The ones that it lacks.
pub(crate) fn require(needed: &[Capability]) -> Result<(), PrivilegeError> {
    let status = std::fs::read_to_string("/proc/thread-self/status").map_err(PrivilegeError::Unknown)?;
    let effective = effective(&status)
        .ok_or_else(|| PrivilegeError::Unknown(io::Error::other("`/proc/thread-self/status` has no `CapEff`")))?;
    let missing: Vec<Capability> =
        needed.iter().copied().filter(|Capability(_, bit)| effective >> bit & 1 == 0).collect();
    if missing.is_empty() { Ok(()) } else { Err(PrivilegeError::Missing(missing)) }
}

/// The effective set in the text of `/proc/PID/status` (proc(5)).
fn effective(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("CapEff:"))?;
    u64::from_str_radix(line.trim(), 16).ok()
}

impl fmt::Display for PrivilegeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PrivilegeError::Missing(missing) => {
                let names: Vec<&str> = missing.iter().map(|Capability(name, _)| *name).collect();
                write!(
                    out,
                    "no privileges: enforcing needs {}; run it as root, for instance with `sudo`",
                    names.join(" and ")
                )
            }
            PrivilegeError::Unknown(error) => {
                write!(out, "cannot read the privileges of this process: {error}")
            }
        }
    }
}

impl std::error::Error for PrivilegeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_effective_set_is_hexadecimal() {
        assert_eq!(effective("Name:\tx\nCapPrm:\t0000000000000001\nCapEff:\t0000000000003000\n"), Some(0x3000));
        assert_eq!(effective("Name:\tx\n"), None);
    }
}
