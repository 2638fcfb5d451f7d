//! ICMP and ICMPv6 messages.

use std::str::FromStr;

use super::super::words::{TextError, Words, quoted};
use super::ECHO;
use super::ip::{read_addresses, read_sockets};
use crate::{Family, Icmp, IcmpBody, IpProtocol, Neighbor, Quote, QuotedTransport, icmp, icmpv6};

pub(super) fn read(words: &mut Words<'_>, family: Family) -> Result<Icmp, TextError> {
    let column = words.column();
    let word = words.peek();
    if let Some((_, _, kind)) = ECHO.iter().find(|(name, of, _)| Some(*name) == word && *of == family) {
        words.next();
        return Ok(Icmp { kind: *kind, code: 0, body: read_query(words)? });
    }
    if word == Some("type") {
        return read_typed(words, family);
    }
    match (family, word.and_then(neighbor_kind)) {
        (Family::Ipv6, Some(kind)) => {
            words.next();
            let body = IcmpBody::Neighbor(read_neighbor(words, kind)?);
            let code = if words.take("code").is_some() { words.value("the code from 0 to 255")? } else { 0 };
            Ok(Icmp { kind, code, body })
        }
        _ => {
            let message = format!("expected `echo-request`, `echo-reply` or `type N code N`, found {}", quoted(word));
            Err(TextError::new(column, message))
        }
    }
}

fn neighbor_kind(word: &str) -> Option<u8> {
    match word {
        "router-solicitation" => Some(icmpv6::ROUTER_SOLICITATION),
        "router-advertisement" => Some(icmpv6::ROUTER_ADVERTISEMENT),
        "neighbor-solicitation" => Some(icmpv6::NEIGHBOR_SOLICITATION),
        "neighbor-advertisement" => Some(icmpv6::NEIGHBOR_ADVERTISEMENT),
        "redirect" => Some(icmpv6::REDIRECT),
        _ => None,
    }
}

/// `id=N seq=N`, each 0 where it is left out.
fn read_query(words: &mut Words<'_>) -> Result<IcmpBody, TextError> {
    let identifier = words.setting("id", "number from 0 to 65535")?.map_or(0, |(_, value)| value);
    let sequence = words.setting("seq", "number from 0 to 65535")?.map_or(0, |(_, value)| value);
    Ok(IcmpBody::Query { identifier, sequence })
}

/// `type N code N` and what the type asks for. A type that has words of its own is written with them.
fn read_typed(words: &mut Words<'_>, family: Family) -> Result<Icmp, TextError> {
    words.next();
    let column = words.column();
    let kind = words.value("the type from 0 to 255")?;
    words.require("code")?;
    let code = words.value("the code from 0 to 255")?;
    let body = match (family, kind) {
        (Family::Ipv4, icmp::ECHO_REPLY | icmp::ECHO | icmp::TIMESTAMP..=icmp::ADDRESS_MASK_REPLY)
        | (Family::Ipv6, icmpv6::ECHO | icmpv6::ECHO_REPLY) => read_query(words)?,
        (Family::Ipv4, icmp::UNREACHABLE..=icmp::REDIRECT | icmp::TIME_EXCEEDED | icmp::PARAMETER_PROBLEM)
        | (Family::Ipv6, icmpv6::UNREACHABLE..=icmpv6::PARAMETER_PROBLEM) => IcmpBody::Error(read_quote(words)?),
        (Family::Ipv6, icmpv6::ROUTER_SOLICITATION..=icmpv6::REDIRECT) => {
            let message =
                "this type has words of its own: write `router-solicitation`, `neighbor-advertisement` and the like";
            return Err(TextError::new(column, message));
        }
        _ => IcmpBody::Plain,
    };
    Ok(Icmp { kind, code, body })
}

fn read_neighbor(words: &mut Words<'_>, kind: u8) -> Result<Neighbor, TextError> {
    let target = match kind {
        icmpv6::ROUTER_SOLICITATION | icmpv6::ROUTER_ADVERTISEMENT => None,
        _ => Some(words.value("the target's IPv6 address")?),
    };
    let mac = match kind {
        icmpv6::REDIRECT => None,
        _ => words.setting("mac", "MAC address")?.map(|(_, mac)| mac),
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
    let (column, kind) = words.expect("the quoted packet")?;
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
        "icmp" | "icmpv6" => read_quoted_query(words)?,
        "esp" => Quote { endpoints: read_addresses(words)?, transport: QuotedTransport::Other(IpProtocol::ESP) },
        "ah" => Quote { endpoints: read_addresses(words)?, transport: QuotedTransport::Other(IpProtocol::AH) },
        "gre" => Quote { endpoints: read_addresses(words)?, transport: QuotedTransport::Other(IpProtocol::GRE) },
        "proto" => {
            let protocol = IpProtocol(words.value("the protocol number from 0 to 255")?);
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

fn read_quoted_query(words: &mut Words<'_>) -> Result<Quote, TextError> {
    let endpoints = read_addresses(words)?;
    words.require("type")?;
    let kind = words.value("the type from 0 to 255")?;
    words.require("code")?;
    let code = words.value("the code from 0 to 255")?;
    let identifier = optional(words, "id", "number from 0 to 65535")?;
    Ok(Quote { endpoints, transport: QuotedTransport::Query { kind, code, identifier } })
}

/// A number that is 0 where it is left out.
fn optional<T: FromStr + Default>(words: &mut Words<'_>, key: &str, what: &str) -> Result<T, TextError> {
    Ok(words.setting(key, what)?.map(|(_, value)| value).unwrap_or_default())
}
