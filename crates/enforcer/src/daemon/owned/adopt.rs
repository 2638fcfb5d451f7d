//! Links that stand: taken over from a predecessor, and left to a successor.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use policy::{Policy, VnicId};

use super::first::resume;
use super::{Owned, Sockets};
use crate::at_once::Pace;
use crate::links::{Depth, Laid, LinkError, Survey, Wiring};
use crate::state::Recalled;
use crate::workers::Workers;

/// A predecessor's links, with sockets on them in which frames wait.
pub(in crate::daemon) struct Prepared {
    survey: Arc<Survey>,
    ports: BTreeMap<VnicId, (Laid, Sockets)>,
}

impl Owned {
    /// Opens links that another enforcer still serves.
    ///
    /// # Errors
    /// One of them is not here, or cannot be opened.
    pub(in crate::daemon) fn prepare(&self, laid: &[Laid], policy: &Policy) -> anyhow::Result<Prepared> {
        self.check_given(policy)?;
        let (survey, _) = self.survey(Depth::Links)?;
        let opened = self.open_laid(laid, &survey)?;
        let mut ports = BTreeMap::new();
        for (laid, sockets) in laid.iter().zip(opened) {
            let mut sockets = sockets?;
            // What has come until now is the other's, and needs no room.
            sockets.discard();
            ports.insert(laid.vnic().clone(), (laid.clone(), sockets));
        }
        Ok(Prepared { survey, ports })
    }

    /// Owns links that another enforcer has given up, with the flows that their vnics had. `ended` is, by vnic, when the
    /// other ended, in nanoseconds since 1970-01-01 UTC. What cannot be owned is said, and tried again at the next look.
    ///
    /// # Errors
    /// The links cannot be looked at.
    pub(in crate::daemon) fn adopt(
        &mut self,
        links: Vec<Laid>,
        prepared: Prepared,
        ended: &BTreeMap<String, u64>,
        policy: &Policy,
        mut recalled: Recalled,
        workers: &mut Workers,
    ) -> anyhow::Result<()> {
        let Prepared { mut survey, mut ports } = prepared;
        let is_open = |laid: &Laid| ports.get(laid.vnic()).is_some_and(|(known, _)| known == laid);
        let late: Vec<Laid> = links.iter().filter(|laid| !is_open(laid)).cloned().collect();
        if !late.is_empty() {
            // Some came, or changed, in between.
            (survey, _) = self.survey(Depth::Links)?;
        }
        let opened_late = self.open_laid(&late, &survey)?;
        let mut sockets: BTreeMap<VnicId, anyhow::Result<Sockets>> =
            late.iter().map(|laid| laid.vnic().clone()).zip(opened_late).collect();
        for (vnic, (_, open)) in std::mem::take(&mut ports) {
            sockets.entry(vnic).or_insert(Ok(open));
        }
        for (laid, claimed) in self.claim(links, &survey)? {
            let vnic = laid.vnic().clone();
            let sockets = sockets.remove(&vnic).expect("all were opened");
            match claimed.map_err(anyhow::Error::from).and_then(|wiring| Ok((wiring, sockets?))) {
                Ok((wiring, sockets)) => {
                    let since = ended.get(vnic.as_str()).copied().map(Duration::from_nanos);
                    let flows = resume(policy, &vnic, &mut recalled);
                    let number = survey.named(&wiring.guest).map(|link| link.index);
                    self.attempts.insert(vnic, (Instant::now(), number));
                    self.serve(Arc::new(wiring), sockets, (flows, since), workers);
                }
                Err(error) => tracing::warn!("cannot take over vnic `{vnic}`: {error:#}"),
            }
        }
        Ok(())
    }

    /// The links of all its vnics, for a successor.
    pub(in crate::daemon) fn laid(&self) -> Vec<Laid> {
        self.holdings.values().map(|holding| holding.wiring.laid()).collect()
    }

    /// Gives up everything and leaves the links where they are, for a successor.
    pub(in crate::daemon) fn leave(&mut self) {
        let claims = Arc::clone(&self.claims);
        if let Err(error) = self.netns.run(move || claims.give_up()) {
            tracing::warn!("claims stay until the enforcer ends: {error}");
        }
        self.holdings.clear();
    }

    fn claim(&self, links: Vec<Laid>, survey: &Arc<Survey>) -> anyhow::Result<Vec<(Laid, Result<Wiring, LinkError>)>> {
        let (claims, survey) = (Arc::clone(&self.claims), Arc::clone(survey));
        let claim = move |laid: Laid| (laid.clone(), laid.adopt(&claims, &survey));
        Ok(self.netns.run(move || links.into_iter().map(claim).collect())?)
    }

    fn open_laid(&self, laid: &[Laid], survey: &Survey) -> anyhow::Result<Vec<anyhow::Result<Sockets>>> {
        let failed = |laid: &Laid| format!("cannot take over vnic `{}`", laid.vnic());
        let ends = laid.iter().map(|laid| [laid.guest().to_owned(), laid.uplink().to_owned()]);
        let opened = self.open(Pace::BesideFrames, ends.collect())?.into_iter().zip(laid);
        Ok(opened
            .map(|(sockets, laid)| {
                laid.check(survey).with_context(|| failed(laid))?;
                sockets.with_context(|| failed(laid))
            })
            .collect())
    }
}
