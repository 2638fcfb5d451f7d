//! A packet that shows an answer.

use std::net::IpAddr;

use policy::{Direction, Family, Policy, VnicId};
use serde_json::{Value, json};
use wire::{
    Datagram, Endpoints, Fragment, Icmp, IcmpBody, IpProtocol, Payload, Ports, Sketch, Tcp, TcpFlags, Transport, Udp,
};

use crate::opening::Opening;
use crate::region::{Keys, Region, is_within};

/// A packet at a vnic: what a person would try to see it happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Where.
    pub vnic: VnicId,
    /// Which way.
    pub direction: Direction,
    /// The packet; Ethernet addresses are left open.
    pub packet: Sketch,
}

/// The port of a client that has no other (RFC 6335 section 6).
const EPHEMERAL: u16 = 50_000;

/// Ports that people know, the first ones first (IANA "Service Name and Transport Protocol Port Number Registry").
const KNOWN: [u16; 14] = [22, 443, 80, 53, 3389, 3306, 5432, 1433, 6379, 27017, 25, 8080, 21, 23];
const KNOWN_OF_UDP: [u16; 8] = [53, 123, 443, 161, 500, 514, 1194, 4789];

impl Witness {
    /// A packet of a region, at the first of the vnics that has an address of its family in the first policy that knows it.
    pub(crate) fn of(region: &Region, vnics: &[VnicId], policies: [&Policy; 2]) -> Option<Witness> {
        let (vnic, own) = vnics.iter().find_map(|id| Some((id, own_address(id, region.family(), policies)?)))?;
        let remote = region.remote.example(own)?;
        let (source, destination) = match region.direction {
            Direction::Ingress => (remote, own),
            Direction::Egress => (own, remote),
        };
        let packet = sketch(source, destination, &region.opening())?;
        Some(Witness { vnic: vnic.clone(), direction: region.direction, packet })
    }

    /// For programs: `vnic`, `direction` and `packet`, as `portcullis simulate --vnic` takes them.
    pub fn to_value(&self) -> Value {
        json!({
            "vnic": self.vnic.as_str(),
            "direction": self.direction.to_string(),
            "packet": self.packet.to_string(),
        })
    }
}

/// A packet of an opening, from one address to another of its family.
pub(crate) fn sketch(source: IpAddr, destination: IpAddr, opening: &Opening) -> Option<Sketch> {
    let endpoints = Endpoints::new(source, destination)?;
    let (transport, fragment) = transport(opening)?;
    let datagram = Datagram { endpoints, hop_limit: 64, fragment, transport, payload: 0 };
    Some(Sketch { macs: None, payload: Payload::Ip(datagram) })
}

fn own_address(id: &VnicId, family: Family, policies: [&Policy; 2]) -> Option<IpAddr> {
    let of_policy = |policy: &Policy| {
        let vnic = policy.vnic(policy.vnic_index(id)?);
        vnic.addresses.iter().copied().find(|address| Family::of(*address) == family)
    };
    policies.into_iter().find_map(of_policy)
}

fn transport(opening: &Opening) -> Option<(Transport, Option<Fragment>)> {
    let usual = [IpProtocol::TCP, IpProtocol::UDP, IpProtocol::icmp(opening.family)];
    let expected = usual.into_iter().find(|protocol| opening.protocols.contains(*protocol));
    let protocol = expected.or_else(|| opening.protocols.iter().next())?;
    let whole = match &opening.keys {
        Keys::Missing => {
            let last = Fragment { identification: 1, offset: 1480, length: 8, more: false };
            return Some((Transport::Missing(protocol), Some(last)));
        }
        Keys::Ports(ranges) => with_port(protocol, port(protocol, ranges)?),
        Keys::All if protocol.has_ports() => with_port(protocol, known(protocol)[0]),
        Keys::Icmp(ranges) => message(icmp_key(opening.family, ranges)?),
        Keys::All if protocol == IpProtocol::icmp(opening.family) => message(echo(opening.family)),
        Keys::All => Transport::Other(protocol),
    };
    Some((whole, None))
}

fn with_port(protocol: IpProtocol, destination: u16) -> Transport {
    let ports = Ports { source: EPHEMERAL, destination };
    match protocol {
        IpProtocol::UDP => Transport::Udp(Udp { ports, dhcp: None }),
        IpProtocol::UDP_LITE => Transport::UdpLite(ports),
        IpProtocol::SCTP => Transport::Sctp(ports),
        IpProtocol::DCCP => Transport::Dccp(ports),
        _ => Transport::Tcp(Tcp {
            ports,
            flags: TcpFlags::SYN,
            sequence: 0,
            acknowledgment: 0,
            window: u16::MAX,
            window_scale: None,
            sack_permitted: false,
            sack_edge: None,
        }),
    }
}

fn message(key: u16) -> Transport {
    let [kind, code] = key.to_be_bytes();
    let body = match kind {
        8 | 13 | 15 | 17 | 128 => IcmpBody::Query { identifier: 1, sequence: 1 },
        _ => IcmpBody::Plain,
    };
    Transport::Icmp(Icmp { kind, code, body })
}

fn known(protocol: IpProtocol) -> &'static [u16] {
    match protocol {
        IpProtocol::UDP | IpProtocol::UDP_LITE => &KNOWN_OF_UDP,
        _ => &KNOWN,
    }
}

fn port(protocol: IpProtocol, ranges: &[(u16, u16)]) -> Option<u16> {
    let known = known(protocol).iter().copied().find(|port| is_within(ranges, *port));
    known.or_else(|| Some(ranges.first()?.0))
}

/// An echo request where there is one.
fn icmp_key(family: Family, ranges: &[(u16, u16)]) -> Option<u16> {
    let echo = Some(echo(family)).filter(|key| is_within(ranges, *key));
    echo.or_else(|| Some(ranges.first()?.0))
}

/// Type and code of an echo request (RFC 792, RFC 4443 section 4.1).
fn echo(family: Family) -> u16 {
    match family {
        Family::Ipv4 => u16::from_be_bytes([8, 0]),
        Family::Ipv6 => u16::from_be_bytes([128, 0]),
    }
}
