//! Documents whose parts meet, and edits that fit them.

use policy::model::IdKind;
use policy::{
    Action, AddressGroup, AddressPair, Direction, Document, Edit, Family, GroupId, IcmpMatch, Id, Instance,
    InstanceState, Network, Place, PortMatch, PortSecurity, Prefix, Priority, Profile, Protocol, References, Remote,
    RemoteMembers, Revision, Rule, RuleSpec, SecurityGroup, Subnet, Tracking, Vnic, resolve,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use wire::IpProtocol;

use super::profiles::{is_ordered, profiles};

/// Prefixes around the addresses of all packets.
const PREFIXES: [&str; 21] = [
    "0.0.0.0/0",
    "0.0.0.0/1",
    "128.0.0.0/1",
    "192.0.2.0/24",
    "192.0.2.0/25",
    "192.0.2.10/32",
    "192.0.2.10/31",
    "192.0.2.20/30",
    "192.0.2.100/32",
    "192.0.2.255/32",
    "198.51.100.0/24",
    "198.51.100.7/32",
    "198.51.100.6/31",
    "255.255.255.255/32",
    "::/0",
    "2001:db8::/32",
    "2001:db8:1::/64",
    "2001:db8:1::10/128",
    "2001:db8:ffff::7/128",
    "2001:db8:ffff::6/127",
    "fe80::/10",
];

/// Ranges that are no prefixes.
const RANGES: [&str; 5] = [
    "192.0.2.9-192.0.2.10",
    "192.0.2.11-192.0.2.19",
    "198.51.100.7-198.51.100.8",
    "192.0.2.20-203.0.113.30",
    "2001:db8:1::10-2001:db8:1::1f",
];

const PORTS: [&str; 11] =
    ["any", "1", "80", "80-81", "1-65535", "65534-65535", "53,80", "443", "79-443", "1-1024,8080", "65535"];

const PROTOCOLS: [u8; 8] = [0, 2, 47, 50, 51, 89, 132, 255];

/// Documents with two vnics in one network and one in another; each resolves.
pub fn documents() -> BoxedStrategy<Document> {
    let rules = vec((groups_of_rules(), rules()), 0..12);
    let parts = (networks(), rules, open_rules(), vec(address_groups(), 0..3), instances(), sources());
    (profiles(), tracking(), parts)
        .prop_map(|(profile, tracking, (networks, rules, open, address_groups, instances, sources))| {
            let mut document = Document::new(profile);
            document.networks = networks;
            for name in ["g0", "g1", "g2"] {
                let group = SecurityGroup {
                    id: id(name),
                    name: name.to_owned(),
                    description: String::new(),
                    tracking: Tracking::Stateful,
                    sources: Vec::new(),
                    rules: Vec::new(),
                };
                document.groups.push(group);
            }
            document.groups.iter_mut().for_each(|group| group.tracking = tracking);
            let place = Place::Last;
            let address_groups =
                address_groups.into_iter().map(|address_group| Edit::AddAddressGroup { place, address_group });
            let instances = instances.into_iter().map(|instance| Edit::AddInstance { place, instance });
            address_groups.chain(instances).for_each(|edit| grow(&mut document, edit));
            if document.profile.remote_members == RemoteMembers::AddressesPairsAndSources {
                grow(&mut document, sources);
            }
            for (group, rule) in open.into_iter().chain(rules) {
                let rule = fit(rule, &document.profile);
                grow(&mut document, Edit::AddRule { group, place, rule });
            }
            document
        })
        .boxed()
}

/// Whether the groups of a document start stateful.
fn tracking() -> BoxedStrategy<Tracking> {
    prop_oneof![4 => Just(Tracking::Stateful), 1 => Just(Tracking::Stateless)].boxed()
}

/// Edits that often fit a document of [`documents`].
pub(super) fn edits() -> BoxedStrategy<Edit> {
    let place = Place::Last;
    let rule_id = || (0..8_u8).prop_map(|number| id(&format!("r{number}")));
    let vnic = || select(&["a", "b", "c"][..]).prop_map(id);
    let rules = prop_oneof![
        3 => rule_id().prop_map(|rule| Edit::DisableRule { rule }),
        3 => rule_id().prop_map(|rule| Edit::EnableRule { rule }),
        2 => rule_id().prop_map(|rule| Edit::RemoveRule { rule }),
        2 => (groups_of_rules(), rules()).prop_map(move |(group, rule)| Edit::AddRule { group, place, rule }),
        1 => rules().prop_map(|rule| Edit::ReplaceRule { rule }),
    ];
    let others = prop_oneof![
        2 => (vnic(), groups_of_rules()).prop_map(move |(vnic, group)| Edit::Attach { vnic, place, group }),
        2 => (vnic(), groups_of_rules()).prop_map(|(vnic, group)| Edit::Detach { vnic, group }),
        2 => (groups_of_rules(), tracking()).prop_map(|(group, tracking)| Edit::SetTracking { group, tracking }),
        1 => vnic().prop_map(|vnic: policy::VnicId| Edit::StopInstance { instance: id(vnic.as_str()) }),
        1 => vnic().prop_map(|vnic: policy::VnicId| Edit::StartInstance { instance: id(vnic.as_str()) }),
        1 => sources(),
        1 => address_groups().prop_map(|address_group| Edit::ReplaceAddressGroup { address_group }),
        1 => (0..3_usize, instances())
            .prop_map(|(which, mut instances)| Edit::ReplaceInstance { instance: instances.remove(which) }),
        1 => (0..3_usize, instances())
            .prop_map(move |(which, mut instances)| Edit::AddInstance { place, instance: instances.remove(which) }),
        1 => select(&["b", "c"][..]).prop_map(|instance| Edit::RemoveInstance { instance: id(instance) }),
        1 => networks().prop_map(|mut networks| Edit::ReplaceNetwork { network: networks.remove(0) }),
        1 => select(&["g0", "g1", "g2"][..])
            .prop_map(|group| Edit::RemoveGroup { group: id(group), references: References::Refuse }),
        1 => profile_edits(),
    ];
    prop_oneof![3 => rules, 2 => others].boxed()
}

/// Edits that set another profile.
pub(super) fn profile_edits() -> BoxedStrategy<Edit> {
    profiles().prop_map(|profile| Edit::SetProfile { profile }).boxed()
}

/// Rules without which few flows would begin.
fn open_rules() -> BoxedStrategy<Vec<(GroupId, Rule)>> {
    let texts = [
        ("r0", "ingress ipv4 tcp from any"),
        ("r1", "ingress ipv6 tcp 80-81 from any"),
        ("r2", "egress ipv4 any to any"),
        ("r3", "ingress ipv4 udp from any"),
        ("r4", "egress ipv6 any to any"),
    ];
    let rule = |(rule, text): (&str, &str)| {
        let spec = text.parse().expect("a rule");
        (id("g0"), Rule { id: id(rule), spec, enabled: true, description: String::new() })
    };
    subsequence(texts.to_vec(), 0..=texts.len()).prop_map(move |texts| texts.into_iter().map(rule).collect()).boxed()
}

/// The id that a text is.
pub(super) fn id<K: IdKind>(text: &str) -> Id<K> {
    text.parse().expect("an id")
}

fn grow(document: &mut Document, edit: Edit) {
    let mut grown = document.clone();
    if edit.apply(&mut grown).is_ok() && resolve(&grown, Revision(0)).is_ok() {
        *document = grown;
    }
}

/// Union profiles have neither deny nor priorities, and some profiles not every protocol.
fn fit(rule: Rule, profile: &Profile) -> Rule {
    let mut spec = rule.spec;
    if !is_ordered(profile) {
        spec = RuleSpec { action: Action::Allow, priority: Priority::FIRST, ..spec };
    }
    if !profile.protocols.permit(spec.family, &spec.protocol) {
        spec.protocol = Protocol::Tcp(PortMatch::Any);
    }
    Rule { spec, ..rule }
}

/// An edit that gives a group extra sources.
fn sources() -> BoxedStrategy<Edit> {
    (groups_of_rules(), subsequence(&PREFIXES[..], 0..4))
        .prop_map(|(group, prefixes)| Edit::SetSources {
            group,
            sources: prefixes.into_iter().map(|text| text.parse().expect("a prefix")).collect(),
        })
        .boxed()
}

fn networks() -> BoxedStrategy<Vec<Network>> {
    let subnet = |prefix: &str, gateway: &[&'static str], dhcp: &'static [&'static str]| {
        let prefix: Prefix = prefix.parse().expect("a prefix");
        let gateway = option::of(select(gateway.to_vec()).prop_map(|text| text.parse().expect("an address")));
        let dhcp = subsequence(dhcp, 0..=dhcp.len())
            .prop_map(|list| list.into_iter().map(|text| text.parse().expect("an address")).collect());
        (gateway, dhcp).prop_map(move |(gateway, dhcp)| Subnet { prefix, gateway, dhcp })
    };
    let v4 = subnet("192.0.2.0/24", &["192.0.2.1"], &["192.0.2.2", "192.0.2.20"]);
    let v6 = subnet("2001:db8:1::/64", &["2001:db8:1::1", "fe80::1"], &["fe80::1", "2001:db8:1::2"]);
    let far = subnet("203.0.113.0/24", &["203.0.113.1"], &[]);
    let ethertypes = subsequence(&["0x88cc", "0x88f7"][..], 0..=2)
        .prop_map(|list| list.into_iter().map(|text| text.parse().expect("an EtherType")).collect());
    let of = |name, ethertypes, subnets| Network { id: id(name), vlan: None, ethertypes, subnets };
    (v4, v6, far, ethertypes)
        .prop_map(move |(v4, v6, far, ethertypes)| {
            vec![of("net", ethertypes, vec![v4, v6]), of("far", Vec::new(), vec![far])]
        })
        .boxed()
}

fn groups_of_rules() -> BoxedStrategy<GroupId> {
    select(&["g0", "g0", "g1", "g2", "default"][..]).prop_map(id).boxed()
}

fn address_groups() -> BoxedStrategy<AddressGroup> {
    (select(&["s0", "s1"][..]), subsequence(&PREFIXES[..], 0..4), subsequence(&RANGES[..], 0..2))
        .prop_map(|(name, prefixes, ranges)| AddressGroup {
            id: id(name),
            name: name.to_owned(),
            description: String::new(),
            prefixes: prefixes.into_iter().chain(ranges).map(|text| text.parse().expect("a block")).collect(),
        })
        .boxed()
}

fn instances() -> BoxedStrategy<Vec<Instance>> {
    let of = |name, network, mac, addresses| {
        let state = prop_oneof![3 => Just(InstanceState::Running), 1 => Just(InstanceState::Stopped)];
        (state, vnics(name, network, mac, addresses)).prop_map(move |(state, vnic)| Instance {
            id: id(name),
            name: name.to_owned(),
            state,
            vnics: vec![vnic],
        })
    };
    (
        of("a", "net", "52:54:00:00:00:0a", &["192.0.2.10", "2001:db8:1::10"]),
        of("b", "net", "52:54:00:00:00:14", &["192.0.2.20", "2001:db8:1::20"]),
        of("c", "far", "52:54:00:00:00:1e", &["203.0.113.30"]),
    )
        .prop_map(|(a, b, c)| vec![a, b, c])
        .boxed()
}

fn vnics(
    name: &'static str,
    network: &'static str,
    mac: &'static str,
    addresses: &'static [&'static str],
) -> BoxedStrategy<Vnic> {
    let addresses = prop_oneof![
        5 => Just(addresses.to_vec()),
        1 => subsequence(addresses, 0..=addresses.len()),
    ];
    let pair = (select(&PREFIXES[..]), option::of(select(&["52:54:00:00:00:64", "52:54:00:00:00:0a"][..])));
    let groups = prop_oneof![
        6 => subsequence(&["g0", "g1", "g2", "default"][..], 1..=4).prop_shuffle(),
        1 => Just(Vec::new()),
        12 => Just(vec!["g0"]),
    ];
    let guarded = (vec(pair, 0..3), groups).prop_map(|(pairs, groups)| (PortSecurity::On, pairs, groups));
    let security = prop_oneof![12 => guarded, 1 => Just((PortSecurity::Off, Vec::new(), Vec::new()))];
    (addresses, security)
        .prop_map(move |(addresses, (port_security, pairs, groups))| Vnic {
            id: id(name),
            network: id(network),
            mac: mac.parse().expect("a MAC address"),
            addresses: addresses.into_iter().map(|text| text.parse().expect("an address")).collect(),
            allowed_pairs: pairs
                .into_iter()
                .map(|(prefix, mac)| AddressPair {
                    prefix: prefix.parse().expect("a prefix"),
                    mac: mac.map(|mac| mac.parse().expect("a MAC address")),
                })
                .collect(),
            groups: groups.into_iter().map(id).collect(),
            port_security,
            interface: None,
        })
        .boxed()
}

fn rules() -> BoxedStrategy<Rule> {
    let specs = prop_oneof![Just(Family::Ipv4), Just(Family::Ipv4), Just(Family::Ipv6)].prop_flat_map(specs);
    (0..8_u8, specs, prop_oneof![5 => Just(true), 1 => Just(false)])
        .prop_map(|(number, spec, enabled)| Rule {
            id: id(&format!("r{number}")),
            spec,
            enabled,
            description: String::new(),
        })
        .boxed()
}

fn specs(family: Family) -> BoxedStrategy<RuleSpec> {
    let direction = prop_oneof![Just(Direction::Ingress), Just(Direction::Egress)];
    let action = prop_oneof![3 => Just(Action::Allow), 1 => Just(Action::Deny)];
    let priority = (1..4_u8).prop_map(|value| Priority::new(value).expect("a priority"));
    (direction, protocols(family), remotes(family), action, priority)
        .prop_map(move |(direction, protocol, remote, action, priority)| RuleSpec {
            direction,
            family,
            protocol,
            remote,
            action,
            priority,
        })
        .boxed()
}

fn protocols(family: Family) -> BoxedStrategy<Protocol> {
    let ports = || select(&PORTS[..]).prop_map(|text| text.parse::<PortMatch>().expect("ports"));
    let kinds: &[&str] = match family {
        Family::Ipv4 => &["any", "0", "8", "8/0", "8/1", "3/3", "13"],
        Family::Ipv6 => &["any", "128", "128/0", "129", "1/4", "135", "9"],
    };
    let icmp = select(kinds).prop_map(|text| Protocol::Icmp(text.parse::<IcmpMatch>().expect("an ICMP part")));
    prop_oneof![
        3 => Just(Protocol::Any),
        5 => ports().prop_map(Protocol::Tcp),
        3 => ports().prop_map(Protocol::Udp),
        1 => ports().prop_map(Protocol::UdpLite),
        1 => ports().prop_map(Protocol::Sctp),
        1 => ports().prop_map(Protocol::Dccp),
        3 => icmp,
        2 => select(&PROTOCOLS[..]).prop_map(move |number| Protocol::of_number(family, IpProtocol(number))),
    ]
    .boxed()
}

fn remotes(family: Family) -> BoxedStrategy<Remote> {
    let prefixes: Vec<Prefix> = PREFIXES.iter().map(|text| text.parse().expect("a prefix")).collect();
    let prefixes: Vec<Prefix> = prefixes.into_iter().filter(|prefix| prefix.family() == family).collect();
    prop_oneof![
        4 => Just(Remote::Any),
        3 => select(prefixes).prop_map(Remote::Prefix),
        2 => groups_of_rules().prop_map(Remote::Group),
        1 => select(&["s0", "s1"][..]).prop_map(|name| Remote::AddressGroup(id(name))),
    ]
    .boxed()
}
