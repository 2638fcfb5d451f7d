//! Rules that no packet can tell the order of: one for each network, so that the kernel can keep them as a set, too.

use conntrack::{Config, Conntrack, Sender};
use policy::{Family, PortMatch, PortRange, Prefix, Protocol, Remote};
use wire::{Endpoints, Packet, Payload, build};

use super::{ROUTER, RuleSet, address, ingress, mac, own_address, prefix};
use crate::chance::Chance;
use crate::traffic::{Segment, Tracked, ZONE, segment_datagram, sender, track};

/// So many rules: each lets a network of 256 addresses reach ten ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disjoint(pub usize);

const FIRST_NETWORK: u128 = 0x4000_0000;
const PORTS: u16 = 10;

impl Disjoint {
    /// The network and the ports of each rule.
    pub fn parts(self) -> impl Iterator<Item = (Prefix, PortRange)> {
        (0..self.0).map(|number| {
            let first = first_port(number);
            let ports = PortRange::new(first, first + PORTS - 1).expect("the range is not empty");
            (prefix(Family::Ipv4, FIRST_NETWORK + (number as u128) * 256, 24), ports)
        })
    }

    /// The rules on a vnic.
    pub fn rule_set(self) -> RuleSet {
        let specs = self.parts().map(|(prefix, ports)| {
            ingress(Family::Ipv4, Protocol::Tcp(PortMatch::of([ports])), Remote::Prefix(prefix))
        });
        RuleSet::of(Family::Ipv4, specs)
    }

    /// A segment of the connection of a client whom a rule allows.
    pub fn frame(self, client: u32, segment: Segment) -> Vec<u8> {
        let payload = Payload::Ip(self.datagram(client, segment));
        let (source, destination) = match sender(segment) {
            Sender::Remote => (ROUTER, mac(0)),
            Sender::Instance => (mac(0), ROUTER),
        };
        build(&Packet::new(source, destination, payload))
    }

    /// A flow table with connections of the clients up to a number.
    pub fn table(self, clients: u32) -> Conntrack {
        let mut conntrack = Conntrack::new(Config::default());
        for client in 0..clients {
            for segment in Segment::HANDSHAKE {
                track(&mut conntrack, ZONE, sender(segment), &Tracked::of(self.datagram(client, segment)), None);
            }
        }
        conntrack
    }

    fn datagram(self, client: u32, segment: Segment) -> wire::Datagram {
        let mut chance = Chance::new(client.into());
        let number = chance.below(self.0);
        let source = address(Family::Ipv4, FIRST_NETWORK + (number as u128) * 256 + chance.below(256) as u128);
        let endpoints = Endpoints::new(source, own_address(Family::Ipv4, 0)).expect("both are of the family");
        let first = first_port(number);
        let ports =
            wire::Ports { source: chance.port(1024, u16::MAX), destination: chance.port(first, first + PORTS - 1) };
        segment_datagram(endpoints, ports, segment)
    }
}

fn first_port(number: usize) -> u16 {
    1000 + (number % 1000) as u16
}
