//! Keeps what arrives at a link from the host's network stack: a chain of nftables that drops all of it at the link's ingress,
//! which comes behind AF_PACKET and before every protocol.
//!
//! ```text
//! table netdev portcullis { chain guest { type filter hook ingress device "guest" priority 0; policy drop; } }
//! ```
//!
//! The chain is named after the link. With the link it goes, or from Linux 6.16 on waits for the next one of that name. Messages as `linux/netfilter/nfnetlink.h` and
//! `linux/netfilter/nf_tables.h` of the kernel have them; the kernel answers while they are sent.

use std::io;

use netlink_sys::Socket;
use netlink_sys::protocols::NETLINK_NETFILTER;
use nix::libc;

use super::stack::Change;

const TABLE: &str = "portcullis";

/// The family of a link's own hooks, `NFPROTO_NETDEV`.
const NETDEV: u8 = 5;

/// `NFNL_MSG_BATCH_BEGIN`, `NFNL_MSG_BATCH_END`; and `NFT_MSG_*` of the subsystem `NFNL_SUBSYS_NFTABLES`.
const BEGIN: u16 = 0x10;
const END: u16 = 0x11;
const SUBSYSTEM: u16 = 10;
const NEW_TABLE: u16 = SUBSYSTEM << 8;
const NEW_CHAIN: u16 = SUBSYSTEM << 8 | 3;
const DELETE_CHAIN: u16 = SUBSYSTEM << 8 | 5;

/// `NFTA_TABLE_*`, `NFTA_CHAIN_*` and `NFTA_HOOK_*`.
const TABLE_NAME: u16 = 1;
const CHAIN_TABLE: u16 = 1;
const CHAIN_NAME: u16 = 3;
const CHAIN_HOOK: u16 = 4 | NESTED;
const CHAIN_POLICY: u16 = 5;
const CHAIN_TYPE: u16 = 7;
const HOOK_NUMBER: u16 = 1;
const HOOK_PRIORITY: u16 = 2;
const HOOK_DEVICE: u16 = 3;
const NESTED: u16 = 1 << 15;

/// `NF_NETDEV_INGRESS` and `NF_DROP`.
const INGRESS: u32 = 0;
const DROP: u32 = 0;

/// There is no such chain, or no such hook or protocol of netlink at all.
const ABSENT: [i32; 4] = [libc::ENOENT, libc::EINVAL, libc::EOPNOTSUPP, libc::EPROTONOSUPPORT];

/// The header of a message (netlink(7)), the four bytes behind it that say the family, and the error in an answer.
const HEADER: usize = 16;
const ERROR: u16 = 2;

/// Room for the answers to one batch, each of which repeats at most the message that it is about.
const ROOM: usize = 8192;

/// Drops what arrives at a link from here on; it may do so already.
///
/// # Errors
/// The kernel has no such hook, or refuses.
pub(crate) fn shut(link: &str) -> io::Result<Change> {
    let hook = [
        attribute(HOOK_NUMBER, &INGRESS.to_be_bytes()),
        attribute(HOOK_PRIORITY, &0_u32.to_be_bytes()),
        attribute(HOOK_DEVICE, &text(link)),
    ];
    let chain = [
        attribute(CHAIN_TABLE, &text(TABLE)),
        attribute(CHAIN_NAME, &text(link)),
        attribute(CHAIN_TYPE, &text("filter")),
        attribute(CHAIN_POLICY, &DROP.to_be_bytes()),
        attribute(CHAIN_HOOK, &hook.concat()),
    ];
    let create = (libc::NLM_F_CREATE | libc::NLM_F_ACK) as u16;
    let made = ask(&[
        message(NEW_TABLE, create, NETDEV, &attribute(TABLE_NAME, &text(TABLE))),
        message(NEW_CHAIN, create | libc::NLM_F_EXCL as u16, NETDEV, &chain.concat()),
    ]);
    match made {
        Ok(()) => Ok(Change::Made),
        Err(error) if error.raw_os_error() == Some(libc::EEXIST) => Ok(Change::None),
        Err(error) => Err(error),
    }
}

/// Lets the network stack have what arrives at a link again; it may have it already, as it has where the kernel has no such hook.
///
/// # Errors
/// The kernel refuses.
pub(crate) fn open(link: &str) -> io::Result<()> {
    let chain = [attribute(CHAIN_TABLE, &text(TABLE)), attribute(CHAIN_NAME, &text(link))];
    match ask(&[message(DELETE_CHAIN, libc::NLM_F_ACK as u16, NETDEV, &chain.concat())]) {
        Err(error) if error.raw_os_error().is_some_and(|number| ABSENT.contains(&number)) => Ok(()),
        other => other,
    }
}

/// Sends messages as one batch, of which the kernel carries out all or none, and reads what became of it.
fn ask(messages: &[Vec<u8>]) -> io::Result<()> {
    let socket = Socket::new(NETLINK_NETFILTER)?;
    let [begin, end] = [BEGIN, END].map(batch);
    let all = [&begin[..], &messages.concat(), &end].concat();
    socket.send(&all, 0)?;
    for _ in messages {
        let mut answers = Vec::with_capacity(ROOM);
        socket.recv(&mut answers, libc::MSG_DONTWAIT)?;
        first_error(&answers)?;
    }
    Ok(())
}

/// The first error among answers.
fn first_error(mut answers: &[u8]) -> io::Result<()> {
    let strange = || io::Error::from(io::ErrorKind::InvalidData);
    while !answers.is_empty() {
        let (length, kind) = answers.first_chunk::<HEADER>().map(head_of).ok_or_else(strange)?;
        let answer = answers.get(..length).filter(|answer| answer.len() >= HEADER).ok_or_else(strange)?;
        if kind == ERROR {
            let error = answer[HEADER..].first_chunk().ok_or_else(strange)?;
            match i32::from_ne_bytes(*error) {
                0 => {}
                error => return Err(io::Error::from_raw_os_error(error.saturating_neg())),
            }
        }
        answers = answers.get(padded(length)..).unwrap_or_default();
    }
    Ok(())
}

/// Length and kind.
fn head_of(head: &[u8; HEADER]) -> (usize, u16) {
    let [a, b, c, d, e, f, ..] = *head;
    (u32::from_ne_bytes([a, b, c, d]) as usize, u16::from_ne_bytes([e, f]))
}

fn batch(kind: u16) -> Vec<u8> {
    let mut message = message(kind, 0, 0, &[]);
    // The subsystem, at the end of `nfgenmsg`.
    let at = message.len() - 2;
    message[at..].copy_from_slice(&SUBSYSTEM.to_be_bytes());
    message
}

fn message(kind: u16, flags: u16, family: u8, attributes: &[u8]) -> Vec<u8> {
    let flags = flags | libc::NLM_F_REQUEST as u16;
    let mut message = Vec::new();
    message.extend(((HEADER + 4 + attributes.len()) as u32).to_ne_bytes());
    message.extend(kind.to_ne_bytes());
    message.extend(flags.to_ne_bytes());
    // Nobody else hears the answers, so they need no numbers.
    message.extend([0; 8]);
    message.extend([family, 0, 0, 0]);
    message.extend(attributes);
    message
}

fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = 4 + value.len();
    let mut attribute = Vec::new();
    attribute.extend((length as u16).to_ne_bytes());
    attribute.extend(kind.to_ne_bytes());
    attribute.extend(value);
    attribute.resize(padded(length), 0);
    attribute
}

fn text(text: &str) -> Vec<u8> {
    [text.as_bytes(), &[0]].concat()
}

fn padded(length: usize) -> usize {
    length.next_multiple_of(4)
}
