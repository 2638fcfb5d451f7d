//! Builds a project at the size of a busy host, and prints how long its policy takes and how much memory.
//!
//! `cargo run --release -p policy --example scale -- [RULES OF A GROUP]`, where 500 makes 100,000 rules.
#![allow(clippy::disallowed_methods, reason = "it measures")]

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

use policy::model::IdKind;
use policy::{
    AddressGroup, Direction, Document, Edit, Family, Id, Instance, InstanceState, Network, Part, Place, Policy,
    PortSecurity, Prefix, Profile, Resolved, Revision, Rule, RuleId, RuleSpec, SecurityGroup, Subject, Subnet,
    Tracking, Vnic, VnicIndex, resolve, resolve_after,
};
use wire::{Endpoints, IpProtocol, MacAddr, Ports};

const GROUPS: u32 = 200;
const VNICS: u32 = 10_000;

fn main() {
    let rules = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(50);
    let document = document(rules);
    println!("{} rules, {} vnics", document.rules().count(), document.vnics().count());
    let policy = resolve(&document, Revision(1)).expect("it resolves");
    println!("validate {:?}", least(|| document.validate()));
    println!("resolve, which validates {:?}", least(|| resolve(&document, Revision(1))));
    println!("resolve after itself {:?}", least(|| resolve_after(&policy, &document, Revision(2))));
    decisions(&policy, 1_000, "at 1,000 vnics");
    edits(document);
    for rules in [10, 100, 1_000, 10_000, 100_000] {
        for groups in [1, 5] {
            let policy = resolve(&single(rules, groups), Revision(1)).expect("it resolves");
            decisions(&policy, 1, &format!("{rules} rules in {groups} groups at one vnic"));
        }
    }
}

fn id<K: IdKind>(text: &str) -> Id<K> {
    text.parse().expect("an id")
}

/// The least time of a few.
fn least<T>(mut work: impl FnMut() -> T) -> Duration {
    (0..5).map(|_| timed(&mut work).1).min().unwrap_or_default()
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}

/// Prints the least time of an edit and of the one that undoes it, after turns of both.
fn edits(document: Document) {
    const TURNS: u64 = 20;
    let mut resolved = Resolved::new(document, Revision(1)).expect("it resolves");
    let place = Place::Last;
    let add = |group, text| Edit::AddRule { group: id(group), place, rule: rule("new", text) };
    let first = |group: &str| -> RuleId { id(&format!("{group}/0")) };
    let edits = [
        ("join a group", Edit::Attach { vnic: id("v5000"), place, group: id("g7") }),
        ("leave the large group", Edit::Detach { vnic: id("v5001"), group: id("everyone") }),
        ("add a rule", add("g9", "ingress ipv4 tcp 7 from 10.0.0.0/9")),
        ("disable a rule", Edit::DisableRule { rule: first("g9") }),
        ("add a rule to the large group", add("everyone", "ingress ipv4 tcp 9 from group:g3")),
        ("replace an address group", Edit::ReplaceAddressGroup { address_group: address_group(3, "192.0.2.0/25") }),
        ("remove an instance", Edit::RemoveInstance { instance: id("v77") }),
    ];
    for (what, edit) in edits {
        let (mut there, mut back) = (Duration::MAX, Duration::MAX);
        for turn in 1..=TURNS {
            let (inverse, took) = timed(|| resolved.apply(edit.clone(), Revision(turn * 2)));
            there = there.min(took);
            let inverse = inverse.unwrap_or_else(|refusal| panic!("{what}: {refusal}"));
            let (undone, took) = timed(|| resolved.apply(inverse, Revision(turn * 2 + 1)));
            back = back.min(took);
            undone.unwrap_or_else(|refusal| panic!("{what}, undone: {refusal}"));
        }
        println!("{what} {there:?}, undone {back:?}");
    }
}

/// Prints the time of a decision, for packets that rules name and others.
fn decisions(policy: &Policy, vnics: u32, what: &str) {
    let subjects: Vec<Subject> = (0..4096_u32).map(|number| subject(number.wrapping_mul(0x9e37_79b9))).collect();
    let best = |distinct: usize| {
        let questions: Vec<(VnicIndex, &Subject)> = (0..subjects.len())
            .map(|at| (VnicIndex((at % distinct) as u32 * 7 % vnics), &subjects[at % distinct]))
            .collect();
        let run = || {
            for (vnic, subject) in &questions {
                black_box(policy.decide(*vnic, Direction::Ingress, black_box(subject)));
            }
        };
        let best = (0..300).map(|_| timed(run).1).min().unwrap_or_default();
        best.as_nanos() as f64 / questions.len() as f64
    };
    println!("decide, {what}: {:.1} ns, a few again and again {:.1} ns; {}", best(4096), best(16), policy.footprint());
}

fn subject(random: u32) -> Subject {
    let [a, b, c, d] = random.to_be_bytes();
    let source = match a % 4 {
        0 => IpAddr::V4(Ipv4Addr::new(10, 0, b % 40, c)),
        1 => IpAddr::V4(Ipv4Addr::new(172, 16 + b % 16, c, d)),
        2 => IpAddr::V4(Ipv4Addr::from(random)),
        _ => IpAddr::V6(Ipv6Addr::from(0x2001_0db8_u128 << 96 | u128::from(random % VNICS))),
    };
    let destination = match source {
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::from(0x2001_0db8_u128 << 96)),
    };
    let endpoints = Endpoints::new(source, destination).expect("one family");
    let ports = Ports { source: 50_000, destination: u16::from_be_bytes([c % 16, d]) };
    Subject { endpoints, protocol: IpProtocol(if d % 8 == 0 { 17 } else { 6 }), part: Part::Ports(ports) }
}

fn rule(name: &str, text: &str) -> Rule {
    let spec: RuleSpec = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    Rule { id: id(name), spec, enabled: true, description: String::new() }
}

/// What a rule says, by its number and its group's.
fn text(group: u32, number: u32) -> String {
    let (port, other) = (1 + number * 7 % 4000, (group * 31 + number * 17) % GROUPS);
    let family = if number % 3 == 2 { "ipv6" } else { "ipv4" };
    match number % 10 {
        0 => format!("ingress {family} tcp {port} from any"),
        1..=2 => format!("ingress {family} tcp {port}-{} from group:g{other}", port + 3),
        3 => format!("ingress {family} udp {port} from address-group:a{}", other % 20),
        4 => format!("egress {family} tcp {port} to group:g{other}"),
        5 => format!("ingress {family} tcp {port} from group:everyone"),
        _ if family == "ipv6" => format!("ingress ipv6 tcp {port} from 2001:db8::{:x}:0/112", number % 64),
        6..=7 => format!("ingress ipv4 tcp {port} from 172.{}.{}.0/24", 16 + number / 256 % 16, number % 256),
        8 => format!("ingress ipv4 tcp {port} from 10.0.{}.0/24", number % 256),
        _ => format!("ingress ipv4 tcp {port} from 172.{}.{}.{}/32", 16 + group % 16, number / 256 % 256, number % 256),
    }
}

fn security_group(name: &str, rules: Vec<Rule>) -> SecurityGroup {
    let (description, tracking, sources) = (String::new(), Tracking::Stateful, Vec::new());
    SecurityGroup { id: id(name), name: name.to_owned(), description, tracking, sources, rules }
}

fn address_group(number: u32, extra: &str) -> AddressGroup {
    let prefixes = (0..50).map(|at| format!("198.18.{number}.{}/30", at * 4)).chain([extra.to_owned()]);
    AddressGroup {
        id: id(&format!("a{number}")),
        name: format!("a{number}"),
        description: String::new(),
        prefixes: prefixes.map(|text| text.parse().expect("a prefix")).collect(),
    }
}

fn instance(number: u32) -> Instance {
    let [_, _, high, low] = number.to_be_bytes();
    let name = format!("v{number}");
    let v4 = Ipv4Addr::new(10, 0, high, low);
    let v6 = Ipv6Addr::from(0x2001_0db8_u128 << 96 | u128::from(number));
    let groups = ["everyone".to_owned(), format!("g{}", number % GROUPS), format!("g{}", number / 7 % GROUPS)];
    let mut groups: Vec<_> = groups.iter().map(|group| id(group)).collect();
    groups.dedup();
    let vnic = Vnic {
        id: id(&name),
        network: id("net"),
        mac: MacAddr([0x52, 0x54, 0, 0, high, low]),
        addresses: vec![v4.into(), v6.into()],
        allowed_pairs: Vec::new(),
        groups,
        port_security: PortSecurity::On,
        interface: None,
    };
    Instance { id: id(&name), name, state: InstanceState::Running, vnics: vec![vnic] }
}

fn empty() -> Document {
    let mut document = Document::new(Profile::portcullis());
    let subnet =
        |text: &str| Subnet { prefix: text.parse::<Prefix>().expect("a prefix"), gateway: None, dhcp: Vec::new() };
    let subnets = vec![subnet("10.0.0.0/16"), subnet("2001:db8::/64")];
    document.networks = vec![Network { id: id("net"), vlan: None, ethertypes: Vec::new(), subnets }];
    document.address_groups = (0..20).map(|number| address_group(number, "192.0.2.0/24")).collect();
    document
}

/// 200 groups, and one of which all 10,000 vnics are members.
fn document(rules: u32) -> Document {
    let mut document = empty();
    let everyone =
        vec![rule("everyone/0", "egress ipv4 any to any"), rule("everyone/1", "ingress ipv4 icmp from group:everyone")];
    document.groups.push(security_group("everyone", everyone));
    for group in 0..GROUPS {
        let rules = (0..rules).map(|number| distinct(group, number));
        document.groups.push(security_group(&format!("g{group}"), rules.collect()));
    }
    document.instances = (0..VNICS).map(instance).collect();
    document
}

/// The rule of a number, which no other of its group repeats.
fn distinct(group: u32, number: u32) -> Rule {
    let mut rule = rule(&format!("g{group}/{number}"), &text(group, number));
    if let policy::Protocol::Tcp(ports) | policy::Protocol::Udp(ports) = &mut rule.spec.protocol {
        let first = (number % 60_000 + 1) as u16;
        let last = first.saturating_add((number / 7 % 5) as u16);
        *ports = policy::PortMatch::of([policy::PortRange::new(first, last).expect("a range")]);
    }
    if rule.spec.family == Family::Ipv4 && number >= 60_000 {
        rule.spec.remote = policy::Remote::Prefix(
            format!("172.31.{}.{}", number / 256 % 256, number % 256).parse().expect("a prefix"),
        );
    }
    rule
}

/// One vnic with so many rules, spread over so many groups.
fn single(rules: u32, groups: u32) -> Document {
    let mut document = empty();
    for group in 0..GROUPS {
        document.groups.push(security_group(&format!("g{group}"), Vec::new()));
    }
    document.groups.push(security_group("everyone", Vec::new()));
    document.instances = (0..1_000).map(instance).collect();
    let names: Vec<String> = (0..groups).map(|group| format!("big{group}")).collect();
    for (group, name) in (0..).zip(&names) {
        let mut own: Vec<Rule> = (0..rules / groups).map(|number| distinct(group, number)).collect();
        own.iter_mut().for_each(|rule| rule.id = id(&format!("{name}/{}", rule.id)));
        document.groups.push(security_group(name, own));
    }
    document.instances[0].vnics[0].groups = names.iter().map(|name| id(name)).collect();
    document
}
