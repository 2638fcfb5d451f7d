//! Random documents that resolve, in which remotes overlap, and packets around their borders.

pub(crate) mod linear;

use std::net::IpAddr;

use policy::model::IdKind;
use policy::{
    Action, AddressBlock, AddressGroup, AddressPair, Direction, Document, EgressDefault, Evaluation, Family, IcmpMatch,
    Id, Instance, InstanceState, Network, Part, PortMatch, PortSecurity, Prefix, Priority, Profile, Protocol, Remote,
    RemoteMembers, Rule, RuleSpec, SameSubnet, SecurityGroup, Severity, Subject, Subnet, Tracking, Vnic,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use wire::{Endpoints, IpProtocol, MacAddr, Ports};

pub(crate) const GROUPS: [&str; 5] = ["default", "g1", "g2", "g3", "g4"];
const ADDRESS_GROUPS: [&str; 3] = ["a0", "a1", "a2"];

/// Prefixes that nest and meet, each with its neighbour.
const PREFIXES: [&str; 26] = [
    "0.0.0.0/0",
    "0.0.0.0/1",
    "128.0.0.0/1",
    "10.0.0.0/8",
    "10.0.0.0/16",
    "10.0.0.0/24",
    "10.0.0.0/28",
    "10.0.0.2/32",
    "10.0.0.3/32",
    "10.0.0.2/31",
    "10.0.0.4/30",
    "10.0.1.0/24",
    "10.255.0.0/16",
    "255.255.255.255/32",
    "255.255.255.254/31",
    "0.0.0.0/32",
    "::/0",
    "::/1",
    "8000::/1",
    "2001:db8::/32",
    "2001:db8::/64",
    "2001:db8::2/128",
    "2001:db8::2/127",
    "2001:db8:1::/48",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
    "::/128",
];

const RANGES: [&str; 8] = [
    "10.0.0.2-10.0.0.6",
    "10.0.0.5-10.0.0.9",
    "9.255.255.255-10.0.0.3",
    "0.0.0.0-255.255.255.255",
    "255.255.255.250-255.255.255.255",
    "2001:db8::1-2001:db8::4",
    "2001:db8::4-2001:db8:1::",
    "ffff::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
];

const PORTS: [&str; 12] =
    ["any", "1", "22", "80", "80-81", "1-65535", "65534-65535", "53,80", "443", "79-443", "1-1024,8080", "1,3,5,7,9"];

/// The text as what it stands for.
pub(crate) fn read<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("a text that stands for it")
}

fn id<K: IdKind>(text: &str) -> Id<K> {
    text.parse().expect("an id")
}

pub(crate) fn profile() -> impl Strategy<Value = Profile> {
    let evaluation = select(&[Evaluation::Union, Evaluation::Ordered][..]);
    let egress = select(
        &[EgressDefault::Deny, EgressDefault::AllowUntilFirstRule, EgressDefault::AllowUntilFirstRuleOfFamily][..],
    );
    let subnet = prop_oneof![4 => Just(SameSubnet::Filtered), 1 => Just(SameSubnet::Exempt)];
    let members = select(
        &[RemoteMembers::Addresses, RemoteMembers::AddressesAndPairs, RemoteMembers::AddressesPairsAndSources][..],
    );
    (evaluation, egress, subnet, members).prop_map(|(evaluation, egress_default, same_subnet, remote_members)| {
        Profile {
            name: "tested".to_owned(),
            evaluation,
            egress_default,
            same_subnet,
            remote_members,
            minimum_groups: 0,
            ..Profile::portcullis()
        }
    })
}

fn protocol(family: Family) -> impl Strategy<Value = Protocol> {
    let ports = || select(&PORTS[..]).prop_map(read::<PortMatch>);
    let icmp = select(&["any", "0", "8", "8/0", "8/1", "3/3", "255", "255/255", "128"][..]).prop_map(read::<IcmpMatch>);
    prop_oneof![
        2 => Just(Protocol::Any),
        6 => ports().prop_map(Protocol::Tcp),
        2 => ports().prop_map(Protocol::Udp),
        1 => ports().prop_map(Protocol::Sctp),
        3 => icmp.prop_map(Protocol::Icmp),
        2 => select(&[0_u8, 1, 6, 47, 58, 255][..]).prop_map(move |number| Protocol::of_number(family, IpProtocol(number))),
    ]
}

fn remote(family: Family) -> impl Strategy<Value = Remote> {
    let prefixes: Vec<Prefix> = PREFIXES.iter().map(|text| read(text)).collect();
    let prefixes: Vec<Prefix> = prefixes.into_iter().filter(|prefix| prefix.family() == family).collect();
    prop_oneof![
        2 => Just(Remote::Any),
        5 => select(prefixes).prop_map(Remote::Prefix),
        3 => select(&GROUPS[..]).prop_map(|group| Remote::Group(id(group))),
        2 => select(&ADDRESS_GROUPS[..]).prop_map(|group| Remote::AddressGroup(id(group))),
    ]
}

fn family() -> impl Strategy<Value = Family> {
    prop_oneof![3 => Just(Family::Ipv4), 1 => Just(Family::Ipv6)]
}

fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![2 => Just(Direction::Ingress), 1 => Just(Direction::Egress)]
}

/// A rule of an ordered profile, with an id among few.
pub(crate) fn rule() -> BoxedStrategy<Rule> {
    let spec = family().prop_flat_map(|family| {
        let action = prop_oneof![2 => Just(Action::Allow), 1 => Just(Action::Deny)];
        let priority = (1..4_u8).prop_map(|value| Priority::new(value).expect("a priority"));
        (direction(), Just(family), protocol(family), remote(family), action, priority)
    });
    (0..80_u8, spec, prop_oneof![6 => Just(true), 1 => Just(false)])
        .prop_map(|(number, (direction, family, protocol, remote, action, priority), enabled)| Rule {
            id: id(&format!("r{number}")),
            spec: RuleSpec { direction, family, protocol, remote, action, priority },
            enabled,
            description: String::new(),
        })
        .boxed()
}

/// The rule as a profile may have it.
pub(crate) fn fit(rule: Rule, profile: &Profile) -> Rule {
    let spec = match profile.evaluation {
        Evaluation::Ordered => rule.spec,
        Evaluation::Union => RuleSpec { action: Action::Allow, priority: Priority::FIRST, ..rule.spec },
    };
    Rule { spec, ..rule }
}

pub(crate) fn address_group() -> BoxedStrategy<AddressGroup> {
    (select(&ADDRESS_GROUPS[..]), subsequence(&PREFIXES[..], 0..4), subsequence(&RANGES[..], 0..3))
        .prop_map(|(name, prefixes, ranges)| AddressGroup {
            id: id(name),
            name: name.to_owned(),
            description: String::new(),
            prefixes: prefixes.into_iter().chain(ranges).map(read::<AddressBlock>).collect(),
        })
        .boxed()
}

pub(crate) fn sources() -> BoxedStrategy<Vec<Prefix>> {
    subsequence(&PREFIXES[..], 0..3).prop_map(|texts| texts.into_iter().map(read::<Prefix>).collect()).boxed()
}

/// An instance with one vnic, one of nine that do not clash.
pub(crate) fn instance() -> BoxedStrategy<Instance> {
    let groups = subsequence(&GROUPS[..], 0..=4).prop_shuffle();
    let pairs = prop_oneof![2 => Just(Vec::new()), 1 => subsequence(&PREFIXES[3..12], 1..=2)];
    let addresses = prop_oneof![4 => Just(2_usize), 1 => Just(1), 1 => Just(0)];
    (1..10_u8, groups, pairs, addresses)
        .prop_map(|(number, groups, pairs, addresses)| {
            let all: [IpAddr; 2] = [read(&format!("10.0.0.{number}")), read(&format!("2001:db8::{number}"))];
            let vnic = Vnic {
                id: id(&format!("i{number}")),
                network: id("net"),
                mac: MacAddr([0x52, 0x54, 0, 0, 0, number]),
                addresses: all[..addresses].to_vec(),
                allowed_pairs: pairs.into_iter().map(|text| AddressPair { prefix: read(text), mac: None }).collect(),
                groups: groups.into_iter().map(id).collect(),
                port_security: PortSecurity::On,
                interface: None,
            };
            let id = id(&format!("i{number}"));
            Instance { name: format!("i{number}"), id, state: InstanceState::Running, vnics: vec![vnic] }
        })
        .boxed()
}

/// An instance that may clash with others, or be faulty by itself.
pub(crate) fn any_instance() -> BoxedStrategy<Instance> {
    let change = prop_oneof![
        6 => Just(None),
        1 => Just(Some("mac")),
        1 => Just(Some("address")),
        1 => Just(Some("interface")),
        1 => Just(Some("network")),
        1 => Just(Some("name")),
        1 => Just(Some("vnics")),
    ];
    (instance(), change, 1..10_u8)
        .prop_map(|(mut instance, change, number)| {
            let vnic = &mut instance.vnics[0];
            match change {
                Some("mac") => vnic.mac = MacAddr([0x52, 0x54, 0, 0, 0, number]),
                Some("address") => vnic.addresses = vec![read(&format!("10.0.0.{number}"))],
                Some("interface") => vnic.interface = Some(format!("tap{}", number % 2)),
                Some("network") => vnic.network = id("elsewhere"),
                Some("name") => instance.name = String::new(),
                Some(_) => instance.vnics = Vec::new(),
                None => {}
            }
            instance
        })
        .boxed()
}

/// A document that resolves.
pub(crate) fn document() -> BoxedStrategy<Document> {
    let groups = vec((vec(rule(), 0..14), sources()), GROUPS.len());
    (profile(), groups, vec(address_group(), 0..5), vec(instance(), 1..7))
        .prop_map(|(profile, groups, address_groups, instances)| {
            let mut document = Document::new(profile);
            let subnet = |prefix| Subnet { prefix: read(prefix), gateway: None, dhcp: Vec::new() };
            let subnets = vec![subnet("10.0.0.0/28"), subnet("2001:db8::/64")];
            document.networks.push(Network { id: id("net"), vlan: None, ethertypes: Vec::new(), subnets });
            document.groups.clear();
            for (name, (rules, sources)) in GROUPS.into_iter().zip(groups) {
                let sources = match document.profile.remote_members {
                    RemoteMembers::AddressesPairsAndSources => sources,
                    RemoteMembers::Addresses | RemoteMembers::AddressesAndPairs => Vec::new(),
                };
                document.groups.push(SecurityGroup {
                    id: id(name),
                    name: name.to_owned(),
                    description: String::new(),
                    tracking: Tracking::Stateful,
                    sources,
                    rules: rules.into_iter().map(|rule| fit(rule, &document.profile)).collect(),
                });
            }
            // Of two with one id the first stays, and every address group is there.
            let empty = ADDRESS_GROUPS.map(|name| AddressGroup {
                id: id(name),
                name: name.to_owned(),
                description: String::new(),
                prefixes: Vec::new(),
            });
            for group in address_groups.into_iter().chain(empty) {
                if document.address_groups.iter().all(|known| known.id != group.id) {
                    document.address_groups.push(group);
                }
            }
            for instance in instances {
                if document.instances.iter().all(|known| known.id != instance.id) {
                    document.instances.push(instance);
                }
            }
            remove_faulty_rules(&mut document);
            document
        })
        .boxed()
}

/// Removes rules whose id is taken, and twins.
fn remove_faulty_rules(document: &mut Document) {
    let errors = document.validate().into_iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let mut places: Vec<(usize, usize)> = errors
        .map(|error| {
            let mut numbers = error.path.split(|c: char| !c.is_ascii_digit()).filter_map(|text| text.parse().ok());
            let place = (numbers.next(), numbers.next());
            assert!(error.path.starts_with("groups["), "{error}");
            (place.0.expect("a group"), place.1.expect("a rule"))
        })
        .collect();
    places.sort();
    places.dedup();
    for (group, rule) in places.into_iter().rev() {
        document.groups[group].rules.remove(rule);
    }
}

fn address(family: Family) -> BoxedStrategy<IpAddr> {
    let borders: Vec<IpAddr> = PREFIXES
        .iter()
        .chain(&RANGES)
        .map(|text| read::<AddressBlock>(text))
        .filter(|block| block.family() == family)
        .flat_map(|block| [block.first(), block.last(), after(block.last()), before(block.first())])
        .collect();
    let members = (1..10_u8).prop_map(move |number| match family {
        Family::Ipv4 => read(&format!("10.0.0.{number}")),
        Family::Ipv6 => read(&format!("2001:db8::{number}")),
    });
    prop_oneof![2 => select(borders), 1 => members].boxed()
}

fn after(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => IpAddr::V4(address.to_bits().wrapping_add(1).into()),
        IpAddr::V6(address) => IpAddr::V6(address.to_bits().wrapping_add(1).into()),
    }
}

fn before(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => IpAddr::V4(address.to_bits().wrapping_sub(1).into()),
        IpAddr::V6(address) => IpAddr::V6(address.to_bits().wrapping_sub(1).into()),
    }
}

/// What rules may see, parts that do not fit their protocol included.
pub(crate) fn subject() -> BoxedStrategy<(Direction, Subject)> {
    let port = || {
        prop_oneof![
            select(&[0_u16, 1, 2, 3, 22, 53, 79, 80, 81, 82, 443, 1024, 1025, 8080, 65533, 65534, 65535][..]),
            any::<u16>()
        ]
    };
    let ports = (any::<u16>(), port()).prop_map(|(source, destination)| Part::Ports(Ports { source, destination }));
    let kinds = select(&[0_u8, 3, 8, 128, 255][..]);
    let icmp = (kinds, select(&[0_u8, 1, 3, 255][..])).prop_map(|(kind, code)| Part::Icmp { kind, code });
    let part = prop_oneof![6 => ports, 3 => icmp, 1 => Just(Part::None)];
    let protocol = select(&[6_u8, 6, 6, 17, 132, 1, 58, 0, 47, 255, 99][..]);
    let endpoints = family().prop_flat_map(|family| (address(family), address(family)));
    (direction(), endpoints, protocol, part)
        .prop_map(|(direction, (source, destination), protocol, part)| {
            let endpoints = Endpoints::new(source, destination).expect("one family");
            (direction, Subject { endpoints, protocol: IpProtocol(protocol), part })
        })
        .boxed()
}

/// Group ids for edits.
pub(crate) fn group_id() -> BoxedStrategy<policy::GroupId> {
    select(&GROUPS[..]).prop_map(id).boxed()
}

/// A vnic's or instance's id, which are alike.
pub(crate) fn instance_id<K: IdKind + 'static>() -> BoxedStrategy<Id<K>> {
    (1..10_u8).prop_map(|number| id(&format!("i{number}"))).boxed()
}

/// A rule's id.
pub(crate) fn rule_id() -> BoxedStrategy<policy::RuleId> {
    (0..80_u8).prop_map(|number| id(&format!("r{number}"))).boxed()
}
