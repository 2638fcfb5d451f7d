//! ICMP (RFC 792), ICMPv6 (RFC 4443) and neighbor discovery (RFC 4861).

use super::transport::write_ports;
use crate::{Endpoints, Icmp, IcmpBody, IpProtocol, MacAddr, Neighbor, Quote, QuotedTransport};

/// An option that every receiver skips (RFC 4727 section 5.1.3).
const OPTION_EXPERIMENT: u8 = 253;

/// Bytes behind the first eight that the message's own fields need.
pub(super) fn least_payload(icmp: &Icmp) -> usize {
    match &icmp.body {
        IcmpBody::Error(Some(quote)) => quote_length(quote),
        IcmpBody::Neighbor(neighbor) => neighbor_length(neighbor),
        IcmpBody::Error(None) | IcmpBody::Query { .. } | IcmpBody::Plain => 0,
    }
}

/// The message, the checksum still zero. `length` is how long it will be, which neighbor discovery fills with options.
pub(super) fn write(segment: &mut Vec<u8>, icmp: &Icmp, length: usize) {
    segment.extend([icmp.kind, icmp.code, 0, 0]);
    match &icmp.body {
        IcmpBody::Query { identifier, sequence } => {
            segment.extend(identifier.to_be_bytes());
            segment.extend(sequence.to_be_bytes());
        }
        IcmpBody::Error(quote) => {
            segment.extend([0; 4]);
            quote.iter().for_each(|quote| write_quote(segment, quote));
        }
        IcmpBody::Neighbor(neighbor) => {
            segment.extend([0; 4]);
            write_neighbor(segment, neighbor);
            write_experiments(segment, length);
        }
        IcmpBody::Plain => segment.extend([0; 4]),
    }
}

fn quote_length(quote: &Quote) -> usize {
    match quote.endpoints {
        Endpoints::V4(..) => 28,
        Endpoints::V6(..) => 48,
    }
}

/// An IP header and the first eight bytes of the transport header.
fn write_quote(segment: &mut Vec<u8>, quote: &Quote) {
    let protocol = match quote.transport {
        QuotedTransport::Tcp { .. } => 6,
        QuotedTransport::Ports { protocol, .. } | QuotedTransport::Other(protocol) => protocol.0,
        QuotedTransport::Query { .. } => IpProtocol::icmp(quote.endpoints.family()).0,
    };
    match quote.endpoints {
        Endpoints::V4(source, destination) => {
            segment.extend([0x45, 0, 0, 28, 0, 0, 0, 0, 64, protocol, 0, 0]);
            segment.extend(source.octets());
            segment.extend(destination.octets());
        }
        Endpoints::V6(source, destination) => {
            segment.extend([0x60, 0, 0, 0, 0, 8, protocol, 64]);
            segment.extend(source.octets());
            segment.extend(destination.octets());
        }
    }
    let end = segment.len() + 8;
    match quote.transport {
        QuotedTransport::Tcp { ports, sequence } => {
            write_ports(segment, ports);
            segment.extend(sequence.to_be_bytes());
        }
        QuotedTransport::Ports { ports, .. } => write_ports(segment, ports),
        QuotedTransport::Query { kind, code, identifier } => {
            segment.extend([kind, code, 0, 0]);
            segment.extend(identifier.to_be_bytes());
        }
        // An ICMP message that is no query: any error type says so.
        QuotedTransport::Other(_) => segment.push(3),
    }
    segment.resize(end, 0);
}

fn neighbor_length(neighbor: &Neighbor) -> usize {
    let option = |mac: &Option<MacAddr>| mac.map_or(0, |_| 8);
    match neighbor {
        Neighbor::RouterSolicitation { source_mac } => option(source_mac),
        Neighbor::RouterAdvertisement { source_mac } => 8 + option(source_mac),
        Neighbor::Solicitation { source_mac, .. } => 16 + option(source_mac),
        Neighbor::Advertisement { target_mac, .. } => 16 + option(target_mac),
        Neighbor::Redirect { .. } => 32,
    }
}

/// What stands behind the first eight bytes (RFC 4861 section 4).
fn write_neighbor(segment: &mut Vec<u8>, neighbor: &Neighbor) {
    let option = |segment: &mut Vec<u8>, kind: u8, mac: &Option<MacAddr>| {
        if let Some(mac) = mac {
            segment.extend([kind, 1]);
            segment.extend(mac.0);
        }
    };
    match neighbor {
        Neighbor::RouterSolicitation { source_mac } => option(segment, 1, source_mac),
        Neighbor::RouterAdvertisement { source_mac } => {
            segment.extend([0; 8]);
            option(segment, 1, source_mac);
        }
        Neighbor::Solicitation { target, source_mac } => {
            segment.extend(target.octets());
            option(segment, 1, source_mac);
        }
        Neighbor::Advertisement { target, target_mac } => {
            segment.extend(target.octets());
            option(segment, 2, target_mac);
        }
        Neighbor::Redirect { target } => {
            segment.extend(target.octets());
            segment.extend([0; 16]);
        }
    }
}

/// Options up to the length: zeros would be options of no length, which receivers refuse (RFC 4861 section 4.6).
fn write_experiments(segment: &mut Vec<u8>, length: usize) {
    while segment.len() + 8 <= length {
        let units = ((length - segment.len()) / 8).min(255);
        let end = segment.len() + units * 8;
        segment.extend([OPTION_EXPERIMENT, units as u8]);
        segment.resize(end, 0);
    }
}
