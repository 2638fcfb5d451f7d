//! How a daemon ends: told to, or because its successor is ready.

use std::collections::BTreeMap;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use anyhow::Context;

use super::Daemon;
use super::event::Happening;
use crate::at_once::Pace;
use crate::handover::{Hand, Offer, Successor};
use crate::worker::{Event, FlowCopy};

/// How often to look whether a worker ended without a word.
const PATIENCE: Duration = Duration::from_millis(50);

impl Daemon {
    /// Stops the workers before the links go, so that their last counts are told and their flows are kept.
    pub(super) fn end(mut self, happenings: &Receiver<Happening>) {
        tracing::info!("stopping");
        self.notifier.stopping();
        let copies = self.stop(Pace::Alone, happenings);
        self.workers.join();
        if let Some(keeper) = self.keeper {
            keeper.end(copies, &self.policy);
        }
        tracing::info!("revision {}: {}", self.policy.revision(), self.totals.summary());
        self.watch.summarize();
        self.watch.finish();
        self.owned.remove_all();
    }

    /// What a successor gets to see.
    pub(super) fn offer(&self) -> Offer {
        Offer { links: self.owned.laid(), service: self.notifier.service() }
    }

    /// Gives a successor all that this one has, and leaves the links to it.
    ///
    /// # Errors
    /// It is gone; flows are on disk then, and the links stay, so that nothing passes.
    pub(super) fn hand_over(mut self, mut to: Successor, happenings: &Receiver<Happening>) -> anyhow::Result<()> {
        let copies = self.stop(Pace::BesideFrames, happenings);
        let keeper = self.keeper.context("who has no place for state has no successor")?;
        let ended = copies.iter().flat_map(ends).collect();
        let flows = keeper.pack(copies, &self.policy);
        let hand = Hand { links: self.owned.laid(), ended, flows: flows.len() };
        self.owned.leave();
        if let Err(error) = to.hand(&hand, &flows) {
            keeper.put(&flows);
            anyhow::bail!(
                "the successor failed while it took over: {error}; nothing passes until an enforcer is started"
            );
        }
        // Before this process ends, or systemd would take that for the end of the service.
        self.notifier.succeeded_by(to.process());
        drop(keeper.close());
        tracing::info!("handed over to process {}", to.process());
        drop(to);
        tracing::info!("revision {}: {}", self.policy.revision(), self.totals.summary());
        // Not before: the successor's frames would wait for it.
        self.workers.join();
        self.watch.summarize();
        self.watch.finish();
        Ok(())
    }

    /// Has all workers end, and answers what they leave.
    fn stop(&mut self, pace: Pace, happenings: &Receiver<Happening>) -> Vec<FlowCopy> {
        self.workers.stop(pace);
        let mut copies = Vec::new();
        while copies.len() < self.workers.len() {
            // One that panicked leaves nothing.
            let ended = self.workers.have_ended();
            match happenings.recv_timeout(if ended { Duration::ZERO } else { PATIENCE }) {
                Ok(Happening::Worker(Event::Tally(tally))) => self.add(&tally),
                Ok(Happening::Worker(Event::Saved(copy))) if copy.ended.is_some() => copies.push(copy),
                Ok(
                    Happening::Worker(_)
                    | Happening::News(_)
                    | Happening::Staged(_)
                    | Happening::Links(_)
                    | Happening::Signal(_)
                    | Happening::Asked(_)
                    | Happening::Kept(_)
                    | Happening::Successor(_)
                    | Happening::Reported(_),
                ) => {}
                Err(_) if ended => break,
                Err(_) => {}
            }
        }
        copies
    }
}

/// When frames ceased to be judged, by vnic.
fn ends(copy: &FlowCopy) -> BTreeMap<String, u64> {
    let Some(end) = copy.ended.and_then(|end| u64::try_from(end.as_nanos()).ok()) else {
        return BTreeMap::new();
    };
    copy.zones.iter().map(|(vnic, _)| (vnic.to_string(), end)).collect()
}
