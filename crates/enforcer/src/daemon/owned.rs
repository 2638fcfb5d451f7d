//! The vnics that this enforcer owns, and those that it should.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::Context;
use conntrack::Zone;
use datapath::pnet::Pnet;
use datapath::ring::Ring;
use datapath::{IoError, PacketIo};
use policy::{Policy, VnicId};

use crate::links::{self, Kernel, LinkError, Wiring};
use crate::netns::Netns;
use crate::options::{Backend, Options, VnicLink};
use crate::state::{Recalled, Resumed};
use crate::worker::Port;
use crate::workers::Workers;

/// The vnics that this enforcer owns.
pub(super) struct Owned {
    netns: Netns,
    kernel: Kernel,
    bridge: String,
    backend: Backend,
    /// The only ones to own; empty for all whose interface this host has.
    given: Vec<VnicLink>,
    strictness: Strictness,
    wirings: BTreeMap<VnicId, Wiring>,
    /// A vnic keeps its zone as long as the enforcer lives.
    zones: BTreeMap<VnicId, Zone>,
    /// What was said of vnics that cannot be owned, so that it is said once.
    complaints: BTreeMap<VnicId, String>,
}

/// Whether having nothing to own is a mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strictness {
    /// The document is for this host.
    OneHost,
    /// The controller's document is for many hosts.
    ManyHosts,
}

impl Owned {
    pub(super) fn new(options: &Options, netns: Netns, kernel: Kernel) -> Owned {
        let strictness = if options.controller.is_some() { Strictness::ManyHosts } else { Strictness::OneHost };
        Owned {
            netns,
            kernel,
            bridge: options.bridge.clone(),
            backend: options.backend,
            given: options.vnics.clone(),
            strictness,
            wirings: BTreeMap::new(),
            zones: BTreeMap::new(),
            complaints: BTreeMap::new(),
        }
    }

    /// Takes all vnics that it should own, with the flows that they had. Only these get them: a vnic whose link comes later is
    /// of an instance that has started since.
    ///
    /// # Errors
    /// The first that cannot be owned; the caller releases the others. Or there is none.
    pub(super) fn take_first(
        &mut self,
        policy: &Policy,
        mut recalled: Recalled,
        workers: &mut Workers,
    ) -> anyhow::Result<()> {
        self.check_given(policy)?;
        let wanted = self.wanted(policy)?;
        if wanted.is_empty() {
            self.explain_nothing(policy)?;
        }
        for link in wanted {
            let flows = resume(policy, &link.vnic, &mut recalled);
            self.take(&link, flows, workers).with_context(|| format!("cannot own vnic `{}`", link.vnic))?;
        }
        Ok(())
    }

    /// Takes vnics that came since, and takes again what failed. What cannot be owned is said and tried again later.
    pub(super) fn take_more(&mut self, policy: &Policy, workers: &mut Workers) {
        let wanted = match self.wanted(policy) {
            Ok(wanted) => wanted,
            Err(error) => return tracing::warn!("{error}"),
        };
        for link in wanted {
            if self.wirings.get(&link.vnic).is_some_and(|wiring| wiring.guest == link.interface) {
                continue;
            }
            if let Some(moved) = self.wirings.remove(&link.vnic) {
                workers.remove(&link.vnic);
                self.remove(vec![moved]);
            }
            match self.take(&link, None, workers) {
                Ok(()) => {
                    self.complaints.remove(&link.vnic);
                    tracing::info!("enforcing for {}", Named(&link.vnic, &link.interface));
                }
                Err(error) => self.complain(&link.vnic, &error),
            }
        }
    }

    /// Gives up a vnic whose link failed.
    pub(super) fn lose(&mut self, vnic: &VnicId) {
        if let Some(wiring) = self.wirings.remove(vnic) {
            self.remove(vec![wiring]);
        }
    }

    /// Gives up everything.
    pub(super) fn release(&mut self, workers: &mut Workers) {
        self.wirings.keys().for_each(|vnic| workers.remove(vnic));
        self.remove_all();
    }

    /// Removes all links that were made.
    pub(super) fn remove_all(&mut self) {
        let wirings = std::mem::take(&mut self.wirings).into_values().collect();
        self.remove(wirings);
    }

    /// Pairs of vnic and interface.
    pub(super) fn interfaces(&self) -> Vec<(String, String)> {
        self.wirings.values().map(|wiring| (wiring.vnic.to_string(), wiring.guest.clone())).collect()
    }

    fn take(&mut self, link: &VnicLink, flows: Option<Resumed>, workers: &mut Workers) -> anyhow::Result<()> {
        let VnicLink { vnic, interface } = link;
        let (kernel, bridge) = (&self.kernel, self.bridge.as_str());
        let wiring = self.netns.run(|| links::lay(kernel, bridge, vnic, interface))??;
        let zone = self.zone(vnic);
        match self.open(&wiring, zone) {
            Ok(port) => {
                workers.add(Port { flows, ..port });
                self.wirings.insert(vnic.clone(), wiring);
                Ok(())
            }
            Err(error) => {
                self.remove(vec![wiring]);
                Err(error)
            }
        }
    }

    fn open(&self, wiring: &Wiring, zone: Zone) -> anyhow::Result<Port> {
        let backend = self.backend;
        let (guest, uplink) =
            self.netns.run(|| Ok::<_, IoError>((open(backend, &wiring.guest)?, open(backend, &wiring.uplink)?)))??;
        Ok(Port { vnic: wiring.vnic.clone(), zone, guest, uplink, flows: None })
    }

    fn zone(&mut self, vnic: &VnicId) -> Zone {
        let next = Zone(u32::try_from(self.zones.len()).expect("a host has less than 2^32 vnics"));
        *self.zones.entry(vnic.clone()).or_insert(next)
    }

    fn remove(&self, wirings: Vec<Wiring>) {
        let kernel = &self.kernel;
        let removed = self.netns.run(|| wirings.into_iter().for_each(|wiring| wiring.remove(kernel)));
        if let Err(error) = removed {
            tracing::warn!("left behind: the network namespace cannot be entered: {error}");
        }
    }

    /// The vnics to own with their guest sides, as far as this host has them.
    fn wanted(&self, policy: &Policy) -> Result<Vec<VnicLink>, LinkError> {
        if !self.given.is_empty() {
            return Ok(self.given.clone());
        }
        let links: BTreeSet<String> = self.kernel.links()?.into_iter().map(|link| link.name).collect();
        let here = policy.vnics().filter_map(|(_, vnic)| {
            let interface = vnic.interface.clone().filter(|interface| links.contains(interface))?;
            Some(VnicLink { vnic: vnic.id.clone(), interface })
        });
        Ok(here.collect())
    }

    fn check_given(&self, policy: &Policy) -> anyhow::Result<()> {
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
            (Strictness::ManyHosts, _) => {
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

    fn complain(&mut self, vnic: &VnicId, error: &anyhow::Error) {
        // An instance that has just stopped is no fault.
        if error.downcast_ref::<LinkError>().is_some_and(LinkError::is_gone) {
            return;
        }
        let text = format!("{error:#}");
        if self.complaints.get(vnic) != Some(&text) {
            tracing::error!("cannot own vnic `{vnic}`, so nothing of it passes: {text}");
            self.complaints.insert(vnic.clone(), text);
        }
    }
}

/// The flows that a vnic had; none, said loudly, if they are of another one.
fn resume(policy: &Policy, vnic: &VnicId, recalled: &mut Recalled) -> Option<Resumed> {
    let vnic = policy.vnic(policy.vnic_index(vnic)?);
    recalled.take(vnic).unwrap_or_else(|error| {
        tracing::warn!("{error}");
        None
    })
}

/// Opens a link as asked, or in the best way that the host has.
fn open(backend: Backend, link: &str) -> Result<Box<dyn PacketIo>, IoError> {
    match backend {
        Backend::Pnet => Ok(Box::new(Pnet::open(link)?)),
        Backend::Ring => Ok(Box::new(Ring::open(link)?)),
        Backend::Auto => match Ring::open(link) {
            Ok(ring) => Ok(Box::new(ring)),
            Err(error @ (IoError::KernelLacks { .. } | IoError::NoMemory { .. })) => {
                tracing::warn!("`{link}` is served by pnet, because the ring cannot be had: {error}");
                Ok(Box::new(Pnet::open(link)?))
            }
            Err(error) => Err(error),
        },
    }
}

/// A vnic and its interface, for people.
struct Named<'a>(&'a VnicId, &'a str);

impl fmt::Display for Named<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}` at `{}`", self.0, self.1)
    }
}

impl fmt::Display for Owned {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.wirings.is_empty() {
            return out.write_str("no vnic yet");
        }
        for (at, wiring) in self.wirings.values().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(out, "{comma}{}", Named(&wiring.vnic, &wiring.guest))?;
        }
        write!(out, " in front of bridge `{}`", self.bridge)
    }
}
