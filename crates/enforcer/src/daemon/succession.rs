//! How a daemon becomes another one's successor.

use std::path::Path;
use std::time::Instant;

use policy::Policy;

use super::owned::Owned;
use crate::handover::{Hand, Predecessor};
use crate::notify::Notifier;
use crate::state::{Directory, FlowFile, Recalled};
use crate::workers::Workers;

/// A predecessor that goes on, and its directory for state.
pub(super) struct Succession {
    predecessor: Predecessor,
    directory: Directory,
}

impl Succession {
    /// Asks who is to be taken over.
    ///
    /// # Errors
    /// There is nobody, or nobody who wants it.
    pub(super) fn begin(state: &Path) -> anyhow::Result<Succession> {
        let predecessor = Predecessor::ask(state)?;
        Ok(Succession { predecessor, directory: Directory::open(state)? })
    }

    /// Whom the predecessor tells how it is.
    pub(super) fn inherit(&self, notifier: &mut Notifier) {
        self.predecessor.offer().service.iter().for_each(|service| notifier.inherit(service));
    }

    /// Takes over all that the predecessor has, and answers where flows are kept.
    ///
    /// # Errors
    /// What keeps it from that. The predecessor goes on unless the text says something else.
    pub(super) fn complete(
        self,
        policy: &Policy,
        owned: &mut Owned,
        workers: &mut Workers,
    ) -> anyhow::Result<Option<FlowFile>> {
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
