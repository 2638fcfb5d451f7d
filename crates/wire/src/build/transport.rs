//! Transport headers, ICMP messages, and their checksums.

use pnet_packet::ip::IpNextHeaderProtocol;
use pnet_packet::util;

use crate::{
    Datagram, Dhcp, DhcpOperation, Endpoints, Icmp, IcmpBody, MacAddr, Neighbor, Ports, Quote, QuotedTransport, Tcp,
    Transport,
};

/// Bytes behind the IP headers.
pub(super) fn length(datagram: &Datagram) -> usize {
    header_length(datagram) + payload_length(datagram)
}

/// Header and payload, the checksum filled in.
pub(super) fn write(datagram: &Datagram) -> Vec<u8> {
    let payload = payload_length(datagram);
    let mut segment = Vec::with_capacity(length(datagram));
    match &datagram.transport {
        Transport::Tcp(tcp) => write_tcp(&mut segment, tcp),
        Transport::Udp(udp) => {
            write_ports(&mut segment, udp.ports);
            segment.extend(u16::try_from(8 + payload).unwrap_or(u16::MAX).to_be_bytes());
            segment.extend([0, 0]);
            udp.dhcp.iter().for_each(|dhcp| write_dhcp(&mut segment, *dhcp));
        }
        Transport::UdpLite(ports) => {
            write_ports(&mut segment, *ports);
            segment.extend([0; 4]);
        }
        Transport::Sctp(ports) | Transport::Dccp(ports) => {
            write_ports(&mut segment, *ports);
            segment.extend([0; 8]);
        }
        Transport::Icmp(icmp) => write_icmp(&mut segment, icmp),
        Transport::Other(_) | Transport::Missing(_) => {}
    }
    segment.resize(header_length(datagram) + payload, 0);
    fill_checksum(datagram, &mut segment);
    segment
}

fn header_length(datagram: &Datagram) -> usize {
    match &datagram.transport {
        Transport::Tcp(tcp) => 20 + options_length(tcp),
        Transport::Udp(_) | Transport::UdpLite(_) | Transport::Icmp(_) => 8,
        Transport::Sctp(_) | Transport::Dccp(_) => 12,
        Transport::Other(_) | Transport::Missing(_) => 0,
    }
}

/// The payload as the packet says it, but no less than its own fields need.
fn payload_length(datagram: &Datagram) -> usize {
    (datagram.payload as usize).max(least_payload(&datagram.transport))
}

/// Bytes behind the transport header that the packet's own fields need.
pub(crate) fn least_payload(transport: &Transport) -> usize {
    match transport {
        Transport::Udp(udp) if udp.dhcp.is_some() => DHCP_FIXED,
        Transport::Icmp(icmp) => match icmp.body {
            IcmpBody::Error(Some(quote)) => quote_length(&quote),
            IcmpBody::Neighbor(neighbor) => neighbor_length(&neighbor),
            IcmpBody::Error(None) | IcmpBody::Query { .. } | IcmpBody::Plain => 0,
        },
        _ => 0,
    }
}

fn write_ports(segment: &mut Vec<u8>, ports: Ports) {
    segment.extend(ports.source.to_be_bytes());
    segment.extend(ports.destination.to_be_bytes());
}

fn options_length(tcp: &Tcp) -> usize {
    let scale: usize = tcp.window_scale.map_or(0, |_| 3);
    let permitted = if tcp.sack_permitted { 2 } else { 0 };
    let edge = tcp.sack_edge.map_or(0, |_| 10);
    (scale + permitted + edge).next_multiple_of(4)
}

fn write_tcp(segment: &mut Vec<u8>, tcp: &Tcp) {
    let header = 20 + options_length(tcp);
    write_ports(segment, tcp.ports);
    segment.extend(tcp.sequence.to_be_bytes());
    segment.extend(tcp.acknowledgment.to_be_bytes());
    segment.extend([(header as u8 / 4) << 4, tcp.flags.0]);
    segment.extend(tcp.window.to_be_bytes());
    segment.extend([0; 4]);
    tcp.window_scale.iter().for_each(|shift| segment.extend([3, 3, *shift]));
    if tcp.sack_permitted {
        segment.extend([4, 2]);
    }
    if let Some(edge) = tcp.sack_edge {
        segment.extend([5, 10]);
        segment.extend(edge.wrapping_sub(1).to_be_bytes());
        segment.extend(edge.to_be_bytes());
    }
    segment.resize(header, 1);
}

const DHCP_FIXED: usize = 236;

fn write_dhcp(segment: &mut Vec<u8>, dhcp: Dhcp) {
    let operation = match dhcp.operation {
        DhcpOperation::Request => 1,
        DhcpOperation::Reply => 2,
    };
    let start = segment.len();
    // Hardware type 1, address length 6.
    segment.extend([operation, 1, 6, 0]);
    segment.resize(start + 28, 0);
    segment.extend(dhcp.client_mac.0);
}

fn write_icmp(segment: &mut Vec<u8>, icmp: &Icmp) {
    segment.extend([icmp.kind, icmp.code, 0, 0]);
    match icmp.body {
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
            write_neighbor(segment, &neighbor);
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
        QuotedTransport::Query { .. } => crate::IpProtocol::icmp(quote.endpoints.family()).0,
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

/// Where the checksum of each protocol stands, and over what it goes.
fn fill_checksum(datagram: &Datagram, segment: &mut [u8]) {
    let (at, pseudo_header) = match (&datagram.transport, datagram.endpoints) {
        (Transport::Tcp(_), _) => (16, true),
        (Transport::Udp(_), _) => (6, true),
        (Transport::Icmp(_), Endpoints::V4(..)) => (2, false),
        (Transport::Icmp(_), Endpoints::V6(..)) => (2, true),
        _ => return,
    };
    let protocol = IpNextHeaderProtocol(datagram.protocol().0);
    let sum = match (datagram.endpoints, pseudo_header) {
        (_, false) => util::checksum(segment, at / 2),
        (Endpoints::V4(source, destination), true) => {
            util::ipv4_checksum(segment, at / 2, &[], &source, &destination, protocol)
        }
        (Endpoints::V6(source, destination), true) => {
            util::ipv6_checksum(segment, at / 2, &[], &source, &destination, protocol)
        }
    };
    // RFC 768: a UDP sum of zero is sent as all ones.
    let sum = if sum == 0 && matches!(datagram.transport, Transport::Udp(_)) { 0xffff } else { sum };
    segment[at..at + 2].copy_from_slice(&sum.to_be_bytes());
}
