//! TCP (RFC 9293), UDP (RFC 768), and the ports of UDP-Lite, SCTP and DCCP.

use pnet_packet::tcp::TcpPacket;
use pnet_packet::udp::UdpPacket;

use super::{Checksum, be16, be32, icmp, mac};
use crate::{
    Dhcp, DhcpOperation, Endpoints, Fragment, IpProtocol, Malformed, Ports, Tcp, TcpFlags, Transport, Udp,
    internet_checksum,
};

const TCP_HEADER: usize = 20;
const UDP_HEADER: usize = 8;

/// The part of a DHCP message in front of its options (RFC 2131 section 2).
const DHCP_FIXED: usize = 236;

/// What an IP header says of the bytes behind it.
#[derive(Clone, Copy)]
pub(super) struct Segment<'a> {
    pub(super) endpoints: Endpoints,
    pub(super) protocol: IpProtocol,
    pub(super) fragment: Option<Fragment>,
    pub(super) bytes: &'a [u8],
}

impl Segment<'_> {
    /// Whether checksums and lengths that span the datagram can be checked here.
    fn is_whole(&self) -> bool {
        self.fragment.is_none()
    }

    /// The fault of a header that does not fit: in a first fragment it was cut on purpose (RFC 1858).
    fn truncated(&self, fault: Malformed) -> Malformed {
        if self.is_whole() { fault } else { Malformed::FragmentTiny }
    }

    /// Whether a checksum over the whole segment must be right.
    pub(super) fn must_verify(&self, checksum: Checksum) -> bool {
        self.is_whole() && checksum == Checksum::Complete
    }
}

/// The transport header, and the bytes behind it.
pub(super) fn parse(segment: Segment<'_>, checksum: Checksum) -> Result<(Transport, u32), Malformed> {
    if segment.fragment.is_some_and(|fragment| fragment.offset > 0) {
        return Ok((Transport::Missing(segment.protocol), length(segment.bytes)));
    }
    match segment.protocol {
        IpProtocol::TCP => parse_tcp(segment, checksum),
        IpProtocol::UDP => parse_udp(segment, checksum),
        IpProtocol::UDP_LITE => parse_ports(segment, 8).map(|(ports, rest)| (Transport::UdpLite(ports), rest)),
        IpProtocol::SCTP => parse_ports(segment, 12).map(|(ports, rest)| (Transport::Sctp(ports), rest)),
        IpProtocol::DCCP => parse_ports(segment, 12).map(|(ports, rest)| (Transport::Dccp(ports), rest)),
        protocol if protocol == IpProtocol::icmp(segment.endpoints.family()) => icmp::parse(segment, checksum),
        other => Ok((Transport::Other(other), length(segment.bytes))),
    }
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

fn parse_tcp(segment: Segment<'_>, checksum: Checksum) -> Result<(Transport, u32), Malformed> {
    let bytes = segment.bytes;
    let packet = TcpPacket::new(bytes).ok_or(segment.truncated(Malformed::TcpTruncated))?;
    let header = usize::from(packet.get_data_offset()) * 4;
    if header < TCP_HEADER {
        return Err(Malformed::TcpDataOffset);
    }
    if header > bytes.len() {
        return Err(segment.truncated(Malformed::TcpDataOffset));
    }
    let flags = TcpFlags(packet.get_flags());
    if !are_possible(flags) {
        return Err(Malformed::TcpFlags);
    }
    if segment.must_verify(checksum) && internet_checksum::of_segment(segment.endpoints, IpProtocol::TCP, bytes) != 0 {
        return Err(Malformed::TcpChecksum);
    }
    let mut tcp = Tcp {
        ports: Ports { source: packet.get_source(), destination: packet.get_destination() },
        flags,
        sequence: packet.get_sequence(),
        acknowledgment: packet.get_acknowledgement(),
        window: packet.get_window(),
        window_scale: None,
        sack_permitted: false,
        sack_edge: None,
    };
    read_options(&bytes[TCP_HEADER..header], &mut tcp)?;
    Ok((Transport::Tcp(tcp), length(&bytes[header..])))
}

/// The combinations that a TCP can send; PSH, ECE and CWR go with all of them.
fn are_possible(flags: TcpFlags) -> bool {
    const SYN_URG: u8 = TcpFlags::SYN.0 | TcpFlags::URG.0;
    const SYN_ACK: u8 = TcpFlags::SYN.0 | TcpFlags::ACK.0;
    const RST_ACK: u8 = TcpFlags::RST.0 | TcpFlags::ACK.0;
    const FIN_ACK: u8 = TcpFlags::FIN.0 | TcpFlags::ACK.0;
    const FIN_ACK_URG: u8 = FIN_ACK | TcpFlags::URG.0;
    const ACK_URG: u8 = TcpFlags::ACK.0 | TcpFlags::URG.0;
    const SYN: u8 = TcpFlags::SYN.0;
    const RST: u8 = TcpFlags::RST.0;
    const ACK: u8 = TcpFlags::ACK.0;
    let free = TcpFlags::PSH.0 | TcpFlags::ECE.0 | TcpFlags::CWR.0;
    matches!(flags.0 & !free, SYN | SYN_URG | SYN_ACK | RST | RST_ACK | FIN_ACK | FIN_ACK_URG | ACK | ACK_URG)
}

/// Walks the options (RFC 9293 section 3.2) and keeps those that connection tracking needs.
fn read_options(mut options: &[u8], tcp: &mut Tcp) -> Result<(), Malformed> {
    while let Some((&kind, rest)) = options.split_first() {
        if kind == 0 {
            return Ok(());
        }
        if kind == 1 {
            options = rest;
            continue;
        }
        let length = usize::from(*rest.first().ok_or(Malformed::TcpOptions)?);
        if length < 2 {
            return Err(Malformed::TcpOptions);
        }
        let option = options.get(2..length).ok_or(Malformed::TcpOptions)?;
        match (kind, option) {
            (3, [shift]) => tcp.window_scale = Some(*shift),
            (4, []) => tcp.sack_permitted = true,
            (5, edges) if !edges.is_empty() && edges.len().is_multiple_of(8) => {
                tcp.sack_edge = highest_edge(tcp.sack_edge, edges, tcp.acknowledgment);
            }
            (3..=5, _) => return Err(Malformed::TcpOptions),
            _ => {}
        }
        options = &options[length..];
    }
    Ok(())
}

/// The right edge that is farthest ahead of the acknowledgment, in sequence space. A block is a left and a right edge.
fn highest_edge(earlier: Option<u32>, blocks: &[u8], acknowledgment: u32) -> Option<u32> {
    let edges = blocks.chunks_exact(8).map(|block| be32(block, 4));
    earlier.into_iter().chain(edges).max_by_key(|edge| edge.wrapping_sub(acknowledgment) as i32)
}

fn parse_udp(segment: Segment<'_>, checksum: Checksum) -> Result<(Transport, u32), Malformed> {
    let bytes = segment.bytes;
    let packet = UdpPacket::new(bytes).ok_or(segment.truncated(Malformed::UdpTruncated))?;
    let total = usize::from(packet.get_length());
    if total < UDP_HEADER || segment.is_whole() && total > bytes.len() {
        return Err(Malformed::UdpLength);
    }
    let bytes = &bytes[..total.min(bytes.len())];
    if segment.must_verify(checksum) {
        verify_udp(segment.endpoints, bytes, packet.get_checksum())?;
    }
    let ports = Ports { source: packet.get_source(), destination: packet.get_destination() };
    let payload = &bytes[UDP_HEADER..];
    let dhcp = match (segment.endpoints, ports.source, ports.destination) {
        (Endpoints::V4(..), 67, 68) | (Endpoints::V4(..), 68, 67) => Some(parse_dhcp(payload)?),
        _ => None,
    };
    Ok((Transport::Udp(Udp { ports, dhcp }), length(payload)))
}

/// The bytes are the datagram by its own length field, so padding inside the IP payload does not count.
fn verify_udp(endpoints: Endpoints, bytes: &[u8], sent: u16) -> Result<(), Malformed> {
    let right = match (endpoints, sent) {
        // RFC 768: zero means that the sender made none. RFC 8200 section 8.1: not so in IPv6.
        (Endpoints::V4(..), 0) => true,
        (Endpoints::V6(..), 0) => false,
        _ => internet_checksum::of_segment(endpoints, IpProtocol::UDP, bytes) == 0,
    };
    if right { Ok(()) } else { Err(Malformed::UdpChecksum) }
}

fn parse_dhcp(message: &[u8]) -> Result<Dhcp, Malformed> {
    if message.len() < DHCP_FIXED {
        return Err(Malformed::Dhcp);
    }
    let operation = match message[0] {
        1 => DhcpOperation::Request,
        2 => DhcpOperation::Reply,
        _ => return Err(Malformed::Dhcp),
    };
    Ok(Dhcp { operation, client_mac: mac(message, 28) })
}

/// SCTP, DCCP and UDP-Lite all begin with the ports; `header` is the shortest header of the protocol.
fn parse_ports(segment: Segment<'_>, header: usize) -> Result<(Ports, u32), Malformed> {
    let bytes = segment.bytes;
    let rest = bytes.get(header..).ok_or(segment.truncated(Malformed::PortsTruncated))?;
    Ok((Ports { source: be16(bytes, 0), destination: be16(bytes, 2) }, length(rest)))
}
