//! Assertions about every flow at once, held against flows one by one.

use std::net::IpAddr;

use analysis::assertion::{Assertion, Claim, Counterexample, End, Ends, Flows, Outcome, prove};
use e2e::worlds::{documents, packets};
use engine::complete;
use policy::{
    Action, Direction, Document, Policy, PolicyVnic, PortSecurity, Resolved, Revision, Subject, Tracking, VnicIndex,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use wire::{Payload, Transport};

/// The ends that can be named in a document.
fn named(document: &Document) -> Vec<String> {
    let groups = document.groups.iter().map(|group| format!("group:{}", group.id));
    let address_groups = document.address_groups.iter().map(|group| format!("address-group:{}", group.id));
    let vnics = document.vnics().map(|(_, vnic)| format!("vnic:{}", vnic.id));
    let instances = document.instances.iter().map(|instance| format!("instance:{}", instance.id));
    let hosts = document.vnics().flat_map(|(_, vnic)| &vnic.addresses).map(|address| match address {
        IpAddr::V4(address) => format!("{address}/32"),
        IpAddr::V6(address) => format!("{address}/128"),
    });
    let blocks = ["any", "any", "internet", "10.0.0.0/8", "192.0.2.0/25", "2001:db8::/33"].map(str::to_owned);
    blocks.into_iter().chain(groups).chain(address_groups).chain(vnics).chain(instances).chain(hosts).collect()
}

const WHAT: [&str; 9] = ["", "", "tcp", "udp 53", "tcp 22,80-90", "icmp", "icmpv6 128", "ipv4 gre", "ipv6 sctp 9"];

fn assertions() -> impl Strategy<Value = (Resolved, Vec<Assertion>)> {
    let ends = || vec(any::<Index>(), 1..4);
    let one = (select(vec!["allow", "deny"]), ends(), ends(), select(WHAT.to_vec()));
    (documents(), vec(one, 1..20)).prop_map(|(document, drawn)| {
        let names = named(&document);
        let list = |drawn: Vec<Index>| match drawn.as_slice() {
            [only] => only.get(&names).clone(),
            [among, except @ ..] => {
                let except: Vec<&str> = except.iter().map(|index| index.get(&names).as_str()).collect();
                format!("{} except {}", among.get(&names), except.join(","))
            }
            [] => "any".to_owned(),
        };
        let line = |(word, from, to, what)| format!("{word} {} -> {} {what}", list(from), list(to));
        let text: Vec<String> = drawn.into_iter().map(line).collect();
        let read = Assertion::read(&text.join("\n")).expect("they are assertions");
        (Resolved::new(document, Revision(1)).expect("generated documents resolve"), read)
    })
}

/// Someone at an end of a packet.
#[derive(Clone, Copy)]
enum Party<'p> {
    Vnic(VnicIndex, &'p PolicyVnic),
    Outside,
}

fn parties(policy: &Policy, address: IpAddr) -> Vec<Party<'_>> {
    let owners: Vec<Party> = policy
        .vnics()
        .filter(|(_, vnic)| vnic.addresses.contains(&address))
        .map(|(index, vnic)| Party::Vnic(index, vnic))
        .collect();
    if owners.is_empty() { vec![Party::Outside] } else { owners }
}

fn is_at(ends: &Ends, party: Party, address: IpAddr, document: &Document) -> bool {
    let is_one = |end: &End| match (end, party) {
        (End::Any, _) | (End::Internet, Party::Outside) => true,
        (End::Prefix(prefix), _) => prefix.contains(address),
        (End::AddressGroup(id), _) => document
            .address_groups
            .iter()
            .any(|group| group.id == *id && group.prefixes.iter().any(|block| block.contains(address))),
        (End::Group(id), Party::Vnic(_, vnic)) => vnic.groups.contains(id),
        (End::Instance(id), Party::Vnic(_, vnic)) => vnic.instance == *id,
        (End::Vnic(id), Party::Vnic(_, vnic)) => vnic.id == *id,
        (End::Internet, Party::Vnic(..)) => false,
        (End::Group(_) | End::Instance(_) | End::Vnic(_), Party::Outside) => false,
    };
    ends.among.iter().any(is_one) && !ends.except.iter().any(is_one)
}

fn action(policy: &Policy, party: Party, direction: Direction, subject: &Subject) -> Action {
    match party {
        Party::Vnic(index, vnic) if vnic.port_security == PortSecurity::On => {
            policy.decide(index, direction, subject).action()
        }
        Party::Vnic(..) | Party::Outside => Action::Allow,
    }
}

/// What becomes of the flows of a packet that are meant: one for each pair of those who have its addresses.
fn fates(resolved: &Resolved, flows: &Flows, subject: &Subject) -> Vec<Action> {
    let (policy, document) = (resolved.policy(), resolved.document());
    let (source, destination) = (subject.endpoints.source(), subject.endpoints.destination());
    let mut fates = Vec::new();
    for from in parties(policy, source) {
        for to in parties(policy, destination) {
            let is_one = match (from, to) {
                (Party::Outside, Party::Outside) => false,
                (Party::Vnic(one, _), Party::Vnic(other, _)) => one != other,
                (Party::Vnic(..), Party::Outside) | (Party::Outside, Party::Vnic(..)) => true,
            };
            let is_meant = is_at(&flows.from, from, source, document) && is_at(&flows.to, to, destination, document);
            if is_one && is_meant && flows.openings.iter().any(|opening| opening.contains(subject)) {
                let egress = action(policy, from, Direction::Egress, subject);
                let ingress = action(policy, to, Direction::Ingress, subject);
                fates.push(if egress == Action::Deny { egress } else { ingress });
            }
        }
    }
    fates
}

proptest! {
    #[test]
    fn an_assertion_is_kept_by_every_flow_or_broken_by_the_one_shown(
        (resolved, assertions) in assertions(),
        arrivals in vec(packets(), 1..60),
    ) {
        let outcomes = prove(&assertions, &resolved, None).expect("the names are known");
        for (assertion, outcome) in assertions.iter().zip(&outcomes) {
            let Claim::Decided { action, flows } = &assertion.claim else { unreachable!("none is of changes") };
            if let Outcome::Broken(counterexample) = outcome {
                let Counterexample::Flow(journey) = counterexample else { unreachable!("nothing is compared") };
                let Payload::Ip(datagram) = &journey.packet.payload else { unreachable!("a flow is of datagrams") };
                let fates = fates(&resolved, flows, &Subject::of(datagram));
                prop_assert!(fates.iter().any(|fate| fate != action), "{assertion}: {journey}");
                let by_legs = journey.legs.iter().any(|(_, _, said)| said.action == Action::Deny);
                prop_assert_eq!(by_legs, *action == Action::Allow, "{}: {}", assertion, journey);
                continue;
            }
            for arrival in &arrivals {
                let policy = resolved.policy();
                let Some(index) = policy.vnic_index(&arrival.vnic) else { continue };
                let packet = complete(policy, index, arrival.direction, &arrival.sketch);
                let Some(datagram) = packet.datagram() else { continue };
                let is_tracked = policy.vnics().all(|(_, vnic)| vnic.tracking == Tracking::Stateful);
                if is_tracked && matches!(datagram.transport, Transport::Missing(_)) {
                    continue;
                }
                let fates = fates(&resolved, flows, &Subject::of(datagram));
                match outcome {
                    Outcome::Holds => {
                        prop_assert!(fates.iter().all(|fate| fate == action), "{assertion}: {}", arrival.sketch);
                    }
                    Outcome::Vacuous => prop_assert_eq!(fates, [], "{}: {}", assertion, arrival.sketch),
                    Outcome::Broken(_) | Outcome::NotCompared => {}
                }
            }
        }
    }
}
