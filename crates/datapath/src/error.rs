//! Why a link cannot be used, or did not take a frame.

use std::{fmt, io};

use capture::CaptureError;

/// Why a link cannot be opened or polled.
#[derive(Debug)]
pub enum IoError {
    /// No interface of this name exists in the network namespace.
    NoInterface {
        /// The name that was asked for.
        name: String,
        /// Names that exist, the most similar first.
        near: Vec<String>,
    },
    /// The interface carries something other than Ethernet frames.
    NotEthernet {
        /// The interface.
        name: String,
    },
    /// The interface is administratively down.
    Down {
        /// The interface.
        name: String,
    },
    /// The interface was removed while it was open.
    Gone {
        /// The interface.
        name: String,
    },
    /// The process lacks a capability of capabilities(7).
    NoPrivilege {
        /// Such as `CAP_NET_RAW`.
        capability: &'static str,
        /// What it is needed for.
        purpose: &'static str,
    },
    /// The kernel does not know a socket option.
    KernelLacks {
        /// Such as `PACKET_VNET_HDR`.
        option: &'static str,
        /// The first Linux release that has it.
        since: &'static str,
    },
    /// The kernel has no memory to share.
    NoMemory {
        /// How much was asked for.
        bytes: usize,
        /// What it is needed for.
        purpose: &'static str,
    },
    /// A capture cannot be read.
    Capture(CaptureError),
    /// A system call failed in a way that has no better name.
    System {
        /// What was being done, such as "binding to `tap0`".
        doing: String,
        /// What the system said.
        source: io::Error,
    },
}

impl fmt::Display for IoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoInterface { name, near } => {
                write!(f, "no interface `{name}` exists in this network namespace")?;
                match near.as_slice() {
                    [] => write!(f, ", which has none at all"),
                    near => write!(f, "; there is `{}`", near.join("`, `")),
                }
            }
            Self::NotEthernet { name } => {
                write!(
                    f,
                    "interface `{name}` carries no Ethernet frames; use a tap or a veth (`ip tuntap add mode tap`)"
                )
            }
            Self::Down { name } => {
                write!(f, "interface `{name}` is down; run `ip link set {name} up`")
            }
            Self::Gone { name } => write!(f, "interface `{name}` was removed; create it again and restart"),
            Self::NoPrivilege { capability, purpose } => write!(
                f,
                "{purpose} needs `{capability}`; run as root, or grant it once with \
                 `setcap cap_net_raw,cap_net_admin+ep` on the program file"
            ),
            Self::KernelLacks { option, since } => {
                write!(
                    f,
                    "this kernel has no `{option}`, without which frames arrive damaged; use Linux {since} or later"
                )
            }
            Self::NoMemory { bytes, purpose } => {
                write!(
                    f,
                    "there are no {} MiB of memory for {purpose}; free some, take a smaller one, or use the backend `pnet`",
                    bytes >> 20
                )
            }
            Self::Capture(error) => error.fmt(f),
            Self::System { doing, source } => write!(f, "{doing} failed: {source}"),
        }
    }
}

// The text has what the system said, so there is no source that would say it twice.
impl std::error::Error for IoError {}

impl IoError {
    pub(crate) fn no_ring(bytes: usize) -> IoError {
        IoError::NoMemory { bytes, purpose: "the receive ring of a link" }
    }
}

impl From<CaptureError> for IoError {
    fn from(error: CaptureError) -> Self {
        Self::Capture(error)
    }
}

/// Why a link did not take a frame.
#[derive(Debug)]
pub enum SendError {
    /// The queue behind the link is full. The next frame may fit.
    Busy,
    /// The frame is longer than the link's MTU allows.
    TooLong {
        /// Length of the Ethernet frame in bytes.
        length: usize,
    },
    /// The interface is down or gone.
    Down,
    /// The system refused the frame in a way that has no better name.
    Refused(io::Error),
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => write!(f, "the link's queue is full"),
            Self::TooLong { length } => {
                write!(
                    f,
                    "a frame of {length} bytes is longer than the link takes; give both links of the vnic one MTU"
                )
            }
            Self::Down => write!(f, "the link is down"),
            Self::Refused(source) => write!(f, "the link refused a frame: {source}"),
        }
    }
}

impl std::error::Error for SendError {}
