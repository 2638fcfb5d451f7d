//! Datagrams.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use super::super::words::{TextError, Words};
use super::super::{usual_hop_limit, usual_payload};
use super::{FLAGS, icmp};
use crate::{
    Datagram, Dhcp, DhcpOperation, Endpoints, Family, Fragment, IpProtocol, MacAddr, Ports, Tcp, TcpFlags, Transport,
    Udp,
};

pub(super) fn read(words: &mut Words<'_>) -> Result<Datagram, TextError> {
    let (column, kind) = words.expect("protocol")?;
    let place = words.split_off("frag");
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
            let protocol = IpProtocol(words.value("protocol number from 0 to 255")?);
            (read_addresses(words)?, Transport::Missing(protocol))
        }
        "esp" => (read_addresses(words)?, Transport::Other(IpProtocol::ESP)),
        "ah" => (read_addresses(words)?, Transport::Other(IpProtocol::AH)),
        "gre" => (read_addresses(words)?, Transport::Other(IpProtocol::GRE)),
        _ => {
            let protocol = IpProtocol(words.value("protocol number from 0 to 255")?);
            let endpoints = read_addresses(words)?;
            check_number(column, protocol, endpoints.family())?;
            (endpoints, Transport::Other(protocol))
        }
    };
    let fragment = place.map(|place| read_fragment(words, place)).transpose()?;
    if matches!(transport, Transport::Missing(_)) && fragment.is_none() {
        let message = "a later fragment needs its place: write `frag id=N offset=N length=N`";
        return Err(TextError::new(words.column(), message));
    }
    let payload = words.setting("len", "number of bytes")?.unwrap_or(usual_payload(&transport, fragment));
    let hop_limit = words.setting("ttl", "number from 0 to 255")?.unwrap_or(usual_hop_limit(&transport));
    Ok(Datagram { endpoints, hop_limit, fragment, transport, payload })
}

/// `icmp` goes with IPv4, `icmpv6` with IPv6.
pub(super) fn check_family(column: usize, word: &str, family: Family) -> Result<(), TextError> {
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
fn check_number(column: usize, protocol: IpProtocol, family: Family) -> Result<(), TextError> {
    let word = match (protocol, family) {
        (IpProtocol::ICMP, Family::Ipv4) => "icmp",
        (IpProtocol::ICMPV6, Family::Ipv6) => "icmpv6",
        (IpProtocol::TCP, _) => "tcp",
        (IpProtocol::UDP, _) => "udp",
        (IpProtocol::DCCP, _) => "dccp",
        (IpProtocol::SCTP, _) => "sctp",
        (IpProtocol::UDP_LITE, _) => "udplite",
        _ => return Ok(()),
    };
    let message = format!("protocol `{}` has a form of its own: write `{word} ...`", protocol.0);
    Err(TextError::new(column, message))
}

pub(super) fn read_addresses(words: &mut Words<'_>) -> Result<Endpoints, TextError> {
    let column = words.column();
    let source = read_address(words)?;
    words.require(">")?;
    let destination = read_address(words)?;
    pair(column, source, destination)
}

fn read_address(words: &mut Words<'_>) -> Result<IpAddr, TextError> {
    let (column, word) = words.expect("IP address")?;
    let refusal = match (word.parse::<IpAddr>(), word.parse::<SocketAddr>()) {
        (Ok(address), _) => return Ok(address),
        (Err(_), Ok(socket)) => {
            format!("`{word}` has a port, but this protocol has none: write `{}`", socket.ip())
        }
        (Err(_), Err(_)) => format!("`{word}` is no IP address"),
    };
    Err(TextError::new(column, refusal))
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
    let (column, word) = words.expect("address with its port")?;
    word.parse().map_err(|_| TextError::new(column, refuse_socket(word)))
}

/// What is wrong with a word that is no address with a port.
fn refuse_socket(word: &str) -> String {
    let (address, port) = word.rsplit_once(':').unwrap_or((word, ""));
    let bare = |text: &str| text.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    match (bare(word), bare(address)) {
        (Some(IpAddr::V4(whole)), _) => format!("`{word}` has no port: write `{whole}:PORT`"),
        (Some(IpAddr::V6(whole)), _) => format!("`{word}` has no port: write `[{whole}]:PORT`"),
        (None, None) => {
            format!("`{word}` is no address with a port: write it like `192.0.2.10:443` or `[2001:db8::1]:443`")
        }
        (None, Some(address)) if port.is_empty() => {
            format!("`{word}` has no port: write `{}`", with_port(address, "PORT"))
        }
        (None, Some(address)) if port.parse::<u16>().is_ok() => {
            format!("an IPv6 address stands in brackets before its port: write `{}`", with_port(address, port))
        }
        (None, Some(_)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("port `{port}` is too large: ports run from 0 to 65535")
        }
        (None, Some(_)) => format!("`{port}` is no port: write a number from 0 to 65535"),
    }
}

fn with_port(address: IpAddr, port: &str) -> String {
    match address {
        IpAddr::V4(address) => format!("{address}:{port}"),
        IpAddr::V6(address) => format!("[{address}]:{port}"),
    }
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
        sequence: words.setting("seq", number)?.unwrap_or(0),
        acknowledgment: words.setting("ack", number)?.unwrap_or(0),
        window: words.setting("win", "number from 0 to 65535")?.unwrap_or(u16::MAX),
        window_scale: words.setting("ws", "number from 0 to 255")?,
        sack_permitted: words.flag("sackok"),
        sack_edge: words.setting("sack", number)?,
    })
}

/// `[SA]`: the letters of the control bits that are set.
fn read_flags(words: &mut Words<'_>) -> Result<TcpFlags, TextError> {
    let Some((column, word)) = words.take_where(|word| word.starts_with('[') && word.ends_with(']')) else {
        return Ok(TcpFlags::SYN);
    };
    let letters = &word[1..word.len() - 1];
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
    let client_mac: MacAddr = words.value("MAC address of the client")?;
    Ok(Some(Dhcp { operation, client_mac }))
}

/// `frag id=N offset=N length=N more`. What else stands behind `frag` is put back for others to read.
fn read_fragment<'a>(words: &mut Words<'a>, mut place: Words<'a>) -> Result<Fragment, TextError> {
    let fragment = Fragment {
        identification: need(&mut place, "id", "number from 0 to 4294967295")?,
        offset: need(&mut place, "offset", "number of bytes up to 65535")?,
        length: need(&mut place, "length", "number of bytes up to 65535")?,
        more: place.flag("more"),
    };
    words.append(place);
    Ok(fragment)
}

fn need<T: FromStr>(words: &mut Words<'_>, key: &str, what: &str) -> Result<T, TextError> {
    let column = words.column();
    let missing = || TextError::new(column, format!("`{key}=N` is missing: write `frag id=N offset=N length=N`"));
    words.setting(key, what)?.ok_or_else(missing)
}
