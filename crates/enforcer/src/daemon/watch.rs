//! What is looked at beside enforcing: captured frames, verdicts that are found again, and a pending policy.

use std::fs::File;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use policy::Revision;

use crate::audit::{Audit, Counts};
use crate::capture::Capture;
use crate::follow::{News, Resolved};
use crate::options::Watching;
use crate::report::{Audited, Staged, Watched};
use crate::status::Unseen;
use crate::tally::{Changes, Tally};
use crate::worker::{Change, Gear};
use crate::workers::Workers;

/// All who look on.
pub(super) struct Watch {
    capture: Option<Capture>,
    audit: Option<Audit>,
    staged: Option<Revision>,
    /// What the pending policy would have changed since it came.
    changes: Changes,
}

/// Gives the capture of the enforcer that runs another name, under which that one goes on writing.
pub(super) fn set_capture_aside(options: &Watching) -> std::io::Result<()> {
    match &options.capture {
        Some(path) if path.is_file() => {
            // One that is there may be what an enforcer still writes, whose successor failed.
            let aside = |number: u32| {
                let mut aside = path.clone().into_os_string();
                aside.push(if number == 1 { ".before".to_owned() } else { format!(".before-{number}") });
                PathBuf::from(aside)
            };
            let free = (1..).map(aside).find(|aside| !aside.exists());
            free.map_or(Ok(()), |aside| std::fs::rename(path, aside))
        }
        Some(_) | None => Ok(()),
    }
}

/// Makes the file of a capture, while this process may still make files.
///
/// # Errors
/// It cannot be made.
pub(super) fn create_capture(options: &Watching) -> anyhow::Result<Option<File>> {
    options.capture.as_deref().map(Capture::create).transpose()
}

impl Watch {
    /// # Errors
    /// There is no thread, or the capture cannot be written.
    pub(super) fn start(options: &Watching, file: Option<File>, resolved: &Resolved) -> anyhow::Result<Watch> {
        let capture = match (&options.capture, file) {
            (Some(path), Some(file)) => {
                let limit = options.capture_limit.saturating_mul(1 << 20);
                Some(Capture::start(file, path, options.capture_frames, limit)?)
            }
            _ => None,
        };
        let audit = NonZeroU32::new(options.audit).map(|one_in| Audit::start(one_in, resolved.clone())).transpose()?;
        Ok(Watch { capture, audit, staged: None, changes: Changes::default() })
    }

    /// For one worker.
    pub(super) fn gear(&self) -> Gear {
        Gear {
            recorder: self.capture.as_ref().map(Capture::recorder),
            sampler: self.audit.as_ref().map(Audit::sampler),
        }
    }

    /// Another document is in force.
    pub(super) fn swap(&self, resolved: &Resolved) {
        if let Some(audit) = &self.audit {
            audit.swap(resolved.clone());
        }
    }

    /// The pending document is another one, or cannot be judged by.
    pub(super) fn stage(&mut self, news: News, workers: &Workers) {
        match news {
            News::Policy(Resolved { policy, .. }) => {
                self.staged = Some(policy.revision());
                self.changes = Changes::default();
                workers.stage(Some(&policy));
                tracing::info!(
                    "staged: packets are judged by revision {} of the pending document, too",
                    policy.revision()
                );
            }
            News::Refused(why) | News::Away(why) => {
                self.staged = None;
                workers.stage(None);
                tracing::warn!("staged: nothing is judged by the pending document: {why}");
            }
        }
    }

    pub(super) fn add(&mut self, tally: &Tally) {
        // What was counted of the pending policy before it comes late.
        let Some(pending) = tally.pending.as_ref().filter(|pending| self.staged == Some(pending.revision)) else {
            return;
        };
        for changes in pending.changes.iter().flat_map(|(_, both)| both) {
            self.changes.would_drop += changes.would_drop;
            self.changes.would_accept += changes.would_accept;
        }
    }

    /// Says what the pending policy would change. What the one before it would have changed may come late.
    pub(super) fn tell(&self, change: &Change) {
        let Change { vnic, direction, revision, pending, packet } = change;
        if self.staged == Some(*revision) {
            tracing::info!("staged: {vnic} {direction} would {pending}: {packet}");
        }
    }

    /// What was found so far.
    pub(super) fn watched(&self) -> Watched {
        let audit = self.audit.as_ref().map(|audit| {
            let Counts { checked, differing, .. } = audit.counts();
            Audited { checked: checked.load(Ordering::Relaxed), differing: differing.load(Ordering::Relaxed) }
        });
        let Changes { would_drop, would_accept } = self.changes;
        Watched { audit, staged: self.staged.map(|revision| Staged { revision: revision.0, would_drop, would_accept }) }
    }

    /// What could not be kept up with so far.
    pub(super) fn unseen(&self) -> Unseen {
        Unseen {
            captured: self.capture.as_ref().map(Capture::lost),
            audited: self.audit.as_ref().map(|audit| audit.counts().missed.load(Ordering::Relaxed)),
        }
    }

    pub(super) fn summarize(&self) {
        if let Some(revision) = self.staged {
            let Changes { would_drop, would_accept } = self.changes;
            tracing::info!(
                "staged: revision {revision} would have dropped {would_drop} packets that passed and passed {would_accept} that were dropped"
            );
        }
        if let Some(counts) = self.audit.as_ref().map(Audit::counts) {
            let (checked, differing) =
                (counts.checked.load(Ordering::Relaxed), counts.differing.load(Ordering::Relaxed));
            match differing {
                0 => tracing::info!("audit: {checked} verdicts found again, none of them another one"),
                _ => tracing::error!("audit: {differing} of {checked} verdicts were found to be others"),
            }
        }
    }

    /// Writes what is left; the workers have ended.
    pub(super) fn finish(self) {
        if let Some(capture) = self.capture {
            capture.finish();
        }
    }
}
