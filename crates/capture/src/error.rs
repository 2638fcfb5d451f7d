//! Why a capture cannot be read.

use std::path::PathBuf;
use std::{fmt, io};

use super::LinkType;

/// Why a capture cannot be read. Offsets count bytes from the start of the file.
#[derive(Debug)]
pub enum CaptureError {
    /// The file cannot be opened.
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Reading failed part-way.
    Read {
        /// Where.
        offset: u64,
        /// What the system said.
        source: io::Error,
    },
    /// The file holds not a byte.
    Empty,
    /// The file does not begin as pcap or pcapng do.
    NotACapture {
        /// Its first bytes, four or fewer.
        magic: Vec<u8>,
    },
    /// The frames are not Ethernet.
    LinkType {
        /// What they are.
        found: LinkType,
    },
    /// The file ends inside a header, record or block.
    Truncated {
        /// Where that begins.
        offset: u64,
        /// How many of its bytes are there.
        present: usize,
        /// How many it needs at least.
        needed: usize,
    },
    /// A record or block contradicts itself.
    Corrupt {
        /// Where it begins.
        offset: u64,
        /// What is wrong with it.
        fault: &'static str,
    },
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open { path, source } => {
                write!(f, "cannot open capture `{}`: {source}", path.display())
            }
            Self::Read { offset, source } => {
                write!(f, "cannot read the capture at byte {offset}: {source}")
            }
            Self::Empty => write!(f, "the capture is empty"),
            Self::NotACapture { magic } => {
                write!(f, "not a capture: it begins with `")?;
                for byte in magic {
                    write!(f, "{byte:02x}")?;
                }
                write!(f, "`, where pcap has `d4c3b2a1` or `a1b2c3d4` and pcapng has `0a0d0d0a`; ")?;
                match magic[..] {
                    [0x1f, 0x8b, ..] => write!(f, "unpack it with `gunzip`"),
                    _ => write!(f, "convert it with `editcap -F pcap`"),
                }
            }
            Self::LinkType { found } => {
                write!(
                    f,
                    "the capture's link type is {found}, not Ethernet; capture on one Ethernet interface, not on `any`"
                )
            }
            Self::Truncated { offset, present, needed } => write!(
                f,
                "the capture is truncated: it ends {present} bytes into the record at byte {offset}, \
                 which has at least {needed}"
            ),
            Self::Corrupt { offset, fault } => {
                write!(f, "the capture is corrupt at byte {offset}: {fault}")
            }
        }
    }
}

impl std::error::Error for CaptureError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Open { source, .. } | Self::Read { source, .. } => Some(source),
            Self::Empty
            | Self::NotACapture { .. }
            | Self::LinkType { .. }
            | Self::Truncated { .. }
            | Self::Corrupt { .. } => None,
        }
    }
}
