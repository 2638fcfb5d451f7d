//! How a daemon becomes another one's successor.

use std::num::NonZeroU32;
use std::path::Path;
use std::time::Instant;

use anyhow::Context;
use policy::Policy;

use super::keeper::Keeper;
use super::owned::Owned;
use crate::handover::{Hand, Predecessor};
use crate::notify::Notifier;
use crate::state::{Directory, Recalled};
use crate::workers::Workers;

/// A predecessor that goes on, and its directory for state.
pub(super) struct Succession {
    predecessor: Predecessor,
    directory: Directory,
    save_period: NonZeroU32,
}

impl Succession {
    /// Asks who is to be taken over.
    ///
    /// # Errors
    /// There is nobody, or nobody who wants it.
    pub(super) fn begin(state: &Path, save_period: NonZeroU32) -> anyhow::Result<Succession> {
        let predecessor = Predecessor::ask(state)?;
        Ok(Succession { predecessor, directory: Directory::open(state)?, save_period })
    }

    /// Whom the predecessor tells how it is.
    pub(super) fn inherit(&self, notifier: &mut Notifier) {
        self.predecessor.offer().service.iter().for_each(|service| notifier.inherit(service));
    }

    /// Takes over all that the predecessor has.
    ///
    /// # Errors
    /// What keeps it from that. The predecessor goes on unless the text says something else.
    pub(super) fn complete(self, policy: &Policy, owned: &mut Owned, workers: &mut Workers) -> anyhow::Result<Keeper> {
        let Succession { mut predecessor, directory, save_period } = self;
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
        predecessor.release()?;
        let file = directory.hold().context("the enforcer before has not given up its state")?;
        tracing::info!("took over with {count} flows; frames waited for {gap:.1?} at most");
        Ok(Keeper::resume(file, save_period))
    }
}
