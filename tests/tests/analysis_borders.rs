//! Answers about every packet at once, held against what is decided of single packets at the borders of those answers.
//!
//! A border is where a range begins or ends that a rule, a member or an answer has: packets have the last address before it, its
//! first and last one, and the first behind it, and the same of ports, ICMP types and protocols. `PORTCULLIS_STEPS` says how many
//! packets there are.

use std::collections::BTreeSet;
use std::net::IpAddr;

use analysis::{Diff, Idle, Keys, Matrix, Opening, Protocols, Region, Said, diff, idle_rules, matrix, vicinity};
use e2e::answers::said;
use e2e::random;
use e2e::worlds::document_pairs;
use policy::{
    Action, AddressBlock, Direction, Document, Family, Part, Policy, PolicyVnic, PortSecurity, Prefix, Remote,
    Revision, Subject, Tracking, VnicId, highest_number, number_of, resolve,
};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use wire::{Endpoints, IpProtocol, Ports};

/// How many packets are compared where `PORTCULLIS_STEPS` does not say it.
const PACKETS: usize = 100_000;

/// So many of them for each pair of documents.
const EACH: usize = 1_000;

/// Of so many packets, the vicinity of one is looked at.
const VICINITIES: usize = 50;

#[test]
fn answers_are_right_at_their_borders() {
    let (packets, mut runner) = random::runner(PACKETS);
    let pairs = document_pairs();
    for _ in 0..packets.div_ceil(EACH) {
        let (before, after) = pairs.new_tree(&mut runner).expect("documents are not filtered").current();
        let answers = Answers::of(&before, &after);
        let borders = Borders::of([&before, &after], &answers);
        let packets = borders.packets();
        let draw = |runner: &mut TestRunner| packets.new_tree(runner).expect("packets are not filtered").current();
        for number in 0..EACH {
            let packet = draw(&mut runner);
            let fault = answers.fault(&packet).or_else(|| {
                let others = (number % VICINITIES == 0).then(|| (0..VICINITIES).map(|_| draw(&mut runner)).collect());
                answers.fault_around(&packet, others.unwrap_or_default())
            });
            if let Some(fault) = fault {
                panic!("{packet:?}\n{fault}\nbefore:\n{}\nafter:\n{}", before.to_yaml(), after.to_yaml());
            }
        }
    }
}

/// A packet at a vnic, as rules see it.
#[derive(Clone, Debug)]
struct Packet {
    vnic: VnicId,
    direction: Direction,
    subject: Subject,
}

/// All that is told of two policies.
struct Answers {
    before: Policy,
    after: Policy,
    diff: Diff,
    idle: Vec<Idle>,
    matrix: Matrix,
}

impl Answers {
    fn of(before: &Document, after: &Document) -> Answers {
        let [before, after] =
            [before, after].map(|document| resolve(document, Revision(1)).expect("generated documents resolve"));
        let (diff, idle, matrix) = (diff(&before, &after), idle_rules(&after), matrix(&after));
        Answers { before, after, diff, idle, matrix }
    }

    /// The regions of all answers.
    fn regions(&self) -> impl Iterator<Item = &Region> {
        let changes = self.diff.changes.iter().map(|change| &change.region);
        changes.chain(self.matrix.outside.iter().map(|exposure| &exposure.region))
    }

    /// What is told wrongly of a packet.
    fn fault(&self, packet: &Packet) -> Option<String> {
        let Packet { vnic, direction, subject } = packet;
        let [was, is] = [&self.before, &self.after].map(|policy| said(policy, vnic, *direction, subject));
        let has_header = subject.key().is_some() || !has_keys(subject.protocol, subject.endpoints.family());
        let by_rules = self.idle.iter().find(|idle| is.by == analysis::By::Rule(idle.rule.clone()));
        if let Some(idle) = by_rules {
            return Some(format!("{} decides it and is called idle", idle.rule));
        }
        if has_header || [&self.before, &self.after].iter().any(|policy| is_judged_alone(policy, vnic)) {
            let around = self
                .diff
                .changes
                .iter()
                .filter(|change| change.vnics.contains(vnic) && change.region.contains(*direction, subject));
            let found: Vec<(&Said, &Said)> = around.map(|change| (&change.before, &change.after)).collect();
            let expect = if was.action == is.action { vec![] } else { vec![(&was, &is)] };
            if found != expect {
                return Some(format!("the diff says {found:?}, and it is {expect:?}"));
            }
        }
        let index = self.after.vnic_index(vnic).filter(|_| has_header)?;
        let own = self.after.vnic(index);
        let remote = subject.remote(*direction);
        let takers: Vec<&PolicyVnic> =
            self.after.vnics().map(|(_, vnic)| vnic).filter(|vnic| vnic.addresses.contains(&remote)).collect();
        match takers.as_slice() {
            [] => self.fault_outside(packet, &is),
            _ => takers.into_iter().find_map(|taker| match direction {
                Direction::Egress => self.fault_within((own, taker), subject),
                Direction::Ingress => self.fault_within((taker, own), subject),
            }),
        }
    }

    fn fault_outside(&self, Packet { vnic, direction, subject }: &Packet, is: &Said) -> Option<String> {
        let exposures = self.matrix.outside.iter().filter(|exposure| exposure.vnics.contains(vnic));
        let listed = exposures.filter(|exposure| exposure.region.contains(*direction, subject)).count() > 0;
        (listed != (is.action == Action::Allow)).then(|| format!("among exposures: {listed}, and it is {is}"))
    }

    fn fault_within(&self, (from, to): (&PolicyVnic, &PolicyVnic), subject: &Subject) -> Option<String> {
        if from.id == to.id {
            return None;
        }
        let listed = |reach: &&analysis::Reach| reach.from.contains(&from.id) && reach.to.contains(&to.id);
        let opens = self.matrix.within.iter().filter(listed).flat_map(|reach| &reach.opens);
        let listed = opens.filter(|opening: &&Opening| opening.contains(subject)).count() > 0;
        let pairs = from.addresses.iter().flat_map(|from| to.addresses.iter().map(|to| (*from, *to)));
        let family = subject.endpoints.family();
        let mut ends = pairs.filter_map(|(from, to)| Endpoints::new(from, to)).filter(|ends| ends.family() == family);
        let passes = ends.any(|endpoints| {
            let subject = Subject { endpoints, ..*subject };
            let allows = |vnic: &PolicyVnic, direction| said(&self.after, &vnic.id, direction, &subject).action;
            allows(from, Direction::Egress) == Action::Allow && allows(to, Direction::Ingress) == Action::Allow
        });
        (listed != passes).then(|| format!("from {} to {}: {listed}, and it is {passes}", from.id, to.id))
    }

    /// What is told wrongly of packets like this one, where some others are looked at.
    fn fault_around(&self, packet: &Packet, others: Vec<Packet>) -> Option<String> {
        let index = self.after.vnic_index(&packet.vnic).filter(|_| !others.is_empty())?;
        if self.after.vnic(index).port_security == PortSecurity::Off {
            return None;
        }
        let Packet { direction, subject, .. } = packet;
        let (region, said) = vicinity(&self.after, index, *direction, subject);
        let decision = self.after.decide(index, *direction, subject);
        let is_alike = |other: &Subject| self.after.decide(index, *direction, other) == decision;
        let family = subject.endpoints.family();
        let of_family = others.iter().map(|other| &other.subject).filter(|other| other.endpoints.family() == family);
        for other in of_family {
            if region.contains(*direction, other) && !is_alike(other) {
                return Some(format!("{other:?} is in {region}, and not {said}"));
            }
            let elsewhere = Subject { endpoints: other.endpoints, ..*subject };
            if region.contains(*direction, &elsewhere) != is_alike(&elsewhere) {
                return Some(format!("{elsewhere:?} is decided alike and not in {region}, or the other way"));
            }
        }
        (!region.contains(*direction, subject)).then(|| format!("it is not in {region}"))
    }
}

/// Where anything begins or ends.
#[derive(Default)]
struct Borders {
    vnics: BTreeSet<VnicId>,
    v4: BTreeSet<IpAddr>,
    v6: BTreeSet<IpAddr>,
    keys: BTreeSet<u16>,
    protocols: BTreeSet<u8>,
}

impl Borders {
    fn of(documents: [&Document; 2], answers: &Answers) -> Borders {
        let nobody: VnicId = "nobody".parse().expect("an id");
        let mut borders = Borders { vnics: BTreeSet::from([nobody]), ..Borders::default() };
        for family in [Family::Ipv4, Family::Ipv6] {
            borders.add_addresses(family, 0, highest_number(family));
        }
        borders.add_keys((0, u16::MAX));
        let usual = [IpProtocol::TCP, IpProtocol::UDP, IpProtocol::ICMP, IpProtocol::ICMPV6];
        usual.into_iter().for_each(|protocol| borders.add_protocol(protocol));
        for document in documents {
            borders.add_document(document);
        }
        for region in answers.regions() {
            region.remote.ranges().for_each(|(first, last)| borders.add_range(first, last));
            borders.add_named(&region.protocols, &region.keys);
        }
        let opens = answers.matrix.within.iter().flat_map(|reach| &reach.opens);
        opens.for_each(|opening| borders.add_named(&opening.protocols, &opening.keys));
        borders
    }

    fn add_document(&mut self, document: &Document) {
        self.vnics.extend(document.vnics().map(|(_, vnic)| vnic.id.clone()));
        let prefixes = document.networks.iter().flat_map(|network| &network.subnets).map(|subnet| subnet.prefix);
        let pairs = document.vnics().flat_map(|(_, vnic)| &vnic.allowed_pairs).map(|pair| pair.prefix);
        let sources = document.groups.iter().flat_map(|group| &group.sources).copied();
        let fixed = document.vnics().flat_map(|(_, vnic)| &vnic.addresses).map(|address| Prefix::host(*address));
        let rules = || document.groups.iter().flat_map(|group| &group.rules).map(|rule| &rule.spec);
        let named = rules().filter_map(|spec| match spec.remote {
            Remote::Prefix(prefix) => Some(prefix),
            Remote::Any | Remote::Group(_) | Remote::AddressGroup(_) => None,
        });
        let listed = document.address_groups.iter().flat_map(|group| group.prefixes.clone());
        let prefixes = prefixes.chain(pairs).chain(sources).chain(fixed).chain(named).map(AddressBlock::Prefix);
        prefixes.chain(listed).for_each(|block| self.add_range(block.first(), block.last()));
        for spec in rules() {
            spec.protocol.number(spec.family).into_iter().for_each(|protocol| self.add_protocol(protocol));
            spec.protocol.keys().for_each(|range| self.add_keys(range));
        }
    }

    fn add_named(&mut self, protocols: &Protocols, keys: &Keys) {
        // Of many, those that differ from their neighbours.
        let is_in = |number: u8| protocols.contains(IpProtocol(number));
        let borders = (1..=u8::MAX).filter(|number| is_in(*number) != is_in(number - 1));
        borders.for_each(|number| self.protocols.extend([number - 1, number]));
        match keys {
            Keys::Ports(ranges) | Keys::Icmp(ranges) => ranges.iter().for_each(|range| self.add_keys(*range)),
            Keys::All | Keys::Missing => {}
        }
    }

    fn add_range(&mut self, first: IpAddr, last: IpAddr) {
        self.add_addresses(Family::of(first), number_of(first), number_of(last));
    }

    fn add_addresses(&mut self, family: Family, first: u128, last: u128) {
        let numbers = [first.saturating_sub(1), first, last, last.saturating_add(1).min(highest_number(family))];
        match family {
            Family::Ipv4 => self.v4.extend(numbers.map(|number| IpAddr::from((number as u32).to_be_bytes()))),
            Family::Ipv6 => self.v6.extend(numbers.map(|number| IpAddr::from(number.to_be_bytes()))),
        }
    }

    fn add_keys(&mut self, (first, last): (u16, u16)) {
        self.keys.extend([first.saturating_sub(1), first, last, last.saturating_add(1)]);
    }

    fn add_protocol(&mut self, IpProtocol(number): IpProtocol) {
        self.protocols.extend([number.saturating_sub(1), number, number.saturating_add(1)]);
    }

    /// Packets at these borders.
    fn packets(&self) -> impl Strategy<Value = Packet> + use<> {
        let directions = select(&[Direction::Ingress, Direction::Egress][..]);
        let with_keys = [IpProtocol::TCP, IpProtocol::UDP, IpProtocol::ICMP, IpProtocol::ICMPV6].map(|one| one.0);
        let protocols: Vec<u8> = self.protocols.iter().copied().collect();
        let protocols = prop_oneof![2 => select(with_keys.to_vec()).boxed(), 3 => select(protocols).boxed()];
        let keys = select(self.keys.iter().copied().collect::<Vec<u16>>());
        let keys = prop_oneof![12 => keys.prop_map(Some), 1 => Just(None)];
        let vnics = select(self.vnics.iter().cloned().collect::<Vec<VnicId>>());
        let of_family = |addresses: &BTreeSet<IpAddr>| select(addresses.iter().copied().collect::<Vec<IpAddr>>());
        let remotes = prop_oneof![1 => of_family(&self.v4), 1 => of_family(&self.v6)];
        (vnics, directions, remotes, protocols, keys).prop_map(|(vnic, direction, remote, protocol, key)| Packet {
            vnic,
            direction,
            subject: subject(direction, remote, IpProtocol(protocol), key),
        })
    }
}

/// What rules see of a packet; they do not look at the own address.
fn subject(direction: Direction, remote: IpAddr, protocol: IpProtocol, key: Option<u16>) -> Subject {
    let family = Family::of(remote);
    let endpoints = match direction {
        Direction::Ingress => Endpoints::new(remote, own_address(family)),
        Direction::Egress => Endpoints::new(own_address(family), remote),
    };
    let part = match key.filter(|_| has_keys(protocol, family)) {
        None => Part::None,
        Some(key) if protocol.has_ports() => Part::Ports(Ports { source: 50_000, destination: key }),
        Some(key) => {
            let [kind, code] = key.to_be_bytes();
            Part::Icmp { kind, code }
        }
    };
    Subject { endpoints: endpoints.expect("one family"), protocol, part }
}

fn own_address(family: Family) -> IpAddr {
    match family {
        Family::Ipv4 => [192, 0, 2, 10].into(),
        Family::Ipv6 => [0x2001, 0xdb8, 1, 0, 0, 0, 0, 0x10].into(),
    }
}

/// Whether packets of a protocol have a port or an ICMP type, where their header is there.
fn has_keys(protocol: IpProtocol, family: Family) -> bool {
    protocol.has_ports() || protocol == IpProtocol::icmp(family)
}

/// Headers are missing only where nothing is tracked.
fn is_judged_alone(policy: &Policy, id: &VnicId) -> bool {
    policy.vnic_index(id).is_some_and(|index| policy.vnic(index).tracking == Tracking::Stateless)
}
