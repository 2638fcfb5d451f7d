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

/// The header of a message (netlink(7)), and what says the family behind it, in bytes.
const HEADER: usize = 16;
const FAMILY: usize = 4;

/// `NLMSG_ERROR` and `NLMSG_DONE`.
const ERROR: u16 = 2;
const DONE: u16 = 3;

/// Room for what the kernel tells at once.
const ROOM: usize = 65_536;

/// What a kernel without nftables, or without what is asked of it, answers.
const ABSENT: [i32; 3] = [libc::EINVAL, libc::EOPNOTSUPP, libc::EPROTONOSUPPORT];

/// As many changes as may be asked for at once: there is room for the answers.
pub(super) const AT_ONCE: usize = 64;

/// Whether an error says that the kernel has no such thing.
pub(super) fn is_absent(error: &io::Error) -> bool {
    error.raw_os_error().is_some_and(|number| ABSENT.contains(&number))
}

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

    /// Asks for up to [`AT_ONCE`] changes, of which the kernel makes all or none.
    ///
    /// # Errors
    /// The first refusal.
    pub(super) fn ask(&self, changes: &[Message]) -> io::Result<()> {
        let [begin, end] = [BEGIN, END].map(bound);
        let changes: Vec<u8> = changes.iter().flat_map(|Message(change)| change).copied().collect();
        self.0.send(&[begin, changes, end].concat(), 0)?;
        let mut answers = self.hear()?;
        // The rest must not be taken for answers to what is asked next.
        while let Ok(more) = self.hear() {
            answers.extend(more);
        }
        first_error(&answers)
    }

    /// Lists what there is of a kind, `NFT_MSG_GET*`, as the attributes of each.
    ///
    /// # Errors
    /// The kernel refuses, or something changes meanwhile.
    pub(super) fn list(&self, kind: u16) -> io::Result<Vec<Vec<u8>>> {
        let flags = (libc::NLM_F_REQUEST | libc::NLM_F_DUMP) as u16;
        self.0.send(&message(SUBSYSTEM << 8 | kind, flags, NETDEV, &[]), 0)?;
        let mut listed = Vec::new();
        loop {
            for answer in messages(&self.hear()?) {
                let Answer { kind, flags, body } = answer?;
                match kind {
                    DONE => return Ok(listed),
                    ERROR => error_in(body)?,
                    _ if flags & libc::NLM_F_DUMP_INTR as u16 != 0 => return Err(io::ErrorKind::Interrupted.into()),
                    _ => listed.push(body.get(FAMILY..).unwrap_or_default().to_vec()),
                }
            }
        }
    }

    fn hear(&self) -> io::Result<Vec<u8>> {
        let mut answers = Vec::with_capacity(ROOM);
        self.0.recv(&mut answers, libc::MSG_DONTWAIT)?;
        Ok(answers)
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

/// An attribute among others, as text.
pub(super) fn text_in(mut attributes: &[u8], wanted: u16) -> Option<&str> {
    while let Some(&[a, b, c, d]) = attributes.first_chunk() {
        let (length, kind) = (usize::from(u16::from_ne_bytes([a, b])), u16::from_ne_bytes([c, d]));
        let value = attributes.get(4..length)?;
        if kind == wanted {
            return str::from_utf8(value.strip_suffix(&[0]).unwrap_or(value)).ok();
        }
        attributes = attributes.get(padded(length)..)?;
    }
    None
}

/// What the kernel tells.
struct Answer<'a> {
    kind: u16,
    flags: u16,
    body: &'a [u8],
}

fn messages(mut bytes: &[u8]) -> impl Iterator<Item = io::Result<Answer<'_>>> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let answer = message_in(bytes);
        let length = answer.as_ref().map_or(bytes.len(), |answer| padded(HEADER + answer.body.len()));
        bytes = bytes.get(length..).unwrap_or_default();
        Some(answer.ok_or_else(|| io::ErrorKind::InvalidData.into()))
    })
}

fn message_in(bytes: &[u8]) -> Option<Answer<'_>> {
    let [a, b, c, d, e, f, g, h, ..] = *bytes.first_chunk::<HEADER>()?;
    let body = bytes.get(HEADER..u32::from_ne_bytes([a, b, c, d]) as usize)?;
    Some(Answer { kind: u16::from_ne_bytes([e, f]), flags: u16::from_ne_bytes([g, h]), body })
}

/// The first error among answers.
fn first_error(answers: &[u8]) -> io::Result<()> {
    messages(answers).try_for_each(|answer| match answer? {
        Answer { kind: ERROR, body, .. } => error_in(body),
        Answer { .. } => Ok(()),
    })
}

fn error_in(body: &[u8]) -> io::Result<()> {
    match body.first_chunk().map(|error| i32::from_ne_bytes(*error)) {
        Some(0) => Ok(()),
        Some(error) => Err(io::Error::from_raw_os_error(error.saturating_neg())),
        None => Err(io::ErrorKind::InvalidData.into()),
    }
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
    message.extend(((HEADER + FAMILY + attributes.len()) as u32).to_ne_bytes());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_tells_is_read_or_refused() {
        let told = [text(1, "portcullis"), number(2, 7), text(3, "tap0")].concat();
        assert_eq!([1, 3, 4].map(|kind| text_in(&told, kind)), [Some("portcullis"), Some("tap0"), None]);
        let all = [message(7, 0, NETDEV, &told), message(9, 0, NETDEV, &[])].concat();
        let kinds =
            |bytes: &[u8]| messages(bytes).map(|answer| answer.map(|answer| answer.kind).ok()).collect::<Vec<_>>();
        assert_eq!(kinds(&all), [Some(7), Some(9)]);
        for length in 1..all.len() {
            let _ = text_in(&all[..length], 3);
            assert!(kinds(&all[..length]).len() <= 2);
        }
        assert_eq!(kinds(&all[..30]), [None]);
        // A length that says less than a header.
        assert_eq!(kinds(&[vec![4, 0, 0, 0], vec![0; 20]].concat()), [None]);
        assert_eq!(text_in(&[0, 0, 0, 0, 0, 0, 0, 0], 3), None);
        assert!(error_in(&[0; 4]).is_ok() && error_in(&[0; 3]).is_err());
        assert_eq!(error_in(&(-libc::ENOENT).to_ne_bytes()).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
