//! What rules look at.

use wire::{Datagram, Endpoints, IpProtocol, Ports, Transport};

/// The fields of a packet that a rule can test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// Source and destination address.
    pub endpoints: Endpoints,
    /// Upper-layer protocol.
    pub protocol: IpProtocol,
    /// What the transport header adds.
    pub part: Part,
}

/// The part of a transport header that a rule can test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Ports of TCP, UDP, UDP-Lite, SCTP or DCCP.
    Ports(Ports),
    /// ICMP or ICMPv6 type and code.
    Icmp {
        /// Type.
        kind: u8,
        /// Code.
        code: u8,
    },
    /// The header is not there or has no such part: rules that name ports or ICMP types never match.
    None,
}

impl Subject {
    /// What rules see of a datagram.
    pub fn of(datagram: &Datagram) -> Subject {
        let part = match (datagram.ports(), datagram.transport) {
            (Some(ports), _) => Part::Ports(ports),
            (None, Transport::Icmp(icmp)) => Part::Icmp { kind: icmp.kind, code: icmp.code },
            (None, _) => Part::None,
        };
        Subject { endpoints: datagram.endpoints, protocol: datagram.protocol(), part }
    }
}
