//! Opens the links of vnics.

use std::sync::Once;

use datapath::pnet::Pnet;
use datapath::ring::{self, Ring};
use datapath::{BATCH, IoError, PacketIo};

use super::Owned;
use crate::at_once::{Pace, at_once};
use crate::options::Backend;

/// The open links of one vnic.
pub(super) struct Sockets {
    pub(super) guest: Box<dyn PacketIo>,
    pub(super) uplink: Box<dyn PacketIo>,
}

/// How links are opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    pub(super) backend: Backend,
    /// Bytes of memory that a link by ring shares with the kernel, where that was given.
    pub(super) ring: Option<usize>,
}

/// The vnics whose links have a ring of the usual size; with more, memory counts.
const USUAL_RINGS: usize = 64;

/// Bytes of a ring of the others.
const SMALL_RING: usize = 1 << 20;

/// The most batches that are discarded of a link at once, so that a busy one does not keep the others waiting.
const DISCARDED_BATCHES: usize = 64;

/// Whether it was said why links are served by ring.
static SAID: Once = Once::new();

impl Owned {
    /// Opens the links of vnics, by the names of their guest sides and uplinks, all at once. Answers in their order.
    ///
    /// # Errors
    /// The thread that makes links has ended.
    pub(super) fn open(&self, pace: Pace, links: Vec<[String; 2]>) -> anyhow::Result<Vec<Result<Sockets, IoError>>> {
        let (opening, before) = (self.opening, self.holdings.len());
        let links: Vec<(usize, String)> =
            links.into_iter().zip(before..).flat_map(|(both, number)| both.map(|link| (number, link))).collect();
        let open = move || at_once(pace, links, |(number, link)| opening.open(&link, number));
        let mut opened = self.netns.run(open)?.into_iter();
        let pair = || Some((opened.next()?, opened.next()?));
        Ok(std::iter::from_fn(pair).map(|(guest, uplink)| Ok(Sockets { guest: guest?, uplink: uplink? })).collect())
    }
}

impl Opening {
    /// Opens a link of a vnic, of which there are so many already, as asked or in the best way that the host has; then says which that
    /// is and why.
    fn open(&self, link: &str, number: usize) -> Result<Box<dyn PacketIo>, IoError> {
        let usual = if number < USUAL_RINGS { ring::MEMORY } else { SMALL_RING };
        let ring = || Ring::open_with(link, self.ring.unwrap_or(usual));
        match self.backend {
            Backend::Pnet => Ok(Box::new(Pnet::open(link)?)),
            Backend::Ring => Ok(Box::new(ring()?)),
            Backend::Auto => match ring() {
                Ok(ring) => {
                    SAID.call_once(|| {
                        tracing::info!("links are served by ring, the quickest way: this kernel has all that it needs");
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
}

impl Sockets {
    /// Takes what has come until now.
    pub(super) fn discard(&mut self) {
        for link in [&mut self.guest, &mut self.uplink] {
            // A fault shows again when the link is served.
            let taken =
                (0..DISCARDED_BATCHES).map_while(|_| link.poll(BATCH, &mut |_| {}).ok().filter(|taken| *taken > 0));
            let _ = taken.count();
        }
    }
}
