//! A packet becomes a frame.
//!
//! The inverse of [`parse`](crate::parse()) for every well-formed packet: lengths and checksums are right, payload bytes are zero, TCP
//! options carry what the packet says and padding. A packet that says less than its headers need (an ICMP error whose payload is
//! shorter than its quote, say) gets what they need.
//!
//! Absent: what [`Packet`] does not keep: IPv4 options, extension headers other than the fragment header, payloads.

mod ip;
mod transport;

pub(crate) use transport::least_payload;

use crate::{Arp, ArpOperation, MacAddr, OtherLink, Packet, Payload};

const ETHERNET_HEADER: usize = 14;

/// Writes a packet as an Ethernet frame without FCS, padded with zeros to the packet's length.
pub fn build(packet: &Packet) -> Vec<u8> {
    let mut frame = Vec::with_capacity(packet.length as usize);
    frame.extend(packet.destination_mac.0);
    frame.extend(packet.source_mac.0);
    frame.extend(ethertype(&packet.payload).to_be_bytes());
    match &packet.payload {
        Payload::Arp(arp) => write_arp(&mut frame, arp),
        Payload::Ip(datagram) => ip::write(&mut frame, datagram),
        Payload::Other(_) => {}
    }
    if frame.len() < packet.length as usize {
        frame.resize(packet.length as usize, 0);
    }
    frame
}

impl Packet {
    /// A packet whose length is just what it needs, without padding.
    pub fn new(source_mac: MacAddr, destination_mac: MacAddr, payload: Payload) -> Packet {
        let length = frame_length(&payload);
        Packet { source_mac, destination_mac, payload, length }
    }
}

/// Bytes of the shortest frame that carries the payload.
pub(crate) fn frame_length(payload: &Payload) -> u32 {
    let body = match payload {
        Payload::Arp(_) => ARP,
        Payload::Ip(datagram) => ip::length(datagram),
        Payload::Other(_) => 0,
    };
    (ETHERNET_HEADER + body) as u32
}

fn ethertype(payload: &Payload) -> u16 {
    match payload {
        Payload::Arp(arp) => match arp.operation {
            ArpOperation::ReverseRequest | ArpOperation::ReverseReply => 0x8035,
            ArpOperation::Request | ArpOperation::Reply | ArpOperation::Other(_) => 0x0806,
        },
        Payload::Ip(datagram) => ip::ethertype(datagram),
        Payload::Other(OtherLink::Vlan(value) | OtherLink::Llc(value) | OtherLink::EtherType(value)) => *value,
    }
}

const ARP: usize = 28;

fn write_arp(frame: &mut Vec<u8>, arp: &Arp) {
    let operation = match arp.operation {
        ArpOperation::Request => 1,
        ArpOperation::Reply => 2,
        ArpOperation::ReverseRequest => 3,
        ArpOperation::ReverseReply => 4,
        ArpOperation::Other(other) => other,
    };
    // Hardware type 1, protocol type IPv4, address lengths 6 and 4.
    frame.extend([0, 1, 0x08, 0x00, 6, 4]);
    frame.extend(u16::to_be_bytes(operation));
    frame.extend(arp.sender_mac.0);
    frame.extend(arp.sender_ip.octets());
    frame.extend(arp.target_mac.0);
    frame.extend(arp.target_ip.octets());
}
