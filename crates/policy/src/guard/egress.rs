//! Frames that the instance sends.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use wire::{
    Arp, ArpOperation, Datagram, DhcpOperation, Icmp, IcmpBody, MacAddr, Neighbor, Packet, Payload, Transport, Udp,
    icmpv6,
};

use super::{DhcpKind, Guarded, Infra, Spoof, dhcp_kind, guard_other};
use crate::policy::PolicyVnic;

/// Semantics section 4, "from the instance", in its order.
pub(super) fn guard(vnic: &PolicyVnic, packet: &Packet) -> Guarded {
    let mac = packet.source_mac;
    if !vnic.owns_mac(mac) {
        return Guarded::Drop(Spoof::SourceMac);
    }
    match &packet.payload {
        Payload::Other(link) => guard_other(vnic, *link),
        Payload::Arp(arp) => guard_arp(vnic, mac, arp),
        Payload::Ip(datagram) => match guard_infra(vnic, mac, datagram) {
            Guarded::Pass if !vnic.owns(datagram.endpoints.source(), mac) => Guarded::Drop(Spoof::SourceAddress),
            verdict => verdict,
        },
    }
}

/// Whether a packet goes to more than one receiver: by its MAC, or by an address that is multicast, the limited broadcast, or
/// the broadcast of a subnet of the vnic's network (the last of an IPv4 prefix that is no point-to-point link, RFC 3021).
pub(super) fn is_for_many(vnic: &PolicyVnic, mac: MacAddr, destination: Option<IpAddr>) -> bool {
    let of_subnet = |address: Ipv4Addr| {
        let mut subnets = vnic.subnets.iter().map(|subnet| subnet.prefix);
        subnets.any(|prefix| prefix.length() < 31 && prefix.last() == IpAddr::V4(address))
    };
    let by_address = destination.is_some_and(|destination| match destination {
        IpAddr::V4(address) => address.is_multicast() || address.is_broadcast() || of_subnet(address),
        IpAddr::V6(address) => address.is_multicast(),
    });
    mac.is_multicast() || by_address
}

fn guard_arp(vnic: &PolicyVnic, mac: MacAddr, arp: &Arp) -> Guarded {
    if arp.sender_mac != mac {
        return Guarded::Drop(Spoof::ArpSenderMac);
    }
    let owned = vnic.owns(arp.sender_ip.into(), mac);
    let unspecified = arp.sender_ip == Ipv4Addr::UNSPECIFIED;
    match arp.operation {
        // Without a sender address it is a probe (RFC 5227).
        ArpOperation::Request if owned || unspecified => Guarded::Infra(Infra::Arp),
        ArpOperation::Reply if owned => Guarded::Infra(Infra::Arp),
        ArpOperation::ReverseRequest if (owned || unspecified) && arp.target_mac == mac => Guarded::Infra(Infra::Rarp),
        ArpOperation::Request | ArpOperation::Reply | ArpOperation::ReverseRequest => {
            Guarded::Drop(Spoof::ArpSenderAddress)
        }
        ArpOperation::ReverseReply | ArpOperation::Other(_) => Guarded::Drop(Spoof::ArpOperation),
    }
}

fn guard_infra(vnic: &PolicyVnic, mac: MacAddr, datagram: &Datagram) -> Guarded {
    match &datagram.transport {
        Transport::Udp(udp) => guard_dhcp(vnic, mac, datagram, udp),
        Transport::Icmp(icmp) => match datagram.endpoints.source() {
            IpAddr::V6(source) => guard_icmpv6(vnic, mac, source, datagram, icmp),
            IpAddr::V4(_) => Guarded::Pass,
        },
        _ => Guarded::Pass,
    }
}

fn guard_dhcp(vnic: &PolicyVnic, mac: MacAddr, datagram: &Datagram, udp: &Udp) -> Guarded {
    let source = datagram.endpoints.source();
    let owned = || vnic.owns(source, mac);
    match dhcp_kind(udp, datagram.endpoints.family()) {
        Some(DhcpKind::Client) => {
            let own_request =
                udp.dhcp.is_some_and(|dhcp| dhcp.operation == DhcpOperation::Request && dhcp.client_mac == vnic.mac);
            match own_request && (owned() || source.is_unspecified()) {
                true => Guarded::Infra(Infra::DhcpClient),
                false => Guarded::Drop(Spoof::DhcpClient),
            }
        }
        Some(DhcpKind::Client6) if is_link_local(source) && owned() => Guarded::Infra(Infra::Dhcpv6Client),
        Some(DhcpKind::Server | DhcpKind::Server6) => Guarded::Drop(Spoof::DhcpServer),
        Some(DhcpKind::Client6) | None => Guarded::Pass,
    }
}

fn guard_icmpv6(vnic: &PolicyVnic, mac: MacAddr, source: Ipv6Addr, datagram: &Datagram, icmp: &Icmp) -> Guarded {
    let own_source = || source.is_unspecified() || vnic.owns(source.into(), mac);
    match icmp.body {
        IcmpBody::Neighbor(Neighbor::RouterAdvertisement { .. }) => Guarded::Drop(Spoof::RouterAdvertisement),
        IcmpBody::Neighbor(Neighbor::Redirect { .. }) => Guarded::Drop(Spoof::Redirect),
        IcmpBody::Neighbor(_) if datagram.fragment.is_some() => Guarded::Drop(Spoof::NeighborFragment),
        IcmpBody::Neighbor(_) if datagram.hop_limit != 255 => Guarded::Drop(Spoof::HopLimit),
        IcmpBody::Neighbor(_) if !own_source() => Guarded::Drop(Spoof::SourceAddress),
        IcmpBody::Neighbor(neighbor) => guard_neighbor(vnic, mac, source, neighbor),
        IcmpBody::Plain if is_mld_report(icmp.kind) => match (datagram.hop_limit, own_source()) {
            (1, true) => Guarded::Infra(Infra::MldReport),
            (1, false) => Guarded::Drop(Spoof::SourceAddress),
            _ => Guarded::Drop(Spoof::HopLimit),
        },
        IcmpBody::Plain | IcmpBody::Query { .. } | IcmpBody::Error(_) => Guarded::Pass,
    }
}

fn guard_neighbor(vnic: &PolicyVnic, mac: MacAddr, source: Ipv6Addr, neighbor: Neighbor) -> Guarded {
    let own_option = |option: Option<MacAddr>| option.is_none_or(|option| option == mac);
    match neighbor {
        Neighbor::Solicitation { source_mac, .. } | Neighbor::RouterSolicitation { source_mac }
            if !own_option(source_mac) =>
        {
            Guarded::Drop(Spoof::NeighborMac)
        }
        // Duplicate address detection claims its target (RFC 4862 section 5.4).
        Neighbor::Solicitation { target, .. } if source.is_unspecified() && !vnic.owns(target.into(), mac) => {
            Guarded::Drop(Spoof::NeighborTarget)
        }
        Neighbor::Solicitation { .. } => Guarded::Infra(Infra::NeighborSolicitation),
        Neighbor::RouterSolicitation { .. } => Guarded::Infra(Infra::RouterSolicitation),
        Neighbor::Advertisement { target, .. } if !vnic.owns(target.into(), mac) => {
            Guarded::Drop(Spoof::NeighborTarget)
        }
        // Without the option it may answer a unicast solicitation and changes no cache (RFC 4861 section 7.2.5).
        Neighbor::Advertisement { target_mac, .. } if !own_option(target_mac) => Guarded::Drop(Spoof::NeighborMac),
        // A node sends no advertisement before it has an address.
        Neighbor::Advertisement { .. } if source.is_unspecified() => Guarded::Drop(Spoof::SourceAddress),
        Neighbor::Advertisement { .. } => Guarded::Infra(Infra::NeighborAdvertisement),
        Neighbor::RouterAdvertisement { .. } => Guarded::Drop(Spoof::RouterAdvertisement),
        Neighbor::Redirect { .. } => Guarded::Drop(Spoof::Redirect),
    }
}

fn is_mld_report(kind: u8) -> bool {
    matches!(kind, icmpv6::MLD_REPORT | icmpv6::MLD_DONE | icmpv6::MLD2_REPORT)
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => false,
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}
