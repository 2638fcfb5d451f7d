//! Rules as cloud projects have them.

use policy::{AddressBlock, AddressGroup, Family, IcmpMatch, PortMatch, PortRange, Protocol, Remote, RuleSpec};

use super::{RuleSet, Surroundings, address, group, id, ingress, instance, prefix, width};
use crate::chance::Chance;

/// Services that people open, most of them to some and the first few to everyone.
const SERVICES: [u16; 24] = [
    80, 443, 53, 25, 22, 3389, 3306, 5432, 6379, 9090, 9100, 8080, 8443, 2379, 2380, 6443, 10250, 5672, 9092, 27017,
    11211, 389, 636, 1433,
];

/// Of these, so many are open to everyone.
const PUBLIC: usize = 4;

/// Remote groups, the members of each, and the address groups with the prefixes of each.
const TIERS: usize = 8;
const MEMBERS: usize = 25;
const OFFICES: usize = 6;
const OFFICE_PREFIXES: usize = 30;

/// A project whose vnic has so many rules.
pub fn rule_set(family: Family, count: usize) -> RuleSet {
    let mut chance = Chance::new(count as u64 ^ u64::from(width(family)));
    let specs = specs(&mut chance, family).take(count).collect::<Vec<_>>();
    let mut around = Surroundings::default();
    for tier in 0..TIERS {
        around.groups.push(group(&format!("tier-{tier}"), Vec::new()));
        for member in 0..MEMBERS {
            let name = format!("tier-{tier}-{member}");
            around.instances.push(instance(&name, 1 + tier * MEMBERS + member, vec![id(&format!("tier-{tier}"))]));
        }
    }
    around.address_groups = (0..OFFICES).map(|number| office(&mut chance, family, number)).collect();
    RuleSet::among(family, specs, around)
}

/// Endlessly many different rules.
fn specs(chance: &mut Chance, family: Family) -> impl Iterator<Item = RuleSpec> {
    let mut seen = std::collections::HashSet::new();
    let open = SERVICES[..PUBLIC].iter().map(move |port| ingress(family, Protocol::Tcp(one(*port)), Remote::Any));
    let ping = ingress(family, Protocol::Icmp(IcmpMatch::Type(echo(family))), Remote::Any);
    let rest = std::iter::repeat_with(move || ingress(family, protocol(chance, family), remote(chance, family)));
    open.chain([ping]).chain(rest).filter(move |spec| seen.insert(spec.clone()))
}

/// Who may: single hosts, offices, tiers of the project, whole sites.
fn remote(chance: &mut Chance, family: Family) -> Remote {
    let length = match (chance.below(100), family) {
        (0..15, _) => return Remote::Group(id(&format!("tier-{}", chance.below(TIERS)))),
        (15..20, _) => return Remote::AddressGroup(id(&format!("office-{}", chance.below(OFFICES)))),
        (20..60, _) => width(family),
        (60..85, Family::Ipv4) => 24 + chance.below(6) as u8,
        (85.., Family::Ipv4) => 16 + chance.below(8) as u8,
        (60..85, Family::Ipv6) => 56 + chance.below(9) as u8,
        (85.., Family::Ipv6) => 40 + chance.below(16) as u8,
    };
    Remote::Prefix(prefix(family, outside(chance, family), length))
}

/// What they may: a service most often, several, a range, another protocol, everything.
fn protocol(chance: &mut Chance, family: Family) -> Protocol {
    match chance.below(100) {
        0..30 => Protocol::Tcp(one(*chance.pick(&SERVICES))),
        30..60 => Protocol::Tcp(one(chance.port(1024, 32767))),
        60..70 => {
            let first = chance.port(1024, 60000);
            Protocol::Tcp(range(first, first + chance.port(1, 2000)))
        }
        70..75 => Protocol::Tcp(PortMatch::of((0..3).map(|_| {
            let port = *chance.pick(&SERVICES);
            PortRange::new(port, port).expect("a port")
        }))),
        75..90 => Protocol::Udp(one(chance.port(53, 32767))),
        90..95 => Protocol::Icmp(IcmpMatch::Type(echo(family))),
        _ => Protocol::Any,
    }
}

fn office(chance: &mut Chance, family: Family, number: usize) -> AddressGroup {
    let name = format!("office-{number}");
    let length = width(family) - 6;
    let blocks = (0..OFFICE_PREFIXES).map(|_| AddressBlock::Prefix(prefix(family, outside(chance, family), length)));
    AddressGroup { id: id(&name), name, description: String::new(), prefixes: blocks.collect() }
}

/// Somewhere on the Internet: in 64.0.0.0/3 or 2600::/12.
fn outside(chance: &mut Chance, family: Family) -> u128 {
    match family {
        Family::Ipv4 => chance.address(0x4000_0000, 0x5fff_ffff),
        Family::Ipv6 => chance.address(0x2600 << 112, (0x2610 << 112) - 1),
    }
}

/// An address that no rule of a project names, but for those open to everyone.
pub fn stranger(chance: &mut Chance, family: Family) -> std::net::IpAddr {
    match family {
        Family::Ipv4 => address(family, chance.address(0xcb00_7100, 0xcb00_71ff)),
        Family::Ipv6 => address(family, chance.address(0x2a00 << 112, (0x2a01 << 112) - 1)),
    }
}

fn echo(family: Family) -> u8 {
    match family {
        Family::Ipv4 => wire::icmp::ECHO,
        Family::Ipv6 => wire::icmpv6::ECHO,
    }
}

fn one(port: u16) -> PortMatch {
    range(port, port)
}

fn range(first: u16, last: u16) -> PortMatch {
    PortMatch::of([PortRange::new(first, last).expect("the range is not empty")])
}
