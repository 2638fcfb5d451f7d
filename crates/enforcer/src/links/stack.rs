//! Keeps the host's network stack off a link, by the settings of the kernel's `Documentation/networking/ip-sysctl.rst`.
//!
//! The files show the network namespace of the thread that opens them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::LinkError;

/// `(setting, value)`: no IPv6 at all, and reverse-path filtering in strict mode, which without an address drops all IPv4.
const QUIET: [(&str, &str); 2] = [("ipv6/conf/LINK/disable_ipv6", "1"), ("ipv4/conf/LINK/rp_filter", "1")];

/// What the settings of a link were; `None` for one that this kernel does not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Quieted([Option<String>; QUIET.len()]);

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
    let found = Quieted::read(link)?;
    let mut change = Change::None;
    for ((setting, wanted), found) in QUIET.iter().zip(&found.0) {
        if found.as_ref().is_some_and(|found| found != wanted) {
            write(setting, link, wanted)?;
            change = Change::Made;
        }
    }
    Ok(change)
}

impl Quieted {
    /// Reads what the settings of a link are.
    pub(crate) fn read(link: &str) -> Result<Quieted, LinkError> {
        let mut values = [const { None }; QUIET.len()];
        for (value, (setting, _)) in values.iter_mut().zip(QUIET) {
            *value = match std::fs::read_to_string(path(setting, link)) {
                Ok(text) => Some(text.trim().to_owned()),
                // A kernel without IPv6 has nothing to turn off.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                Err(error) => {
                    return Err(LinkError::System {
                        doing: format!("reading `{}`", path(setting, link).display()),
                        error,
                    });
                }
            };
        }
        Ok(Quieted(values))
    }

    /// Sets them again.
    pub(crate) fn restore(&self, link: &str) -> Result<(), LinkError> {
        let settings = QUIET.iter().zip(&self.0);
        settings
            .filter_map(|((setting, _), value)| Some((setting, value.as_ref()?)))
            .try_for_each(|(setting, value)| write(setting, link, value))
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
