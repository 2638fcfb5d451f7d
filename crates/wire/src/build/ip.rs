//! IPv4 (RFC 791) and IPv6 (RFC 8200) headers.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::transport;
use crate::{Datagram, Endpoints, Fragment, internet_checksum};

const IPV4_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;
const FRAGMENT_HEADER: usize = 8;

pub(super) fn ethertype(datagram: &Datagram) -> u16 {
    match datagram.endpoints {
        Endpoints::V4(..) => 0x0800,
        Endpoints::V6(..) => 0x86dd,
    }
}

pub(super) fn length(datagram: &Datagram) -> usize {
    let headers = match (datagram.endpoints, datagram.fragment) {
        (Endpoints::V4(..), _) => IPV4_HEADER,
        (Endpoints::V6(..), None) => IPV6_HEADER,
        (Endpoints::V6(..), Some(_)) => IPV6_HEADER + FRAGMENT_HEADER,
    };
    headers + transport::length(datagram, longest_segment(datagram))
}

/// What the length field of the IP header leaves: it counts the header in IPv4, the extension headers in IPv6.
fn longest_segment(datagram: &Datagram) -> usize {
    let counted = match (datagram.endpoints, datagram.fragment) {
        (Endpoints::V4(..), _) => IPV4_HEADER,
        (Endpoints::V6(..), None) => 0,
        (Endpoints::V6(..), Some(_)) => FRAGMENT_HEADER,
    };
    usize::from(u16::MAX) - counted
}

pub(super) fn write(frame: &mut Vec<u8>, datagram: &Datagram) {
    let segment = transport::write(datagram, longest_segment(datagram));
    match datagram.endpoints {
        Endpoints::V4(source, destination) => write_ipv4(frame, datagram, source, destination, &segment),
        Endpoints::V6(source, destination) => write_ipv6(frame, datagram, source, destination, &segment),
    }
}

fn write_ipv4(frame: &mut Vec<u8>, datagram: &Datagram, source: Ipv4Addr, destination: Ipv4Addr, segment: &[u8]) {
    let mut header = Vec::with_capacity(IPV4_HEADER);
    header.extend([0x45, 0]);
    header.extend(((IPV4_HEADER + segment.len()) as u16).to_be_bytes());
    let (identification, word) = match datagram.fragment {
        Some(fragment) => (fragment.identification as u16, (u16::from(fragment.more) << 13) | (fragment.offset / 8)),
        None => (0, 0),
    };
    header.extend(identification.to_be_bytes());
    header.extend(word.to_be_bytes());
    header.extend([datagram.hop_limit, datagram.protocol().0, 0, 0]);
    header.extend(source.octets());
    header.extend(destination.octets());
    let checksum = internet_checksum::of(&header);
    header[10..12].copy_from_slice(&checksum.to_be_bytes());
    frame.extend(header);
    frame.extend(segment);
}

fn write_ipv6(frame: &mut Vec<u8>, datagram: &Datagram, source: Ipv6Addr, destination: Ipv6Addr, segment: &[u8]) {
    let protocol = datagram.protocol().0;
    let (next, extension) = match datagram.fragment {
        Some(fragment) => (44, fragment_header(protocol, fragment)),
        None => (protocol, Vec::new()),
    };
    frame.extend([0x60, 0, 0, 0]);
    frame.extend(((extension.len() + segment.len()) as u16).to_be_bytes());
    frame.extend([next, datagram.hop_limit]);
    frame.extend(source.octets());
    frame.extend(destination.octets());
    frame.extend(extension);
    frame.extend(segment);
}

fn fragment_header(protocol: u8, fragment: Fragment) -> Vec<u8> {
    let mut header = vec![protocol, 0];
    header.extend((fragment.offset & 0xfff8 | u16::from(fragment.more)).to_be_bytes());
    header.extend(fragment.identification.to_be_bytes());
    header
}
