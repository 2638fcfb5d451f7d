//! Keeps what arrives at a link from the host's network stack: a chain of nftables that drops all of it at the link's ingress,
//! which comes behind AF_PACKET and before every protocol.
//!
//! ```text
//! table netdev portcullis { chain guest { type filter hook ingress device "guest" priority 0; policy drop; } }
//! ```
//!
//! The chain is named after the link. With the link it goes, or from Linux 6.16 on waits for the next one of that name.

use std::collections::BTreeSet;
use std::io;

use nix::libc;

use super::nftables::{AT_ONCE, Message, Nftables, is_absent, nested, number, text, text_in};
use super::stack::Change;

const TABLE: &str = "portcullis";

/// `NFT_MSG_*` of `linux/netfilter/nf_tables.h`.
const NEW_TABLE: u16 = 0;
const NEW_CHAIN: u16 = 3;
const GET_CHAIN: u16 = 4;
const DELETE_CHAIN: u16 = 5;

/// `NFTA_TABLE_*`, `NFTA_CHAIN_*` and `NFTA_HOOK_*`.
const TABLE_NAME: u16 = 1;
const CHAIN_TABLE: u16 = 1;
const CHAIN_NAME: u16 = 3;
const CHAIN_HOOK: u16 = 4;
const CHAIN_POLICY: u16 = 5;
const CHAIN_TYPE: u16 = 7;
const HOOK_NUMBER: u16 = 1;
const HOOK_PRIORITY: u16 = 2;
const HOOK_DEVICE: u16 = 3;

/// `NF_NETDEV_INGRESS` and `NF_DROP`.
const INGRESS: u32 = 0;
const DROP: u32 = 0;

/// The links at which all is dropped now. To list them costs next to nothing, but the kernel waits for all processors where one that is
/// there is asked for again.
pub(super) fn dropping() -> BTreeSet<String> {
    // Without the list each is asked for.
    let chains = Nftables::open().and_then(|nftables| nftables.list(GET_CHAIN)).unwrap_or_default();
    let of_ours = |chain: &&Vec<u8>| text_in(chain, CHAIN_TABLE) == Some(TABLE);
    chains.iter().filter(of_ours).filter_map(|chain| text_in(chain, CHAIN_NAME)).map(str::to_owned).collect()
}

/// Drops what arrives at a link from here on; it may do so already.
///
/// # Errors
/// The kernel has no such hook, or refuses.
pub(crate) fn shut(link: &str) -> io::Result<Change> {
    let hook = [number(HOOK_NUMBER, INGRESS), number(HOOK_PRIORITY, 0), text(HOOK_DEVICE, link)];
    let chain = [
        text(CHAIN_TABLE, TABLE),
        text(CHAIN_NAME, link),
        text(CHAIN_TYPE, "filter"),
        number(CHAIN_POLICY, DROP),
        nested(CHAIN_HOOK, &hook),
    ];
    let made = Nftables::open()?.ask(&[
        Message::new(NEW_TABLE, libc::NLM_F_CREATE, &[text(TABLE_NAME, TABLE)]),
        Message::new(NEW_CHAIN, libc::NLM_F_CREATE | libc::NLM_F_EXCL, &chain),
    ]);
    match made {
        Ok(()) => Ok(Change::Made),
        Err(error) if error.raw_os_error() == Some(libc::EEXIST) => Ok(Change::None),
        Err(error) => Err(error),
    }
}

/// Lets the network stack have what arrives at links again; it may have it already, as it has where the kernel has no such hook.
///
/// # Errors
/// The kernel refuses one, and it is there still; the others are not.
pub(crate) fn open(links: &[&str]) -> io::Result<()> {
    let nftables = match Nftables::open() {
        Err(error) if is_absent(&error) => return Ok(()),
        opened => opened?,
    };
    links.chunks(AT_ONCE).map(|links| open_some(&nftables, links)).fold(Ok(()), Result::and)
}

fn open_some(nftables: &Nftables, links: &[&str]) -> io::Result<()> {
    let chain = |link: &&str| Message::new(DELETE_CHAIN, 0, &[text(CHAIN_TABLE, TABLE), text(CHAIN_NAME, link)]);
    match nftables.ask(&links.iter().map(chain).collect::<Vec<_>>()) {
        Err(error) if is_absent(&error) || error.kind() == io::ErrorKind::NotFound => match links {
            [_] => Ok(()),
            // One that is gone keeps the others from being removed with it.
            _ => links.chunks(1).map(|link| open_some(nftables, link)).fold(Ok(()), Result::and),
        },
        other => other,
    }
}
