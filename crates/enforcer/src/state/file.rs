//! The file of flows: a line with its version, a line that says what follows, in JSON, the flows of each vnic as conntrack
//! saves them, and the CRC-32 of all that.

use std::fmt;
use std::time::Duration;

use conntrack::Missed;
use policy::PolicyVnic;
use serde::{Deserialize, Serialize};

use super::error::FileFault;

/// What the first line begins with; the version follows.
const MAGIC: &[u8] = b"portcullis flows ";
const VERSION: &str = "1";
const CHECKSUM: usize = 4;

/// What follows in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    /// The run of the host.
    boot: String,
    /// Nanoseconds since it started.
    at: u64,
    missed: MissedName,
    zones: Vec<ZoneHead>,
}

/// Whose flows these are, and their length in bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ZoneHead {
    vnic: String,
    mac: String,
    network: String,
    length: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum MissedName {
    Nothing,
    Packets,
}

impl Head {
    pub(super) fn new(boot: &str, at: Duration, missed: Missed, zones: Vec<ZoneHead>) -> Head {
        let missed = match missed {
            Missed::Nothing => MissedName::Nothing,
            Missed::Packets => MissedName::Packets,
        };
        Head { boot: boot.to_owned(), at: u64::try_from(at.as_nanos()).unwrap_or(u64::MAX), missed, zones }
    }

    pub(super) fn boot(&self) -> &str {
        &self.boot
    }

    pub(super) fn at(&self) -> Duration {
        Duration::from_nanos(self.at)
    }

    pub(super) fn missed(&self) -> Missed {
        match self.missed {
            MissedName::Nothing => Missed::Nothing,
            MissedName::Packets => Missed::Packets,
        }
    }

    pub(super) fn zones(&self) -> &[ZoneHead] {
        &self.zones
    }

    /// The same once packets have passed since.
    pub(super) fn overtaken(&self) -> Head {
        Head { missed: MissedName::Packets, ..self.clone() }
    }

    /// Both lines.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = [MAGIC, VERSION.as_bytes(), b"\n"].concat();
        bytes.extend(serde_json::to_vec(self).expect("texts and numbers are JSON"));
        bytes.push(b'\n');
        bytes
    }
}

impl ZoneHead {
    pub(super) fn of(vnic: &PolicyVnic, length: usize) -> ZoneHead {
        ZoneHead { vnic: vnic.id.to_string(), mac: vnic.mac.to_string(), network: vnic.network.to_string(), length }
    }

    pub(super) fn vnic(&self) -> &str {
        &self.vnic
    }

    pub(super) fn length(&self) -> usize {
        self.length
    }
}

impl fmt::Display for ZoneHead {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} in network `{}`", self.mac, self.network)
    }
}

/// The last bytes of a file of this head and these flows.
pub(super) fn checksum(head: &[u8], parts: &[&[u8]]) -> [u8; CHECKSUM] {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(head);
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize().to_le_bytes()
}

/// Takes a file apart.
pub(super) fn read(bytes: &[u8]) -> Result<(Head, Vec<&[u8]>), FileFault> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(FileFault::Foreign)?;
    let cut = || FileFault::Cut { length: bytes.len() };
    let (version, _) = split_line(rest).ok_or_else(cut)?;
    if version != VERSION.as_bytes() {
        return Err(FileFault::Version { found: String::from_utf8_lossy(version).into_owned() });
    }
    let (body, checksum) = bytes.split_last_chunk::<CHECKSUM>().ok_or_else(cut)?;
    if crc32fast::hash(body) != u32::from_le_bytes(*checksum) {
        return Err(FileFault::Checksum);
    }
    let lines = body.strip_prefix(MAGIC).and_then(split_line).and_then(|(_, rest)| split_line(rest));
    let (head, mut rest) = lines.ok_or_else(cut)?;
    let head: Head = serde_json::from_slice(head).map_err(|error| FileFault::Head(error.to_string()))?;
    let mut parts = Vec::new();
    for zone in &head.zones {
        let (part, behind) = rest.split_at_checked(zone.length).ok_or_else(cut)?;
        parts.push(part);
        rest = behind;
    }
    if rest.is_empty() { Ok((head, parts)) } else { Err(FileFault::Rest { left: rest.len() }) }
}

/// The first line, without its end, and what follows.
fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    Some((&bytes[..end], &bytes[end + 1..]))
}
