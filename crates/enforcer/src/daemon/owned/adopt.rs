//! Links that stand: taken over from a predecessor, and left to a successor.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use datapath::{BATCH, PacketIo};
use policy::{Policy, VnicId};

use super::first::resume;
use super::{Holding, Owned};
use crate::links::{Depth, Laid, LinkError, Survey, Wiring};
use crate::state::Recalled;
use crate::worker::Port;
use crate::workers::Workers;

/// A predecessor's links, with sockets on them in which frames wait.
pub(in crate::daemon) struct Prepared {
    survey: Arc<Survey>,
    ports: BTreeMap<VnicId, Sockets>,
}

/// The open links of one vnic.
struct Sockets {
    laid: Laid,
    guest: Box<dyn PacketIo>,
    uplink: Box<dyn PacketIo>,
}

/// The most batches that are discarded of a link at once, so that a busy one does not keep the others waiting.
const DISCARDED_BATCHES: usize = 64;

impl Owned {
    /// Opens links that another enforcer still serves.
    ///
    /// # Errors
    /// One of them is not here, or cannot be opened.
    pub(in crate::daemon) fn prepare(&self, laid: &[Laid], policy: &Policy) -> anyhow::Result<Prepared> {
        self.check_given(policy)?;
        let (survey, _) = self.survey(Depth::Links)?;
        let open = |laid: &Laid| Ok((laid.vnic().clone(), self.open_laid(laid, &survey)?));
        let mut ports = laid.iter().map(open).collect::<anyhow::Result<BTreeMap<_, _>>>()?;
        // What has come until now is the other's, and needs no room.
        ports.values_mut().for_each(Sockets::discard);
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
        let open = |laid: &Laid| ports.get(laid.vnic()).is_some_and(|sockets| sockets.laid == *laid);
        if !links.iter().all(open) {
            // Some came, or changed, in between.
            (survey, _) = self.survey(Depth::Links)?;
        }
        for (laid, claimed) in self.claim(links, &survey)? {
            let vnic = laid.vnic().clone();
            let sockets = match ports.remove(&vnic) {
                Some(sockets) if sockets.laid == laid => Ok(sockets),
                Some(_) | None => self.open_laid(&laid, &survey),
            };
            match claimed.map_err(anyhow::Error::from).and_then(|wiring| Ok((wiring, sockets?))) {
                Ok((wiring, Sockets { guest, uplink, .. })) => {
                    let since = ended.get(vnic.as_str()).copied().map(Duration::from_nanos);
                    let flows = resume(policy, &vnic, &mut recalled);
                    let zone = self.zone(&vnic);
                    let number = survey.named(&wiring.guest).map(|link| link.index);
                    self.attempts.insert(vnic.clone(), (Instant::now(), number));
                    let holding = Holding { wiring: Arc::new(wiring), backend: guest.backend() };
                    self.holdings.insert(vnic.clone(), holding);
                    workers.add(Port { vnic, zone, guest, uplink, flows, since });
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
        self.holdings.clear();
    }

    fn claim(&self, links: Vec<Laid>, survey: &Arc<Survey>) -> anyhow::Result<Vec<(Laid, Result<Wiring, LinkError>)>> {
        let survey = Arc::clone(survey);
        let claim = move |laid: Laid| (laid.clone(), laid.adopt(&survey));
        Ok(self.netns.run(move || links.into_iter().map(claim).collect())?)
    }

    fn open_laid(&self, laid: &Laid, survey: &Survey) -> anyhow::Result<Sockets> {
        let failed = || format!("cannot take over vnic `{}`", laid.vnic());
        laid.check(survey).with_context(failed)?;
        let (guest, uplink) = self.open_links(laid.guest(), laid.uplink()).with_context(failed)?;
        Ok(Sockets { laid: laid.clone(), guest, uplink })
    }
}

impl Sockets {
    fn discard(&mut self) {
        for link in [&mut self.guest, &mut self.uplink] {
            // A fault shows again when the link is served.
            let taken =
                (0..DISCARDED_BATCHES).map_while(|_| link.poll(BATCH, &mut |_| {}).ok().filter(|taken| *taken > 0));
            let _ = taken.count();
        }
    }
}
