//! ICMP (RFC 792) and ICMPv6 (RFC 4443).

use super::{be16, neighbor, quote};
use crate::message::Message;
use crate::{Family, Icmp, IcmpBody, Malformed};

/// Both begin with type, code, checksum and four bytes whose meaning depends on the type.
pub(super) const HEADER: usize = 8;

/// Reads a message that is not shorter than its header.
pub(super) fn parse(family: Family, bytes: &[u8]) -> Result<Icmp, Malformed> {
    let (kind, code) = (bytes[0], bytes[1]);
    let body = match Message::of(family, kind) {
        Message::Query => IcmpBody::Query { identifier: be16(bytes, 4), sequence: be16(bytes, 6) },
        Message::Error => IcmpBody::Error(quote::parse(family, &bytes[HEADER..])),
        Message::Neighbor => IcmpBody::Neighbor(neighbor::parse(kind, bytes)?),
        Message::Plain => IcmpBody::Plain,
    };
    Ok(Icmp { kind, code, body })
}
