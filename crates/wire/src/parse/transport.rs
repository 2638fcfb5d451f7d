//! TCP (RFC 9293), UDP (RFC 768), and the ports of UDP-Lite, SCTP and DCCP.

use pnet_packet::tcp::TcpPacket;
use pnet_packet::udp::UdpPacket;

use super::{Checksum, Link, be16, be32, icmp, mac};
use crate::{
    Datagram, Dhcp, DhcpOperation, Endpoints, Fragment, IpProtocol, Malformed, Packet, Payload, Ports, Tcp, TcpFlags,
    Transport, Udp, internet_checksum,
};

pub(super) const TCP_HEADER: usize = 20;
pub(super) const UDP_HEADER: usize = 8;

/// The part of a DHCP message in front of its options (RFC 2131 section 2).
const DHCP_FIXED: usize = 236;

/// The bytes behind the IP headers, and what was read in front of them.
#[derive(Clone, Copy)]
pub(super) struct Segment<'a> {
    pub(super) link: Link,
    pub(super) endpoints: Endpoints,
    pub(super) hop_limit: u8,
    pub(super) protocol: IpProtocol,
    pub(super) fragment: Option<Fragment>,
    pub(super) bytes: &'a [u8],
}

impl Segment<'_> {
    /// The packet with this transport header, and what is behind it.
    #[inline(always)]
    fn packet(self, transport: Transport, rest: &[u8]) -> Packet {
        let Segment { link, endpoints, hop_limit, fragment, protocol: _, bytes: _ } = self;
        let payload = u32::try_from(rest.len()).unwrap_or(u32::MAX);
        link.packet(Payload::Ip(Datagram { endpoints, hop_limit, fragment, transport, payload }))
    }

    // What follows is inlined wherever it is called, with all that calls it: a segment that is never handed to a function stays
    // in registers.

    /// The fault of a header that does not fit: in a first fragment it was cut on purpose (RFC 1858), and RFC 7112 asks of an
    /// IPv6 one for the whole chain of headers, this one included.
    #[inline(always)]
    fn truncated(&self, fault: Malformed) -> Malformed {
        match (self.fragment, self.endpoints) {
            (None, _) => fault,
            (Some(_), Endpoints::V4(..)) => Malformed::FragmentTiny,
            (Some(_), Endpoints::V6(..)) => Malformed::Ipv6FragmentChain,
        }
    }

    /// Whether checksums and lengths that span the datagram can be checked here.
    #[inline(always)]
    fn is_whole(&self) -> bool {
        self.fragment.is_none()
    }

    /// Whether a checksum over the whole segment must be right.
    #[inline(always)]
    fn must_verify(&self, checksum: Checksum) -> bool {
        self.is_whole() && checksum == Checksum::Complete
    }
}

/// Reads the transport header, and makes the packet.
#[inline(always)]
pub(super) fn parse(segment: Segment<'_>, checksum: Checksum) -> Result<Packet, Malformed> {
    if segment.fragment.is_some_and(|fragment| fragment.offset > 0) {
        return Ok(segment.packet(Transport::Missing(segment.protocol), segment.bytes));
    }
    match segment.protocol {
        IpProtocol::TCP => parse_tcp(segment, checksum),
        IpProtocol::UDP => parse_udp(segment, checksum),
        IpProtocol::UDP_LITE => parse_ports(segment, 8, Transport::UdpLite),
        IpProtocol::SCTP => parse_ports(segment, 12, Transport::Sctp),
        IpProtocol::DCCP => parse_ports(segment, 12, Transport::Dccp),
        protocol if protocol == IpProtocol::icmp(segment.endpoints.family()) => parse_icmp(segment, checksum),
        other => Ok(segment.packet(Transport::Other(other), segment.bytes)),
    }
}

#[inline(always)]
fn parse_tcp(segment: Segment<'_>, checksum: Checksum) -> Result<Packet, Malformed> {
    let bytes = segment.bytes;
    let Some(fixed) = bytes.first_chunk::<TCP_HEADER>() else {
        return Err(segment.truncated(Malformed::TcpTruncated));
    };
    let packet = TcpPacket::new(fixed).ok_or(Malformed::TcpTruncated)?;
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
    let acknowledgment = be32(fixed, 8);
    let Options { window_scale, sack_permitted, sack_edge } = match header {
        TCP_HEADER => Options::default(),
        _ => read_options(&bytes[TCP_HEADER..header], acknowledgment)?,
    };
    let tcp = Tcp {
        ports: Ports { source: be16(fixed, 0), destination: be16(fixed, 2) },
        flags,
        sequence: be32(fixed, 4),
        acknowledgment,
        window: be16(fixed, 14),
        window_scale,
        sack_permitted,
        sack_edge,
    };
    Ok(segment.packet(Transport::Tcp(tcp), &bytes[header..]))
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

/// The options that connection tracking needs, as in [`Tcp`].
#[derive(Default)]
struct Options {
    window_scale: Option<u8>,
    sack_permitted: bool,
    sack_edge: Option<u32>,
}

/// How nearly all segments of an open connection begin their options: padding, then timestamps (RFC 7323 appendix A), which
/// fill twelve bytes with nothing that counts here.
pub(super) const TIMESTAMPS: [u8; 4] = [1, 1, 8, 10];
pub(super) const TIMESTAMPS_ALONE: usize = 12;

/// Walks the options (RFC 9293 section 3.2).
fn read_options(mut options: &[u8], acknowledgment: u32) -> Result<Options, Malformed> {
    let mut found = Options::default();
    if options.len() == TIMESTAMPS_ALONE && options.starts_with(&TIMESTAMPS) {
        return Ok(found);
    }
    while let Some((&kind, rest)) = options.split_first() {
        if kind == 0 {
            return Ok(found);
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
            (3, [shift]) => found.window_scale = Some(*shift),
            (4, []) => found.sack_permitted = true,
            (5, edges) if !edges.is_empty() && edges.len().is_multiple_of(8) => {
                found.sack_edge = highest_edge(found.sack_edge, edges, acknowledgment);
            }
            (3..=5, _) => return Err(Malformed::TcpOptions),
            _ => {}
        }
        options = &options[length..];
    }
    Ok(found)
}

/// The right edge that is farthest ahead of the acknowledgment, in sequence space. A block is a left and a right edge.
fn highest_edge(earlier: Option<u32>, blocks: &[u8], acknowledgment: u32) -> Option<u32> {
    let edges = blocks.chunks_exact(8).map(|block| be32(block, 4));
    earlier.into_iter().chain(edges).max_by_key(|edge| edge.wrapping_sub(acknowledgment) as i32)
}

#[inline(always)]
fn parse_udp(segment: Segment<'_>, checksum: Checksum) -> Result<Packet, Malformed> {
    let bytes = segment.bytes;
    let Some(fixed) = bytes.first_chunk::<UDP_HEADER>() else {
        return Err(segment.truncated(Malformed::UdpTruncated));
    };
    let packet = UdpPacket::new(fixed).ok_or(Malformed::UdpTruncated)?;
    let total = usize::from(packet.get_length());
    if total < UDP_HEADER || segment.is_whole() && total > bytes.len() {
        return Err(Malformed::UdpLength);
    }
    let bytes = &bytes[..total.min(bytes.len())];
    if segment.must_verify(checksum) {
        verify_udp(segment.endpoints, bytes, packet.get_checksum())?;
    }
    let ports = Ports { source: be16(fixed, 0), destination: be16(fixed, 2) };
    let payload = &bytes[UDP_HEADER..];
    let dhcp = match (segment.endpoints, ports.source, ports.destination) {
        (Endpoints::V4(..), 67, 68) | (Endpoints::V4(..), 68, 67) => Some(parse_dhcp(payload)?),
        _ => None,
    };
    Ok(segment.packet(Transport::Udp(Udp { ports, dhcp }), payload))
}

/// The bytes are the datagram by its own length field, so padding inside the IP payload does not count.
#[inline(always)]
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

#[inline(always)]
fn parse_icmp(segment: Segment<'_>, checksum: Checksum) -> Result<Packet, Malformed> {
    let bytes = segment.bytes;
    let Some(rest) = bytes.get(icmp::HEADER..) else {
        return Err(segment.truncated(Malformed::IcmpTruncated));
    };
    if segment.must_verify(checksum) {
        let sum = match segment.endpoints {
            Endpoints::V4(..) => internet_checksum::of(bytes),
            Endpoints::V6(..) => internet_checksum::of_segment(segment.endpoints, IpProtocol::ICMPV6, bytes),
        };
        if sum != 0 {
            return Err(Malformed::IcmpChecksum);
        }
    }
    let icmp = icmp::parse(segment.endpoints.family(), bytes)?;
    Ok(segment.packet(Transport::Icmp(icmp), rest))
}

/// SCTP, DCCP and UDP-Lite all begin with the ports; `header` is the shortest header of the protocol.
#[inline(always)]
fn parse_ports(segment: Segment<'_>, header: usize, transport: fn(Ports) -> Transport) -> Result<Packet, Malformed> {
    let bytes = segment.bytes;
    let Some(rest) = bytes.get(header..) else {
        return Err(segment.truncated(Malformed::PortsTruncated));
    };
    Ok(segment.packet(transport(Ports { source: be16(bytes, 0), destination: be16(bytes, 2) }), rest))
}
