//! The packet as a value.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::MacAddr;

/// One Ethernet frame, read as far as a security group looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Packet {
    /// Ethernet source address.
    pub source_mac: MacAddr,
    /// Ethernet destination address.
    pub destination_mac: MacAddr,
    /// What the frame carries.
    pub payload: Payload,
    /// Length of the frame in bytes, Ethernet header and padding included, without FCS.
    pub length: u32,
}

/// What an Ethernet frame carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Payload {
    /// ARP or RARP for IPv4 over Ethernet.
    Arp(Arp),
    /// An IPv4 or IPv6 datagram, or a fragment of one.
    Ip(Datagram),
    /// Anything else. Its content is not read.
    Other(OtherLink),
}

/// A frame that carries neither IP nor ARP directly behind its Ethernet header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OtherLink {
    /// A VLAN tag; the value is its TPID: 0x8100, 0x88a8 or 0x9100.
    Vlan(u16),
    /// An IEEE 802.3 length field, that is LLC or SNAP; the value is the length field.
    Llc(u16),
    /// Any other EtherType.
    EtherType(u16),
}

/// An ARP (RFC 826) or RARP (RFC 903) packet for IPv4 over Ethernet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Arp {
    /// What the packet asks or says.
    pub operation: ArpOperation,
    /// SHA, the sender's hardware address.
    pub sender_mac: MacAddr,
    /// SPA, the sender's protocol address; `0.0.0.0` in a probe (RFC 5227).
    pub sender_ip: Ipv4Addr,
    /// THA, the target's hardware address.
    pub target_mac: MacAddr,
    /// TPA, the target's protocol address.
    pub target_ip: Ipv4Addr,
}

/// The operations of ARP and RARP that have a meaning here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArpOperation {
    /// ARP request, operation 1.
    Request,
    /// ARP reply, operation 2.
    Reply,
    /// RARP request, EtherType 0x8035, operation 3.
    ReverseRequest,
    /// RARP reply, EtherType 0x8035, operation 4.
    ReverseReply,
    /// Any other operation, or one under the wrong EtherType.
    Other(u16),
}

/// The address family of a datagram or of a rule. Text form: `ipv4`, `ipv6`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
}

/// Source and destination address, of one family by construction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Endpoints {
    /// IPv4 source and destination.
    V4(Ipv4Addr, Ipv4Addr),
    /// IPv6 source and destination.
    V6(Ipv6Addr, Ipv6Addr),
}

/// An IP datagram, or a fragment of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Datagram {
    /// Source and destination address.
    pub endpoints: Endpoints,
    /// IPv4 time to live or IPv6 hop limit.
    pub hop_limit: u8,
    /// Set on a fragment; an atomic fragment (RFC 6946) is an ordinary datagram and has none.
    pub fragment: Option<Fragment>,
    /// The upper layer.
    pub transport: Transport,
    /// Bytes behind the transport header, or behind the IP headers where the transport is not parsed.
    pub payload: u32,
}

/// Where a fragment belongs (RFC 791 section 3.2, RFC 8200 section 4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fragment {
    /// Identification: 16 bits in IPv4, 32 in IPv6.
    pub identification: u32,
    /// Offset of its first byte in the datagram's payload, in bytes.
    pub offset: u16,
    /// Bytes of the datagram's payload that it carries.
    pub length: u16,
    /// Whether more fragments follow.
    pub more: bool,
}

/// The upper layer of a datagram. The IP protocol number follows from it, see [`Datagram::protocol`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// TCP, 6 (RFC 9293).
    Tcp(Tcp),
    /// UDP, 17 (RFC 768).
    Udp(Udp),
    /// UDP-Lite, 136 (RFC 3828).
    UdpLite(Ports),
    /// SCTP, 132 (RFC 9260).
    Sctp(Ports),
    /// DCCP, 33 (RFC 4340).
    Dccp(Ports),
    /// ICMP, 1, in an IPv4 datagram (RFC 792), ICMPv6, 58, in an IPv6 one (RFC 4443).
    Icmp(Icmp),
    /// A protocol whose header is not read.
    Other(IpProtocol),
    /// A fragment that does not start with the transport header of this protocol.
    Missing(IpProtocol),
}

/// An IP protocol number (IANA "Assigned Internet Protocol Numbers").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IpProtocol(pub u8);

/// Source and destination port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ports {
    /// Source port.
    pub source: u16,
    /// Destination port.
    pub destination: u16,
}

/// A TCP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tcp {
    /// Source and destination port.
    pub ports: Ports,
    /// Control bits.
    pub flags: TcpFlags,
    /// Sequence number.
    pub sequence: u32,
    /// Acknowledgment number, whatever the ACK bit says.
    pub acknowledgment: u32,
    /// Window as sent, not scaled.
    pub window: u16,
    /// Shift count of the window scale option (RFC 7323), as sent.
    pub window_scale: Option<u8>,
    /// Whether the SACK-permitted option is there (RFC 2018).
    pub sack_permitted: bool,
    /// The highest right edge in the SACK option (RFC 2018).
    pub sack_edge: Option<u32>,
}

/// TCP control bits, in the order of the header: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR 128.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TcpFlags(pub u8);

/// A UDP header, and the DHCP message that it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Udp {
    /// Source and destination port.
    pub ports: Ports,
    /// The DHCP or BOOTP message of an IPv4 datagram between ports 67 and 68.
    pub dhcp: Option<Dhcp>,
}

/// What the source guard reads of a DHCP message (RFC 2131 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dhcp {
    /// `op`.
    pub operation: DhcpOperation,
    /// `chaddr`, its first six bytes.
    pub client_mac: MacAddr,
}

/// The `op` field of a DHCP message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DhcpOperation {
    /// BOOTREQUEST, 1: from a client.
    Request,
    /// BOOTREPLY, 2: from a server.
    Reply,
}

/// An ICMP or ICMPv6 message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Icmp {
    /// Type.
    pub kind: u8,
    /// Code.
    pub code: u8,
    /// What the type makes of the rest.
    pub body: IcmpBody,
}

/// The part of an ICMP message that its type gives a meaning to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IcmpBody {
    /// Echo, timestamp, information and address mask messages: a question or its answer.
    Query {
        /// Identifier.
        identifier: u16,
        /// Sequence number.
        sequence: u16,
    },
    /// An error and the packet that it is about, where enough of it is quoted.
    Error(Option<Quote>),
    /// Neighbor discovery (RFC 4861).
    Neighbor(Neighbor),
    /// Any other type.
    Plain,
}

/// The packet that an ICMP error quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Quote {
    /// Its addresses.
    pub endpoints: Endpoints,
    /// Its upper layer.
    pub transport: QuotedTransport,
}

/// The first eight bytes of a quoted upper layer, as far as they have a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QuotedTransport {
    /// TCP ports and sequence number.
    Tcp {
        /// Ports.
        ports: Ports,
        /// Sequence number.
        sequence: u32,
    },
    /// Ports of UDP, UDP-Lite, SCTP or DCCP.
    Ports {
        /// Which of them.
        protocol: IpProtocol,
        /// Ports.
        ports: Ports,
    },
    /// An ICMP or ICMPv6 query.
    Query {
        /// Type.
        kind: u8,
        /// Code.
        code: u8,
        /// Identifier.
        identifier: u16,
    },
    /// Any other protocol, or an ICMP message that is no query.
    Other(IpProtocol),
}

/// A neighbor discovery message (RFC 4861) and the options that the source guard reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Neighbor {
    /// Type 133.
    RouterSolicitation {
        /// Source link-layer address option.
        source_mac: Option<MacAddr>,
    },
    /// Type 134.
    RouterAdvertisement {
        /// Source link-layer address option.
        source_mac: Option<MacAddr>,
    },
    /// Type 135.
    Solicitation {
        /// Target address.
        target: Ipv6Addr,
        /// Source link-layer address option.
        source_mac: Option<MacAddr>,
    },
    /// Type 136.
    Advertisement {
        /// Target address.
        target: Ipv6Addr,
        /// Target link-layer address option.
        target_mac: Option<MacAddr>,
    },
    /// Type 137.
    Redirect {
        /// Target address: the better first hop.
        target: Ipv6Addr,
    },
}

impl Packet {
    /// The datagram, where the frame carries one.
    pub fn datagram(&self) -> Option<&Datagram> {
        match &self.payload {
            Payload::Ip(datagram) => Some(datagram),
            Payload::Arp(_) | Payload::Other(_) => None,
        }
    }
}

impl Endpoints {
    /// Pairs two addresses.
    ///
    /// Returns `None` when their families differ.
    pub fn new(source: IpAddr, destination: IpAddr) -> Option<Endpoints> {
        match (source, destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => Some(Endpoints::V4(source, destination)),
            (IpAddr::V6(source), IpAddr::V6(destination)) => Some(Endpoints::V6(source, destination)),
            _ => None,
        }
    }

    /// Source address.
    pub fn source(self) -> IpAddr {
        match self {
            Endpoints::V4(source, _) => source.into(),
            Endpoints::V6(source, _) => source.into(),
        }
    }

    /// Destination address.
    pub fn destination(self) -> IpAddr {
        match self {
            Endpoints::V4(_, destination) => destination.into(),
            Endpoints::V6(_, destination) => destination.into(),
        }
    }

    /// The family of both.
    pub fn family(self) -> Family {
        match self {
            Endpoints::V4(..) => Family::Ipv4,
            Endpoints::V6(..) => Family::Ipv6,
        }
    }

    /// The same addresses seen from the other end.
    pub fn reverse(self) -> Endpoints {
        match self {
            Endpoints::V4(source, destination) => Endpoints::V4(destination, source),
            Endpoints::V6(source, destination) => Endpoints::V6(destination, source),
        }
    }
}

impl Family {
    /// Both of them.
    pub const ALL: [Family; 2] = [Family::Ipv4, Family::Ipv6];

    /// The family of an address.
    pub fn of(address: IpAddr) -> Family {
        match address {
            IpAddr::V4(_) => Family::Ipv4,
            IpAddr::V6(_) => Family::Ipv6,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Family::Ipv4 => "ipv4",
            Family::Ipv6 => "ipv6",
        })
    }
}

impl Datagram {
    /// The upper-layer protocol number; extension headers of IPv6 are already behind it.
    pub fn protocol(&self) -> IpProtocol {
        match self.transport {
            Transport::Tcp(_) => IpProtocol::TCP,
            Transport::Udp(_) => IpProtocol::UDP,
            Transport::UdpLite(_) => IpProtocol::UDP_LITE,
            Transport::Sctp(_) => IpProtocol::SCTP,
            Transport::Dccp(_) => IpProtocol::DCCP,
            Transport::Icmp(_) => IpProtocol::icmp(self.endpoints.family()),
            Transport::Other(protocol) | Transport::Missing(protocol) => protocol,
        }
    }

    /// Source and destination port, where the protocol has ports and the header is in this packet.
    pub fn ports(&self) -> Option<Ports> {
        match self.transport {
            Transport::Tcp(tcp) => Some(tcp.ports),
            Transport::Udp(udp) => Some(udp.ports),
            Transport::UdpLite(ports) | Transport::Sctp(ports) | Transport::Dccp(ports) => Some(ports),
            Transport::Icmp(_) | Transport::Other(_) | Transport::Missing(_) => None,
        }
    }
}

impl IpProtocol {
    /// ICMP for IPv4.
    pub const ICMP: IpProtocol = IpProtocol(1);
    /// TCP.
    pub const TCP: IpProtocol = IpProtocol(6);
    /// UDP.
    pub const UDP: IpProtocol = IpProtocol(17);
    /// DCCP.
    pub const DCCP: IpProtocol = IpProtocol(33);
    /// GRE.
    pub const GRE: IpProtocol = IpProtocol(47);
    /// ESP.
    pub const ESP: IpProtocol = IpProtocol(50);
    /// AH.
    pub const AH: IpProtocol = IpProtocol(51);
    /// ICMPv6.
    pub const ICMPV6: IpProtocol = IpProtocol(58);
    /// SCTP.
    pub const SCTP: IpProtocol = IpProtocol(132);
    /// UDP-Lite.
    pub const UDP_LITE: IpProtocol = IpProtocol(136);

    /// Whether its header begins with a source and a destination port that are read.
    pub fn has_ports(self) -> bool {
        matches!(self, IpProtocol::TCP | IpProtocol::UDP | IpProtocol::UDP_LITE | IpProtocol::SCTP | IpProtocol::DCCP)
    }

    /// The ICMP of a family.
    pub fn icmp(family: Family) -> IpProtocol {
        match family {
            Family::Ipv4 => IpProtocol::ICMP,
            Family::Ipv6 => IpProtocol::ICMPV6,
        }
    }
}

impl Ports {
    /// The same ports seen from the other end.
    pub fn reverse(self) -> Ports {
        Ports { source: self.destination, destination: self.source }
    }
}

impl TcpFlags {
    /// No more data from the sender.
    pub const FIN: TcpFlags = TcpFlags(0x01);
    /// Synchronize sequence numbers.
    pub const SYN: TcpFlags = TcpFlags(0x02);
    /// Reset.
    pub const RST: TcpFlags = TcpFlags(0x04);
    /// Push.
    pub const PSH: TcpFlags = TcpFlags(0x08);
    /// The acknowledgment field is significant.
    pub const ACK: TcpFlags = TcpFlags(0x10);
    /// The urgent pointer is significant.
    pub const URG: TcpFlags = TcpFlags(0x20);
    /// ECN echo (RFC 3168).
    pub const ECE: TcpFlags = TcpFlags(0x40);
    /// Congestion window reduced (RFC 3168).
    pub const CWR: TcpFlags = TcpFlags(0x80);

    /// Whether all bits of `flags` are set.
    pub fn contains(self, flags: TcpFlags) -> bool {
        self.0 & flags.0 == flags.0
    }

    /// The bits of both.
    pub fn with(self, flags: TcpFlags) -> TcpFlags {
        TcpFlags(self.0 | flags.0)
    }
}
