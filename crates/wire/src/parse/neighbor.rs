//! Neighbor discovery (RFC 4861).
//!
//! The options are walked here because the iterator of `pnet_packet` overflows on some.

use std::net::Ipv6Addr;

use super::mac;
use crate::{MacAddr, Malformed, Neighbor, icmpv6};

/// Types of the options that are read (RFC 4861 section 4.6.1).
const SOURCE_LINK_LAYER: u8 = 1;
const TARGET_LINK_LAYER: u8 = 2;

/// `bytes` is the whole ICMPv6 message.
pub(super) fn parse(kind: u8, bytes: &[u8]) -> Result<Neighbor, Malformed> {
    let message = match kind {
        icmpv6::ROUTER_SOLICITATION => 8,
        icmpv6::ROUTER_ADVERTISEMENT => 16,
        icmpv6::NEIGHBOR_SOLICITATION | icmpv6::NEIGHBOR_ADVERTISEMENT => 24,
        _ => 40,
    };
    let options = bytes.get(message..).ok_or(Malformed::Neighbor)?;
    let source_mac = find_mac(options, SOURCE_LINK_LAYER)?;
    let target_mac = find_mac(options, TARGET_LINK_LAYER)?;
    Ok(match kind {
        icmpv6::ROUTER_SOLICITATION => Neighbor::RouterSolicitation { source_mac },
        icmpv6::ROUTER_ADVERTISEMENT => Neighbor::RouterAdvertisement { source_mac },
        icmpv6::NEIGHBOR_SOLICITATION => Neighbor::Solicitation { target: target(bytes), source_mac },
        icmpv6::NEIGHBOR_ADVERTISEMENT => Neighbor::Advertisement { target: target(bytes), target_mac },
        _ => Neighbor::Redirect { target: target(bytes) },
    })
}

/// The target address behind the first eight bytes; the caller has checked the length.
fn target(bytes: &[u8]) -> Ipv6Addr {
    let mut octets = [0; 16];
    octets.copy_from_slice(&bytes[8..24]);
    octets.into()
}

/// The address in the option of this type. Two different ones are a fault: receivers would not agree on which counts.
fn find_mac(mut options: &[u8], wanted: u8) -> Result<Option<MacAddr>, Malformed> {
    let mut found = None;
    while let [kind, units, ..] = options {
        let length = usize::from(*units) * 8;
        if length == 0 || length > options.len() {
            return Err(Malformed::Neighbor);
        }
        if *kind == wanted {
            let address = mac(options, 2);
            if found.is_some_and(|earlier| earlier != address) {
                return Err(Malformed::Neighbor);
            }
            found = Some(address);
        }
        options = &options[length..];
    }
    if options.is_empty() { Ok(found) } else { Err(Malformed::Neighbor) }
}
