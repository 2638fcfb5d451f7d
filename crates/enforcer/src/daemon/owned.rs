//! The vnics that this enforcer owns, and those that it should.

mod adopt;
mod first;
mod sockets;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use conntrack::Zone;
use policy::{Policy, VnicId};

use super::wanted::{self, Doubt, Found};
use crate::at_once::Pace;
use crate::links::{self, Claims, Depth, Flaw, Kernel, LinkError, Survey, Wiring};
use crate::netns::Netns;
use crate::options::{NamePattern, Options, VnicLink};
use crate::report::OwnedPort;
use crate::state::Resumed;
use crate::worker::Port;
use crate::workers::Workers;
use sockets::{Opening, Sockets};

/// As many vnics are taken at once; the first ones do not wait for all others.
const AT_ONCE: usize = 32;

/// How many of them a message lists.
const LISTED: usize = 12;

/// From one attempt to own a link to the next: a vnic that fails again and again must not keep the host busy.
const PACE: Duration = Duration::from_secs(1);

/// A vnic whose links are laid and open.
type Ready = (Arc<Wiring>, Sockets);

/// The vnics that this enforcer owns.
pub(super) struct Owned {
    netns: Netns,
    kernel: Arc<Kernel>,
    claims: Arc<Claims>,
    bridge: String,
    opening: Opening,
    /// The only ones to own; empty for all whose guest side this host has.
    given: Vec<VnicLink>,
    patterns: Vec<NamePattern>,
    strictness: Strictness,
    holdings: BTreeMap<VnicId, Holding>,
    /// A vnic keeps its zone as long as the enforcer lives.
    zones: BTreeMap<VnicId, Zone>,
    /// How many vnics were given up so far.
    given_up: u64,
    /// The last attempt to own each, and the number of the link that it was for.
    attempts: BTreeMap<VnicId, (Instant, Option<u32>)>,
    /// What was said of vnics that cannot be owned, so that it is said once.
    complaints: BTreeMap<VnicId, String>,
}

/// Whether having nothing to own is a mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strictness {
    /// The document is for this host, and names its links.
    OneHost,
    /// The document is for many hosts, or links are found by a pattern, so they may come later.
    Waiting,
}

impl Owned {
    /// # Errors
    /// There is no connection to the kernel.
    pub(super) fn new(options: &Options, netns: Netns) -> anyhow::Result<Owned> {
        let strictness = match (&options.controller, options.interfaces.as_slice()) {
            (None, []) => Strictness::OneHost,
            (Some(_), _) | (None, [_, ..]) => Strictness::Waiting,
        };
        let kernel = netns.run(Kernel::connect)??;
        let claims = netns.run(Claims::open)?;
        Ok(Owned {
            netns,
            kernel: Arc::new(kernel),
            claims: Arc::new(claims),
            bridge: options.bridge.clone(),
            opening: Opening { backend: options.backend, ring: options.ring.map(|mib| mib << 20) },
            given: options.vnics.clone(),
            patterns: options.interfaces.clone(),
            strictness,
            holdings: BTreeMap::new(),
            zones: BTreeMap::new(),
            given_up: 0,
            attempts: BTreeMap::new(),
            complaints: BTreeMap::new(),
        })
    }

    /// Looks at all links: sets again what somebody changed, gives up what cannot be owned any more, and takes what came or
    /// can be owned now. What cannot be owned is said. Answers when to look again, where something must be tried again.
    pub(super) fn look(&mut self, depth: Depth, policy: &Policy, workers: &mut Workers) -> Option<Instant> {
        let (survey, conditions) = match self.survey(depth) {
            Ok(seen) => seen,
            Err(error) => {
                tracing::warn!("cannot look at the links: {error:#}");
                return Some(Instant::now() + PACE);
            }
        };
        for condition in conditions {
            self.judge(condition, workers);
        }
        let Found { here, doubts } = wanted::find(policy, &self.given, &self.patterns, survey.links());
        // A vnic keeps the link that it has.
        for doubt in doubts.iter().filter(|doubt| !self.holdings.contains_key(doubt.vnic())).collect::<Vec<_>>() {
            self.complain(doubt.vnic(), doubt.to_string());
        }
        self.make_way(&here, workers);
        let again = self.take_more(&here, &survey, workers);
        // What was said of a vnic that has left is said again when it is back.
        let known: BTreeSet<&VnicId> =
            here.iter().map(|link| &link.vnic).chain(doubts.iter().map(Doubt::vnic)).collect();
        self.complaints.retain(|vnic, _| known.contains(vnic));
        self.attempts.retain(|vnic, _| known.contains(vnic));
        again
    }

    /// Whether it owns a vnic.
    pub(super) fn has(&self, vnic: &VnicId) -> bool {
        self.holdings.contains_key(vnic)
    }

    /// Gives up a vnic whose link failed at the worker.
    pub(super) fn lose(&mut self, vnic: &VnicId, workers: &mut Workers) {
        if let Some(Holding { wiring, .. }) = self.holdings.remove(vnic) {
            self.given_up += 1;
            // The worker told of the links that it gave up; by now it may have been given new ones.
            workers.remove(vnic);
            self.remove(vec![wiring]);
        }
    }

    /// Gives up everything.
    pub(super) fn release(&mut self, workers: &mut Workers) {
        self.holdings.keys().for_each(|vnic| workers.remove(vnic));
        self.remove_all();
    }

    /// Removes all links that were made.
    pub(super) fn remove_all(&mut self) {
        let holdings = std::mem::take(&mut self.holdings).into_values();
        self.remove(holdings.map(|holding| holding.wiring).collect());
    }

    /// The vnics and how they are served.
    pub(super) fn ports(&self) -> Vec<OwnedPort> {
        let port = |Holding { wiring, backend }: &Holding| OwnedPort {
            vnic: wiring.vnic.to_string(),
            interface: wiring.guest.clone(),
            backend,
        };
        self.holdings.values().map(port).collect()
    }

    /// How many vnics were given up so far, because their links went or changed.
    pub(super) fn given_up(&self) -> u64 {
        self.given_up
    }

    /// How many vnics are owned, and how many cannot be.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.holdings.len(), self.complaints.keys().filter(|vnic| !self.holdings.contains_key(*vnic)).count())
    }

    /// What the kernel says now, and what became of the links that were laid.
    fn survey(&self, depth: Depth) -> anyhow::Result<(Arc<Survey>, Vec<Condition>)> {
        let (kernel, bridge) = (Arc::clone(&self.kernel), self.bridge.clone());
        let wirings: Vec<Arc<Wiring>> = self.holdings.values().map(|holding| Arc::clone(&holding.wiring)).collect();
        let seen = self.netns.run(move || {
            let survey = kernel.survey()?;
            let mend = |wiring: &Arc<Wiring>| Condition {
                vnic: wiring.vnic.clone(),
                mended: wiring.mend(&kernel, &survey, &bridge, depth),
            };
            let conditions = wirings.iter().map(mend).collect();
            Ok::<_, LinkError>((Arc::new(survey), conditions))
        })?;
        Ok(seen?)
    }

    fn judge(&mut self, condition: Condition, workers: &mut Workers) {
        let Condition { vnic, mended } = condition;
        match mended {
            Ok(flaws) => {
                self.complaints.remove(&vnic);
                flaws.iter().for_each(|flaw| tracing::warn!("{vnic}: {flaw}"));
            }
            Err(error) if error.ends_ownership() => {
                if error.is_gone() {
                    tracing::info!("{vnic}: its link is gone; its traffic stops until the link is back");
                } else {
                    tracing::warn!("{vnic}: {error}; its traffic stops until that is mended");
                }
                self.lose(&vnic, workers);
            }
            Err(error) => self.complain(&vnic, error.to_string()),
        }
    }

    /// Gives up vnics that have another link now, or whose link is another vnic's, before any of these links is taken.
    fn make_way(&mut self, here: &[VnicLink], workers: &mut Workers) {
        let links: BTreeMap<&VnicId, &str> = here.iter().map(|link| (&link.vnic, link.interface.as_str())).collect();
        let vnics: BTreeMap<&str, &VnicId> = here.iter().map(|link| (link.interface.as_str(), &link.vnic)).collect();
        let has_moved = |(vnic, holding): &(&VnicId, &Holding)| {
            let guest = holding.wiring.guest.as_str();
            links.get(vnic).is_some_and(|link| *link != guest) || vnics.get(guest).is_some_and(|other| other != vnic)
        };
        let moved: Vec<VnicId> = self.holdings.iter().filter(has_moved).map(|(vnic, _)| vnic.clone()).collect();
        for vnic in moved {
            tracing::info!("{vnic}: the document gives its link to another vnic, or it another link");
            self.lose(&vnic, workers);
        }
    }

    /// Takes the vnics that came since, moved, or failed before. Answers when to try again, where something failed or it is too early.
    fn take_more(&mut self, here: &[VnicLink], survey: &Arc<Survey>, workers: &mut Workers) -> Option<Instant> {
        let now = Instant::now();
        let mut due = Vec::new();
        let mut again = Vec::new();
        for link in here.iter().filter(|link| !self.holdings.contains_key(&link.vnic)) {
            let number = survey.named(&link.interface).map(|link| link.index);
            match self.attempts.get(&link.vnic) {
                Some((last, of)) if *of == number && now < *last + PACE => again.push(*last + PACE),
                Some(_) | None => due.push((link.clone(), None)),
            }
        }
        match self.take(Pace::BesideFrames, due, survey, workers) {
            Ok(taken) => {
                for (link, taken) in taken {
                    again.extend(self.note_taken(link, taken).map(|()| now + PACE));
                }
            }
            Err(error) => tracing::error!("cannot make links: {error:#}"),
        }
        again.into_iter().min()
    }

    /// Says what became of a vnic that was to be taken; something where that must be tried again.
    fn note_taken(&mut self, link: VnicLink, taken: anyhow::Result<&'static str>) -> Option<()> {
        let VnicLink { vnic, interface } = link;
        match taken {
            Ok(backend) => {
                self.complaints.remove(&vnic);
                tracing::info!("enforcing for {}", Named { vnic: &vnic, interface: &interface, backend });
                None
            }
            Err(error) => {
                // An instance that has just stopped is no fault.
                if !error.downcast_ref::<LinkError>().is_some_and(LinkError::is_gone) {
                    self.complain(&vnic, format!("{error:#}"));
                }
                Some(())
            }
        }
    }

    /// Takes vnics, with flows that some had, and answers what the frames of each come and go by.
    ///
    /// # Errors
    /// The thread that makes links has ended. What is wrong with one vnic is in its answer.
    fn take(
        &mut self,
        pace: Pace,
        links: Vec<(VnicLink, Option<Resumed>)>,
        survey: &Arc<Survey>,
        workers: &mut Workers,
    ) -> anyhow::Result<Vec<(VnicLink, anyhow::Result<&'static str>)>> {
        let mut taken = Vec::new();
        let mut links = links.into_iter().peekable();
        while links.peek().is_some() {
            let (some, flows): (Vec<VnicLink>, Vec<_>) = links.by_ref().take(AT_ONCE).unzip();
            let ready = self.make_ready(pace, &some, survey)?;
            for ((link, flows), ready) in some.into_iter().zip(flows).zip(ready) {
                let backend = ready.map(|(wiring, sockets)| self.serve(wiring, sockets, (flows, None), workers));
                taken.push((link, backend));
            }
        }
        Ok(taken)
    }

    /// Lays the links of vnics and opens them; of one that fails nothing is left.
    fn make_ready(
        &mut self,
        pace: Pace,
        links: &[VnicLink],
        survey: &Arc<Survey>,
    ) -> anyhow::Result<Vec<anyhow::Result<Ready>>> {
        for VnicLink { vnic, interface } in links {
            self.attempts.insert(vnic.clone(), (Instant::now(), survey.named(interface).map(|link| link.index)));
        }
        let laid = self.lay(links, survey)?;
        let ends = laid.iter().flatten().map(|wiring| [wiring.guest.clone(), wiring.uplink.clone()]);
        let mut opened = self.open(pace, ends.collect())?.into_iter();
        let mut failed = Vec::new();
        let mut open = |wiring: Arc<Wiring>| match opened.next().expect("an answer for each") {
            Ok(sockets) => Ok((wiring, sockets)),
            Err(error) => {
                failed.push(wiring);
                Err(error.into())
            }
        };
        let ready = laid.into_iter().map(|laid| open(laid?)).collect();
        self.remove(failed);
        Ok(ready)
    }

    fn lay(&self, links: &[VnicLink], survey: &Arc<Survey>) -> anyhow::Result<Vec<Result<Arc<Wiring>, LinkError>>> {
        let (kernel, claims) = (Arc::clone(&self.kernel), Arc::clone(&self.claims));
        let (survey, bridge) = (Arc::clone(survey), self.bridge.clone());
        let vnics: Vec<(VnicId, String)> =
            links.iter().map(|link| (link.vnic.clone(), link.interface.clone())).collect();
        // What changed since the survey is found by the look that follows each change.
        let laid = self.netns.run(move || links::lay(&kernel, &claims, &survey, &bridge, &vnics))?;
        Ok(laid.into_iter().map(|laid| laid.map(Arc::new)).collect())
    }

    /// Gives a vnic to a worker: with flows that it had, and with the frames that arrived after a time since 1970-01-01 UTC. Answers
    /// what its frames come and go by.
    fn serve(
        &mut self,
        wiring: Arc<Wiring>,
        Sockets { guest, uplink }: Sockets,
        (flows, since): (Option<Resumed>, Option<Duration>),
        workers: &mut Workers,
    ) -> &'static str {
        let (vnic, backend) = (wiring.vnic.clone(), guest.backend());
        let zone = self.zone(&vnic);
        self.holdings.insert(vnic.clone(), Holding { wiring, backend });
        workers.add(Port { vnic, zone, guest, uplink, flows, since });
        backend
    }

    fn zone(&mut self, vnic: &VnicId) -> Zone {
        let next = Zone(u32::try_from(self.zones.len()).expect("a host has less than 2^32 vnics"));
        *self.zones.entry(vnic.clone()).or_insert(next)
    }

    fn remove(&self, wirings: Vec<Arc<Wiring>>) {
        let kernel = Arc::clone(&self.kernel);
        if wirings.is_empty() {
            return;
        }
        let removed = self.netns.run(move || {
            links::remove(&kernel, &wirings.iter().map(AsRef::as_ref).collect::<Vec<_>>());
        });
        if let Err(error) = removed {
            tracing::warn!("left behind: {error}");
        }
    }

    fn complain(&mut self, vnic: &VnicId, text: String) {
        if self.complaints.get(vnic) != Some(&text) {
            tracing::error!("cannot enforce for vnic `{vnic}`, so the enforcer passes nothing of it on: {text}");
            self.complaints.insert(vnic.clone(), text);
        }
    }
}

/// A vnic that is owned.
struct Holding {
    wiring: Arc<Wiring>,
    /// What its frames come and go by.
    backend: &'static str,
}

/// What became of the links of a vnic.
struct Condition {
    vnic: VnicId,
    mended: Result<Vec<Flaw>, LinkError>,
}

/// How a vnic is served, for people.
struct Named<'a> {
    vnic: &'a VnicId,
    interface: &'a str,
    backend: &'static str,
}

impl fmt::Display for Named<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Named { vnic, interface, backend } = self;
        write!(out, "`{vnic}` at `{interface}` by {backend}")
    }
}

impl fmt::Display for Owned {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.holdings.is_empty() {
            return out.write_str("no vnic yet");
        }
        for (at, Holding { wiring, backend }) in self.holdings.values().take(LISTED).enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(out, "{comma}{}", Named { vnic: &wiring.vnic, interface: &wiring.guest, backend })?;
        }
        if let Some(more @ 1..) = self.holdings.len().checked_sub(LISTED) {
            write!(out, " and {more} more")?;
        }
        write!(out, " in front of bridge `{}`", self.bridge)
    }
}
