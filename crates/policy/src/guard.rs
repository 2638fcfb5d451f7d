//! The source guard: who may send what, whatever the rules say.
//!
//! Two questions, one function for each direction. From the instance ([`egress`]): is this frame honestly the vnic's own?
//! Towards it ([`ingress`]): is this frame for it, and is who offers addresses or routes entitled to? Traffic that every
//! instance needs to have an address and neighbours is accepted here and never tracked.

mod egress;
mod ingress;
mod meaning;

use std::fmt;

use wire::{Gist, OtherLink, Packet, Udp};

use crate::model::{Direction, PortSecurity};
use crate::policy::{Policy, PolicyVnic, VnicIndex};
use crate::profile::Bum;

/// What the source guard says of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarded {
    /// Port security is off at the vnic: everything passes, and nothing else is asked.
    Off,
    /// Nothing against it: tracking and rules decide.
    Pass,
    /// Infrastructure traffic: accepted, not tracked, no rule can stop it.
    Infra(Infra),
    /// Spoofed, rogue or not for this vnic: dropped, no rule can allow it.
    Drop(Spoof),
}

/// Infrastructure traffic. The text form is a stable name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Infra {
    /// ARP by or for an owned address.
    Arp,
    /// RARP by or for an owned MAC.
    Rarp,
    /// DHCP from the instance.
    DhcpClient,
    /// DHCP from a server that may answer.
    DhcpServer,
    /// DHCPv6 from the instance.
    Dhcpv6Client,
    /// DHCPv6 from a server that may answer.
    Dhcpv6Server,
    /// Neighbor solicitation.
    NeighborSolicitation,
    /// Neighbor advertisement.
    NeighborAdvertisement,
    /// Router solicitation from the instance.
    RouterSolicitation,
    /// Router advertisement from a router.
    RouterAdvertisement,
    /// Multicast listener report or done from the instance.
    MldReport,
    /// Multicast listener query from a router.
    MldQuery,
    /// A further EtherType that the network permits.
    EtherType,
}

/// Why the source guard drops a packet. The text form is a stable name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Spoof {
    /// The source MAC is not the vnic's.
    SourceMac,
    /// A VLAN tag.
    Vlan,
    /// IEEE 802.3 LLC or SNAP.
    Llc,
    /// An EtherType other than IPv4, IPv6, ARP, RARP and those that the network permits.
    EtherType,
    /// A unicast frame for another MAC.
    NotForMe,
    /// ARP operation other than request and reply, or a RARP operation that an instance does not send.
    ArpOperation,
    /// ARP sender hardware address that is not the frame's source.
    ArpSenderMac,
    /// ARP sender protocol address that the vnic does not own.
    ArpSenderAddress,
    /// ARP that neither asks for nor answers an owned address.
    ArpTarget,
    /// DHCP request whose client hardware address or source is not the vnic's.
    DhcpClient,
    /// DHCP reply from an instance, or from a server that the subnet does not list, or for another client.
    DhcpServer,
    /// Neighbor discovery with a hop limit other than 255 (RFC 4861), or MLD with another than 1 (RFC 2710).
    HopLimit,
    /// Neighbor discovery in fragments (RFC 6980).
    NeighborFragment,
    /// Neighbor solicitation or advertisement for a target that the vnic does not own.
    NeighborTarget,
    /// Link-layer address option that is not the frame's source.
    NeighborMac,
    /// Router advertisement from an instance, or from no router of the network.
    RouterAdvertisement,
    /// ICMPv6 redirect from an instance.
    Redirect,
    /// The source address is not the vnic's.
    SourceAddress,
    /// Broadcast or multicast from an instance, in a profile that drops it; see [`Bum`].
    Bum,
}

impl Policy {
    /// Judges a packet by who may send what; rules play no part.
    pub fn guard(&self, vnic: VnicIndex, direction: Direction, packet: &Packet) -> Guarded {
        let vnic = self.vnic(vnic);
        let destination = || packet.datagram().map(|datagram| datagram.endpoints.destination());
        match (vnic.port_security, direction) {
            (PortSecurity::Off, _) => Guarded::Off,
            (PortSecurity::On, Direction::Egress) => match (egress::guard(vnic, packet), self.profile().bum) {
                (Guarded::Pass, Bum::Dropped) if egress::is_for_many(vnic, packet.destination_mac, destination()) => {
                    Guarded::Drop(Spoof::Bum)
                }
                (guarded, Bum::ByRules | Bum::Dropped) => guarded,
            },
            (PortSecurity::On, Direction::Ingress) => ingress::guard(vnic, &self.neighbourhood, packet),
        }
    }
}

impl Policy {
    /// Whether the guard has nothing against a frame of TCP, or of UDP that is no DHCP, as a glance at it tells: then
    /// [`Policy::guard`] says [`Guarded::Pass`] of its packet. It says so of frames to many that reach the instance, too.
    #[inline]
    pub fn waves_through(&self, vnic: VnicIndex, direction: Direction, frame: &[u8], gist: &Gist) -> bool {
        let vnic = self.vnic(vnic);
        let Some((source_mac, destination_mac)) = wire::macs(frame) else { return false };
        match (vnic.port_security, direction) {
            (PortSecurity::Off, _) => false,
            (PortSecurity::On, Direction::Egress) => {
                let endpoints = gist.addresses.endpoints();
                let is_for_many = || egress::is_for_many(vnic, destination_mac, Some(endpoints.destination()));
                vnic.owns(endpoints.source(), source_mac) && (self.profile().bum == Bum::ByRules || !is_for_many())
            }
            (PortSecurity::On, Direction::Ingress) => vnic.owns_mac(destination_mac),
        }
    }
}

/// DHCP as the ports tell it (RFC 2131, RFC 8415).
enum DhcpKind {
    Client,
    Server,
    Client6,
    Server6,
}

fn dhcp_kind(udp: &Udp, family: wire::Family) -> Option<DhcpKind> {
    match (family, udp.ports.source, udp.ports.destination) {
        (wire::Family::Ipv4, 68, 67) => Some(DhcpKind::Client),
        (wire::Family::Ipv4, 67, 68) => Some(DhcpKind::Server),
        (wire::Family::Ipv6, 546, 547) => Some(DhcpKind::Client6),
        (wire::Family::Ipv6, 547, 546) => Some(DhcpKind::Server6),
        _ => None,
    }
}

fn guard_other(vnic: &PolicyVnic, link: OtherLink) -> Guarded {
    match link {
        OtherLink::Vlan(_) => Guarded::Drop(Spoof::Vlan),
        OtherLink::Llc(_) => Guarded::Drop(Spoof::Llc),
        OtherLink::EtherType(number) if vnic.ethertypes.iter().any(|permitted| permitted.value() == number) => {
            Guarded::Infra(Infra::EtherType)
        }
        OtherLink::EtherType(_) => Guarded::Drop(Spoof::EtherType),
    }
}

impl fmt::Display for Infra {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Infra::Arp => "arp",
            Infra::Rarp => "rarp",
            Infra::DhcpClient => "dhcp-client",
            Infra::DhcpServer => "dhcp-server",
            Infra::Dhcpv6Client => "dhcpv6-client",
            Infra::Dhcpv6Server => "dhcpv6-server",
            Infra::NeighborSolicitation => "neighbor-solicitation",
            Infra::NeighborAdvertisement => "neighbor-advertisement",
            Infra::RouterSolicitation => "router-solicitation",
            Infra::RouterAdvertisement => "router-advertisement",
            Infra::MldReport => "mld-report",
            Infra::MldQuery => "mld-query",
            Infra::EtherType => "ethertype",
        })
    }
}

impl fmt::Display for Spoof {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Spoof::SourceMac => "source-mac",
            Spoof::Vlan => "vlan",
            Spoof::Llc => "llc",
            Spoof::EtherType => "ethertype",
            Spoof::NotForMe => "not-for-me",
            Spoof::ArpOperation => "arp-operation",
            Spoof::ArpSenderMac => "arp-sender-mac",
            Spoof::ArpSenderAddress => "arp-sender-address",
            Spoof::ArpTarget => "arp-target",
            Spoof::DhcpClient => "dhcp-client",
            Spoof::DhcpServer => "dhcp-server",
            Spoof::HopLimit => "hop-limit",
            Spoof::NeighborFragment => "neighbor-fragment",
            Spoof::NeighborTarget => "neighbor-target",
            Spoof::NeighborMac => "neighbor-mac",
            Spoof::RouterAdvertisement => "router-advertisement",
            Spoof::Redirect => "redirect",
            Spoof::SourceAddress => "source-address",
            Spoof::Bum => "bum",
        })
    }
}
