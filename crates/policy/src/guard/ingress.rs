//! Frames that reach the instance.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use wire::{Arp, ArpOperation, Datagram, Icmp, IcmpBody, MacAddr, Neighbor, Packet, Payload, Transport, Udp, icmpv6};

use super::{DhcpKind, Guarded, Infra, Spoof, dhcp_kind, guard_other};
use crate::policy::{Neighbourhood, PolicyVnic};

/// Semantics section 4, "to the instance", in its order.
pub(super) fn guard(vnic: &PolicyVnic, neighbourhood: &Neighbourhood, packet: &Packet) -> Guarded {
    let destination = packet.destination_mac;
    if !destination.is_multicast() && !vnic.owns_mac(destination) {
        return Guarded::Drop(Spoof::NotForMe);
    }
    match &packet.payload {
        Payload::Other(link) => guard_other(vnic, *link),
        Payload::Arp(arp) => guard_arp(vnic, arp),
        Payload::Ip(datagram) => {
            let origin = Origin { neighbourhood, mac: packet.source_mac, datagram };
            guard_infra(vnic, origin, datagram)
        }
    }
}

/// Who sent a frame, as its source addresses say; the egress guard of every instance keeps them honest.
#[derive(Clone, Copy)]
struct Origin<'a> {
    neighbourhood: &'a Neighbourhood,
    mac: MacAddr,
    datagram: &'a Datagram,
}

impl Origin<'_> {
    /// Asked for few frames only: it is the one search of the guard.
    fn is_instance(self) -> bool {
        self.neighbourhood.contains(self.mac, self.datagram.endpoints.source())
    }
}

fn guard_arp(vnic: &PolicyVnic, arp: &Arp) -> Guarded {
    let for_own_address = vnic.owns_address(arp.target_ip.into());
    match arp.operation {
        ArpOperation::Request if for_own_address => Guarded::Infra(Infra::Arp),
        // The answer to a probe has no target address (RFC 5227).
        ArpOperation::Reply if for_own_address || answers_probe(vnic, arp) => Guarded::Infra(Infra::Arp),
        ArpOperation::ReverseReply if vnic.owns_mac(arp.target_mac) => Guarded::Infra(Infra::Rarp),
        ArpOperation::Request | ArpOperation::Reply | ArpOperation::ReverseReply => Guarded::Drop(Spoof::ArpTarget),
        ArpOperation::ReverseRequest | ArpOperation::Other(_) => Guarded::Drop(Spoof::ArpOperation),
    }
}

fn answers_probe(vnic: &PolicyVnic, arp: &Arp) -> bool {
    arp.target_ip == Ipv4Addr::UNSPECIFIED && vnic.owns_mac(arp.target_mac)
}

fn guard_infra(vnic: &PolicyVnic, origin: Origin<'_>, datagram: &Datagram) -> Guarded {
    match &datagram.transport {
        Transport::Udp(udp) => guard_dhcp(vnic, origin, datagram, udp),
        Transport::Icmp(icmp) => match datagram.endpoints.source() {
            IpAddr::V6(source) => guard_icmpv6(vnic, origin, source, datagram, icmp),
            IpAddr::V4(_) => Guarded::Pass,
        },
        _ => Guarded::Pass,
    }
}

fn guard_dhcp(vnic: &PolicyVnic, origin: Origin<'_>, datagram: &Datagram, udp: &Udp) -> Guarded {
    let infra = match dhcp_kind(udp, datagram.endpoints.family()) {
        Some(DhcpKind::Server) => Infra::DhcpServer,
        Some(DhcpKind::Server6) => Infra::Dhcpv6Server,
        Some(DhcpKind::Client | DhcpKind::Client6) | None => return Guarded::Pass,
    };
    let destination = datagram.endpoints.destination();
    let for_me = vnic.owns_address(destination) || destination == IpAddr::V4(Ipv4Addr::BROADCAST);
    match for_me && may_serve_dhcp(vnic, origin, datagram.endpoints.source()) {
        true => Guarded::Infra(infra),
        false => Guarded::Drop(Spoof::DhcpServer),
    }
}

/// The listed servers of the source's family where there are any, else everything that is no instance.
fn may_serve_dhcp(vnic: &PolicyVnic, origin: Origin<'_>, source: IpAddr) -> bool {
    let mut listed = vnic
        .subnets
        .iter()
        .flat_map(|subnet| &subnet.dhcp)
        .filter(|server| server.is_ipv4() == source.is_ipv4())
        .peekable();
    match listed.peek() {
        Some(_) => listed.any(|server| *server == source),
        None => !origin.is_instance(),
    }
}

fn guard_icmpv6(vnic: &PolicyVnic, origin: Origin<'_>, source: Ipv6Addr, datagram: &Datagram, icmp: &Icmp) -> Guarded {
    match icmp.body {
        IcmpBody::Neighbor(_) if datagram.fragment.is_some() => Guarded::Drop(Spoof::NeighborFragment),
        IcmpBody::Neighbor(_) if datagram.hop_limit != 255 => Guarded::Drop(Spoof::HopLimit),
        IcmpBody::Neighbor(neighbor) => guard_neighbor(vnic, origin, source, neighbor),
        IcmpBody::Plain if icmp.kind == icmpv6::MLD_QUERY => match datagram.hop_limit {
            1 if source.is_unicast_link_local() => Guarded::Infra(Infra::MldQuery),
            1 => Guarded::Drop(Spoof::SourceAddress),
            _ => Guarded::Drop(Spoof::HopLimit),
        },
        IcmpBody::Plain | IcmpBody::Query { .. } | IcmpBody::Error(_) => Guarded::Pass,
    }
}

fn guard_neighbor(vnic: &PolicyVnic, origin: Origin<'_>, source: Ipv6Addr, neighbor: Neighbor) -> Guarded {
    match neighbor {
        Neighbor::Solicitation { .. } => Guarded::Infra(Infra::NeighborSolicitation),
        Neighbor::Advertisement { .. } => Guarded::Infra(Infra::NeighborAdvertisement),
        Neighbor::RouterAdvertisement { .. } => match is_router(vnic, source) && !origin.is_instance() {
            true => Guarded::Infra(Infra::RouterAdvertisement),
            false => Guarded::Drop(Spoof::RouterAdvertisement),
        },
        // Only a router redirects (RFC 4861 section 8.1); whether the instance listens is up to its rules.
        Neighbor::Redirect { .. } if origin.is_instance() => Guarded::Drop(Spoof::Redirect),
        Neighbor::Redirect { .. } | Neighbor::RouterSolicitation { .. } => Guarded::Pass,
    }
}

/// A router speaks from a link-local address (RFC 4861 section 6.1.2); where a gateway's is known, only from that one.
fn is_router(vnic: &PolicyVnic, source: Ipv6Addr) -> bool {
    let link_local = |gateway: IpAddr| matches!(gateway, IpAddr::V6(address) if address.is_unicast_link_local());
    let mut known =
        vnic.subnets.iter().filter_map(|subnet| subnet.gateway).filter(|gateway| link_local(*gateway)).peekable();
    match known.peek() {
        Some(_) => known.any(|gateway| gateway == IpAddr::V6(source)),
        None => source.is_unicast_link_local(),
    }
}
