//! Why the links of a vnic cannot be laid.

use std::fmt;
use std::io;

/// How many names a message lists.
const LISTED: usize = 12;

/// Why the links of a vnic cannot be laid.
#[derive(Debug)]
pub(crate) enum LinkError {
    /// There is no such guest side.
    NoInterface { name: String, links: Vec<String> },
    /// There is no such bridge.
    NoBridge { name: String, bridges: Vec<String> },
    /// The link exists and is no bridge.
    NotABridge { name: String, bridges: Vec<String> },
    /// The guest side is a port of something, so that the kernel forwards past the enforcer.
    Enslaved { name: String, over: String },
    /// The guest side has an address, such as `192.0.2.1/24`, so that the host answers the instance itself.
    Addressed { name: String, address: String },
    /// Another enforcer owns the guest side.
    Owned { name: String },
    /// A link has the name of an uplink and is none.
    Foreign { name: String },
    /// The uplink that was made is there no more.
    Cut { name: String },
    /// A link that was handed over is not there.
    Elsewhere { name: String },
    /// The kernel refuses.
    System { doing: String, error: io::Error },
}

impl LinkError {
    /// Whether the guest side went away while it was looked at, as it does when its instance stops.
    pub(crate) fn is_gone(&self) -> bool {
        match self {
            LinkError::NoInterface { .. } => true,
            LinkError::System { error, .. } => {
                error.kind() == io::ErrorKind::NotFound || error.raw_os_error() == Some(nix::libc::ENODEV)
            }
            LinkError::NoBridge { .. }
            | LinkError::NotABridge { .. }
            | LinkError::Enslaved { .. }
            | LinkError::Addressed { .. }
            | LinkError::Owned { .. }
            | LinkError::Foreign { .. }
            | LinkError::Cut { .. }
            | LinkError::Elsewhere { .. } => false,
        }
    }

    /// Whether a vnic whose links were laid cannot be owned any more.
    pub(crate) fn ends_ownership(&self) -> bool {
        match self {
            LinkError::NoInterface { .. } | LinkError::Cut { .. } => true,
            LinkError::NoBridge { .. }
            | LinkError::NotABridge { .. }
            | LinkError::Enslaved { .. }
            | LinkError::Addressed { .. }
            | LinkError::Owned { .. }
            | LinkError::Foreign { .. }
            | LinkError::Elsewhere { .. }
            | LinkError::System { .. } => false,
        }
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LinkError::NoInterface { name, links } => {
                write!(
                    out,
                    "there is no interface `{name}`, but there is {}: start the instance first, or mend the name",
                    list(links)
                )
            }
            LinkError::NoBridge { name, bridges } => match bridges.as_slice() {
                [] => write!(
                    out,
                    "there is no bridge `{name}`: make it with `ip link add {name} type bridge && ip link set {name} up`"
                ),
                _ => write!(
                    out,
                    "there is no bridge `{name}`, but there is {}: name it with `--bridge NAME`",
                    list(bridges)
                ),
            },
            LinkError::NotABridge { name, bridges } => match bridges.as_slice() {
                [] => write!(out, "`{name}` is no bridge: name one with `--bridge NAME`"),
                _ => write!(out, "`{name}` is no bridge, but {} is: name it with `--bridge NAME`", list(bridges)),
            },
            LinkError::Enslaved { name, over } => write!(
                out,
                "`{name}` is a port of `{over}`, so its traffic would pass without being judged: take it out with `ip link set {name} nomaster`"
            ),
            LinkError::Addressed { name, address } => write!(
                out,
                "`{name}` has the address {address}, so the host itself would answer the instance: remove it with `ip address flush dev {name}`"
            ),
            LinkError::Owned { name } => {
                write!(out, "another enforcer owns `{name}`: stop it first; `pgrep -af 'portcullis.*enforce'` finds it")
            }
            LinkError::Foreign { name } => {
                write!(
                    out,
                    "a link `{name}` exists that no enforcer made: rename it with `ip link set {name} name NAME`"
                )
            }
            LinkError::Cut { name } => write!(out, "somebody removed the uplink `{name}`"),
            LinkError::Elsewhere { name } => write!(
                out,
                "the link `{name}` of the enforcer that runs is not here: name the network namespace where it works with `--netns NAME`"
            ),
            LinkError::System { doing, error } => write!(out, "{doing} failed: {error}"),
        }
    }
}

impl std::error::Error for LinkError {}

fn list(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
    match names.len().checked_sub(LISTED) {
        None | Some(0) => shown.join(", "),
        Some(more) => format!("{} and {more} more", shown.join(", ")),
    }
}
