//! What rules look at.

use std::net::IpAddr;

use wire::{Datagram, Endpoints, IpProtocol, Ports, Transport};

use crate::model::Direction;

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
    /// The address of the other end.
    pub fn remote(&self, direction: Direction) -> IpAddr {
        match direction {
            Direction::Ingress => self.endpoints.source(),
            Direction::Egress => self.endpoints.destination(),
        }
    }

    /// What rules that name a part of the transport header look at: the destination port, or ICMP type and code as the upper and
    /// the lower byte. `None` where the header that has it is missing, or the protocol has none.
    pub fn key(&self) -> Option<u16> {
        match self.part {
            Part::Ports(ports) if self.protocol.has_ports() => Some(ports.destination),
            Part::Icmp { kind, code } if self.protocol == IpProtocol::icmp(self.endpoints.family()) => {
                Some(u16::from_be_bytes([kind, code]))
            }
            Part::Ports(_) | Part::Icmp { .. } | Part::None => None,
        }
    }

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
