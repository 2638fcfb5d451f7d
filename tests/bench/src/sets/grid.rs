//! Many vnics, each with a group of its own, so that each pair of them has an answer of its own.

use policy::{
    Direction, Document, Family, IcmpMatch, PortMatch, PortRange, Prefix, Profile, Protocol, Remote, RuleSpec,
};

use super::{group, id, ingress, instance, network};

/// So many vnics.
#[derive(Clone, Copy, Debug)]
pub struct Grid(pub usize);

impl Grid {
    /// The document.
    pub fn document(self) -> Document {
        let mut document = Document::new(Profile::default());
        document.networks.push(network());
        document.groups.extend((0..self.0).map(|number| group(&Grid::name(number), self.specs(number))));
        let instances = (0..self.0).map(|number| {
            let name = Grid::name(number);
            instance(&name, number, vec![id(&name)])
        });
        document.instances = instances.collect();
        document
    }

    /// What a vnic and its group are called.
    pub fn name(number: usize) -> String {
        format!("node-{number}")
    }

    /// Services for everyone, for some of the others, and for the site; and a little less the other way.
    fn specs(self, number: usize) -> Vec<RuleSpec> {
        let from = |distance: usize| Remote::Group(id(&Grid::name((number + distance) % self.0)));
        let site = || Remote::Prefix(id::<Prefix>("10.64.0.0/10"));
        let tcp = |first: u16, last: u16| Protocol::Tcp(PortMatch::of([PortRange::new(first, last).expect("a range")]));
        let udp = |port: u16| Protocol::Udp(PortMatch::of([PortRange::new(port, port).expect("a port")]));
        let own = 2_000 + number as u16;
        let incoming = [
            (tcp(443, 443), Remote::Any),
            (tcp(22, 22), from(1)),
            (tcp(5432, 5432), from(7)),
            (tcp(8_000, 8_100), from(3)),
            (tcp(own, own + 3), site()),
            (udp(53), site()),
            (Protocol::Icmp(IcmpMatch::Type(wire::icmp::ECHO)), Remote::Any),
        ];
        let outgoing = [
            (tcp(443, 443), Remote::Any),
            (tcp(1_024, 8_050), site()),
            (tcp(22, 22), from(self.0 - 1)),
            (udp(53), Remote::Any),
            (Protocol::Icmp(IcmpMatch::Any), Remote::Any),
        ];
        let spec = |(protocol, remote)| ingress(Family::Ipv4, protocol, remote);
        let turned = |spec: RuleSpec| RuleSpec { direction: Direction::Egress, ..spec };
        incoming.map(spec).into_iter().chain(outgoing.map(spec).map(turned)).collect()
    }
}
