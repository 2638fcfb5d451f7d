//! IPv6 and its extension headers (RFC 8200).

use std::net::Ipv6Addr;

use pnet_packet::ipv6::Ipv6Packet;

use super::ipv4::check_fragment;
use super::transport::{self, Segment};
use super::{Checksum, Link, be16, be32};
use crate::{Endpoints, Fragment, IpProtocol, Malformed, Packet};

pub(super) const HEADER: usize = 40;

/// Next-header values of the extension headers that are walked.
const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const DESTINATION_OPTIONS: u8 = 60;

/// No honest chain is longer: RFC 8200 section 4.1 recommends six at most.
const LONGEST_CHAIN: usize = 8;

#[inline(never)]
pub(super) fn parse(link: Link, bytes: &[u8], checksum: Checksum) -> Result<Packet, Malformed> {
    let fixed: &[u8; HEADER] = bytes.first_chunk().ok_or(Malformed::Ipv6Truncated)?;
    let ip = Ipv6Packet::new(fixed).ok_or(Malformed::Ipv6Truncated)?;
    if ip.get_version() != 6 {
        return Err(Malformed::Ipv6Version);
    }
    let end = HEADER + usize::from(ip.get_payload_length());
    let payload = bytes.get(HEADER..end).ok_or(Malformed::Ipv6PayloadLength)?;
    let (source, destination) = (address(fixed, 8), address(fixed, 24));
    check_addresses(source, destination)?;
    let chain = walk(ip.get_next_header().0, payload)?;
    let segment = Segment {
        link,
        endpoints: Endpoints::V6(source, destination),
        hop_limit: ip.get_hop_limit(),
        protocol: chain.protocol,
        fragment: chain.fragment,
        bytes: chain.rest,
    };
    transport::parse(segment, checksum)
}

/// No host sends from a group (RFC 4291 section 2.7), and loopback never stands on a wire (section 2.5.3).
#[inline]
pub(super) fn check_addresses(source: Ipv6Addr, destination: Ipv6Addr) -> Result<(), Malformed> {
    let impossible = source.is_multicast() || source.is_loopback() || destination.is_loopback();
    if impossible { Err(Malformed::IpSource) } else { Ok(()) }
}

#[inline(always)]
pub(super) fn address(header: &[u8; HEADER], at: usize) -> Ipv6Addr {
    let mut octets = [0; 16];
    octets.copy_from_slice(&header[at..at + 16]);
    octets.into()
}

/// What stands behind the extension headers.
struct Chain<'a> {
    protocol: IpProtocol,
    fragment: Option<Fragment>,
    rest: &'a [u8],
}

fn walk(first: u8, payload: &[u8]) -> Result<Chain<'_>, Malformed> {
    let (mut next, mut rest, mut fragment) = (first, payload, None);
    let mut seen_fragment_header = false;
    for position in 0..=LONGEST_CHAIN {
        let later = fragment.is_some_and(|fragment: Fragment| fragment.offset > 0);
        let is_extension = matches!(next, HOP_BY_HOP | ROUTING | FRAGMENT | DESTINATION_OPTIONS);
        if later || !is_extension {
            return Ok(Chain { protocol: IpProtocol(next), fragment, rest });
        }
        if position == LONGEST_CHAIN || next == FRAGMENT && seen_fragment_header {
            return Err(Malformed::Ipv6ExtensionChain);
        }
        if next == HOP_BY_HOP && position > 0 {
            return Err(Malformed::Ipv6HopByHop);
        }
        let truncated =
            if fragment.is_some() { Malformed::Ipv6FragmentChain } else { Malformed::Ipv6ExtensionTruncated };
        if rest.len() < 8 {
            return Err(truncated);
        }
        if next == FRAGMENT {
            seen_fragment_header = true;
            fragment = read_fragment(rest)?;
            (next, rest) = (rest[0], &rest[8..]);
            continue;
        }
        // RFC 5095: a type 0 routing header is dropped wherever it stands.
        if next == ROUTING && rest[2] == 0 {
            return Err(Malformed::Ipv6RoutingHeader);
        }
        let length = (usize::from(rest[1]) + 1) * 8;
        next = rest[0];
        rest = rest.get(length..).ok_or(truncated)?;
    }
    Err(Malformed::Ipv6ExtensionChain)
}

/// An atomic fragment (RFC 6946) is none.
fn read_fragment(header: &[u8]) -> Result<Option<Fragment>, Malformed> {
    let word = be16(header, 2);
    let (offset, more) = (word & 0xfff8, word & 1 != 0);
    if offset == 0 && !more {
        return Ok(None);
    }
    check_fragment(be32(header, 4), offset, header.len() - 8, more, IpProtocol(header[0])).map(Some)
}
