//! How an enforcer hands over to its successor, for instance a newer one, without a gap.
//!
//! ```text
//! successor                                   predecessor
//!   portcullis hand-over 1          ------>   asks the kernel who that is
//!                                   <------   portcullis hand-over 1, Offer: its links
//!   opens sockets on these links
//!   now                             ------>   judges what has arrived until then, stops, gives up its claims
//!                                   <------   Hand: its links, when it ended for each vnic, its flows
//!   judges what arrived later
//!   taken                           ------>   gives up the state's directory, tells systemd, ends
//! ```
//!
//! Frames wait in the successor's rings meanwhile. Those that both saw are told apart by the kernel's stamp (CLOCK_REALTIME),
//! so that each is judged once; pnet has no stamps, and there the frames of that moment are lost, as on a busy wire.
//!
//! Contract: until `now` the predecessor goes on, whatever becomes of the successor. From then on nothing passes that the
//! successor does not judge; if it is gone before `taken`, the predecessor writes its flows to disk for the next plain
//! start. Only root and the predecessor's own user are talked to, in one version of the protocol.
//!
//! Absent: fragments that wait for their datagram, which are lost as at any end of an enforcer.

mod door;
mod error;
mod predecessor;

pub(crate) use door::{Asked, Door, Successor};
pub(crate) use error::HandoverError;
pub(crate) use predecessor::Predecessor;

use std::collections::BTreeMap;
use std::io::{self, BufRead, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::links::Laid;

/// What either side says first; the version follows.
const MAGIC: &str = "portcullis hand-over ";
const VERSION: &str = "1";

const NOW: &str = "now";
const TAKEN: &str = "taken";

/// What a refusal begins with; the reason follows.
const REFUSED: &str = "refused: ";

/// The longest line of a successor, in bytes, and of a predecessor: 65,536 vnics and more.
const LONGEST_WORD: u64 = 256;
const LONGEST_LINE: u64 = 64 << 20;

/// How long an answer may take that needs no work.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long the successor may take from the offer to `now`: it opens two sockets for each vnic.
const PREPARATION: Duration = Duration::from_secs(120);

/// How long the predecessor may take to give up the state's directory: it may be writing there.
const RELEASE: Duration = Duration::from_secs(60);

/// What a successor gets to see while its predecessor goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Offer {
    pub(crate) links: Vec<Laid>,
    pub(crate) service: Option<Service>,
}

/// Who started the predecessor, and waits for signs of life (sd_notify(3)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Service {
    /// `NOTIFY_SOCKET`.
    pub(crate) socket: String,
    /// `WATCHDOG_USEC`, where there is a watchdog.
    pub(crate) watchdog: Option<u64>,
}

/// What a successor goes on with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hand {
    pub(crate) links: Vec<Laid>,
    /// By vnic, the arrival of the last frame that could be judged, in nanoseconds since 1970-01-01 UTC.
    pub(crate) ended: BTreeMap<String, u64>,
    /// Bytes of flows that follow this line, as the file of flows has them.
    pub(crate) flows: usize,
}

/// The socket's file, beside the file of flows.
fn path(state: &Path) -> PathBuf {
    state.join("hand-over")
}

/// Reads a line of at most so many bytes.
fn read_line(from: &mut impl BufRead, most: u64) -> io::Result<String> {
    let mut line = String::new();
    from.take(most).read_line(&mut line)?;
    match line.strip_suffix('\n') {
        Some(whole) => Ok(whole.to_owned()),
        None => Err(ErrorKind::UnexpectedEof.into()),
    }
}

fn to_line(message: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(message).expect("texts and numbers are JSON");
    line.push(b'\n');
    line
}
