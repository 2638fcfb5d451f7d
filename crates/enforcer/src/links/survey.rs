//! What the kernel says of all links at one moment.

use std::collections::{BTreeSet, HashMap};

use super::LinkError;
use super::kernel::{Address, Link};

/// The links of a network namespace with their addresses, at one moment.
#[derive(Debug)]
pub(crate) struct Survey {
    links: Vec<Link>,
    by_name: HashMap<String, usize>,
    /// By the links' numbers.
    addresses: HashMap<u32, Vec<Address>>,
    /// The links at whose ingress all is dropped.
    dropping: BTreeSet<String>,
}

impl Survey {
    pub(super) fn new(links: Vec<Link>, given: Vec<Address>, dropping: BTreeSet<String>) -> Survey {
        let by_name = links.iter().enumerate().map(|(at, link)| (link.name.clone(), at)).collect();
        let mut addresses: HashMap<u32, Vec<Address>> = HashMap::new();
        for address in given {
            addresses.entry(address.link).or_default().push(address);
        }
        Survey { links, by_name, addresses, dropping }
    }

    /// All links.
    pub(crate) fn links(&self) -> &[Link] {
        &self.links
    }

    /// The link of a name.
    pub(crate) fn named(&self, name: &str) -> Option<&Link> {
        Some(&self.links[*self.by_name.get(name)?])
    }

    /// A link that can be the bridge.
    ///
    /// # Errors
    /// There is none of that name, or it is no bridge.
    pub(super) fn bridge(&self, name: &str) -> Result<&Link, LinkError> {
        let bridges = || self.links.iter().filter(|link| link.is_bridge()).map(|link| link.name.clone()).collect();
        match self.named(name) {
            Some(link) if link.is_bridge() => Ok(link),
            Some(_) => Err(LinkError::NotABridge { name: name.to_owned(), bridges: bridges() }),
            None => Err(LinkError::NoBridge { name: name.to_owned(), bridges: bridges() }),
        }
    }

    /// A link that can be a guest side.
    ///
    /// # Errors
    /// There is none of that name, or traffic would go past the enforcer.
    pub(super) fn guest(&self, name: &str) -> Result<&Link, LinkError> {
        let Some(link) = self.named(name) else {
            let links = self.links.iter().filter(|link| !link.is_made_by_us()).map(|link| link.name.clone()).collect();
            return Err(LinkError::NoInterface { name: name.to_owned(), links });
        };
        if let Some(over) = self.over(link) {
            return Err(LinkError::Enslaved { name: name.to_owned(), over });
        }
        match self.addresses(link) {
            [] => Ok(link),
            [first, ..] => Err(LinkError::Addressed { name: name.to_owned(), address: first.to_string() }),
        }
    }

    /// The name of what a link is a port of.
    pub(super) fn over(&self, link: &Link) -> Option<String> {
        let index = link.controller?;
        let over = self.links.iter().find(|link| link.index == index);
        Some(over.map_or_else(|| index.to_string(), |link| link.name.clone()))
    }

    /// Whether all is dropped at a link's ingress.
    pub(super) fn is_dropping(&self, link: &Link) -> bool {
        self.dropping.contains(&link.name)
    }

    /// The addresses that somebody gave to a link.
    pub(super) fn addresses(&self, link: &Link) -> &[Address] {
        self.addresses.get(&link.index).map_or(&[], Vec::as_slice)
    }
}
