//! ICMP and ICMPv6 messages.

use std::str::FromStr;

use super::super::nearest::nearest;
use super::super::words::{TextError, Words, listed};
use super::ip::{check_family, read_addresses, read_sockets};
use super::{ECHO, ERRORS};
use crate::message::Message;
use crate::{Family, Icmp, IcmpBody, IpProtocol, Neighbor, Quote, QuotedTransport, icmpv6};

pub(super) fn read(words: &mut Words<'_>, family: Family) -> Result<Icmp, TextError> {
    let (column, word) = words.expect(EXPECTED)?;
    if word == "type" {
        return read_typed(words, family);
    }
    if let Some((_, _, kind)) = ECHO.iter().find(|(name, of, _)| *name == word && *of == family) {
        return Ok(Icmp { kind: *kind, code: 0, body: read_query(words)? });
    }
    if let Some((_, _, kind, code)) = ERRORS.iter().find(|(name, of, ..)| *name == word && *of == family) {
        return Ok(Icmp { kind: *kind, code: *code, body: IcmpBody::Error(read_quote(words)?) });
    }
    match (family, neighbor_kind(word)) {
        (Family::Ipv6, Some(kind)) => read_neighbor_message(words, kind),
        _ => Err(TextError::new(column, unknown_message(family, word))),
    }
}

/// What stands behind the addresses.
const EXPECTED: &str = "message, such as `echo-request` or `type N code N`,";

fn unknown_message(family: Family, word: &str) -> String {
    let echo = ECHO.iter().filter(|(_, of, _)| *of == family).map(|(name, ..)| *name);
    let errors = ERRORS.iter().filter(|(_, of, ..)| *of == family).map(|(name, ..)| *name);
    let neighbors = NEIGHBORS.iter().filter(|_| family == Family::Ipv6).map(|(name, _)| *name);
    let known: Vec<&str> = echo.chain(errors).chain(neighbors).collect();
    match nearest(word, &known) {
        Some(meant) => format!("`{word}` is no ICMP message: did you mean `{meant}`?"),
        None => format!("`{word}` is no ICMP message: write `type N code N` or any of {}", listed(&known)),
    }
}

const NEIGHBORS: [(&str, u8); 5] = [
    ("router-solicitation", icmpv6::ROUTER_SOLICITATION),
    ("router-advertisement", icmpv6::ROUTER_ADVERTISEMENT),
    ("neighbor-solicitation", icmpv6::NEIGHBOR_SOLICITATION),
    ("neighbor-advertisement", icmpv6::NEIGHBOR_ADVERTISEMENT),
    ("redirect", icmpv6::REDIRECT),
];

fn neighbor_kind(word: &str) -> Option<u8> {
    NEIGHBORS.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind)
}

/// `id=N seq=N`, each 0 where it is left out.
fn read_query(words: &mut Words<'_>) -> Result<IcmpBody, TextError> {
    let number = "number from 0 to 65535";
    let identifier = words.setting("id", number)?.unwrap_or(0);
    let sequence = words.setting("seq", number)?.unwrap_or(0);
    Ok(IcmpBody::Query { identifier, sequence })
}

/// `type N code N` and what the type asks for. A type that has words of its own is written with them.
fn read_typed(words: &mut Words<'_>, family: Family) -> Result<Icmp, TextError> {
    let column = words.column();
    let (kind, code) = read_type_and_code(words)?;
    let body = match Message::of(family, kind) {
        Message::Query => read_query(words)?,
        Message::Error => IcmpBody::Error(read_quote(words)?),
        Message::Plain => IcmpBody::Plain,
        Message::Neighbor => {
            let word = NEIGHBORS.iter().find(|(_, known)| *known == kind).map_or("redirect", |(name, _)| name);
            return Err(TextError::new(column, format!("type `{kind}` has a word of its own: write `{word}`")));
        }
    };
    Ok(Icmp { kind, code, body })
}

/// What stands behind `type`.
fn read_type_and_code(words: &mut Words<'_>) -> Result<(u8, u8), TextError> {
    let kind = words.value("type from 0 to 255")?;
    words.require("code")?;
    Ok((kind, words.value("code from 0 to 255")?))
}

fn read_neighbor_message(words: &mut Words<'_>, kind: u8) -> Result<Icmp, TextError> {
    let body = IcmpBody::Neighbor(read_neighbor(words, kind)?);
    let code = if words.take("code").is_some() { words.value("code from 0 to 255")? } else { 0 };
    Ok(Icmp { kind, code, body })
}

fn read_neighbor(words: &mut Words<'_>, kind: u8) -> Result<Neighbor, TextError> {
    let target = match kind {
        icmpv6::ROUTER_SOLICITATION | icmpv6::ROUTER_ADVERTISEMENT => None,
        _ => Some(words.value("IPv6 address")?),
    };
    let mac = match kind {
        icmpv6::REDIRECT => None,
        _ => words.setting("mac", "MAC address")?,
    };
    Ok(match (kind, target) {
        (icmpv6::NEIGHBOR_SOLICITATION, Some(target)) => Neighbor::Solicitation { target, source_mac: mac },
        (icmpv6::NEIGHBOR_ADVERTISEMENT, Some(target)) => Neighbor::Advertisement { target, target_mac: mac },
        (_, Some(target)) => Neighbor::Redirect { target },
        (icmpv6::ROUTER_SOLICITATION, None) => Neighbor::RouterSolicitation { source_mac: mac },
        (_, None) => Neighbor::RouterAdvertisement { source_mac: mac },
    })
}

/// `about (PACKET)`, the quoted packet as far as an error quotes it.
fn read_quote(words: &mut Words<'_>) -> Result<Option<Quote>, TextError> {
    if words.take("about").is_none() {
        return Ok(None);
    }
    words.require("(")?;
    let (column, kind) = words.expect("quoted packet")?;
    let quote = match kind {
        "tcp" => {
            let (endpoints, ports) = read_sockets(words)?;
            let sequence = optional(words, "seq", "number from 0 to 4294967295")?;
            Quote { endpoints, transport: QuotedTransport::Tcp { ports, sequence } }
        }
        "udp" => read_quoted_ports(words, IpProtocol::UDP)?,
        "udplite" => read_quoted_ports(words, IpProtocol::UDP_LITE)?,
        "sctp" => read_quoted_ports(words, IpProtocol::SCTP)?,
        "dccp" => read_quoted_ports(words, IpProtocol::DCCP)?,
        "icmp" | "icmpv6" => {
            let endpoints = read_addresses(words)?;
            check_family(column, kind, endpoints.family())?;
            Quote { endpoints, transport: read_quoted_query(words, endpoints.family())? }
        }
        "esp" => Quote { endpoints: read_addresses(words)?, transport: QuotedTransport::Other(IpProtocol::ESP) },
        "ah" => Quote { endpoints: read_addresses(words)?, transport: QuotedTransport::Other(IpProtocol::AH) },
        "gre" => Quote { endpoints: read_addresses(words)?, transport: QuotedTransport::Other(IpProtocol::GRE) },
        "proto" => {
            let protocol = IpProtocol(words.value("protocol number from 0 to 255")?);
            Quote { endpoints: read_addresses(words)?, transport: QuotedTransport::Other(protocol) }
        }
        other => return Err(TextError::new(column, format!("`{other}` is no protocol of a quoted packet"))),
    };
    words.require(")")?;
    Ok(Some(quote))
}

fn read_quoted_ports(words: &mut Words<'_>, protocol: IpProtocol) -> Result<Quote, TextError> {
    let (endpoints, ports) = read_sockets(words)?;
    Ok(Quote { endpoints, transport: QuotedTransport::Ports { protocol, ports } })
}

fn read_quoted_query(words: &mut Words<'_>, family: Family) -> Result<QuotedTransport, TextError> {
    let (column, word) = words.expect(EXPECTED)?;
    let echo = ECHO.iter().find(|(name, of, _)| *name == word && *of == family);
    let (kind, code) = match echo {
        Some((_, _, kind)) => (*kind, 0),
        None if word == "type" => read_type_and_code(words)?,
        None => return Err(TextError::new(column, unknown_message(family, word))),
    };
    let identifier = optional(words, "id", "number from 0 to 65535")?;
    Ok(QuotedTransport::Query { kind, code, identifier })
}

/// A number that is 0 where it is left out.
fn optional<T: FromStr + Default>(words: &mut Words<'_>, key: &str, what: &str) -> Result<T, TextError> {
    Ok(words.setting(key, what)?.unwrap_or_default())
}
