//! Datagrams.

use std::net::{IpAddr, SocketAddr};

use super::super::words::{TextError, Words, quoted};
use super::super::{usual_hop_limit, usual_payload};
use super::{FLAGS, icmp};
use crate::{
    Datagram, Dhcp, DhcpOperation, Endpoints, Family, Fragment, IpProtocol, MacAddr, Ports, Tcp, TcpFlags, Transport,
    Udp,
};

/// Whether a datagram can begin with this word.
pub(super) fn is_kind(word: &str) -> bool {
    const KINDS: [&str; 12] =
        ["tcp", "udp", "udplite", "sctp", "dccp", "icmp", "icmpv6", "esp", "ah", "gre", "proto", "later"];
    KINDS.contains(&word)
}

pub(super) fn read(words: &mut Words<'_>) -> Result<Datagram, TextError> {
    let (column, kind) = words.expect("the protocol")?;
    let (endpoints, transport) = match kind {
        "tcp" => {
            let (endpoints, ports) = read_sockets(words)?;
            (endpoints, Transport::Tcp(read_tcp(words, ports)?))
        }
        "udp" => {
            let (endpoints, ports) = read_sockets(words)?;
            (endpoints, Transport::Udp(Udp { ports, dhcp: read_dhcp(words, endpoints, ports)? }))
        }
        "udplite" => read_sockets(words).map(|(endpoints, ports)| (endpoints, Transport::UdpLite(ports)))?,
        "sctp" => read_sockets(words).map(|(endpoints, ports)| (endpoints, Transport::Sctp(ports)))?,
        "dccp" => read_sockets(words).map(|(endpoints, ports)| (endpoints, Transport::Dccp(ports)))?,
        "icmp" | "icmpv6" => {
            let endpoints = read_addresses(words)?;
            check_family(column, kind, endpoints.family())?;
            (endpoints, Transport::Icmp(icmp::read(words, endpoints.family())?))
        }
        "later" => {
            let protocol = IpProtocol(words.value("the protocol number from 0 to 255")?);
            (read_addresses(words)?, Transport::Missing(protocol))
        }
        "esp" => (read_addresses(words)?, Transport::Other(IpProtocol::ESP)),
        "ah" => (read_addresses(words)?, Transport::Other(IpProtocol::AH)),
        "gre" => (read_addresses(words)?, Transport::Other(IpProtocol::GRE)),
        _ => {
            let protocol = read_protocol_number(words)?;
            (read_addresses(words)?, Transport::Other(protocol))
        }
    };
    let payload = words.setting("len", "number of bytes")?.map_or(usual_payload(&transport), |(_, length)| length);
    let fragment = read_fragment(words)?;
    let hop_limit =
        words.setting("ttl", "number from 0 to 255")?.map_or(usual_hop_limit(&transport), |(_, limit)| limit);
    if matches!(transport, Transport::Missing(_)) && fragment.is_none() {
        let message = "a later fragment needs its place: write `frag id=N offset=N length=N`";
        return Err(TextError::new(words.column(), message));
    }
    Ok(Datagram { endpoints, hop_limit, fragment, transport, payload })
}

/// `icmp` goes with IPv4, `icmpv6` with IPv6.
fn check_family(column: usize, word: &str, family: Family) -> Result<(), TextError> {
    let fitting = match family {
        Family::Ipv4 => "icmp",
        Family::Ipv6 => "icmpv6",
    };
    match word == fitting {
        true => Ok(()),
        false => Err(TextError::new(column, format!("`{word}` does not go with these addresses: write `{fitting}`"))),
    }
}

/// A protocol that has a form of its own is written in that form, so that every packet has one text.
fn read_protocol_number(words: &mut Words<'_>) -> Result<IpProtocol, TextError> {
    let column = words.column();
    let number: u8 = words.value("the protocol number from 0 to 255")?;
    let word = match number {
        1 => "icmp",
        6 => "tcp",
        17 => "udp",
        33 => "dccp",
        132 => "sctp",
        136 => "udplite",
        _ => return Ok(IpProtocol(number)),
    };
    Err(TextError::new(column, format!("protocol `{number}` has a form of its own: write `{word} ...`")))
}

pub(super) fn read_addresses(words: &mut Words<'_>) -> Result<Endpoints, TextError> {
    let column = words.column();
    let source = read_address(words)?;
    words.require(">")?;
    let destination = read_address(words)?;
    pair(column, source, destination)
}

fn read_address(words: &mut Words<'_>) -> Result<IpAddr, TextError> {
    let (column, word) = words.expect("the IP address")?;
    match word.parse::<IpAddr>() {
        Ok(address) => Ok(address),
        Err(_) if word.parse::<SocketAddr>().is_ok() => Err(TextError::new(
            column,
            format!("`{word}` has a port, but this protocol has none: write the address alone"),
        )),
        Err(_) => Err(TextError::new(column, format!("`{word}` is no IP address"))),
    }
}

pub(super) fn read_sockets(words: &mut Words<'_>) -> Result<(Endpoints, Ports), TextError> {
    let column = words.column();
    let source = read_socket(words)?;
    words.require(">")?;
    let destination = read_socket(words)?;
    let ports = Ports { source: source.port(), destination: destination.port() };
    Ok((pair(column, source.ip(), destination.ip())?, ports))
}

fn read_socket(words: &mut Words<'_>) -> Result<SocketAddr, TextError> {
    let (column, word) = words.expect("the address with its port")?;
    if let Ok(socket) = word.parse::<SocketAddr>() {
        return Ok(socket);
    }
    let message = match word.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => format!("`{word}` has no port: write `{word}:PORT`"),
        Ok(IpAddr::V6(_)) => format!("`{word}` has no port: write `[{word}]:PORT`"),
        Err(_) => match word.rsplit_once(':') {
            Some((address, port)) if address.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() => {
                format!(
                    "`{port}` is no port: ports run from 0 to 65535, and an IPv6 address stands in brackets before its port"
                )
            }
            _ => format!("`{word}` is no address with a port: write it like `192.0.2.10:443` or `[2001:db8::1]:443`"),
        },
    };
    Err(TextError::new(column, message))
}

fn pair(column: usize, source: IpAddr, destination: IpAddr) -> Result<Endpoints, TextError> {
    let mixed = || format!("`{source}` and `{destination}` are of different families: write both in one");
    Endpoints::new(source, destination).ok_or_else(|| TextError::new(column, mixed()))
}

fn read_tcp(words: &mut Words<'_>, ports: Ports) -> Result<Tcp, TextError> {
    let flags = read_flags(words)?;
    let number = "number from 0 to 4294967295";
    Ok(Tcp {
        ports,
        flags,
        sequence: words.setting("seq", number)?.map_or(0, |(_, value)| value),
        acknowledgment: words.setting("ack", number)?.map_or(0, |(_, value)| value),
        window: words.setting("win", "number from 0 to 65535")?.map_or(u16::MAX, |(_, value)| value),
        window_scale: words.setting("ws", "number from 0 to 255")?.map(|(_, value)| value),
        sack_permitted: words.take("sackok").is_some(),
        sack_edge: words.setting("sack", number)?.map(|(_, value)| value),
    })
}

fn read_flags(words: &mut Words<'_>) -> Result<TcpFlags, TextError> {
    let Some(letters) = words.peek().and_then(|word| word.strip_prefix('[')?.strip_suffix(']')) else {
        return Ok(TcpFlags::SYN);
    };
    let column = words.column();
    words.next();
    if letters == "none" {
        return Ok(TcpFlags(0));
    }
    let mut flags = TcpFlags(0);
    for letter in letters.chars() {
        let found = FLAGS.iter().find(|(known, _)| *known == letter);
        let (_, flag) = found.ok_or_else(|| {
            TextError::new(column, format!("`{letter}` is no TCP flag: write letters of `FSRPAUEC`, or `[none]`"))
        })?;
        flags = flags.with(*flag);
    }
    Ok(flags)
}

fn read_dhcp(words: &mut Words<'_>, endpoints: Endpoints, ports: Ports) -> Result<Option<Dhcp>, TextError> {
    let column = words.column();
    let operation = match words.peek() {
        Some("dhcp-request") => DhcpOperation::Request,
        Some("dhcp-reply") => DhcpOperation::Reply,
        _ => return Ok(None),
    };
    if endpoints.family() != Family::Ipv4 || !matches!((ports.source, ports.destination), (67, 68) | (68, 67)) {
        return Err(TextError::new(column, "a DHCP message is IPv4 and goes between the ports 67 and 68"));
    }
    words.next();
    let client_mac: MacAddr = words.value("the client's MAC address")?;
    Ok(Some(Dhcp { operation, client_mac }))
}

fn read_fragment(words: &mut Words<'_>) -> Result<Option<Fragment>, TextError> {
    if words.take("frag").is_none() {
        return Ok(None);
    }
    let identification = need(words, "id", "number from 0 to 4294967295")?;
    let offset = need(words, "offset", "number of bytes")?;
    let length = need(words, "length", "number of bytes")?;
    Ok(Some(Fragment { identification, offset, length, more: words.take("more").is_some() }))
}

fn need<T: std::str::FromStr>(words: &mut Words<'_>, key: &str, what: &str) -> Result<T, TextError> {
    let column = words.column();
    let found = words.setting(key, what)?;
    let missing = || TextError::new(column, format!("expected `{key}=N`, found {}", quoted(words.peek())));
    found.map(|(_, value)| value).ok_or_else(missing)
}
