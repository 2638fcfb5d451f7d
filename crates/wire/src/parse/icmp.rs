//! ICMP (RFC 792) and ICMPv6 (RFC 4443).

use super::transport::Segment;
use super::{Checksum, be16, neighbor, quote};
use crate::message::Message;
use crate::{Endpoints, Icmp, IcmpBody, IpProtocol, Malformed, Transport, internet_checksum};

/// Both begin with type, code, checksum and four bytes whose meaning depends on the type.
const HEADER: usize = 8;

pub(super) fn parse(segment: Segment<'_>, checksum: Checksum) -> Result<(Transport, u32), Malformed> {
    let bytes = segment.bytes;
    if bytes.len() < HEADER {
        return Err(if segment.fragment.is_some() { Malformed::FragmentTiny } else { Malformed::IcmpTruncated });
    }
    if segment.must_verify(checksum) {
        verify(segment)?;
    }
    let (kind, code) = (bytes[0], bytes[1]);
    let body = match Message::of(segment.endpoints.family(), kind) {
        Message::Query => IcmpBody::Query { identifier: be16(bytes, 4), sequence: be16(bytes, 6) },
        Message::Error => IcmpBody::Error(quote::parse(segment.endpoints.family(), &bytes[HEADER..])),
        Message::Neighbor => IcmpBody::Neighbor(neighbor::parse(kind, bytes)?),
        Message::Plain => IcmpBody::Plain,
    };
    let payload = u32::try_from(bytes.len() - HEADER).unwrap_or(u32::MAX);
    Ok((Transport::Icmp(Icmp { kind, code, body }), payload))
}

fn verify(segment: Segment<'_>) -> Result<(), Malformed> {
    let rest = match segment.endpoints {
        Endpoints::V4(..) => internet_checksum::of(segment.bytes),
        Endpoints::V6(..) => internet_checksum::of_segment(segment.endpoints, IpProtocol::ICMPV6, segment.bytes),
    };
    if rest == 0 { Ok(()) } else { Err(Malformed::IcmpChecksum) }
}
