//! From a text to a packet.

mod arp;
mod icmp;
mod ip;

use super::nearest::nearest;
use super::words::{TextError, Words, listed, quoted};
use crate::{Family, MacAddr, OtherLink, Packet, Payload, Sketch, TcpFlags, icmp as icmp4, icmpv6};

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

/// ICMP errors that have a name on input. They are printed by type and code, as rules write them.
pub(super) const ERRORS: [(&str, Family, u8, u8); 11] = [
    ("net-unreachable", Family::Ipv4, icmp4::UNREACHABLE, 0),
    ("host-unreachable", Family::Ipv4, icmp4::UNREACHABLE, 1),
    ("protocol-unreachable", Family::Ipv4, icmp4::UNREACHABLE, 2),
    ("port-unreachable", Family::Ipv4, icmp4::UNREACHABLE, 3),
    ("fragmentation-needed", Family::Ipv4, icmp4::UNREACHABLE, 4),
    ("time-exceeded", Family::Ipv4, icmp4::TIME_EXCEEDED, 0),
    ("no-route", Family::Ipv6, icmpv6::UNREACHABLE, 0),
    ("address-unreachable", Family::Ipv6, icmpv6::UNREACHABLE, 3),
    ("port-unreachable", Family::Ipv6, icmpv6::UNREACHABLE, 4),
    ("packet-too-big", Family::Ipv6, icmpv6::PACKET_TOO_BIG, 0),
    ("time-exceeded", Family::Ipv6, icmpv6::TIME_EXCEEDED, 0),
];

/// The words that a packet can begin with.
const KINDS: [&str; 17] = [
    "tcp",
    "udp",
    "icmp",
    "icmpv6",
    "esp",
    "ah",
    "gre",
    "sctp",
    "dccp",
    "udplite",
    "proto",
    "later",
    "arp",
    "rarp",
    "vlan",
    "llc",
    "ethertype",
];

/// The words that can stand behind the addresses.
const SETTINGS: [&str; 26] = [
    "seq=",
    "ack=",
    "win=",
    "ws=",
    "sackok",
    "sack=",
    "len=",
    "ttl=",
    "id=",
    "frag",
    "offset=",
    "length=",
    "more",
    "frame=",
    "dhcp-request",
    "dhcp-reply",
    "type",
    "code",
    "about",
    "mac=",
    "sha=",
    "tha=",
    "spa=",
    "tpa=",
    "tell",
    "is-at",
];

pub(super) fn sketch(text: &str) -> Result<Sketch, TextError> {
    let mut words = Words::of(text);
    let sketch = Sketch { macs: read_macs(&mut words)?, payload: read_payload(&mut words)? };
    words.finish(&SETTINGS)?;
    Ok(sketch)
}

pub(super) fn packet(text: &str) -> Result<Packet, TextError> {
    let mut words = Words::of(text);
    let (source_mac, destination_mac) = read_macs(&mut words)?
        .ok_or_else(|| TextError::new(1, "the Ethernet addresses are missing: begin with `MAC > MAC`"))?;
    let packet = Packet::new(source_mac, destination_mac, read_payload(&mut words)?);
    let length = words.setting("frame", "number of bytes")?.unwrap_or(packet.length);
    words.finish(&SETTINGS)?;
    Ok(Packet { length, ..packet })
}

/// `MAC > MAC`, where the line begins so.
fn read_macs(words: &mut Words<'_>) -> Result<Option<(MacAddr, MacAddr)>, TextError> {
    let Some(source) = words.peek().and_then(|word| word.parse().ok()) else {
        return Ok(None);
    };
    words.next();
    words.require(">")?;
    Ok(Some((source, words.value("destination MAC address")?)))
}

fn read_payload(words: &mut Words<'_>) -> Result<Payload, TextError> {
    match words.peek() {
        Some("arp" | "rarp") => arp::read(words).map(Payload::Arp),
        Some("vlan") => read_link(words, OtherLink::Vlan),
        Some("llc") => read_link(words, OtherLink::Llc),
        Some("ethertype") => read_link(words, OtherLink::EtherType),
        Some(word) if KINDS.contains(&word) => ip::read(words).map(Payload::Ip),
        other => Err(TextError::new(words.column(), unknown_kind(other))),
    }
}

fn unknown_kind(word: Option<&str>) -> String {
    match word.and_then(|word| nearest(word, &KINDS)) {
        Some(meant) => format!("{} is no kind of packet: did you mean `{meant}`?", quoted(word)),
        None => format!("{} is no kind of packet: write any of {}", quoted(word), listed(&KINDS)),
    }
}

fn read_link(words: &mut Words<'_>, link: fn(u16) -> OtherLink) -> Result<Payload, TextError> {
    words.next();
    let (column, word) = words.expect("number")?;
    let number = match word.strip_prefix("0x") {
        Some(hex) => u16::from_str_radix(hex, 16),
        None => word.parse(),
    };
    number
        .map(|number| Payload::Other(link(number)))
        .map_err(|_| TextError::new(column, format!("`{word}` is no number from 0 to 65535 such as `0x88cc`")))
}
