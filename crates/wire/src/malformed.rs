//! What can be wrong with a frame.

use std::fmt;

/// Why a frame is not a well-formed packet. Its text form is a stable name such as `ipv4-total-length`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Malformed {
    /// Shorter than an Ethernet header.
    EthernetTruncated,
    /// The Ethernet source is a group address or all zero.
    EthernetSource,
    /// ARP shorter than 28 bytes, or not IPv4 over Ethernet (RFC 826).
    Arp,
    /// Shorter than the IPv4 header.
    Ipv4Truncated,
    /// EtherType 0x0800 with another version nibble.
    Ipv4Version,
    /// IHL below 5 or beyond the packet.
    Ipv4HeaderLength,
    /// Total length below the header length or beyond the frame.
    Ipv4TotalLength,
    /// The IPv4 header checksum is wrong.
    Ipv4Checksum,
    /// An option of the IPv4 header runs past its end.
    Ipv4Options,
    /// Loose or strict source route (RFC 7126: drop).
    Ipv4SourceRoute,
    /// Shorter than the IPv6 header.
    Ipv6Truncated,
    /// EtherType 0x86dd with another version nibble.
    Ipv6Version,
    /// Payload length beyond the frame.
    Ipv6PayloadLength,
    /// An extension header runs past the end of the packet.
    Ipv6ExtensionTruncated,
    /// More extension headers than the walk goes through.
    Ipv6ExtensionChain,
    /// Hop-by-hop options not directly behind the IPv6 header (RFC 8200 section 4.1).
    Ipv6HopByHop,
    /// Routing header type 0 (RFC 5095).
    Ipv6RoutingHeader,
    /// A first fragment without the whole header chain (RFC 7112).
    Ipv6FragmentChain,
    /// A fragment whose length is no multiple of eight although more follow.
    FragmentLength,
    /// A fragment without a byte of payload.
    FragmentEmpty,
    /// A fragment that would end behind byte 65,535.
    FragmentEnd,
    /// A first fragment too short for the transport header (RFC 1858).
    FragmentTiny,
    /// A later fragment that would rewrite the transport header (RFC 3128).
    FragmentRewrite,
    /// The source is a multicast or broadcast address, or a loopback address is used.
    IpSource,
    /// Shorter than the TCP header.
    TcpTruncated,
    /// Data offset below 5 or beyond the segment.
    TcpDataOffset,
    /// An option of the TCP header runs past its end or has an impossible length.
    TcpOptions,
    /// A combination of control bits that no TCP sends.
    TcpFlags,
    /// The TCP checksum is wrong.
    TcpChecksum,
    /// Shorter than the UDP header.
    UdpTruncated,
    /// UDP length below 8 or beyond the packet.
    UdpLength,
    /// The UDP checksum is wrong, or absent in IPv6.
    UdpChecksum,
    /// Shorter than the header of SCTP, DCCP or UDP-Lite.
    PortsTruncated,
    /// Shorter than the ICMP header.
    IcmpTruncated,
    /// The ICMP checksum is wrong.
    IcmpChecksum,
    /// A neighbor discovery message that is cut, or an option of it that is empty or runs past the end (RFC 4861 section 4.6).
    Neighbor,
    /// A DHCP message shorter than its fixed part, or with an unknown `op` (RFC 2131).
    Dhcp,
}

impl Malformed {
    /// Every value, in the order of the layers.
    pub const ALL: [Malformed; 37] = [
        Malformed::EthernetTruncated,
        Malformed::EthernetSource,
        Malformed::Arp,
        Malformed::Ipv4Truncated,
        Malformed::Ipv4Version,
        Malformed::Ipv4HeaderLength,
        Malformed::Ipv4TotalLength,
        Malformed::Ipv4Checksum,
        Malformed::Ipv4Options,
        Malformed::Ipv4SourceRoute,
        Malformed::Ipv6Truncated,
        Malformed::Ipv6Version,
        Malformed::Ipv6PayloadLength,
        Malformed::Ipv6ExtensionTruncated,
        Malformed::Ipv6ExtensionChain,
        Malformed::Ipv6HopByHop,
        Malformed::Ipv6RoutingHeader,
        Malformed::Ipv6FragmentChain,
        Malformed::FragmentLength,
        Malformed::FragmentEmpty,
        Malformed::FragmentEnd,
        Malformed::FragmentTiny,
        Malformed::FragmentRewrite,
        Malformed::IpSource,
        Malformed::TcpTruncated,
        Malformed::TcpDataOffset,
        Malformed::TcpOptions,
        Malformed::TcpFlags,
        Malformed::TcpChecksum,
        Malformed::UdpTruncated,
        Malformed::UdpLength,
        Malformed::UdpChecksum,
        Malformed::PortsTruncated,
        Malformed::IcmpTruncated,
        Malformed::IcmpChecksum,
        Malformed::Neighbor,
        Malformed::Dhcp,
    ];

    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Malformed::EthernetTruncated => "ethernet-truncated",
            Malformed::EthernetSource => "ethernet-source",
            Malformed::Arp => "arp",
            Malformed::Ipv4Truncated => "ipv4-truncated",
            Malformed::Ipv4Version => "ipv4-version",
            Malformed::Ipv4HeaderLength => "ipv4-header-length",
            Malformed::Ipv4TotalLength => "ipv4-total-length",
            Malformed::Ipv4Checksum => "ipv4-checksum",
            Malformed::Ipv4Options => "ipv4-options",
            Malformed::Ipv4SourceRoute => "ipv4-source-route",
            Malformed::Ipv6Truncated => "ipv6-truncated",
            Malformed::Ipv6Version => "ipv6-version",
            Malformed::Ipv6PayloadLength => "ipv6-payload-length",
            Malformed::Ipv6ExtensionTruncated => "ipv6-extension-truncated",
            Malformed::Ipv6ExtensionChain => "ipv6-extension-chain",
            Malformed::Ipv6HopByHop => "ipv6-hop-by-hop",
            Malformed::Ipv6RoutingHeader => "ipv6-routing-header",
            Malformed::Ipv6FragmentChain => "ipv6-fragment-chain",
            Malformed::FragmentLength => "fragment-length",
            Malformed::FragmentEmpty => "fragment-empty",
            Malformed::FragmentEnd => "fragment-end",
            Malformed::FragmentTiny => "fragment-tiny",
            Malformed::FragmentRewrite => "fragment-rewrite",
            Malformed::IpSource => "ip-source",
            Malformed::TcpTruncated => "tcp-truncated",
            Malformed::TcpDataOffset => "tcp-data-offset",
            Malformed::TcpOptions => "tcp-options",
            Malformed::TcpFlags => "tcp-flags",
            Malformed::TcpChecksum => "tcp-checksum",
            Malformed::UdpTruncated => "udp-truncated",
            Malformed::UdpLength => "udp-length",
            Malformed::UdpChecksum => "udp-checksum",
            Malformed::PortsTruncated => "ports-truncated",
            Malformed::IcmpTruncated => "icmp-truncated",
            Malformed::IcmpChecksum => "icmp-checksum",
            Malformed::Neighbor => "neighbor",
            Malformed::Dhcp => "dhcp",
        }
    }

    /// What is wrong, as a sentence about the packet.
    pub fn meaning(self) -> &'static str {
        match self {
            Malformed::EthernetTruncated => "it is shorter than an Ethernet header",
            Malformed::EthernetSource => "its source MAC is a group address or all zero",
            Malformed::Arp => "its ARP message is cut, or is not about IPv4 over Ethernet",
            Malformed::Ipv4Truncated => "it is shorter than an IPv4 header",
            Malformed::Ipv4Version => "its EtherType says IPv4 and its version field does not",
            Malformed::Ipv4HeaderLength => "its IPv4 header length is below 20 bytes or beyond the packet",
            Malformed::Ipv4TotalLength => "its IPv4 total length is below the header's or beyond the frame",
            Malformed::Ipv4Checksum => "its IPv4 header checksum is wrong",
            Malformed::Ipv4Options => "an IPv4 option runs past the end of the header",
            Malformed::Ipv4SourceRoute => "it carries an IPv4 source route, which goes around every filter (RFC 7126)",
            Malformed::Ipv6Truncated => "it is shorter than an IPv6 header",
            Malformed::Ipv6Version => "its EtherType says IPv6 and its version field does not",
            Malformed::Ipv6PayloadLength => "its IPv6 payload length is beyond the frame",
            Malformed::Ipv6ExtensionTruncated => "an IPv6 extension header runs past the end of the packet",
            Malformed::Ipv6ExtensionChain => "it has more IPv6 extension headers than are looked through",
            Malformed::Ipv6HopByHop => "its hop-by-hop options do not stand directly behind the IPv6 header (RFC 8200)",
            Malformed::Ipv6RoutingHeader => {
                "it carries an IPv6 routing header of type 0, which is forbidden (RFC 5095)"
            }
            Malformed::Ipv6FragmentChain => "it is a first fragment without the whole header chain (RFC 7112)",
            Malformed::FragmentLength => "more fragments follow, and its length is no multiple of eight",
            Malformed::FragmentEmpty => "it is a fragment without content",
            Malformed::FragmentEnd => "it is a fragment that would end behind the largest datagram",
            Malformed::FragmentTiny => "it is a first fragment too short for the transport header (RFC 1858)",
            Malformed::FragmentRewrite => "it is a fragment that would overwrite the transport header (RFC 3128)",
            Malformed::IpSource => "its source is no unicast address, or one of its addresses is a loopback address",
            Malformed::TcpTruncated => "it is shorter than a TCP header",
            Malformed::TcpDataOffset => "its TCP header length is below 20 bytes or beyond the segment",
            Malformed::TcpOptions => "a TCP option runs past the end of the header or has an impossible length",
            Malformed::TcpFlags => "no TCP sends this combination of flags",
            Malformed::TcpChecksum => "its TCP checksum is wrong",
            Malformed::UdpTruncated => "it is shorter than a UDP header",
            Malformed::UdpLength => "its UDP length is below 8 bytes or beyond the packet",
            Malformed::UdpChecksum => "its UDP checksum is wrong, or missing where IPv6 needs one",
            Malformed::PortsTruncated => "it is shorter than the header of its transport protocol",
            Malformed::IcmpTruncated => "it is shorter than an ICMP header",
            Malformed::IcmpChecksum => "its ICMP checksum is wrong",
            Malformed::Neighbor => "its neighbor discovery message is cut, or one of its options is",
            Malformed::Dhcp => "its DHCP message is cut, or neither asks nor answers",
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl std::error::Error for Malformed {}
