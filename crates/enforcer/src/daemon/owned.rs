//! The vnics that this enforcer owns, and those that it should.

mod adopt;
mod first;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use conntrack::Zone;
use datapath::pnet::Pnet;
use datapath::ring::Ring;
use datapath::{IoError, PacketIo};
use policy::{Policy, VnicId};

use super::wanted::{self, Doubt, Found};
use crate::links::{self, Depth, Flaw, Kernel, LinkError, Survey, Wiring};
use crate::netns::Netns;
use crate::options::{Backend, NamePattern, Options, VnicLink};
use crate::report::OwnedPort;
use crate::state::Resumed;
use crate::worker::Port;
use crate::workers::Workers;

/// From one attempt to own a link to the next: a vnic that fails again and again must not keep the host busy.
const PACE: Duration = Duration::from_secs(1);

/// The vnics that this enforcer owns.
pub(super) struct Owned {
    netns: Netns,
    kernel: Arc<Kernel>,
    bridge: String,
    backend: Backend,
    /// Bytes of memory that a link by ring shares with the kernel.
    ring: usize,
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
        Ok(Owned {
            netns,
            kernel: Arc::new(kernel),
            bridge: options.bridge.clone(),
            backend: options.backend,
            ring: options.ring << 20,
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
        let again = here.iter().filter_map(|link| self.take_more(link, &survey, workers)).min();
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

    /// Takes a vnic that came since, moved, or failed before. Answers when to try, where it is too early.
    fn take_more(&mut self, link: &VnicLink, survey: &Arc<Survey>, workers: &mut Workers) -> Option<Instant> {
        let VnicLink { vnic, interface } = link;
        if self.holdings.contains_key(vnic) {
            return None;
        }
        let now = Instant::now();
        let number = survey.named(interface).map(|link| link.index);
        match self.attempts.get(vnic) {
            Some((last, of)) if *of == number && now < *last + PACE => return Some(*last + PACE),
            Some(_) | None => {}
        }
        match self.take(link, None, survey, workers) {
            Ok(backend) => {
                self.complaints.remove(vnic);
                tracing::info!("enforcing for {}", Named { vnic, interface, backend });
                None
            }
            Err(error) => {
                // An instance that has just stopped is no fault.
                if !error.downcast_ref::<LinkError>().is_some_and(LinkError::is_gone) {
                    self.complain(vnic, format!("{error:#}"));
                }
                Some(now + PACE)
            }
        }
    }

    /// Answers what its frames come and go by.
    fn take(
        &mut self,
        link: &VnicLink,
        flows: Option<Resumed>,
        survey: &Arc<Survey>,
        workers: &mut Workers,
    ) -> anyhow::Result<&'static str> {
        let VnicLink { vnic, interface } = link;
        self.attempts.insert(vnic.clone(), (Instant::now(), survey.named(interface).map(|link| link.index)));
        let wiring = Arc::new(self.lay(link, survey)?);
        let zone = self.zone(vnic);
        match self.open(&wiring, zone) {
            Ok(port) => {
                let backend = port.guest.backend();
                workers.add(Port { flows, ..port });
                self.holdings.insert(vnic.clone(), Holding { wiring, backend });
                Ok(backend)
            }
            Err(error) => {
                self.remove(vec![wiring]);
                Err(error)
            }
        }
    }

    fn lay(&self, link: &VnicLink, survey: &Arc<Survey>) -> anyhow::Result<Wiring> {
        let (kernel, survey, bridge) = (Arc::clone(&self.kernel), Arc::clone(survey), self.bridge.clone());
        let VnicLink { vnic, interface } = link.clone();
        // What changed since the survey is found by the look that follows each change.
        Ok(self.netns.run(move || links::lay(&kernel, &survey, &bridge, &vnic, &interface))??)
    }

    fn open(&self, wiring: &Wiring, zone: Zone) -> anyhow::Result<Port> {
        let (guest, uplink) = self.open_links(&wiring.guest, &wiring.uplink)?;
        Ok(Port { vnic: wiring.vnic.clone(), zone, guest, uplink, flows: None, since: None })
    }

    fn open_links(&self, guest: &str, uplink: &str) -> anyhow::Result<(Box<dyn PacketIo>, Box<dyn PacketIo>)> {
        let (backend, ring) = (self.backend, self.ring);
        let (guest, uplink) = (guest.to_owned(), uplink.to_owned());
        let open = move || Ok::<_, IoError>((open(backend, ring, &guest)?, open(backend, ring, &uplink)?));
        Ok(self.netns.run(open)??)
    }

    fn zone(&mut self, vnic: &VnicId) -> Zone {
        let next = Zone(u32::try_from(self.zones.len()).expect("a host has less than 2^32 vnics"));
        *self.zones.entry(vnic.clone()).or_insert(next)
    }

    fn remove(&self, wirings: Vec<Arc<Wiring>>) {
        let kernel = Arc::clone(&self.kernel);
        let removed = self.netns.run(move || wirings.into_iter().for_each(|wiring| wiring.remove(&kernel)));
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

/// Whether it was said why links are served by ring.
static SAID: Once = Once::new();

/// Opens a link as asked, or in the best way that the host has, and says which that is and why.
fn open(backend: Backend, memory: usize, link: &str) -> Result<Box<dyn PacketIo>, IoError> {
    match backend {
        Backend::Pnet => Ok(Box::new(Pnet::open(link)?)),
        Backend::Ring => Ok(Box::new(Ring::open_with(link, memory)?)),
        Backend::Auto => match Ring::open_with(link, memory) {
            Ok(ring) => {
                SAID.call_once(|| {
                    tracing::info!("links are served by ring, the quickest way: this kernel has all that it needs")
                });
                Ok(Box::new(ring))
            }
            Err(error @ (IoError::KernelLacks { .. } | IoError::NoMemory { .. })) => {
                tracing::warn!("`{link}` is served by pnet, because the ring cannot be had: {error}");
                Ok(Box::new(Pnet::open(link)?))
            }
            Err(error) => Err(error),
        },
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
        for (at, Holding { wiring, backend }) in self.holdings.values().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(out, "{comma}{}", Named { vnic: &wiring.vnic, interface: &wiring.guest, backend })?;
        }
        write!(out, " in front of bridge `{}`", self.bridge)
    }
}
