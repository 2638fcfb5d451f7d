//! ICMP (RFC 792) and ICMPv6 (RFC 4443).

use pnet_packet::icmp::{self as icmp4, IcmpPacket};
use pnet_packet::icmpv6::{self as icmp6, Icmpv6Packet};

use super::transport::Segment;
use super::{Checksum, be16, neighbor, quote};
use crate::{Endpoints, Family, Icmp, IcmpBody, Malformed, Transport, icmp, icmpv6};

/// Both begin with type, code, checksum and four bytes whose meaning depends on the type.
const HEADER: usize = 8;

pub(super) fn parse(segment: Segment<'_>, checksum: Checksum) -> Result<(Transport, u32), Malformed> {
    let bytes = segment.bytes;
    if bytes.len() < HEADER {
        return Err(if segment.fragment.is_some() { Malformed::FragmentTiny } else { Malformed::IcmpTruncated });
    }
    if segment.must_verify(checksum) {
        verify(segment.endpoints, bytes)?;
    }
    let (kind, code) = (bytes[0], bytes[1]);
    let body = match class(segment.endpoints.family(), kind) {
        Class::Query => IcmpBody::Query { identifier: be16(bytes, 4), sequence: be16(bytes, 6) },
        Class::Error => IcmpBody::Error(quote::parse(segment.endpoints.family(), &bytes[HEADER..])),
        Class::Neighbor => IcmpBody::Neighbor(neighbor::parse(kind, bytes)?),
        Class::Plain => IcmpBody::Plain,
    };
    let payload = u32::try_from(bytes.len() - HEADER).unwrap_or(u32::MAX);
    Ok((Transport::Icmp(Icmp { kind, code, body }), payload))
}

/// What the rest of a message means.
enum Class {
    Query,
    Error,
    Neighbor,
    Plain,
}

fn class(family: Family, kind: u8) -> Class {
    match (family, kind) {
        (Family::Ipv4, icmp::ECHO_REPLY | icmp::ECHO | icmp::TIMESTAMP..=icmp::ADDRESS_MASK_REPLY) => Class::Query,
        (
            Family::Ipv4,
            icmp::UNREACHABLE | icmp::SOURCE_QUENCH | icmp::REDIRECT | icmp::TIME_EXCEEDED | icmp::PARAMETER_PROBLEM,
        ) => Class::Error,
        (Family::Ipv6, icmpv6::ECHO | icmpv6::ECHO_REPLY) => Class::Query,
        (Family::Ipv6, icmpv6::UNREACHABLE..=icmpv6::PARAMETER_PROBLEM) => Class::Error,
        (Family::Ipv6, icmpv6::ROUTER_SOLICITATION..=icmpv6::REDIRECT) => Class::Neighbor,
        _ => Class::Plain,
    }
}

fn verify(endpoints: Endpoints, bytes: &[u8]) -> Result<(), Malformed> {
    let right = match endpoints {
        Endpoints::V4(..) => {
            IcmpPacket::new(bytes).is_some_and(|packet| icmp4::checksum(&packet) == packet.get_checksum())
        }
        Endpoints::V6(source, destination) => Icmpv6Packet::new(bytes)
            .is_some_and(|packet| icmp6::checksum(&packet, &source, &destination) == packet.get_checksum()),
    };
    if right { Ok(()) } else { Err(Malformed::IcmpChecksum) }
}
