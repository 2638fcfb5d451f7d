//! The flows of a zone as bytes, so that they outlive the process that tracks them.
//!
//! ```text
//! Conntrack::save  -> bytes ... bytes -> Saved::read -> Conntrack::restore
//! Conntrack::sweep -> bytes
//! ```
//!
//! Contract: what decides comes back exactly: tuple and opener, state, windows and FINs of either side of a TCP connection,
//! the time that is left and the time that has passed, whether the flow is assured or revoked, what it counted, and, unless it
//! was swept, which flow would be evicted first. Expiry is rounded up to whole milliseconds. Reading takes bytes of any origin: it checks
//! every number, takes no more memory than a small multiple of what it is given, and yields all flows or none.
//!
//! Absent: revision and mark, because they are of a policy that may be another one by now; fragments that wait, which their
//! senders send again; the zone, which has a name only in the process; files.
//!
//! The bytes, numbers with the lowest byte first: `pclflows`, version, number of flows, the flows ([`flow`]), and the CRC-32
//! of all that.

mod bytes;
mod fault;
mod flow;

use core::time::Duration;
use std::collections::BTreeMap;

use crate::config::Timeouts;
use crate::flow::{Flow, Zone};
use crate::time::Instant;

use bytes::Reader;
pub use fault::{FlowFault, SavedError};
use flow::SavedFlow;

const MAGIC: [u8; 8] = *b"pclflows";
/// Magic, version and number of flows.
const HEAD: usize = MAGIC.len() + 4 + 4;
const CHECKSUM: usize = 4;

/// Flows of one zone that were read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    flows: Vec<SavedFlow>,
}

/// How saved flows go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resumption {
    /// The time since they were saved.
    pub elapsed: Duration,
    /// What happened in that time.
    pub missed: Missed,
}

/// What happened to flows between saving and restoring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// Nothing: no packet passed.
    Nothing,
    /// Perhaps packets passed, so sequence numbers may be behind. A TCP connection goes on from the next segment that
    /// acknowledges; one that was opening or closing is left out, because it may have become another.
    Packets,
}

/// A copy of all flows that is made a little at a time, while packets pass; see [`Conntrack::sweep`](crate::Conntrack::sweep).
#[derive(Clone, Debug, Default)]
pub struct Sweep {
    /// The place to go on at.
    pub(crate) next: usize,
    pub(crate) zones: BTreeMap<Zone, Writer>,
}

impl Saved {
    /// The version of the bytes that [`Conntrack::save`](crate::Conntrack::save) writes, the only one that is read.
    pub const VERSION: u32 = 1;

    /// Reads saved flows.
    ///
    /// # Errors
    /// What is wrong first; then none of the flows is to be had.
    pub fn read(bytes: &[u8]) -> Result<Saved, SavedError> {
        if !bytes.starts_with(&MAGIC) {
            return Err(SavedError::Foreign);
        }
        let short = SavedError::Cut { length: bytes.len() };
        let mut head = Reader::new(bytes, MAGIC.len());
        let version = head.u32().map_err(|_| short)?;
        if version != Saved::VERSION {
            return Err(SavedError::Version { found: version });
        }
        let count = head.u32().map_err(|_| short)?;
        let (body, checksum) =
            bytes.split_last_chunk::<CHECKSUM>().filter(|(body, _)| body.len() >= HEAD).ok_or(short)?;
        if crc32fast::hash(body) != u32::from_le_bytes(*checksum) {
            return Err(SavedError::Checksum);
        }
        let mut reader = Reader::new(body, HEAD);
        let mut flows = Vec::new();
        for number in 0..count {
            let at = reader.at();
            let flow = SavedFlow::read(&mut reader).map_err(|fault| SavedError::Flow { number, at, fault })?;
            flows.push(flow);
        }
        match reader.left() {
            0 => Ok(Saved { flows }),
            left => Err(SavedError::Rest { left }),
        }
    }

    /// How many flows there are.
    pub fn len(&self) -> usize {
        self.flows.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.flows.is_empty()
    }

    /// The flows as they go on in a zone, the least worthy first and of those the oldest; without those that have expired.
    pub(crate) fn resumed(
        &self,
        zone: Zone,
        revision: u32,
        resumption: &Resumption,
        timeouts: &Timeouts,
        now: Instant,
    ) -> impl Iterator<Item = Flow> {
        let resumed = move |flow: &SavedFlow| flow.resumed(zone, revision, resumption, timeouts, now);
        self.flows.iter().filter_map(resumed)
    }
}

/// Saved flows that are being written.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
    flows: u32,
}

impl Writer {
    /// Makes room for about so many flows.
    pub(crate) fn new(about: usize) -> Writer {
        let mut bytes = Vec::with_capacity(HEAD + about * flow::USUAL + CHECKSUM);
        bytes.extend(MAGIC);
        bytes.extend(Saved::VERSION.to_le_bytes());
        bytes.extend([0; 4]);
        Writer { bytes, flows: 0 }
    }

    /// Writes a flow, if it has not expired.
    pub(crate) fn push(&mut self, flow: &Flow, now: Instant) {
        if now < flow.expires {
            flow::write(flow, now, &mut self.bytes);
            self.flows += 1;
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        let Writer { mut bytes, flows } = self;
        bytes[MAGIC.len() + 4..HEAD].copy_from_slice(&flows.to_le_bytes());
        let checksum = crc32fast::hash(&bytes);
        bytes.extend(checksum.to_le_bytes());
        bytes
    }
}
