//! Keeps the host's network stack off a link, by the settings of the kernel's `Documentation/networking/ip-sysctl.rst`.
//!
//! The files show the network namespace of the thread that opens them.

use std::path::PathBuf;

use super::LinkError;

/// `(setting, value)`: no IPv6 at all, and reverse-path filtering in strict mode, which without an address drops all IPv4.
const QUIET: [(&str, &str); 2] = [("ipv6/conf/LINK/disable_ipv6", "1"), ("ipv4/conf/LINK/rp_filter", "1")];

/// Whether a setting was another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// All were as they should be.
    None,
    /// Some were not, and are now.
    Made,
}

/// Keeps the host's network stack off a link.
pub(crate) fn quiet(link: &str) -> Result<Change, LinkError> {
    let mut change = Change::None;
    for (setting, wanted) in QUIET {
        if read(setting, link)?.is_some_and(|found| found != wanted) {
            write(setting, link, wanted)?;
            change = Change::Made;
        }
    }
    Ok(change)
}

/// What a setting is; `None` where this kernel does not have it: one without IPv6 has nothing to turn off.
fn read(setting: &str, link: &str) -> Result<Option<String>, LinkError> {
    let path = path(setting, link);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(LinkError::System { doing: format!("reading `{}`", path.display()), error }),
    }
}

fn write(setting: &str, link: &str, value: &str) -> Result<(), LinkError> {
    let path = path(setting, link);
    match std::fs::write(&path, value) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(LinkError::System {
            doing: format!("writing {value} to `{}`, which must be writable,", path.display()),
            error,
        }),
    }
}

fn path(setting: &str, link: &str) -> PathBuf {
    PathBuf::from("/proc/sys/net").join(setting.replace("LINK", link))
}
