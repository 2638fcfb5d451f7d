//! From a text to a packet.

mod arp;
mod icmp;
mod ip;

use super::words::{TextError, Words, quoted};
use crate::{Family, MacAddr, OtherLink, Payload, TcpFlags, icmp as icmp4, icmpv6};

/// Letters of the TCP control bits, in the order in which they are printed.
pub(super) const FLAGS: [(char, TcpFlags); 8] = [
    ('F', TcpFlags::FIN),
    ('S', TcpFlags::SYN),
    ('R', TcpFlags::RST),
    ('P', TcpFlags::PSH),
    ('A', TcpFlags::ACK),
    ('U', TcpFlags::URG),
    ('E', TcpFlags::ECE),
    ('C', TcpFlags::CWR),
];

/// ICMP queries that have a name.
pub(super) const ECHO: [(&str, Family, u8); 4] = [
    ("echo-request", Family::Ipv4, icmp4::ECHO),
    ("echo-reply", Family::Ipv4, icmp4::ECHO_REPLY),
    ("echo-request", Family::Ipv6, icmpv6::ECHO),
    ("echo-reply", Family::Ipv6, icmpv6::ECHO_REPLY),
];

/// The words that a packet can begin with.
const KINDS: &str =
    "tcp, udp, icmp, icmpv6, esp, ah, gre, sctp, dccp, udplite, proto, later, arp, rarp, vlan, llc or ethertype";

/// A whole line.
pub(super) struct Line {
    pub(super) macs: Option<(MacAddr, MacAddr)>,
    pub(super) payload: Payload,
    /// The column and the value of `frame=`.
    pub(super) frame: Option<(usize, u32)>,
}

pub(super) fn line(text: &str) -> Result<Line, TextError> {
    let mut words = Words::of(text);
    let macs = read_macs(&mut words)?;
    let payload = read_payload(&mut words)?;
    let frame = words.setting("frame", "number of bytes")?;
    match words.next() {
        None => Ok(Line { macs, payload, frame }),
        Some((column, word)) => Err(TextError::new(column, format!("the word `{word}` fits nowhere"))),
    }
}

/// `MAC > MAC`, where the line begins so.
fn read_macs(words: &mut Words<'_>) -> Result<Option<(MacAddr, MacAddr)>, TextError> {
    let Some(source) = words.peek().and_then(|word| word.parse().ok()) else {
        return Ok(None);
    };
    words.next();
    words.require(">")?;
    Ok(Some((source, words.value("the destination MAC address")?)))
}

fn read_payload(words: &mut Words<'_>) -> Result<Payload, TextError> {
    let column = words.column();
    match words.peek() {
        Some("arp" | "rarp") => arp::read(words).map(Payload::Arp),
        Some("vlan") => read_link(words, OtherLink::Vlan),
        Some("llc") => read_link(words, OtherLink::Llc),
        Some("ethertype") => read_link(words, OtherLink::EtherType),
        Some(word) if ip::is_kind(word) => ip::read(words).map(Payload::Ip),
        other => Err(TextError::new(column, format!("{} is no kind of packet: write {KINDS}", quoted(other)))),
    }
}

fn read_link(words: &mut Words<'_>, link: fn(u16) -> OtherLink) -> Result<Payload, TextError> {
    words.next();
    let (column, word) = words.expect("the number")?;
    let number = match word.strip_prefix("0x") {
        Some(hex) => u16::from_str_radix(hex, 16),
        None => word.parse(),
    };
    number
        .map(|number| Payload::Other(link(number)))
        .map_err(|_| TextError::new(column, format!("`{word}` is no number from 0 to 65535 such as `0x88cc`")))
}
