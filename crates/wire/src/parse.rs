//! A frame becomes a packet, or a named fault.
//!
//! One function for each layer, called from the outside in; each gets just the bytes that the layer before it vouches for, and
//! what was read so far. The innermost puts the packet together, in one go and where the caller wants it: a packet is large, and
//! to hand parts of it from layer to layer took longer than to read them. Offsets and field names are those of the RFC at the
//! function.
//!
//! Flags, lengths and numbers of one byte are read by `pnet_packet`. Its accessors of wider fields are calls, so addresses,
//! ports and sequence numbers of the headers that nearly every packet has are read here.

mod arp;
mod glance;
mod icmp;
mod ipv4;
mod ipv6;
mod neighbor;
mod quote;
mod transport;

use pnet_packet::ethernet::EthernetPacket;

pub use glance::{AckSegment, Addresses, Course, Gist, glance, macs};

use crate::{MacAddr, Malformed, OtherLink, Packet, Payload};

/// Whether the transport checksum of a frame is known to be complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// It is complete: a wrong one makes the packet malformed.
    Complete,
    /// A device fills it in later (offload): it says nothing.
    Unfinished,
}

/// EtherTypes (IANA "IEEE 802 Numbers") that are told apart.
const ETHERTYPE_IPV4: u16 = 0x0800;
const ETHERTYPE_ARP: u16 = 0x0806;
const ETHERTYPE_RARP: u16 = 0x8035;
const ETHERTYPE_IPV6: u16 = 0x86dd;

const ETHERNET: usize = EthernetPacket::minimum_packet_size();

/// Up to here the field is the length of an IEEE 802.3 frame (IEEE 802.3 clause 3.2.6).
const LONGEST_LLC: u16 = 1500;

/// Reads one Ethernet frame, without FCS.
///
/// # Errors
/// The first fault from the outside in. Padding behind the IP datagram is no fault.
pub fn parse(frame: &[u8], checksum: Checksum) -> Result<Packet, Malformed> {
    // Of a header with a known length the compiler reads every field without looking at the length again.
    let header: &[u8; ETHERNET] = frame.first_chunk().ok_or(Malformed::EthernetTruncated)?;
    let ethernet = EthernetPacket::new(header).ok_or(Malformed::EthernetTruncated)?;
    let source_mac = MacAddr(ethernet.get_source().octets());
    if source_mac.is_multicast() || source_mac == MacAddr::ZERO {
        return Err(Malformed::EthernetSource);
    }
    let bytes = &frame[ETHERNET..];
    let length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
    let link = Link { source_mac, destination_mac: MacAddr(ethernet.get_destination().octets()), length };
    let payload = match ethernet.get_ethertype().0 {
        ETHERTYPE_IPV4 => return ipv4::parse(link, bytes, checksum),
        ETHERTYPE_IPV6 => return ipv6::parse(link, bytes, checksum),
        ETHERTYPE_ARP => Payload::Arp(arp::parse(bytes, arp::Kind::Arp)?),
        ETHERTYPE_RARP => Payload::Arp(arp::parse(bytes, arp::Kind::Rarp)?),
        tpid @ (0x8100 | 0x88a8 | 0x9100) => Payload::Other(OtherLink::Vlan(tpid)),
        length @ 0..=LONGEST_LLC => Payload::Other(OtherLink::Llc(length)),
        other => Payload::Other(OtherLink::EtherType(other)),
    };
    Ok(link.packet(payload))
}

/// What the Ethernet header says, and the frame's length.
#[derive(Clone, Copy)]
struct Link {
    source_mac: MacAddr,
    destination_mac: MacAddr,
    length: u32,
}

impl Link {
    #[inline(always)]
    fn packet(self, payload: Payload) -> Packet {
        let Link { source_mac, destination_mac, length } = self;
        Packet { source_mac, destination_mac, payload, length }
    }
}

/// Two bytes at an offset that the caller has checked.
fn be16(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

/// Four bytes at an offset that the caller has checked.
fn be32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// Eight bytes at an offset that the caller has checked.
fn be64(bytes: &[u8], at: usize) -> u64 {
    u64::from(be32(bytes, at)) << 32 | u64::from(be32(bytes, at + 4))
}

/// Six bytes at an offset that the caller has checked.
fn mac(bytes: &[u8], at: usize) -> MacAddr {
    MacAddr([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3], bytes[at + 4], bytes[at + 5]])
}
