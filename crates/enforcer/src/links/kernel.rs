//! Links of one network namespace, over rtnetlink (rtnetlink(7)). The only place with futures; nothing of them gets out.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::net::IpAddr;

use futures_util::TryStreamExt;
use rtnetlink::packet_route::address::{AddressAttribute, AddressMessage, AddressScope};
use rtnetlink::packet_route::link::{InfoKind, LinkAttribute, LinkFlags, LinkInfo, LinkMessage};
use rtnetlink::{Error, Handle, LinkDelRequest, LinkMessageBuilder, LinkUnspec, LinkVeth};
use tokio::runtime::{Builder, Runtime};

use super::survey::Survey;
use super::{LinkError, ingress};

/// A connection to the kernel, in the network namespace of the thread that made it; it may be used from any thread.
pub(crate) struct Kernel {
    runtime: Runtime,
    handle: Handle,
}

/// What the kernel says of a link.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) index: u32,
    pub(crate) name: String,
    /// Its MAC address; empty where it has none.
    pub(crate) mac: Vec<u8>,
    pub(crate) mtu: u32,
    /// The link that it is a port of.
    pub(crate) controller: Option<u32>,
    pub(crate) up: bool,
    /// Whether the host does ARP on it.
    pub(crate) arp: bool,
    /// The number of a group of links, by which they can be removed at once.
    group: u32,
    kind: Option<InfoKind>,
}

/// An address that somebody gave to a link.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    /// The link's number.
    pub(crate) link: u32,
    pub(crate) ip: IpAddr,
    /// Of the prefix, in bits.
    pub(crate) length: u8,
    message: AddressMessage,
}

impl Kernel {
    /// # Errors
    /// No socket.
    pub(crate) fn connect() -> Result<Kernel, LinkError> {
        let failed = |error| LinkError::System { doing: "opening a netlink socket".to_owned(), error };
        let runtime = Builder::new_current_thread().enable_io().build().map_err(failed)?;
        let handle = {
            let _context = runtime.enter();
            let (connection, handle, _) = rtnetlink::new_connection().map_err(failed)?;
            runtime.spawn(connection);
            handle
        };
        Ok(Kernel { runtime, handle })
    }

    /// All links, their addresses, and what is dropped at their ingress.
    pub(crate) fn survey(&self) -> Result<Survey, LinkError> {
        Ok(Survey::new(self.links()?, self.addresses()?, ingress::dropping()))
    }

    fn links(&self) -> Result<Vec<Link>, LinkError> {
        let found = self.runtime.block_on(self.handle.link().get().execute().try_collect::<Vec<_>>());
        Ok(found.map_err(|error| refusal("listing the links", error))?.into_iter().filter_map(Link::read).collect())
    }

    /// One link, where it exists.
    pub(crate) fn link(&self, name: &str) -> Result<Option<Link>, LinkError> {
        let found = self.runtime.block_on(async {
            let mut found = std::pin::pin!(self.handle.link().get().match_name(name).execute());
            found.try_next().await
        });
        match found {
            Ok(message) => Ok(message.and_then(Link::read)),
            Err(error) => match refusal(format!("looking for `{name}`"), error) {
                error if error.is_gone() => Ok(None),
                error => Err(error),
            },
        }
    }

    /// One link that must exist.
    pub(crate) fn require(&self, name: &str) -> Result<Link, LinkError> {
        self.link(name)?.ok_or_else(|| LinkError::System {
            doing: format!("looking for `{name}`"),
            error: io::ErrorKind::NotFound.into(),
        })
    }

    /// The addresses that somebody gave to links. Link-local ones do not count: the kernel makes those itself, and they go with
    /// IPv6.
    fn addresses(&self) -> Result<Vec<Address>, LinkError> {
        let found = self.runtime.block_on(self.handle.address().get().execute().try_collect::<Vec<_>>());
        let found = found.map_err(|error| refusal("listing addresses", error))?;
        Ok(found
            .into_iter()
            .filter(|message| message.header.scope != AddressScope::Link)
            .filter_map(Address::read)
            .collect())
    }

    /// Takes an address off its link; it may be off already.
    pub(crate) fn remove_address(&self, address: &Address) -> Result<(), LinkError> {
        let removed = self.runtime.block_on(self.handle.address().del(address.message.clone()).execute());
        match removed.map_err(|error| refusal(format!("removing the address {address}"), error)) {
            Err(LinkError::System { error, .. }) if error.kind() == io::ErrorKind::AddrNotAvailable => Ok(()),
            other => other,
        }
    }

    /// Makes a veth pair (veth(4)); both ends are down.
    pub(crate) fn add_pair(&self, name: &str, peer: &str) -> Result<(), LinkError> {
        let added = self.runtime.block_on(self.handle.link().add(LinkVeth::new(name, peer).build()).execute());
        added.map_err(|error| refusal(format!("making the veth pair `{name}` and `{peer}`"), error))
    }

    /// Applies a change to a link; `name` is for the error.
    pub(crate) fn set(&self, name: &str, change: LinkMessageBuilder<LinkUnspec>) -> Result<(), LinkError> {
        let set = self.runtime.block_on(self.handle.link().set(change.build()).execute());
        set.map_err(|error| refusal(format!("setting up `{name}`"), error))
    }

    /// Removes a link, and with one end of a veth pair the other; it may be gone already.
    pub(crate) fn remove(&self, name: &str) -> Result<(), LinkError> {
        match self.link(name)? {
            Some(link) => self.delete(link.message(), &format!("`{name}`")),
            None => Ok(()),
        }
    }

    /// Removes links as a group, for which the kernel takes as long as for one. They may be gone already.
    ///
    /// # Errors
    /// The kernel refuses; some may be gone by then.
    pub(crate) fn remove_all(&self, links: &[&Link]) -> Result<(), LinkError> {
        let groups: BTreeSet<u32> = self.links()?.iter().map(|link| link.group).collect();
        let group = (0..=u32::MAX).rev().find(|group| !groups.contains(group)).expect("fewer links than groups");
        for link in links {
            match self.set(&link.name, link.message().link_group(group)) {
                Err(error) if error.is_gone() => {}
                other => other?,
            }
        }
        self.delete(LinkUnspec::new_with_index(0).link_group(group), "links")
    }

    fn delete(&self, which: LinkMessageBuilder<LinkUnspec>, name: &str) -> Result<(), LinkError> {
        let request = LinkDelRequest::new_with_message(self.handle.clone(), which.build());
        let removed = self.runtime.block_on(request.execute());
        match removed.map_err(|error| refusal(format!("removing {name}"), error)) {
            Err(error) if error.is_gone() => Ok(()),
            other => other,
        }
    }
}

impl Link {
    /// The start of a change to this link.
    pub(crate) fn message(&self) -> LinkMessageBuilder<LinkUnspec> {
        LinkUnspec::new_with_index(self.index)
    }

    pub(crate) fn is_bridge(&self) -> bool {
        self.kind == Some(InfoKind::Bridge)
    }

    pub(crate) fn is_veth(&self) -> bool {
        self.kind == Some(InfoKind::Veth)
    }

    pub(crate) fn is_made_by_us(&self) -> bool {
        self.is_veth() && (self.name.starts_with("pcu-") || self.name.starts_with("pcb-"))
    }

    /// A tap as the kernel would tell of it.
    #[cfg(test)]
    pub(crate) fn tap(name: &str, mac: [u8; 6]) -> Link {
        let (name, mac) = (name.to_owned(), mac.to_vec());
        Link {
            index: 1,
            name,
            mac,
            mtu: 1500,
            controller: None,
            up: true,
            arp: true,
            group: 0,
            kind: Some(InfoKind::Tun),
        }
    }

    fn read(message: LinkMessage) -> Option<Link> {
        let flags = message.header.flags;
        let mut link = Link {
            index: message.header.index,
            name: String::new(),
            mac: Vec::new(),
            mtu: 1500,
            controller: None,
            up: flags.contains(LinkFlags::Up),
            arp: !flags.contains(LinkFlags::Noarp),
            group: 0,
            kind: None,
        };
        for attribute in message.attributes {
            match attribute {
                LinkAttribute::IfName(name) => link.name = name,
                LinkAttribute::Address(mac) => link.mac = mac,
                LinkAttribute::Mtu(mtu) => link.mtu = mtu,
                LinkAttribute::Group(group) => link.group = group,
                LinkAttribute::Controller(index) => link.controller = Some(index),
                LinkAttribute::LinkInfo(found) => {
                    link.kind = found.into_iter().find_map(|part| match part {
                        LinkInfo::Kind(kind) => Some(kind),
                        _ => None,
                    });
                }
                _ => {}
            }
        }
        (!link.name.is_empty()).then_some(link)
    }
}

impl Address {
    fn read(message: AddressMessage) -> Option<Address> {
        let ip = message.attributes.iter().find_map(|attribute| match attribute {
            AddressAttribute::Address(address) => Some(*address),
            _ => None,
        })?;
        Some(Address { link: message.header.index, ip, length: message.header.prefix_len, message })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.ip, self.length)
    }
}

fn refusal(doing: impl Into<String>, error: Error) -> LinkError {
    let error = match error {
        Error::NetlinkError(message) => message.to_io(),
        other => io::Error::other(other.to_string()),
    };
    LinkError::System { doing: doing.into(), error }
}
