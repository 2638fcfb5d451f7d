//! The links around a vnic, so that the enforcer is the only path between an instance and its bridge.
//!
//! ```text
//! instance === guest side | enforcer | pcu-web ===veth=== pcb-web --- bridge
//!              (given)                 (made)             (made)
//! ```
//!
//! The kernel forwards nothing between the guest side and `pcu-web`. Whoever ends the enforcer, however, ends the traffic.
//! A clean stop removes the pair; what a killed enforcer left is replaced by the next one.
//!
//! The host's own network stack stays off both owned ends, because an instance must not reach the host past the policy. What
//! arrives there is dropped at the ingress ([`ingress`]), behind AF_PACKET. And there is nothing to arrive at: IFF_NOARP stops ARP,
//! `disable_ipv6` stops IPv6, and `rp_filter` in strict mode on a link without any address stops IPv4 but for broadcasts from
//! 0.0.0.0, since no source address is reachable through it ([`stack`]). These three stay at the guest side when the enforcer ends
//! or gives the vnic up, for the instance may well go on; the drop is taken away, so that a bridge can have the link.
//!
//! A successor goes on with links that stand ([`Laid`]).
//!
//! Contract: [`lay`] either makes all of a vnic's or leaves nothing of it behind, and [`Wiring::mend`] keeps it so, whoever changes it. One enforcer at a time owns a guest side.
//!
//! Absent: addresses, routes, the bridge itself, and frames.

mod claim;
mod error;
mod handed;
mod ingress;
mod kernel;
mod mend;
mod name;
mod nftables;
mod stack;
mod survey;
mod watch;

pub(crate) use claim::Claims;
pub(crate) use error::LinkError;
pub(crate) use handed::Laid;
pub(crate) use kernel::{Kernel, Link};
pub(crate) use mend::{Depth, Flaw};
pub(crate) use survey::Survey;
pub(crate) use watch::Changes;

use std::collections::BTreeSet;
use std::sync::Arc;

use policy::VnicId;

use crate::fnv::fnv1a;
use claim::Claim;
use name::UplinkNames;

/// The links of one vnic, in place.
#[derive(Debug)]
pub(crate) struct Wiring {
    /// The vnic.
    pub(crate) vnic: VnicId,
    /// Its guest side.
    pub(crate) guest: String,
    /// The end of its uplink that the enforcer owns.
    pub(crate) uplink: String,
    owned: Link,
    port: Link,
    /// The guest side as it was found.
    found: Link,
    _claim: Claim,
}

/// A vnic whose guest side is claimed.
struct Claimed<'s> {
    vnic: &'s VnicId,
    guest: &'s Link,
    claim: Claim,
}

/// Lays the links of vnics, each between its guest side and the bridge, as a survey shows them. Answers in their order.
///
/// # Errors
/// A guest side or the bridge cannot be used, or the kernel refuses; nothing of that vnic is left behind.
pub(crate) fn lay(
    kernel: &Kernel,
    claims: &Arc<Claims>,
    survey: &Survey,
    bridge: &str,
    vnics: &[(VnicId, String)],
) -> Vec<Result<Wiring, LinkError>> {
    let claim = |(vnic, guest)| {
        survey.bridge(bridge)?;
        Ok(Claimed { vnic, guest: survey.guest(guest)?, claim: claims.take(guest)? })
    };
    let claimed: Vec<Result<Claimed<'_>, LinkError>> = vnics.iter().map(|(vnic, guest)| claim((vnic, guest))).collect();
    let left = claimed.iter().flatten().filter_map(|claimed| survey.named(&UplinkNames::of(claimed.vnic).owned));
    let left: Vec<&Link> = left.filter(|link| link.is_veth()).collect();
    if !left.is_empty() {
        // What stays is looked at once more, one by one.
        let _ = kernel.remove_all(&left);
    }
    // Looked for now, because links may have taken theirs along.
    let dropping = ingress::dropping();
    claimed.into_iter().map(|claimed| claimed?.lay(kernel, survey.bridge(bridge)?, &dropping)).collect()
}

impl Claimed<'_> {
    fn lay(self, kernel: &Kernel, bridge: &Link, dropping: &BTreeSet<String>) -> Result<Wiring, LinkError> {
        let Claimed { vnic, guest, claim } = self;
        let names = UplinkNames::of(vnic);
        remove_leftover(kernel, &names.owned)?;
        remove_leftover(kernel, &names.port)?;
        let (owned, port) = add_uplink(kernel, &names)?;
        let wiring = Wiring {
            vnic: vnic.clone(),
            guest: guest.name.clone(),
            uplink: names.owned,
            owned,
            port,
            found: guest.clone(),
            _claim: claim,
        };
        match wiring.build(kernel, bridge, dropping) {
            Ok(()) => Ok(wiring),
            Err(error) => {
                remove(kernel, &[&wiring]);
                Err(error)
            }
        }
    }
}

/// Removes the uplinks, and takes guest sides down that were. The host's network stack stays off them. What fails is said and passed
/// over, because the rest must still be undone.
pub(crate) fn remove(kernel: &Kernel, wirings: &[&Wiring]) {
    let owned: Vec<&Link> = wirings.iter().map(|wiring| &wiring.owned).collect();
    let removed = match kernel.remove_all(&owned) {
        Ok(()) => Vec::new(),
        Err(_) => wirings.iter().map(|wiring| kernel.remove(&wiring.uplink)).collect(),
    };
    let links: Vec<&str> = wirings.iter().flat_map(|wiring| [wiring.uplink.as_str(), &wiring.guest]).collect();
    let opened = ingress::open(&links);
    let opened = opened.map_err(|error| LinkError::System { doing: "taking the drop off links".to_owned(), error });
    let given_back = wirings.iter().map(|wiring| wiring.give_guest_back(kernel));
    for error in removed.into_iter().chain([opened]).chain(given_back).filter_map(Result::err) {
        tracing::warn!("left behind: {error}");
    }
}

impl Wiring {
    fn build(&self, kernel: &Kernel, bridge: &Link, dropping: &BTreeSet<String>) -> Result<(), LinkError> {
        let Wiring { vnic, owned, port, found: guest, .. } = self;
        for link in [owned, port, guest] {
            stack::quiet(&link.name)?;
        }
        for link in [owned, guest].into_iter().filter(|link| !dropping.contains(&link.name)) {
            // The rest keeps the stack off, but for broadcasts.
            if let Err(error) = ingress::shut(&link.name) {
                tracing::warn!(
                    "{vnic}: the instance's broadcasts from 0.0.0.0 reach the host at `{}`, because its kernel has no ingress hook of nftables: {error}",
                    link.name
                );
            }
        }
        kernel.set(&port.name, port.message().mtu(guest.mtu).address(port_mac(vnic)).controller(bridge.index))?;
        kernel.set(&owned.name, owned.message().mtu(guest.mtu).arp(false))?;
        kernel.set(&guest.name, guest.message().arp(false))?;
        for link in [port, owned, guest] {
            kernel.set(&link.name, link.message().up())?;
        }
        Ok(())
    }

    fn give_guest_back(&self, kernel: &Kernel) -> Result<(), LinkError> {
        let guest = &self.found;
        // The instance may be gone by now, and its link with it.
        let is_there = kernel.link(&guest.name)?.is_some_and(|link| link.index == guest.index);
        if is_there && !guest.up { kernel.set(&guest.name, guest.message().down()) } else { Ok(()) }
    }
}

fn add_uplink(kernel: &Kernel, names: &UplinkNames) -> Result<(Link, Link), LinkError> {
    kernel.add_pair(&names.owned, &names.port)?;
    match (kernel.require(&names.owned), kernel.require(&names.port)) {
        (Ok(owned), Ok(port)) => Ok((owned, port)),
        (Err(error), _) | (_, Err(error)) => {
            // The first fault is the one to tell.
            let _ = kernel.remove(&names.owned);
            Err(error)
        }
    }
}

/// Removes what a killed enforcer left.
fn remove_leftover(kernel: &Kernel, name: &str) -> Result<(), LinkError> {
    match kernel.link(name)? {
        Some(link) if link.is_veth() => kernel.remove(name),
        Some(_) => Err(LinkError::Foreign { name: name.to_owned() }),
        None => Ok(()),
    }
}

/// A MAC for the port of the bridge. A bridge takes the lowest MAC of its ports for its own; 0xfe keeps that from
/// happening, as libvirt does for its taps.
fn port_mac(vnic: &VnicId) -> Vec<u8> {
    let [a, b, c, d, e, ..] = fnv1a(vnic.as_str().as_bytes()).to_le_bytes();
    vec![0xfe, a, b, c, d, e]
}
