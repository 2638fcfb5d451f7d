//! Messages to nftables over netlink, as `linux/netfilter/nfnetlink.h` and `linux/netfilter/nf_tables.h` of the kernel have them. The
//! kernel answers while they are sent.

use std::io;

use netlink_sys::Socket;
use netlink_sys::protocols::NETLINK_NETFILTER;
use nix::libc;

/// The family of a link's own hooks, `NFPROTO_NETDEV`.
const NETDEV: u8 = 5;

/// `NFNL_MSG_BATCH_BEGIN`, `NFNL_MSG_BATCH_END`, and the subsystem `NFNL_SUBSYS_NFTABLES`.
const BEGIN: u16 = 0x10;
const END: u16 = 0x11;
const SUBSYSTEM: u16 = 10;

/// `NLA_F_NESTED`.
const NESTED: u16 = 1 << 15;

/// The header of a message (netlink(7)), the four bytes behind it that say the family, and the error in an answer.
const HEADER: usize = 16;
const ERROR: u16 = 2;

/// Room for the answers to one batch, each of which repeats at most the message that it is about.
const ROOM: usize = 8192;

/// One change, as the kernel reads it.
pub(super) struct Message(Vec<u8>);

/// A way to nftables, in the network namespace of the thread that opened it.
#[derive(Debug)]
pub(super) struct Nftables(Socket);

impl Nftables {
    /// # Errors
    /// The kernel has no nftables.
    pub(super) fn open() -> io::Result<Nftables> {
        Ok(Nftables(Socket::new(NETLINK_NETFILTER)?))
    }

    /// Asks for changes, of which the kernel makes all or none.
    ///
    /// # Errors
    /// The first refusal.
    pub(super) fn ask(&self, changes: &[Message]) -> io::Result<()> {
        let [begin, end] = [BEGIN, END].map(bound);
        let changes_alone: Vec<u8> = changes.iter().flat_map(|Message(change)| change).copied().collect();
        self.0.send(&[begin, changes_alone, end].concat(), 0)?;
        for _ in changes {
            let mut answers = Vec::with_capacity(ROOM);
            self.0.recv(&mut answers, libc::MSG_DONTWAIT)?;
            first_error(&answers)?;
        }
        Ok(())
    }
}

impl Message {
    /// A message of the kind `NFT_MSG_*`. `flags` are those of netlink(7), with which the kernel answers in any case.
    pub(super) fn new(kind: u16, flags: i32, attributes: &[Vec<u8>]) -> Message {
        let flags = (flags | libc::NLM_F_REQUEST | libc::NLM_F_ACK) as u16;
        Message(message(SUBSYSTEM << 8 | kind, flags, NETDEV, &attributes.concat()))
    }
}

/// An attribute with a value that is written already.
pub(super) fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = 4 + value.len();
    let mut attribute = Vec::new();
    attribute.extend((length as u16).to_ne_bytes());
    attribute.extend(kind.to_ne_bytes());
    attribute.extend(value);
    attribute.resize(padded(length), 0);
    attribute
}

/// An attribute that is text.
pub(super) fn text(kind: u16, text: &str) -> Vec<u8> {
    attribute(kind, &[text.as_bytes(), &[0]].concat())
}

/// An attribute that is a number.
pub(super) fn number(kind: u16, number: u32) -> Vec<u8> {
    attribute(kind, &number.to_be_bytes())
}

/// An attribute that has others inside.
pub(super) fn nested(kind: u16, inside: &[Vec<u8>]) -> Vec<u8> {
    attribute(kind | NESTED, &inside.concat())
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

/// The begin or the end of what is asked for at once.
fn bound(kind: u16) -> Vec<u8> {
    let mut message = message(kind, libc::NLM_F_REQUEST as u16, 0, &[]);
    // The subsystem, at the end of `nfgenmsg`.
    let at = message.len() - 2;
    message[at..].copy_from_slice(&SUBSYSTEM.to_be_bytes());
    message
}

fn message(kind: u16, flags: u16, family: u8, attributes: &[u8]) -> Vec<u8> {
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

fn padded(length: usize) -> usize {
    length.next_multiple_of(4)
}
