//! Keeps the links of a vnic as they were laid, whoever changes them.
//!
//! | found | then |
//! |---|---|
//! | the uplink or its port is down, another MTU than the guest side's, ARP on, the port off its bridge, the stack let in | it is set again |
//! | the guest side is a port of something | it is taken off; its drop at the ingress keeps frames from passing until then |
//! | the guest side has an address | it is taken off it |
//! | the guest side is gone | the vnic is given up, until it is back |
//! | the uplink is gone | the vnic is given up, and laid anew |
//! | there is no bridge | the uplink waits for one |

use std::fmt;

use super::kernel::{Kernel, Link};
use super::stack::{self, Change};
use super::survey::Survey;
use super::{LinkError, Wiring, ingress};

/// How much of the links is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Depth {
    /// What the kernel tells of changes of.
    Links,
    /// Settings too, whose changes it does not tell.
    Settings,
}

/// What was not as it had been laid, and was set again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    Down { link: String },
    Mtu { link: String, was: u32, guest: u32 },
    Arp { link: String },
    Off { port: String, bridge: String },
    Port { link: String, over: String },
    Address { link: String, address: String },
    Stack { link: String },
}

impl Wiring {
    /// Looks whether the links are as they were laid, and sets again what is not. Answers what that was.
    ///
    /// # Errors
    /// Where [`LinkError::ends_ownership`], the vnic must be given up; else this may be tried again.
    pub(crate) fn mend(
        &self,
        kernel: &Kernel,
        survey: &Survey,
        bridge: &str,
        depth: Depth,
    ) -> Result<Vec<Flaw>, LinkError> {
        let guest = survey.named(&self.guest).filter(|guest| guest.index == self.found.index);
        let guest = guest.ok_or_else(|| LinkError::NoInterface { name: self.guest.clone(), links: Vec::new() })?;
        let mut flaws = Vec::new();
        if let Some(over) = survey.over(guest) {
            kernel.set(&guest.name, guest.message().nocontroller())?;
            flaws.push(Flaw::Port { link: guest.name.clone(), over });
        }
        for address in survey.addresses(guest) {
            kernel.remove_address(address)?;
            flaws.push(Flaw::Address { link: guest.name.clone(), address: address.to_string() });
        }
        let (owned, port) = (self.uplink(survey, &self.owned)?, self.uplink(survey, &self.port)?);
        for link in [guest, owned, port] {
            if depth == Depth::Settings && stack::quiet(&link.name)? == Change::Made {
                flaws.push(Flaw::Stack { link: link.name.clone() });
            }
        }
        for link in [guest, owned].into_iter().filter(|link| !survey.is_dropping(link)) {
            // A kernel that has no such hook has been complained of.
            if depth == Depth::Settings && ingress::shut(&link.name).is_ok_and(|change| change == Change::Made) {
                flaws.push(Flaw::Stack { link: link.name.clone() });
            }
        }
        for link in [guest, owned].into_iter().filter(|link| link.arp) {
            kernel.set(&link.name, link.message().arp(false))?;
            flaws.push(Flaw::Arp { link: link.name.clone() });
        }
        for link in [owned, port].into_iter().filter(|link| link.mtu != guest.mtu) {
            kernel.set(&link.name, link.message().mtu(guest.mtu))?;
            flaws.push(Flaw::Mtu { link: link.name.clone(), was: link.mtu, guest: guest.mtu });
        }
        for link in [guest, owned, port].into_iter().filter(|link| !link.up) {
            kernel.set(&link.name, link.message().up())?;
            flaws.push(Flaw::Down { link: link.name.clone() });
        }
        // Last, because a missing bridge must not keep the rest from being mended.
        let bridge = survey.bridge(bridge)?;
        if port.controller != Some(bridge.index) {
            kernel.set(&port.name, port.message().controller(bridge.index))?;
            flaws.push(Flaw::Off { port: port.name.clone(), bridge: bridge.name.clone() });
        }
        Ok(flaws)
    }

    /// One end of the uplink as it is now: sockets and settings are of the link that was made, not of its name.
    fn uplink<'s>(&self, survey: &'s Survey, laid: &Link) -> Result<&'s Link, LinkError> {
        let found = survey.named(&laid.name).filter(|found| found.index == laid.index);
        found.ok_or_else(|| LinkError::Cut { name: laid.name.clone() })
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Flaw::Down { link } => write!(out, "`{link}` was down and is up again"),
            Flaw::Mtu { link, was, guest } => {
                write!(out, "`{link}` had MTU {was} and has {guest} now, like the guest side")
            }
            Flaw::Arp { link } => write!(out, "`{link}` did ARP for the host and does no more"),
            Flaw::Off { port, bridge } => write!(out, "`{port}` was no port of `{bridge}` and is one again"),
            Flaw::Port { link, over } => {
                write!(out, "`{link}` was made a port of `{over}`, past the enforcer, and is none any more")
            }
            Flaw::Address { link, address } => {
                write!(
                    out,
                    "`{link}` was given the address {address} of the host, past the enforcer, and has it no more"
                )
            }
            Flaw::Stack { link } => {
                write!(out, "the host's network stack was let in at `{link}` and is kept off again")
            }
        }
    }
}
