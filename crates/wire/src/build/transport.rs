//! Transport headers, ICMP messages, and their checksums.

use super::{icmp, tcp};
use crate::{
    Datagram, Dhcp, DhcpOperation, Endpoints, Fragment, Icmp, IcmpBody, Ports, Transport, Udp, internet_checksum,
};

/// The part of a DHCP message in front of its options (RFC 2131 section 2).
const DHCP_FIXED: usize = 236;

/// Bytes behind the IP headers, where these leave room for `longest`.
pub(super) fn length(datagram: &Datagram, longest: usize) -> usize {
    let header = header_length(&datagram.transport);
    let payload = match datagram.fragment {
        Some(fragment) => fragment_payload(&datagram.transport, fragment),
        None => datagram.payload as usize,
    };
    let payload = payload.max(least_payload(&datagram.transport)).min(longest - header);
    match datagram.transport {
        // Neighbor discovery comes in units of eight bytes.
        Transport::Icmp(Icmp { body: IcmpBody::Neighbor(_), .. }) => header + payload / 8 * 8,
        _ => header + payload,
    }
}

/// Header and payload, the checksum filled in, in no more than `longest` bytes.
pub(super) fn write(datagram: &Datagram, longest: usize) -> Vec<u8> {
    let length = length(datagram, longest);
    // What the packet says of its payload; in a first fragment more bytes may be there, see the module `build`.
    let payload = (datagram.payload as usize).max(least_payload(&datagram.transport));
    let mut segment = Vec::with_capacity(length);
    match &datagram.transport {
        Transport::Tcp(header) => tcp::write(&mut segment, header, length.saturating_sub(payload)),
        Transport::Udp(udp) => {
            write_ports(&mut segment, udp.ports);
            segment.extend((length.min(8 + payload) as u16).to_be_bytes());
            segment.extend([0, 0]);
            udp.dhcp.iter().for_each(|dhcp| write_dhcp(&mut segment, *dhcp));
        }
        Transport::UdpLite(ports) | Transport::Sctp(ports) | Transport::Dccp(ports) => {
            write_ports(&mut segment, *ports);
        }
        Transport::Icmp(message) => icmp::write(&mut segment, message, length),
        Transport::Other(_) | Transport::Missing(_) => {}
    }
    segment.resize(length, 0);
    fill_checksum(datagram, &mut segment);
    segment
}

/// The payload that a packet has if nothing is said about it: what its fields need, and in a fragment what its length leaves.
pub(crate) fn usual_payload(transport: &Transport, fragment: Option<Fragment>) -> usize {
    let least = least_payload(transport);
    fragment.map_or(least, |fragment| fragment_payload(transport, fragment).max(least))
}

/// A fragment's length counts the transport header.
fn fragment_payload(transport: &Transport, fragment: Fragment) -> usize {
    usize::from(fragment.length).saturating_sub(header_length(transport))
}

/// Bytes behind the transport header that the packet's own fields need.
fn least_payload(transport: &Transport) -> usize {
    match transport {
        Transport::Udp(Udp { dhcp: Some(_), .. }) => DHCP_FIXED,
        Transport::Icmp(message) => icmp::least_payload(message),
        _ => 0,
    }
}

fn header_length(transport: &Transport) -> usize {
    match transport {
        Transport::Tcp(header) => tcp::header_length(header),
        Transport::Udp(_) | Transport::UdpLite(_) | Transport::Icmp(_) => 8,
        Transport::Sctp(_) | Transport::Dccp(_) => 12,
        Transport::Other(_) | Transport::Missing(_) => 0,
    }
}

pub(super) fn write_ports(segment: &mut Vec<u8>, ports: Ports) {
    segment.extend(ports.source.to_be_bytes());
    segment.extend(ports.destination.to_be_bytes());
}

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

/// Where the checksum of each protocol stands, and over what it goes. UDP-Lite, SCTP and DCCP are not given one.
fn fill_checksum(datagram: &Datagram, segment: &mut [u8]) {
    let (at, sum) = match (&datagram.transport, datagram.endpoints) {
        (Transport::Icmp(_), Endpoints::V4(..)) => (2, internet_checksum::of(segment)),
        (Transport::Icmp(_), Endpoints::V6(..)) => (2, sum_of_segment(datagram, segment)),
        (Transport::Tcp(_), _) => (16, sum_of_segment(datagram, segment)),
        // RFC 768: a sum of zero is sent as all ones.
        (Transport::Udp(_), _) => {
            (6, Some(sum_of_segment(datagram, segment)).filter(|sum| *sum != 0).unwrap_or(0xffff))
        }
        _ => return,
    };
    segment[at..at + 2].copy_from_slice(&sum.to_be_bytes());
}

fn sum_of_segment(datagram: &Datagram, segment: &[u8]) -> u16 {
    internet_checksum::of_segment(datagram.endpoints, datagram.protocol(), segment)
}
