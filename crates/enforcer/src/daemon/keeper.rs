//! Keeps the flows of all vnics on disk: at the end, now and then while frames pass, and soon after a vnic was given up. A
//! thread of its own writes, so that a slow disk delays nothing before the end.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use conntrack::Missed;
use policy::Policy;

use super::event::{self, Happening};
use crate::options::Options;
use crate::state::{FlowFile, Recalled, StateError, Zone};
use crate::tally::{Tally, Traffic};
use crate::worker::FlowCopy;
use crate::workers::Workers;

pub(super) struct Keeper {
    file: Arc<FlowFile>,
    writer: Writer,
    /// Seconds from one copy to the next.
    period: NonZeroU32,
    /// Seconds since the last one.
    waited: u32,
    /// Whether flows changed since it was ordered.
    changed: bool,
    /// How many vnics had been given up at the last look.
    given_up: u64,
    stage: Stage,
    standing: Standing,
}

/// The thread that writes.
struct Writer {
    copies: Sender<(Vec<Zone>, Duration)>,
    thread: JoinHandle<()>,
}

/// How far the copy of now is.
enum Stage {
    Idle,
    /// Workers are making it, as of a time; some have told theirs.
    Ordered {
        at: Duration,
        copies: Vec<FlowCopy>,
    },
    Writing,
}

/// Whether the last copy was kept.
enum Standing {
    Kept,
    Unkept,
}

/// Opens the place for flows. Where nobody named it and it cannot be had, flows are not kept, which is said.
///
/// # Errors
/// The named place cannot be used.
pub(super) fn open(options: &Options, directory: &Path) -> Result<Option<FlowFile>, StateError> {
    match FlowFile::in_directory(directory) {
        Ok(file) => Ok(Some(file)),
        Err(error) if options.state.is_some() => Err(error),
        Err(error) => {
            tracing::warn!("{error}; connections will not outlive this enforcer");
            Ok(None)
        }
    }
}

/// What was kept, to go on with; nothing, and why, where that does not count.
pub(super) fn recall(file: &FlowFile) -> Recalled {
    match file.recall() {
        Ok(None) => Recalled::default(),
        Ok(Some(recalled)) => {
            tracing::info!("{} flows were saved in `{}`", recalled.len(), file.path().display());
            recalled
        }
        Err(error) => {
            tracing::error!("{error}");
            Recalled::default()
        }
    }
}

impl Keeper {
    /// Starts keeping.
    ///
    /// # Errors
    /// No thread.
    pub(super) fn start(file: FlowFile, period: NonZeroU32, tell: &Sender<Happening>) -> std::io::Result<Keeper> {
        let file = Arc::new(file);
        let (copies, inbox) = channel::<(Vec<Zone>, Duration)>();
        let (own, tell) = (Arc::clone(&file), event::teller(tell, Happening::Kept));
        let write = move || inbox.into_iter().for_each(|(zones, at)| tell(own.keep(&zones, at, Missed::Packets)));
        let thread = std::thread::Builder::new().name("flows".to_owned()).spawn(write)?;
        let writer = Writer { copies, thread };
        let (stage, standing) = (Stage::Idle, Standing::Kept);
        Ok(Keeper { file, writer, period, waited: 0, changed: false, given_up: 0, stage, standing })
    }

    /// Notes what workers counted: what passed changed flows.
    pub(super) fn note(&mut self, tally: &Tally) {
        let passed = |(_, traffic): &(_, [Traffic; 2])| traffic.iter().any(|one| one.accepted > 0);
        self.changed |= tally.vnics.iter().any(passed);
    }

    /// Orders a copy when it is time for one and something changed, and soon after a vnic was given up: should it come back, it
    /// has started anew. To be called every second, with the number of vnics that were given up so far.
    pub(super) fn tick(&mut self, workers: &Workers, given_up: u64) {
        self.waited = self.waited.saturating_add(1);
        if std::mem::replace(&mut self.given_up, given_up) != given_up {
            (self.waited, self.changed) = (self.period.get(), true);
        }
        match self.stage {
            Stage::Idle if self.changed && self.waited >= self.period.get() => {
                (self.waited, self.changed) = (0, false);
                self.stage = Stage::Ordered { at: self.file.now(), copies: Vec::new() };
                workers.save();
            }
            Stage::Idle | Stage::Ordered { .. } | Stage::Writing => {}
        }
    }

    /// Takes the copy of one worker; when all of so many have told theirs, it is written.
    pub(super) fn collect(&mut self, copy: FlowCopy, policy: &Policy, workers: usize) {
        let Stage::Ordered { at, copies } = &mut self.stage else { return };
        copies.push(copy);
        if copies.len() == workers {
            let copy = (zones(std::mem::take(copies), policy), *at);
            // The thread ends only with the keeper.
            let _ = self.writer.copies.send(copy);
            self.stage = Stage::Writing;
        }
    }

    /// Notes what became of the last copy; says it when that changes.
    pub(super) fn kept(&mut self, kept: Result<(), StateError>) {
        self.stage = Stage::Idle;
        self.standing = match (kept, &self.standing) {
            (Ok(()), Standing::Kept) => Standing::Kept,
            (Ok(()), Standing::Unkept) => {
                tracing::info!("flows are kept again");
                Standing::Kept
            }
            (Err(error), Standing::Kept) => {
                tracing::warn!("{error}");
                Standing::Unkept
            }
            (Err(_), Standing::Unkept) => Standing::Unkept,
        };
    }

    /// Has the next [`Keeper::tick`] order a copy, because what is on disk is another enforcer's.
    pub(super) fn hurry(&mut self) {
        (self.waited, self.changed) = (self.period.get(), true);
    }

    /// The last copies of all workers as bytes, for another enforcer.
    pub(super) fn pack(&self, copies: Vec<FlowCopy>, policy: &Policy) -> Vec<u8> {
        self.file.pack(&zones(copies, policy))
    }

    /// Writes what was packed, because nobody took it.
    pub(super) fn put(self, packed: &[u8]) {
        if let Err(error) = self.close().put(packed) {
            tracing::error!("{error}");
        }
    }

    /// Writes no more; who gets the file can give it up.
    pub(super) fn close(self) -> Arc<FlowFile> {
        let Writer { copies: last, thread } = self.writer;
        drop(last);
        // What it still writes is older than what comes next.
        let _ = thread.join();
        self.file
    }

    /// Writes the last copies of all workers, after which no packet passed.
    pub(super) fn end(self, copies: Vec<FlowCopy>, policy: &Policy) {
        let file = self.close();
        if let Err(error) = file.keep(&zones(copies, policy), file.now(), Missed::Nothing) {
            tracing::error!("{error}");
        }
    }
}

/// A vnic that left the document gets no packet, nor does it need its flows.
fn zones(copies: Vec<FlowCopy>, policy: &Policy) -> Vec<Zone> {
    let zones = copies.into_iter().flat_map(|copy| copy.zones);
    zones.filter_map(|(vnic, flows)| Some(Zone::of(policy.vnic(policy.vnic_index(&vnic)?), flows))).collect()
}
