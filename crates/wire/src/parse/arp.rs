//! ARP (RFC 826) and RARP (RFC 903) for IPv4 over Ethernet.

use pnet_packet::arp::{ArpHardwareTypes, ArpPacket};
use pnet_packet::ethernet::EtherTypes;

use crate::{Arp, ArpOperation, MacAddr, Malformed};

/// The EtherType that the packet came under.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Arp,
    Rarp,
}

pub(super) fn parse(bytes: &[u8], kind: Kind) -> Result<Arp, Malformed> {
    let arp = ArpPacket::new(bytes).ok_or(Malformed::Arp)?;
    let ipv4_over_ethernet = arp.get_hardware_type() == ArpHardwareTypes::Ethernet
        && arp.get_protocol_type() == EtherTypes::Ipv4
        && arp.get_hw_addr_len() == 6
        && arp.get_proto_addr_len() == 4;
    if !ipv4_over_ethernet {
        return Err(Malformed::Arp);
    }
    let operation = match (kind, arp.get_operation().0) {
        (Kind::Arp, 1) => ArpOperation::Request,
        (Kind::Arp, 2) => ArpOperation::Reply,
        (Kind::Rarp, 3) => ArpOperation::ReverseRequest,
        (Kind::Rarp, 4) => ArpOperation::ReverseReply,
        (_, other) => ArpOperation::Other(other),
    };
    Ok(Arp {
        operation,
        sender_mac: MacAddr(arp.get_sender_hw_addr().octets()),
        sender_ip: arp.get_sender_proto_addr(),
        target_mac: MacAddr(arp.get_target_hw_addr().octets()),
        target_ip: arp.get_target_proto_addr(),
    })
}
