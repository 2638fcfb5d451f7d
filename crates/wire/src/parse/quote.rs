//! The packet inside an ICMP error: its IP header and at least eight bytes more (RFC 792, RFC 4443 section 2.4).
//!
//! Routers quote what they saw, so nothing here is a fault: what cannot be told is no quote.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{be16, be32};
use crate::message::Message;
use crate::{Endpoints, Family, IpProtocol, Ports, Quote, QuotedTransport};

pub(super) fn parse(family: Family, bytes: &[u8]) -> Option<Quote> {
    match family {
        Family::Ipv4 => parse_ipv4(bytes),
        Family::Ipv6 => parse_ipv6(bytes),
    }
}

fn parse_ipv4(bytes: &[u8]) -> Option<Quote> {
    let header = usize::from(bytes.first()? & 0x0f) * 4;
    if bytes[0] >> 4 != 4 || header < 20 || bytes.len() < header {
        return None;
    }
    // A later fragment quotes no transport header.
    if be16(bytes, 6) & 0x1fff != 0 {
        return None;
    }
    let address = |at: usize| Ipv4Addr::from(be32(bytes, at));
    let endpoints = Endpoints::V4(address(12), address(16));
    Some(Quote { endpoints, transport: parse_transport(endpoints, IpProtocol(bytes[9]), &bytes[header..])? })
}

fn parse_ipv6(bytes: &[u8]) -> Option<Quote> {
    if bytes.len() < 40 || bytes[0] >> 4 != 6 {
        return None;
    }
    let address = |at: usize| -> Option<Ipv6Addr> { Some(<[u8; 16]>::try_from(bytes.get(at..at + 16)?).ok()?.into()) };
    let endpoints = Endpoints::V6(address(8)?, address(24)?);
    let (mut next, mut rest) = (bytes[6], &bytes[40..]);
    // Hop-by-hop, routing, destination options, and a fragment header whose offset is zero; bounded like the outer walk.
    for _ in 0..8 {
        let length = match next {
            0 | 43 | 60 => (usize::from(*rest.get(1)?) + 1) * 8,
            44 if rest.len() >= 8 && be16(rest, 2) & 0xfff8 == 0 => 8,
            44 => return None,
            _ => return Some(Quote { endpoints, transport: parse_transport(endpoints, IpProtocol(next), rest)? }),
        };
        next = rest[0];
        rest = rest.get(length..)?;
    }
    None
}

fn parse_transport(endpoints: Endpoints, protocol: IpProtocol, bytes: &[u8]) -> Option<QuotedTransport> {
    let first = bytes.get(..8)?;
    let ports = Ports { source: be16(first, 0), destination: be16(first, 2) };
    Some(match protocol {
        IpProtocol::TCP => QuotedTransport::Tcp { ports, sequence: be32(first, 4) },
        IpProtocol::UDP | IpProtocol::UDP_LITE | IpProtocol::SCTP | IpProtocol::DCCP => {
            QuotedTransport::Ports { protocol, ports }
        }
        protocol
            if protocol == IpProtocol::icmp(endpoints.family())
                && Message::of(endpoints.family(), first[0]) == Message::Query =>
        {
            QuotedTransport::Query { kind: first[0], code: first[1], identifier: be16(first, 4) }
        }
        other => QuotedTransport::Other(other),
    })
}
