//! IPv4 (RFC 791).

use std::net::Ipv4Addr;

use pnet_packet::ipv4::Ipv4Packet;

use super::transport::{self, Segment};
use super::{Checksum, Link, be16, be32};
use crate::{Endpoints, Fragment, IpProtocol, Malformed, Packet, internet_checksum};

pub(super) const HEADER: usize = 20;

/// MF, and the offset in units of eight bytes.
pub(super) const MORE_FRAGMENTS: u16 = 0x2000;
pub(super) const FRAGMENT_OFFSET: u16 = 0x1fff;

/// Loose and strict source and record route (RFC 7126 sections 4.3 and 4.4: drop).
const OPTION_LSRR: u8 = 131;
const OPTION_SSRR: u8 = 137;

#[inline(never)]
pub(super) fn parse(link: Link, bytes: &[u8], checksum: Checksum) -> Result<Packet, Malformed> {
    let fixed: &[u8; HEADER] = bytes.first_chunk().ok_or(Malformed::Ipv4Truncated)?;
    let ip = Ipv4Packet::new(fixed).ok_or(Malformed::Ipv4Truncated)?;
    if ip.get_version() != 4 {
        return Err(Malformed::Ipv4Version);
    }
    let header = usize::from(ip.get_header_length()) * 4;
    if header < HEADER || header > bytes.len() {
        return Err(Malformed::Ipv4HeaderLength);
    }
    let total = usize::from(ip.get_total_length());
    if total < header || total > bytes.len() {
        return Err(Malformed::Ipv4TotalLength);
    }
    // Offload never leaves this one open, so it always counts.
    let rest = match header {
        HEADER => internet_checksum::of_plain_header(fixed),
        _ => internet_checksum::of(&bytes[..header]),
    };
    if rest != 0 {
        return Err(Malformed::Ipv4Checksum);
    }
    walk_options(&bytes[HEADER..header])?;
    let (source, destination) = (Ipv4Addr::from(be32(fixed, 12)), Ipv4Addr::from(be32(fixed, 16)));
    check_addresses(source, destination)?;
    let payload = &bytes[header..total];
    let protocol = IpProtocol(ip.get_next_level_protocol().0);
    let fragment = match be16(fixed, 6) & (MORE_FRAGMENTS | FRAGMENT_OFFSET) {
        0 => None,
        _ => Some(read_fragment(fixed, payload.len(), protocol)?),
    };
    let endpoints = Endpoints::V4(source, destination);
    let segment = Segment { link, endpoints, hop_limit: ip.get_ttl(), protocol, fragment, bytes: payload };
    transport::parse(segment, checksum)
}

fn walk_options(mut options: &[u8]) -> Result<(), Malformed> {
    while let Some((&kind, rest)) = options.split_first() {
        options = match kind {
            0 => return Ok(()),
            1 => rest,
            OPTION_LSRR | OPTION_SSRR => return Err(Malformed::Ipv4SourceRoute),
            _ => {
                let length = usize::from(*rest.first().ok_or(Malformed::Ipv4Options)?);
                if length < 2 {
                    return Err(Malformed::Ipv4Options);
                }
                options.get(length..).ok_or(Malformed::Ipv4Options)?
            }
        };
    }
    Ok(())
}

/// No host sends from a group (RFC 1122 section 3.2.1.3), and loopback never stands on a wire.
#[inline]
pub(super) fn check_addresses(source: Ipv4Addr, destination: Ipv4Addr) -> Result<(), Malformed> {
    let impossible =
        source.is_multicast() || source.is_broadcast() || source.is_loopback() || destination.is_loopback();
    if impossible { Err(Malformed::IpSource) } else { Ok(()) }
}

#[cold]
fn read_fragment(header: &[u8; HEADER], length: usize, protocol: IpProtocol) -> Result<Fragment, Malformed> {
    let word = be16(header, 6);
    let (more, offset) = (word & MORE_FRAGMENTS != 0, (word & FRAGMENT_OFFSET) * 8);
    let identification = u32::from(be16(header, 4));
    check_fragment(identification, offset, length, more, protocol)
}

/// The checks that hold for fragments of both families.
pub(super) fn check_fragment(
    identification: u32,
    offset: u16,
    length: usize,
    more: bool,
    protocol: IpProtocol,
) -> Result<Fragment, Malformed> {
    if length == 0 {
        return Err(Malformed::FragmentEmpty);
    }
    if more && !length.is_multiple_of(8) {
        return Err(Malformed::FragmentLength);
    }
    if usize::from(offset) + length > usize::from(u16::MAX) {
        return Err(Malformed::FragmentEnd);
    }
    // RFC 3128: nothing but the first fragment may carry a byte of the fixed TCP header.
    if protocol == IpProtocol::TCP && (1..20).contains(&offset) {
        return Err(Malformed::FragmentRewrite);
    }
    let length = u16::try_from(length).map_err(|_| Malformed::FragmentEnd)?;
    Ok(Fragment { identification, offset, length, more })
}
