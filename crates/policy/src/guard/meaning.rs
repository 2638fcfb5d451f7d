//! What the source guard says, in sentences for people: what it saw, and what would let the packet pass.

use std::fmt::Display;

use super::{Infra, Spoof};
use crate::policy::PolicyVnic;

impl Infra {
    /// What the traffic is for, as a phrase.
    pub fn meaning(self) -> &'static str {
        match self {
            Infra::Arp => "ARP, by which neighbours find each other",
            Infra::Rarp => "RARP, by which a switch learns where an instance moved",
            Infra::DhcpClient => "DHCP from the instance, which asks for its address",
            Infra::DhcpServer => "DHCP from a server of the subnet, which gives the instance its address",
            Infra::Dhcpv6Client => "DHCPv6 from the instance",
            Infra::Dhcpv6Server => "DHCPv6 from a server of the subnet",
            Infra::NeighborSolicitation => "a neighbor solicitation, by which IPv6 neighbours find each other",
            Infra::NeighborAdvertisement => "a neighbor advertisement, by which IPv6 neighbours find each other",
            Infra::RouterSolicitation => "a router solicitation, by which the instance asks for routers",
            Infra::RouterAdvertisement => "a router advertisement from a router of the network",
            Infra::MldReport => "an MLD report, by which the instance joins and leaves multicast groups",
            Infra::MldQuery => "an MLD query from a router",
            Infra::EtherType => "an EtherType that the vnic's network permits",
        }
    }
}

impl Spoof {
    /// What is wrong with the packet at this vnic, and what would permit it, where something can.
    pub fn meaning(self, vnic: &PolicyVnic) -> String {
        let addresses = || owned(&vnic.addresses);
        match self {
            Spoof::SourceMac => {
                format!("its source MAC is not the vnic's `{}`; an allowed address pair can permit another", vnic.mac)
            }
            Spoof::Vlan => "it carries a VLAN tag; instances send and get untagged frames only".to_owned(),
            Spoof::Llc => "it is an IEEE 802.3 frame with LLC, which carries neither IP nor ARP".to_owned(),
            Spoof::EtherType => {
                "its EtherType is not IPv4, IPv6, ARP or RARP; `ethertypes` of the network can permit it".to_owned()
            }
            Spoof::NotForMe => format!("it is for another MAC than the vnic's `{}`", vnic.mac),
            Spoof::ArpOperation => "its ARP operation is none that an instance needs".to_owned(),
            Spoof::ArpSenderMac => "its ARP message names another sender MAC than the frame does".to_owned(),
            Spoof::ArpSenderAddress => {
                format!("its ARP sender is not {}; an allowed address pair can permit another", addresses())
            }
            Spoof::ArpTarget => format!("its ARP message is neither for nor about {}", addresses()),
            Spoof::DhcpClient => "its DHCP request is in the name of another MAC or address".to_owned(),
            Spoof::DhcpServer => {
                "it is a DHCP answer, and its sender is no DHCP server of the subnet, or it is for another client; \
                 `dhcp` of the subnet names the servers"
                    .to_owned()
            }
            Spoof::HopLimit => "its hop limit shows that it did not start at a neighbour".to_owned(),
            Spoof::NeighborFragment => {
                "neighbor discovery in fragments is not accepted by any host (RFC 6980)".to_owned()
            }
            Spoof::NeighborTarget => {
                format!("it speaks for an address that is not {}; an allowed address pair can permit it", addresses())
            }
            Spoof::NeighborMac => "it announces another MAC than the one that sent it".to_owned(),
            Spoof::RouterAdvertisement => {
                "it is a router advertisement, and its sender is no router of the network; `gateway` of the subnet \
                 names the router"
                    .to_owned()
            }
            Spoof::Redirect => "it is a redirect, which only routers send".to_owned(),
            Spoof::SourceAddress => {
                format!("its source address is not {}; an allowed address pair can permit another", addresses())
            }
            Spoof::Bum => "it is broadcast or multicast, which the profile does not let instances send".to_owned(),
        }
    }
}

/// `one of the vnic's` addresses, by name.
fn owned(addresses: &[impl Display]) -> String {
    let list: Vec<String> = addresses.iter().map(|address| format!("`{address}`")).collect();
    match list.as_slice() {
        [] => "the vnic's, which has none".to_owned(),
        [one] => format!("the vnic's {one}"),
        _ => format!("one of the vnic's {}", list.join(", ")),
    }
}
