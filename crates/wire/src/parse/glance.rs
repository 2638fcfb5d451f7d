//! Most frames, at one look.
//!
//! Between its beginning and its end a conversation is made of frames that are all alike: whole datagrams without options, of TCP
//! that only acknowledges, or of UDP. [`glance`] reads these in a fraction of the time of [`parse`](super::parse()), which reads
//! everything. Of a frame that it vouches for, `parse` says the same: that it is well-formed, and every value.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Checksum, ETHERNET, ETHERTYPE_IPV4, ETHERTYPE_IPV6, be16, be32, be64, ipv4, ipv6, mac, transport};
use crate::{Datagram, Endpoints, IpProtocol, MacAddr, Ports, Tcp, TcpFlags, Transport, internet_checksum};

/// What names the conversation of a TCP or UDP datagram, and what moves in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gist {
    /// Source and destination address.
    pub addresses: Addresses,
    /// Source port in the upper half, destination port in the lower one.
    pub ports: u32,
    /// Where in a conversation it stands.
    pub course: Course,
}

/// Source and destination address as numbers: [`Endpoints`] to reckon with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addresses {
    /// IPv4 source in the upper half, destination in the lower one.
    V4(u64),
    /// IPv6 source and destination, each by its upper and lower half.
    V6([u64; 2], [u64; 2]),
}

/// Where in a conversation a datagram stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Course {
    /// In the middle: TCP that only acknowledges.
    Ack(AckSegment),
    /// UDP that is no DHCP of either family.
    Udp,
    /// Any other TCP. Its frame is **not** known to be well-formed.
    OtherTcp,
}

/// A TCP segment with the control bit ACK, perhaps with PSH, URG, ECE or CWR, and with no option that changes a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AckSegment {
    /// Sequence number.
    pub sequence: u32,
    /// Acknowledgment number.
    pub acknowledgment: u32,
    /// Bytes of data.
    pub payload: u32,
    /// Window as sent, not scaled.
    pub window: u16,
}

/// Version 4 and a header of five words.
const PLAIN_IPV4: u8 = 0x45;
/// Of TCP, the four bits in front of the flags: a header of five words, or of eight, of which three hold options.
const PLAIN_TCP: u8 = 5;
const TCP_WITH_OPTIONS: u8 = 8;

/// Looks at a frame.
///
/// Returns `None` of what is neither TCP nor UDP, of fragments, of whatever has IP options or extension headers, and of UDP that is
/// malformed.
#[inline]
pub fn glance(frame: &[u8], checksum: Checksum) -> Option<Gist> {
    let link: &[u8; ETHERNET] = frame.first_chunk()?;
    let source = mac(link, 6);
    if source.is_multicast() || source == MacAddr::ZERO {
        return None;
    }
    match be16(link, 12) {
        ETHERTYPE_IPV4 => glance_ipv4(&frame[ETHERNET..], checksum),
        ETHERTYPE_IPV6 => glance_ipv6(&frame[ETHERNET..], checksum),
        _ => None,
    }
}

/// Source and destination of the link of a frame; `None` of one that has no room for them.
#[inline]
pub fn macs(frame: &[u8]) -> Option<(MacAddr, MacAddr)> {
    let link: &[u8; ETHERNET] = frame.first_chunk()?;
    Some((mac(link, 6), mac(link, 0)))
}

#[inline(always)]
fn glance_ipv4(bytes: &[u8], checksum: Checksum) -> Option<Gist> {
    let header: &[u8; ipv4::HEADER] = bytes.first_chunk()?;
    let is_fragment = be16(header, 6) & (ipv4::MORE_FRAGMENTS | ipv4::FRAGMENT_OFFSET) != 0;
    if header[0] != PLAIN_IPV4 || is_fragment {
        return None;
    }
    let addresses = be64(header, 12);
    let bytes = bytes.get(ipv4::HEADER..be16(header, 2).into())?;
    let segment = Segment { protocol: IpProtocol(header[9]), bytes };
    let (ports, course) = segment.glance()?;
    if course != Course::OtherTcp {
        let (source, destination) = ends(addresses);
        ipv4::check_addresses(source, destination).ok()?;
        let endpoints = Endpoints::V4(source, destination);
        let is_right = internet_checksum::of_plain_header(header) == 0 && segment.is_right(endpoints, checksum);
        is_right.then_some(())?;
    }
    Some(Gist { addresses: Addresses::V4(addresses), ports, course })
}

#[inline(always)]
fn glance_ipv6(bytes: &[u8], checksum: Checksum) -> Option<Gist> {
    let header: &[u8; ipv6::HEADER] = bytes.first_chunk()?;
    if header[0] >> 4 != 6 {
        return None;
    }
    let (source, destination) = (ipv6::address(header, 8), ipv6::address(header, 24));
    let bytes = bytes.get(ipv6::HEADER..ipv6::HEADER + usize::from(be16(header, 4)))?;
    let segment = Segment { protocol: IpProtocol(header[6]), bytes };
    let (ports, course) = segment.glance()?;
    if course != Course::OtherTcp {
        ipv6::check_addresses(source, destination).ok()?;
        segment.is_right(Endpoints::V6(source, destination), checksum).then_some(())?;
    }
    Some(Gist { addresses: Addresses::V6(halves(source), halves(destination)), ports, course })
}

/// The bytes behind a plain IP header.
#[derive(Clone, Copy)]
struct Segment<'f> {
    protocol: IpProtocol,
    bytes: &'f [u8],
}

impl Segment<'_> {
    #[inline(always)]
    fn glance(self) -> Option<(u32, Course)> {
        match self.protocol {
            IpProtocol::TCP => self.glance_tcp(),
            IpProtocol::UDP => self.glance_udp(),
            _ => None,
        }
    }

    #[inline(always)]
    fn glance_tcp(self) -> Option<(u32, Course)> {
        let header: &[u8; transport::TCP_HEADER] = self.bytes.first_chunk()?;
        let data = match header[12] >> 4 {
            PLAIN_TCP => Some(&self.bytes[transport::TCP_HEADER..]),
            TCP_WITH_OPTIONS => {
                let options = self.bytes[transport::TCP_HEADER..].split_at_checked(transport::TIMESTAMPS_ALONE);
                options.filter(|(options, _)| options.starts_with(&transport::TIMESTAMPS)).map(|(_, data)| data)
            }
            _ => None,
        };
        let course = match data {
            Some(data) if is_ack(TcpFlags(header[13])) => Course::Ack(AckSegment {
                sequence: be32(header, 4),
                acknowledgment: be32(header, 8),
                payload: u32::try_from(data.len()).unwrap_or(u32::MAX),
                window: be16(header, 14),
            }),
            _ => Course::OtherTcp,
        };
        Some((be32(header, 0), course))
    }

    /// What has no checksum is left to who knows whether it needs one.
    #[inline(always)]
    fn glance_udp(self) -> Option<(u32, Course)> {
        let header: &[u8; transport::UDP_HEADER] = self.bytes.first_chunk()?;
        let (ports, length) = (be32(header, 0), usize::from(be16(header, 4)));
        let is_plain = length == self.bytes.len() && be16(header, 6) != 0 && !is_dhcp(ports);
        is_plain.then_some((ports, Course::Udp))
    }

    #[inline(always)]
    fn is_right(self, endpoints: Endpoints, checksum: Checksum) -> bool {
        checksum == Checksum::Unfinished || internet_checksum::of_segment(endpoints, self.protocol, self.bytes) == 0
    }
}

fn both(ports: Ports) -> u32 {
    u32::from(ports.source) << 16 | u32::from(ports.destination)
}

#[inline(always)]
fn ends(both: u64) -> (Ipv4Addr, Ipv4Addr) {
    (Ipv4Addr::from((both >> 32) as u32), Ipv4Addr::from(both as u32))
}

#[inline(always)]
fn halves(address: Ipv6Addr) -> [u64; 2] {
    let bits = u128::from(address);
    [(bits >> 64) as u64, bits as u64]
}

fn whole([high, low]: [u64; 2]) -> Ipv6Addr {
    Ipv6Addr::from(u128::from(high) << 64 | u128::from(low))
}

/// Whether a segment neither opens nor ends nor resets a connection.
fn is_ack(flags: TcpFlags) -> bool {
    const CONTROL: u8 = TcpFlags::SYN.0 | TcpFlags::FIN.0 | TcpFlags::RST.0 | TcpFlags::ACK.0;
    flags.0 & CONTROL == TcpFlags::ACK.0
}

fn is_dhcp(ports: u32) -> bool {
    [ports >> 16, ports & 0xffff].into_iter().any(|port| matches!(port, 67 | 68 | 546 | 547))
}

impl Gist {
    /// The same of a datagram that has been parsed; `None` of a fragment and of what is neither TCP nor UDP.
    pub fn of(datagram: &Datagram) -> Option<Gist> {
        let (ports, course) = match &datagram.transport {
            Transport::Tcp(tcp) => {
                (both(tcp.ports), AckSegment::of(tcp, datagram.payload).map_or(Course::OtherTcp, Course::Ack))
            }
            Transport::Udp(udp) if !is_dhcp(both(udp.ports)) => (both(udp.ports), Course::Udp),
            _ => return None,
        };
        let addresses = Addresses::of(datagram.endpoints);
        datagram.fragment.is_none().then_some(Gist { addresses, ports, course })
    }
}

impl Addresses {
    /// The same as numbers.
    #[inline]
    pub fn of(endpoints: Endpoints) -> Addresses {
        match endpoints {
            Endpoints::V4(source, destination) => {
                Addresses::V4(u64::from(u32::from(source)) << 32 | u64::from(u32::from(destination)))
            }
            Endpoints::V6(source, destination) => Addresses::V6(halves(source), halves(destination)),
        }
    }

    /// The same as addresses.
    #[inline]
    pub fn endpoints(self) -> Endpoints {
        match self {
            Addresses::V4(both) => {
                let (source, destination) = ends(both);
                Endpoints::V4(source, destination)
            }
            Addresses::V6(source, destination) => Endpoints::V6(whole(source), whole(destination)),
        }
    }
}

impl AckSegment {
    fn of(tcp: &Tcp, payload: u32) -> Option<AckSegment> {
        let Tcp { ports: _, flags, sequence, acknowledgment, window, window_scale, sack_permitted, sack_edge } = *tcp;
        let is_plain = is_ack(flags) && window_scale.is_none() && !sack_permitted && sack_edge.is_none();
        is_plain.then_some(AckSegment { sequence, acknowledgment, payload, window })
    }
}
