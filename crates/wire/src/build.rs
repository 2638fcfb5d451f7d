//! A packet becomes a frame.
//!
//! `parse(build(packet), Complete)` is the packet again, for every packet that [`parse`](crate::parse()) can yield. Lengths
//! and checksums are right, payload bytes are zero, TCP options carry what the packet says and padding.
//!
//! Where a packet contradicts itself the frame stays well-formed: a payload or a frame that is shorter than the headers need
//! (an ICMP error shorter than its quote) gets what they need, and a longer one than the length fields can say is cut. A
//! fragment has the length that its [`Fragment`](crate::Fragment) says. A body that its ICMP type cannot have, or control bits
//! that no TCP sends, are written as they are.
//!
//! Absent: what [`Packet`] does not keep: IPv4 options, payloads, the UDP length of a datagram that goes on in later fragments,
//! and extension headers other than the fragment header. So a first IPv6 fragment that had others behind that header comes
//! out with as much more payload.

mod icmp;
mod ip;
mod tcp;
mod transport;

pub(crate) use transport::usual_payload;

use crate::{Arp, ArpOperation, MacAddr, OtherLink, Packet, Payload};

const ETHERNET_HEADER: usize = 14;

/// Bytes of an ARP packet for IPv4 over Ethernet.
const ARP: usize = 28;

/// No frame is longer, padding included: an Ethernet and an IPv6 header and what its length field can say.
const LONGEST_FRAME: u32 = 14 + 40 + 65_535;

/// Writes a packet as an Ethernet frame without FCS, padded with zeros to the packet's length.
pub fn build(packet: &Packet) -> Vec<u8> {
    let length = packet.length.min(LONGEST_FRAME) as usize;
    let mut frame = Vec::with_capacity(length);
    frame.extend(packet.destination_mac.0);
    frame.extend(packet.source_mac.0);
    frame.extend(ethertype(&packet.payload).to_be_bytes());
    match &packet.payload {
        Payload::Arp(arp) => write_arp(&mut frame, arp),
        Payload::Ip(datagram) => ip::write(&mut frame, datagram),
        Payload::Other(_) => {}
    }
    frame.resize(frame.len().max(length), 0);
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
            // Request and reply of ARP are other operations only under the EtherType of RARP.
            ArpOperation::ReverseRequest | ArpOperation::ReverseReply | ArpOperation::Other(1 | 2) => 0x8035,
            ArpOperation::Request | ArpOperation::Reply | ArpOperation::Other(_) => 0x0806,
        },
        Payload::Ip(datagram) => ip::ethertype(datagram),
        Payload::Other(OtherLink::Vlan(value) | OtherLink::Llc(value) | OtherLink::EtherType(value)) => *value,
    }
}

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
