//! What an enforcer owns at its start, where it does not take over.

use policy::{Policy, VnicId};

use super::{Owned, Strictness};
use crate::at_once::Pace;
use crate::daemon::wanted::{self, Found};
use crate::links::Depth;
use crate::state::{Recalled, Resumed};
use crate::workers::Workers;

impl Owned {
    /// Takes all vnics that it should own, with the flows that they had. Only these get them: a vnic whose link comes later is
    /// of an instance that has started since.
    ///
    /// What cannot be owned is said, and tried again at the next look: what is wrong with one vnic is no other's fault.
    ///
    /// # Errors
    /// There is nothing to own, or none of it can be owned; then why the first one cannot.
    pub(in crate::daemon) fn take_first(
        &mut self,
        policy: &Policy,
        mut recalled: Recalled,
        workers: &mut Workers,
    ) -> anyhow::Result<()> {
        self.check_given(policy)?;
        let (survey, _) = self.survey(Depth::Links)?;
        let Found { here, doubts } = wanted::find(policy, &self.given, &self.patterns, survey.links());
        // A link that is named on the command line and is not there is a mistake.
        let wanted = if self.given.is_empty() { here } else { self.given.clone() };
        if wanted.is_empty() {
            self.explain_nothing(policy)?;
        }
        for doubt in &doubts {
            self.complain(doubt.vnic(), doubt.to_string());
        }
        let with_flows = wanted.into_iter().map(|link| {
            let flows = resume(policy, &link.vnic, &mut recalled);
            (link, flows)
        });
        let taken = self.take(Pace::Alone, with_flows.collect(), &survey, workers)?;
        let mut failed: Vec<(VnicId, anyhow::Error)> =
            taken.into_iter().filter_map(|(link, taken)| Some((link.vnic, taken.err()?))).collect();
        if self.holdings.is_empty() && !failed.is_empty() {
            let (vnic, error) = failed.swap_remove(0);
            return Err(error.context(format!("cannot own vnic `{vnic}`")));
        }
        failed.into_iter().for_each(|(vnic, error)| self.complain(&vnic, format!("{error:#}")));
        Ok(())
    }

    pub(super) fn check_given(&self, policy: &Policy) -> anyhow::Result<()> {
        let Some(stranger) = self.given.iter().find(|link| policy.vnic_index(&link.vnic).is_none()) else {
            return Ok(());
        };
        let known: Vec<String> = policy.vnics().map(|(_, vnic)| format!("`{}`", vnic.id)).collect();
        let vnic = &stranger.vnic;
        match known.as_slice() {
            [] => anyhow::bail!("the document has no vnic `{vnic}`, nor any other: add the instance to it"),
            _ => anyhow::bail!("the document has no vnic `{vnic}`: it has {}", known.join(", ")),
        }
    }

    fn explain_nothing(&self, policy: &Policy) -> anyhow::Result<()> {
        let interfaces: Vec<String> =
            policy.vnics().filter_map(|(_, vnic)| Some(format!("`{}`", vnic.interface.as_ref()?))).collect();
        match (self.strictness, interfaces.as_slice()) {
            (Strictness::Waiting, _) => {
                tracing::warn!("this host has no interface of the document yet; waiting for one");
                Ok(())
            }
            (Strictness::OneHost, []) => anyhow::bail!(
                "no vnic of the document has an `interface`, so there is nothing to own: add it, or name one with `--vnic ID=INTERFACE`"
            ),
            (Strictness::OneHost, interfaces) => anyhow::bail!(
                "this host has none of the document's interfaces {}: start an instance first, or name one with `--vnic ID=INTERFACE`",
                interfaces.join(", ")
            ),
        }
    }
}

/// The flows that a vnic had; none, said loudly, if they are of another one.
pub(super) fn resume(policy: &Policy, vnic: &VnicId, recalled: &mut Recalled) -> Option<Resumed> {
    let vnic = policy.vnic(policy.vnic_index(vnic)?);
    recalled.take(vnic).unwrap_or_else(|error| {
        tracing::warn!("{error}");
        None
    })
}
