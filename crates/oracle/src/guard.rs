//! The source guard, sentence by sentence (semantics section 4).

use std::net::{IpAddr, Ipv4Addr};

use engine::{Outcome, Ruling};
use policy::{Bum, Direction, Document, Vnic};
use wire::{
    Arp, ArpOperation, Datagram, DhcpOperation, IcmpBody, MacAddr, Neighbor, OtherLink, Packet, Payload, Transport,
};

/// The verdict of the guard; `None` leaves the packet to tracking and rules.
pub(crate) fn judge(document: &Document, vnic: &Vnic, direction: Direction, packet: &Packet) -> Option<Ruling> {
    let found = match direction {
        Direction::Egress => from_instance(document, vnic, packet).or_else(|| to_many(document, vnic, packet)),
        Direction::Ingress => to_instance(document, vnic, packet),
    };
    found.map(|reason| {
        let outcome = if reason.starts_with("infra:") { Outcome::Accept } else { Outcome::Drop };
        Ruling { outcome, reason: reason.to_owned(), rule: None }
    })
}

fn macs(vnic: &Vnic) -> Vec<MacAddr> {
    let mut macs = vec![vnic.mac];
    macs.extend(vnic.allowed_pairs.iter().filter_map(|pair| pair.mac));
    macs
}

/// Whether a frame with this source MAC may speak for the address.
fn owns(vnic: &Vnic, address: IpAddr, mac: MacAddr) -> bool {
    let is_fixed = vnic.addresses.contains(&address) && mac == vnic.mac;
    let is_pair =
        vnic.allowed_pairs.iter().any(|pair| pair.prefix.contains(address) && mac == pair.mac.unwrap_or(vnic.mac));
    let is_link_local = macs(vnic).contains(&mac) && address == IpAddr::V6(mac.link_local());
    is_fixed || is_pair || is_link_local
}

fn is_own(vnic: &Vnic, address: IpAddr) -> bool {
    macs(vnic).into_iter().any(|mac| owns(vnic, address, mac))
}

fn unread(document: &Document, vnic: &Vnic, link: OtherLink) -> &'static str {
    let permits = |number: u16| {
        let network = document.network(&vnic.network);
        network.is_some_and(|network| network.ethertypes.iter().any(|permitted| permitted.value() == number))
    };
    match link {
        OtherLink::EtherType(number) if permits(number) => "infra:ethertype",
        OtherLink::Vlan(_) => "guard:vlan",
        OtherLink::Llc(_) => "guard:llc",
        OtherLink::EtherType(_) => "guard:ethertype",
    }
}

fn from_instance(document: &Document, vnic: &Vnic, packet: &Packet) -> Option<&'static str> {
    let mac = packet.source_mac;
    if !macs(vnic).contains(&mac) {
        return Some("guard:source-mac");
    }
    let datagram = match &packet.payload {
        Payload::Other(link) => return Some(unread(document, vnic, *link)),
        Payload::Arp(arp) => return Some(arp_from_instance(vnic, mac, arp)),
        Payload::Ip(datagram) => datagram,
    };
    if let Some(found) =
        dhcp_from_instance(vnic, mac, datagram).or_else(|| discovery_from_instance(vnic, mac, datagram))
    {
        return Some(found);
    }
    if owns(vnic, datagram.endpoints.source(), mac) { None } else { Some("guard:source-address") }
}

/// Semantics section 4, from the instance, 6: broadcast and multicast, where the profile drops it.
fn to_many(document: &Document, vnic: &Vnic, packet: &Packet) -> Option<&'static str> {
    let mut many = packet.destination_mac.0[0] & 1 == 1;
    if let Payload::Ip(datagram) = &packet.payload {
        many |= match datagram.endpoints.destination() {
            IpAddr::V4(address) => {
                let networks = document.networks.iter().filter(|network| network.id == vnic.network);
                let mut prefixes = networks.flat_map(|network| &network.subnets).map(|subnet| subnet.prefix);
                address.octets()[0] & 0xf0 == 0xe0
                    || address == Ipv4Addr::BROADCAST
                    || prefixes.any(|prefix| prefix.length() <= 30 && prefix.last() == IpAddr::V4(address))
            }
            IpAddr::V6(address) => address.octets()[0] == 0xff,
        };
    }
    (many && document.profile.bum == Bum::Dropped).then_some("guard:bum")
}

fn arp_from_instance(vnic: &Vnic, mac: MacAddr, arp: &Arp) -> &'static str {
    let is_empty = arp.sender_ip == Ipv4Addr::UNSPECIFIED;
    let is_owned = owns(vnic, IpAddr::V4(arp.sender_ip), mac);
    if arp.sender_mac != mac {
        return "guard:arp-sender-mac";
    }
    match arp.operation {
        ArpOperation::Request => {
            if is_owned || is_empty {
                "infra:arp"
            } else {
                "guard:arp-sender-address"
            }
        }
        ArpOperation::Reply => {
            if is_owned {
                "infra:arp"
            } else {
                "guard:arp-sender-address"
            }
        }
        ArpOperation::ReverseRequest if arp.target_mac == mac && (is_owned || is_empty) => "infra:rarp",
        ArpOperation::ReverseRequest => "guard:arp-sender-address",
        ArpOperation::ReverseReply | ArpOperation::Other(_) => "guard:arp-operation",
    }
}

/// Source and destination port of a UDP packet.
fn udp_ports(datagram: &Datagram) -> Option<(bool, u16, u16)> {
    match datagram.transport {
        Transport::Udp(udp) => Some((datagram.endpoints.source().is_ipv4(), udp.ports.source, udp.ports.destination)),
        _ => None,
    }
}

fn dhcp_from_instance(vnic: &Vnic, mac: MacAddr, datagram: &Datagram) -> Option<&'static str> {
    let Transport::Udp(udp) = datagram.transport else { return None };
    let source = datagram.endpoints.source();
    match udp_ports(datagram)? {
        (true, 68, 67) => {
            let asks =
                udp.dhcp.is_some_and(|dhcp| dhcp.operation == DhcpOperation::Request && dhcp.client_mac == vnic.mac);
            let may = source.is_unspecified() || owns(vnic, source, mac);
            Some(if asks && may { "infra:dhcp-client" } else { "guard:dhcp-client" })
        }
        (true, 67, 68) | (false, 547, 546) => Some("guard:dhcp-server"),
        (false, 546, 547) if source == IpAddr::V6(mac.link_local()) => Some("infra:dhcpv6-client"),
        (false, 546, 547) if owns(vnic, source, mac) && is_link_local(source) => Some("infra:dhcpv6-client"),
        _ => None,
    }
}

fn is_link_local(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.segments()[0] & 0xffc0 == 0xfe80)
}

fn discovery_from_instance(vnic: &Vnic, mac: MacAddr, datagram: &Datagram) -> Option<&'static str> {
    let Transport::Icmp(icmp) = datagram.transport else { return None };
    let source = datagram.endpoints.source();
    if source.is_ipv4() {
        return None;
    }
    let honest_source = source.is_unspecified() || owns(vnic, source, mac);
    let neighbor = match icmp.body {
        IcmpBody::Neighbor(neighbor) => neighbor,
        IcmpBody::Plain if [131, 132, 143].contains(&icmp.kind) => {
            return Some(match (datagram.hop_limit == 1, honest_source) {
                (false, _) => "guard:hop-limit",
                (true, false) => "guard:source-address",
                (true, true) => "infra:mld-report",
            });
        }
        _ => return None,
    };
    match neighbor {
        Neighbor::RouterAdvertisement { .. } => return Some("guard:router-advertisement"),
        Neighbor::Redirect { .. } => return Some("guard:redirect"),
        _ if datagram.fragment.is_some() => return Some("guard:neighbor-fragment"),
        _ if datagram.hop_limit != 255 => return Some("guard:hop-limit"),
        _ if !honest_source => return Some("guard:source-address"),
        _ => {}
    }
    let is_foreign = |option: Option<MacAddr>| option.is_some_and(|option| option != mac);
    Some(match neighbor {
        Neighbor::Solicitation { source_mac, .. } if is_foreign(source_mac) => "guard:neighbor-mac",
        Neighbor::Solicitation { target, .. } if source.is_unspecified() && !owns(vnic, IpAddr::V6(target), mac) => {
            "guard:neighbor-target"
        }
        Neighbor::Solicitation { .. } => "infra:neighbor-solicitation",
        Neighbor::RouterSolicitation { source_mac } if is_foreign(source_mac) => "guard:neighbor-mac",
        Neighbor::RouterSolicitation { .. } => "infra:router-solicitation",
        Neighbor::Advertisement { target, .. } if !owns(vnic, IpAddr::V6(target), mac) => "guard:neighbor-target",
        Neighbor::Advertisement { target_mac, .. } if is_foreign(target_mac) => "guard:neighbor-mac",
        Neighbor::Advertisement { .. } if source.is_unspecified() => "guard:source-address",
        Neighbor::Advertisement { .. } => "infra:neighbor-advertisement",
        Neighbor::RouterAdvertisement { .. } => "guard:router-advertisement",
        Neighbor::Redirect { .. } => "guard:redirect",
    })
}

fn to_instance(document: &Document, vnic: &Vnic, packet: &Packet) -> Option<&'static str> {
    let is_group = packet.destination_mac.0[0] & 1 == 1;
    if !is_group && !macs(vnic).contains(&packet.destination_mac) {
        return Some("guard:not-for-me");
    }
    match &packet.payload {
        Payload::Other(link) => Some(unread(document, vnic, *link)),
        Payload::Arp(arp) => Some(arp_to_instance(vnic, arp)),
        Payload::Ip(datagram) => {
            let from_instance = comes_from_instance(document, packet.source_mac, datagram.endpoints.source());
            dhcp_to_instance(document, vnic, from_instance, datagram)
                .or_else(|| discovery_to_instance(document, vnic, from_instance, datagram))
        }
    }
}

fn arp_to_instance(vnic: &Vnic, arp: &Arp) -> &'static str {
    let for_me = is_own(vnic, IpAddr::V4(arp.target_ip));
    let to_my_probe = arp.target_ip == Ipv4Addr::UNSPECIFIED && macs(vnic).contains(&arp.target_mac);
    match arp.operation {
        ArpOperation::Request => {
            if for_me {
                "infra:arp"
            } else {
                "guard:arp-target"
            }
        }
        ArpOperation::Reply => {
            if for_me || to_my_probe {
                "infra:arp"
            } else {
                "guard:arp-target"
            }
        }
        ArpOperation::ReverseReply => {
            if macs(vnic).contains(&arp.target_mac) {
                "infra:rarp"
            } else {
                "guard:arp-target"
            }
        }
        ArpOperation::ReverseRequest | ArpOperation::Other(_) => "guard:arp-operation",
    }
}

/// Whether any instance of the project has the MAC, the address, or the link-local address of one of its MACs.
fn comes_from_instance(document: &Document, mac: MacAddr, address: IpAddr) -> bool {
    document.vnics().any(|(_, vnic)| {
        let own = macs(vnic);
        own.contains(&mac)
            || vnic.addresses.contains(&address)
            || own.iter().any(|mac| IpAddr::V6(mac.link_local()) == address)
    })
}

fn dhcp_to_instance(
    document: &Document,
    vnic: &Vnic,
    from_instance: bool,
    datagram: &Datagram,
) -> Option<&'static str> {
    let infra = match udp_ports(datagram)? {
        (true, 67, 68) => "infra:dhcp-server",
        (false, 547, 546) => "infra:dhcpv6-server",
        _ => return None,
    };
    let (source, destination) = (datagram.endpoints.source(), datagram.endpoints.destination());
    let for_me = is_own(vnic, destination) || destination == IpAddr::V4(Ipv4Addr::BROADCAST);
    let subnets = document.network(&vnic.network).map(|network| network.subnets.as_slice()).unwrap_or_default();
    let listed: Vec<IpAddr> = subnets
        .iter()
        .flat_map(|subnet| subnet.dhcp.clone())
        .filter(|server| server.is_ipv4() == source.is_ipv4())
        .collect();
    let may_serve = if listed.is_empty() { !from_instance } else { listed.contains(&source) };
    Some(if for_me && may_serve { infra } else { "guard:dhcp-server" })
}

fn discovery_to_instance(
    document: &Document,
    vnic: &Vnic,
    from_instance: bool,
    datagram: &Datagram,
) -> Option<&'static str> {
    let Transport::Icmp(icmp) = datagram.transport else { return None };
    let source = datagram.endpoints.source();
    if source.is_ipv4() {
        return None;
    }
    let neighbor = match icmp.body {
        IcmpBody::Neighbor(neighbor) => neighbor,
        IcmpBody::Plain if icmp.kind == 130 => {
            return Some(match (datagram.hop_limit == 1, is_link_local(source)) {
                (false, _) => "guard:hop-limit",
                (true, false) => "guard:source-address",
                (true, true) => "infra:mld-query",
            });
        }
        _ => return None,
    };
    if datagram.fragment.is_some() {
        return Some("guard:neighbor-fragment");
    }
    if datagram.hop_limit != 255 {
        return Some("guard:hop-limit");
    }
    match neighbor {
        Neighbor::Solicitation { .. } => Some("infra:neighbor-solicitation"),
        Neighbor::Advertisement { .. } => Some("infra:neighbor-advertisement"),
        Neighbor::RouterAdvertisement { .. } => {
            let subnets = document.network(&vnic.network).map(|network| network.subnets.as_slice()).unwrap_or_default();
            let routers: Vec<IpAddr> =
                subnets.iter().filter_map(|subnet| subnet.gateway).filter(|gateway| is_link_local(*gateway)).collect();
            let is_router = if routers.is_empty() { is_link_local(source) } else { routers.contains(&source) };
            Some(if is_router && !from_instance { "infra:router-advertisement" } else { "guard:router-advertisement" })
        }
        Neighbor::Redirect { .. } if from_instance => Some("guard:redirect"),
        Neighbor::Redirect { .. } | Neighbor::RouterSolicitation { .. } => None,
    }
}
