//! How a daemon begins: with what is on disk, or as another one's successor.

use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use policy::Policy;

use super::owned::Owned;
use super::{keeper, watch};
use crate::handover::{Hand, Predecessor};
use crate::notify::Notifier;
use crate::options::Options;
use crate::state::{Directory, FlowFile, Recalled};
use crate::workers::Workers;

/// How a daemon begins.
pub(super) enum Start {
    /// Nobody runs. Absent is a place for flows.
    Alone(Option<FlowFile>),
    /// Another one runs, and goes on until it is told.
    After(Succession),
}

/// A predecessor that goes on, and its directory for state.
pub(super) struct Succession {
    predecessor: Predecessor,
    directory: Directory,
}

impl Start {
    /// Begins as the options say; `notifier` tells whom the predecessor told.
    ///
    /// # Errors
    /// The state cannot be used, or there is nobody to take over from.
    pub(super) fn choose(options: &Options, state: &Path, notifier: &mut Notifier) -> anyhow::Result<Start> {
        if !options.take_over {
            return Ok(Start::Alone(keeper::open(options, state)?));
        }
        let succession = Succession::begin(state)?;
        succession.inherit(notifier);
        watch::set_capture_aside(&options.watching).context("cannot rename the capture of the enforcer that runs")?;
        Ok(Start::After(succession))
    }

    /// Whether flows are kept.
    pub(super) fn keeps(&self) -> bool {
        match self {
            Start::Alone(flows) => flows.is_some(),
            Start::After(_) => true,
        }
    }

    /// Owns what this host has, and answers where flows are kept.
    ///
    /// # Errors
    /// What cannot be owned; the caller releases the rest.
    pub(super) fn own(
        self,
        policy: &Policy,
        owned: &mut Owned,
        workers: &mut Workers,
    ) -> anyhow::Result<Option<FlowFile>> {
        match self {
            Start::After(succession) => succession.complete(policy, owned, workers),
            Start::Alone(flows) => {
                let recalled = flows.as_ref().map(keeper::recall).unwrap_or_default();
                owned.take_first(policy, recalled, workers).map(|()| flows)
            }
        }
    }
}

impl Succession {
    /// Asks who is to be taken over.
    ///
    /// # Errors
    /// There is nobody, or nobody who wants it.
    fn begin(state: &Path) -> anyhow::Result<Succession> {
        let predecessor = Predecessor::ask(state)?;
        Ok(Succession { predecessor, directory: Directory::open(state)? })
    }

    /// Whom the predecessor tells how it is.
    fn inherit(&self, notifier: &mut Notifier) {
        self.predecessor.offer().service.iter().for_each(|service| notifier.inherit(service));
    }

    /// Takes over all that the predecessor has, and answers where flows are kept.
    ///
    /// # Errors
    /// What keeps it from that. The predecessor goes on unless the text says something else.
    fn complete(self, policy: &Policy, owned: &mut Owned, workers: &mut Workers) -> anyhow::Result<Option<FlowFile>> {
        let Succession { mut predecessor, directory } = self;
        let prepared = owned.prepare(&predecessor.offer().links, policy)?;
        let start = Instant::now();
        let (Hand { links, ended, .. }, flows) = predecessor.take()?;
        let recalled = directory.unpack(&flows).unwrap_or_else(|fault| {
            tracing::error!("the flows of the enforcer before are not restored: {fault}; they start empty");
            Recalled::default()
        });
        let count = recalled.len();
        owned.adopt(links, prepared, &ended, policy, recalled, workers)?;
        let gap = start.elapsed();
        tracing::info!("took over with {count} flows; frames waited for {gap:.1?} at most");
        // Frames pass from here on, so what fails now must not stop them.
        if let Err(error) = predecessor.release() {
            tracing::error!("{error}; connections will not outlive this enforcer");
            return Ok(None);
        }
        let held = directory.hold();
        Ok(held.inspect_err(|error| tracing::error!("{error}; connections will not outlive this enforcer")).ok())
    }
}
