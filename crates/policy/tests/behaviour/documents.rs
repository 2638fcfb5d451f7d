//! Random documents and edits.
//!
//! Ids are unique, as edits want them, and taken from a few words, so that references often hit. Whether a document
//! resolves is left to chance.

mod profile;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use profile::profile;

use policy::model::IdKind;
use policy::{
    Action, AddressBlock, AddressGroup, AddressPair, AddressRange, Direction, Document, Edit, EtherType, Family,
    IcmpMatch, Id, Instance, InstanceState, Network, Place, PortMatch, PortRange, PortSecurity, Prefix, Priority,
    Protocol, References, Remote, Rule, RuleSpec, SecurityGroup, Subnet, Tracking, VlanId, Vnic,
};
use proptest::collection::{hash_set, vec};
use proptest::option;
use proptest::prelude::*;
use wire::{IpProtocol, MacAddr};

/// An id among few: `a0` to `a6` for the prefix `a`.
fn id<K: IdKind + 'static>(prefix: &'static str) -> impl Strategy<Value = Id<K>> + Clone {
    (0..7_u8).prop_map(move |number| format!("{prefix}{number}").parse().expect("an id"))
}

/// Up to `most` different ids.
fn ids<K: IdKind + 'static>(prefix: &'static str, most: usize) -> impl Strategy<Value = Vec<Id<K>>> {
    hash_set(0..7_u8, 0..=most).prop_map(move |numbers| {
        numbers.iter().map(|number| format!("{prefix}{number}").parse().expect("an id")).collect()
    })
}

/// Texts that people write, and texts that YAML could take for something else.
fn text() -> impl Strategy<Value = String> {
    const ODD: &[&str] = &[
        "",
        "yes",
        "null",
        "~",
        "12",
        "007",
        "1e3",
        "0x1f",
        "1:30",
        "2001-12-14",
        "a: b",
        "a #b",
        "- a",
        "{a",
        "'",
        "\"",
        "\n",
        " a ",
        "a\nb\n",
        "\t",
        "é",
        "\u{85}",
        "\u{feff}",
    ];
    prop_oneof![prop::sample::select(ODD).prop_map(str::to_owned), "[ -~]{0,20}", any::<String>()]
}

fn family() -> impl Strategy<Value = Family> {
    prop_oneof![Just(Family::Ipv4), Just(Family::Ipv6)]
}

fn address(family: Family) -> BoxedStrategy<IpAddr> {
    match family {
        Family::Ipv4 => any::<u32>().prop_map(|bits| IpAddr::V4(Ipv4Addr::from(bits))).boxed(),
        Family::Ipv6 => any::<u128>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from(bits))).boxed(),
    }
}

fn any_address() -> impl Strategy<Value = IpAddr> {
    family().prop_flat_map(address)
}

fn prefix(family: Family) -> impl Strategy<Value = Prefix> {
    let longest = match family {
        Family::Ipv4 => 32_u8,
        Family::Ipv6 => 128,
    };
    (address(family), 0..=longest)
        .prop_map(|(address, length)| Prefix::masked(address, length).expect("a length of the family"))
}

fn any_prefix() -> impl Strategy<Value = Prefix> {
    family().prop_flat_map(prefix)
}

pub(crate) fn range() -> impl Strategy<Value = AddressRange> {
    family()
        .prop_flat_map(|family| (address(family), address(family)))
        .prop_map(|(one, other)| AddressRange::new(one.min(other), one.max(other)).expect("a range"))
}

fn block() -> impl Strategy<Value = AddressBlock> {
    prop_oneof![any_prefix().prop_map(AddressBlock::Prefix), range().prop_map(AddressBlock::Range)]
}

fn ports() -> impl Strategy<Value = PortMatch> {
    let range = (1..=u16::MAX, 1..=u16::MAX);
    vec(range, 0..4).prop_map(|ranges| {
        PortMatch::of(ranges.into_iter().map(|(a, b)| PortRange::new(a.min(b), a.max(b)).expect("a range")))
    })
}

fn protocol(family: Family) -> impl Strategy<Value = Protocol> {
    let icmp = prop_oneof![
        Just(IcmpMatch::Any),
        any::<u8>().prop_map(IcmpMatch::Type),
        any::<(u8, u8)>().prop_map(|(kind, code)| IcmpMatch::TypeCode(kind, code)),
    ];
    let foreign = match family {
        Family::Ipv4 => IpProtocol::ICMPV6,
        Family::Ipv6 => IpProtocol::ICMP,
    };
    let number =
        any::<u8>().prop_map(IpProtocol).prop_filter("ICMP of the other family", move |number| *number != foreign);
    prop_oneof![
        Just(Protocol::Any),
        ports().prop_map(Protocol::Tcp),
        ports().prop_map(Protocol::Udp),
        ports().prop_map(Protocol::UdpLite),
        ports().prop_map(Protocol::Sctp),
        ports().prop_map(Protocol::Dccp),
        icmp.prop_map(Protocol::Icmp),
        number.prop_map(move |number| Protocol::of_number(family, number)),
    ]
}

fn remote(family: Family) -> impl Strategy<Value = Remote> {
    prop_oneof![
        Just(Remote::Any),
        prefix(family).prop_map(Remote::Prefix),
        id("g").prop_map(Remote::Group),
        Just(Remote::Group(Document::default_group_id())),
        id("a").prop_map(Remote::AddressGroup),
    ]
}

pub(crate) fn spec() -> BoxedStrategy<RuleSpec> {
    let parts = |family| {
        let direction = prop_oneof![Just(Direction::Ingress), Just(Direction::Egress)];
        let action = prop_oneof![9 => Just(Action::Allow), 1 => Just(Action::Deny)];
        let priority = prop_oneof![Just(1), 1..=100_u8].prop_map(|value| Priority::new(value).expect("a priority"));
        (direction, Just(family), protocol(family), remote(family), action, priority)
    };
    family()
        .prop_flat_map(parts)
        .prop_map(|(direction, family, protocol, remote, action, priority)| RuleSpec {
            direction,
            family,
            protocol,
            remote,
            action,
            priority,
        })
        .boxed()
}

fn rule() -> BoxedStrategy<Rule> {
    (id("r"), spec(), any::<bool>(), text())
        .prop_map(|(id, spec, enabled, description)| Rule { id, spec, enabled, description })
        .boxed()
}

fn tracking() -> impl Strategy<Value = Tracking> {
    prop_oneof![Just(Tracking::Stateful), Just(Tracking::Stateless)]
}

fn group() -> BoxedStrategy<SecurityGroup> {
    let parts = (id("g"), text(), text(), tracking(), vec(any_prefix(), 0..3), vec(rule(), 0..4));
    parts
        .prop_map(|(id, name, description, tracking, sources, rules)| SecurityGroup {
            id,
            name,
            description,
            tracking,
            sources,
            rules,
        })
        .boxed()
}

fn address_group() -> BoxedStrategy<AddressGroup> {
    (id("a"), text(), text(), vec(block(), 0..4))
        .prop_map(|(id, name, description, prefixes)| AddressGroup { id, name, description, prefixes })
        .boxed()
}

fn network() -> BoxedStrategy<Network> {
    let subnet = (any_prefix(), option::of(any_address()), vec(any_address(), 0..3))
        .prop_map(|(prefix, gateway, dhcp)| Subnet { prefix, gateway, dhcp });
    let vlan = option::of((1..=4094_u16).prop_map(|vlan| VlanId::new(vlan).expect("a VLAN")));
    let ethertype = any::<u16>().prop_filter_map("an EtherType", |number| EtherType::new(number).ok());
    (id("n"), vlan, vec(ethertype, 0..3), vec(subnet, 0..3))
        .prop_map(|(id, vlan, ethertypes, subnets)| Network { id, vlan, ethertypes, subnets })
        .boxed()
}

fn vnic() -> BoxedStrategy<Vnic> {
    let mac = any::<[u8; 6]>().prop_map(MacAddr);
    let pair = (any_prefix(), option::of(mac.clone())).prop_map(|(prefix, mac)| AddressPair { prefix, mac });
    let groups = prop_oneof![Just(vec![Document::default_group_id()]), ids("g", 3)];
    let port_security = prop_oneof![Just(PortSecurity::On), Just(PortSecurity::Off)];
    let ends = (vec(any_address(), 0..3), vec(pair, 0..3), groups);
    (id("i"), id("n"), mac, ends, port_security, option::of(text()))
        .prop_map(|(id, network, mac, (addresses, allowed_pairs, groups), port_security, interface)| Vnic {
            id,
            network,
            mac,
            addresses,
            allowed_pairs,
            groups,
            port_security,
            interface,
        })
        .boxed()
}

fn instance() -> BoxedStrategy<Instance> {
    let state = prop_oneof![Just(InstanceState::Running), Just(InstanceState::Stopped)];
    (id("i"), text(), state, vec(vnic(), 1..3))
        .prop_map(|(id, name, state, vnics)| Instance { id, name, state, vnics })
        .boxed()
}

/// A document with its default group and unique ids, made by edits.
pub(crate) fn document() -> BoxedStrategy<Document> {
    let parts = (vec(network(), 0..3), vec(group(), 0..5), vec(address_group(), 0..3), vec(instance(), 0..4));
    let primary = prop_oneof![2 => Just(Document::default_group_id()), 1 => id("g")];
    (profile(), primary, parts)
        .prop_map(|(profile, primary_group, (networks, groups, address_groups, instances))| {
            let mut document = Document { primary_group, ..Document::new(profile) };
            let place = Place::At(0);
            let networks = networks.into_iter().map(|network| Edit::AddNetwork { place, network });
            let groups = groups.into_iter().map(|group| Edit::AddGroup { place, group });
            let address_groups =
                address_groups.into_iter().map(|address_group| Edit::AddAddressGroup { place, address_group });
            let instances = instances.into_iter().map(|instance| Edit::AddInstance { place, instance });
            for edit in networks.chain(groups).chain(address_groups).chain(instances) {
                // What is refused has an id that is taken.
                let _ = edit.apply(&mut document);
            }
            document
        })
        .boxed()
}

/// Any edit, whether it fits a document or not.
pub(crate) fn edit() -> BoxedStrategy<Edit> {
    let place = || prop_oneof![Just(Place::Last), (0..4_usize).prop_map(Place::At)];
    let group_id = || prop_oneof![4 => id("g"), 1 => Just(Document::default_group_id())];
    let references = || prop_oneof![Just(References::Refuse), Just(References::Leave)];
    let rules = prop_oneof![
        (group_id(), place(), rule()).prop_map(|(group, place, rule)| Edit::AddRule { group, place, rule }),
        id("r").prop_map(|rule| Edit::RemoveRule { rule }),
        rule().prop_map(|rule| Edit::ReplaceRule { rule }),
        id("r").prop_map(|rule| Edit::EnableRule { rule }),
        id("r").prop_map(|rule| Edit::DisableRule { rule }),
    ];
    let groups = prop_oneof![
        group_id().prop_map(|group| Edit::CreateGroup { group }),
        (place(), group()).prop_map(|(place, group)| Edit::AddGroup { place, group }),
        (group_id(), references()).prop_map(|(group, references)| Edit::RemoveGroup { group, references }),
        (group_id(), text(), text()).prop_map(|(group, name, description)| Edit::DescribeGroup {
            group,
            name,
            description
        }),
        (group_id(), tracking()).prop_map(|(group, tracking)| Edit::SetTracking { group, tracking }),
        (place(), address_group()).prop_map(|(place, address_group)| Edit::AddAddressGroup { place, address_group }),
        (id("a"), references())
            .prop_map(|(address_group, references)| Edit::RemoveAddressGroup { address_group, references }),
        address_group().prop_map(|address_group| Edit::ReplaceAddressGroup { address_group }),
    ];
    let places = prop_oneof![
        (place(), instance()).prop_map(|(place, instance)| Edit::AddInstance { place, instance }),
        id("i").prop_map(|instance| Edit::RemoveInstance { instance }),
        instance().prop_map(|instance| Edit::ReplaceInstance { instance }),
        (place(), network()).prop_map(|(place, network)| Edit::AddNetwork { place, network }),
        (id("n"), references()).prop_map(|(network, references)| Edit::RemoveNetwork { network, references }),
        network().prop_map(|network| Edit::ReplaceNetwork { network }),
    ];
    let others = prop_oneof![
        (id("i"), place(), group_id()).prop_map(|(vnic, place, group)| Edit::Attach { vnic, place, group }),
        (id("i"), group_id()).prop_map(|(vnic, group)| Edit::Detach { vnic, group }),
        profile().prop_map(|profile| Edit::SetProfile { profile }),
        group_id().prop_map(|group| Edit::SetPrimaryGroup { group }),
        (group_id(), vec(any_prefix(), 0..3)).prop_map(|(group, sources)| Edit::SetSources { group, sources }),
        id("i").prop_map(|instance| Edit::StartInstance { instance }),
        id("i").prop_map(|instance| Edit::StopInstance { instance }),
    ];
    prop_oneof![rules.boxed(), groups.boxed(), places.boxed(), others.boxed()].boxed()
}
