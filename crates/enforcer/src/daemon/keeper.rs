//! Keeps the flows of all vnics on disk: at the end, now and then while frames pass, and soon after a vnic was lost.

use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use conntrack::Missed;
use policy::Policy;

use crate::options::Options;
use crate::state::{FlowFile, Recalled, StateError, Zone};
use crate::tally::{Tally, Traffic};
use crate::worker::FlowCopy;
use crate::workers::Workers;

pub(super) struct Keeper {
    file: FlowFile,
    /// Seconds from one copy to the next.
    period: NonZeroU32,
    /// Seconds since the last one.
    waited: u32,
    /// Whether flows changed since it was ordered.
    changed: bool,
    /// How many vnics had been given up at the last look.
    given_up: u64,
    ordered: Option<Ordered>,
    standing: Standing,
}

/// A copy that workers are making.
struct Ordered {
    at: Duration,
    copies: Vec<FlowCopy>,
}

/// Whether the last copy was kept.
enum Standing {
    Kept,
    Unkept,
}

impl Keeper {
    /// Opens the place for state. Where nobody named it and it cannot be had, flows are not kept, which is said.
    ///
    /// # Errors
    /// The named place cannot be used.
    pub(super) fn open(options: &Options, directory: &Path) -> Result<Option<Keeper>, StateError> {
        match FlowFile::in_directory(directory) {
            Ok(file) => Ok(Some(Keeper::new(file, options.save_period))),
            Err(error) if options.state.is_some() => Err(error),
            Err(error) => {
                tracing::warn!("{error}; connections will not outlive this enforcer");
                Ok(None)
            }
        }
    }

    /// Goes on with flows that were handed over, of which the next [`Keeper::tick`] orders a copy.
    pub(super) fn resume(file: FlowFile, period: NonZeroU32) -> Keeper {
        Keeper { waited: period.get(), changed: true, ..Keeper::new(file, period) }
    }

    fn new(file: FlowFile, period: NonZeroU32) -> Keeper {
        Keeper { file, period, waited: 0, changed: false, given_up: 0, ordered: None, standing: Standing::Kept }
    }

    /// What was kept, to go on with; nothing, and why, where that does not count.
    pub(super) fn recall(&self) -> Recalled {
        match self.file.recall() {
            Ok(None) => Recalled::default(),
            Ok(Some(recalled)) => {
                tracing::info!("{} flows were saved in `{}`", recalled.len(), self.file.path().display());
                recalled
            }
            Err(error) => {
                tracing::error!("{error}");
                Recalled::default()
            }
        }
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
        if self.waited >= self.period.get() && self.changed && self.ordered.is_none() {
            (self.waited, self.changed) = (0, false);
            self.ordered = Some(Ordered { at: self.file.now(), copies: Vec::new() });
            workers.save();
        }
    }

    /// Takes the copy of one worker; the last of them is written with all others.
    pub(super) fn collect(&mut self, copy: FlowCopy, policy: &Policy, workers: usize) {
        let Some(ordered) = &mut self.ordered else { return };
        ordered.copies.push(copy);
        if ordered.copies.len() == workers
            && let Some(Ordered { at, copies }) = self.ordered.take()
        {
            self.keep(copies, at, policy, Missed::Packets);
        }
    }

    /// Writes the last copies of all workers, after which no packet passed.
    pub(super) fn end(mut self, copies: Vec<FlowCopy>, policy: &Policy) {
        let at = self.file.now();
        self.keep(copies, at, policy, Missed::Nothing);
    }

    /// The last copies of all workers as bytes, for another enforcer.
    pub(super) fn pack(&self, copies: Vec<FlowCopy>, policy: &Policy) -> Vec<u8> {
        self.file.pack(&zones(copies, policy))
    }

    /// Writes what was packed, because nobody took it.
    pub(super) fn put(&self, packed: &[u8]) {
        if let Err(error) = self.file.put(packed) {
            tracing::warn!("{error}");
        }
    }

    fn keep(&mut self, copies: Vec<FlowCopy>, at: Duration, policy: &Policy, missed: Missed) {
        let kept = self.file.keep(&zones(copies, policy), at, missed);
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
}

/// The flows of each vnic. One that left the document gets no packet, nor does it need its flows.
fn zones(copies: Vec<FlowCopy>, policy: &Policy) -> Vec<Zone<'_>> {
    let zones = copies.into_iter().flat_map(|copy| copy.zones);
    let known = |(vnic, flows)| Some(Zone { vnic: policy.vnic(policy.vnic_index(&vnic)?), flows });
    zones.filter_map(known).collect()
}
