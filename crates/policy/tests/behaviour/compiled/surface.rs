//! Surfaces say what decides.

use policy::{Direction, Document, Family, Likeness, Revision, Surface, resolve};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::compiled::projects::{document, subject};

fn surfaces(policy: &policy::Policy, vnic: policy::VnicIndex) -> Vec<Surface> {
    let sides = [Direction::Ingress, Direction::Egress]
        .map(|direction| Family::ALL.map(|family| policy.surface(vnic, direction, family)));
    sides.into_iter().flatten().collect()
}

#[test]
fn a_surface_has_a_node_for_each_range_of_addresses_and_of_ports() {
    let text =
        "{version: 1, networks: [{id: net}], groups: [{id: web, rules: [r: ingress ipv4 tcp 80 from 10.0.0.0/8]}],
        instances: [{id: a, vnics: [{network: net, mac: '52:54:00:00:00:0a', groups: [web]}]}]}";
    let policy = resolve(&text.parse::<Document>().expect("a document"), Revision(1)).expect("it resolves");
    let (vnic, _) = policy.vnics().next().expect("a vnic");
    let surface = policy.surface(vnic, Direction::Ingress, Family::Ipv4);
    // Before, in and behind the prefix; TCP and all others, of which only TCP from the prefix has a port before and one behind.
    let nodes = 3 + (1 + 1) + (3 + 1);
    assert_eq!(surface.nodes(), nodes);
    let within = |nodes| policy.surface_within(vnic, Direction::Ingress, Family::Ipv4, nodes);
    assert_eq!((within(nodes), within(nodes - 1)), (Some(surface), None));
}

#[test]
fn subnets_that_are_exempt_are_nodes_too() {
    let text = "{version: 1, profile: {name: own, base: portcullis, same_subnet: exempt},
        networks: [{id: net, subnets: [{prefix: 10.1.0.0/16}, {prefix: 10.3.0.0/16}, {prefix: 172.16.0.0/12}]}],
        groups: [{id: web, rules: [r: ingress ipv4 tcp 80 from 10.0.0.0/8]}],
        instances: [{id: a, vnics: [{network: net, mac: '52:54:00:00:00:0a', groups: [web]}]}]}";
    let policy = resolve(&text.parse::<Document>().expect("a document"), Revision(1)).expect("it resolves");
    let (vnic, _) = policy.vnics().next().expect("a vnic");
    let surface = policy.surface(vnic, Direction::Ingress, Family::Ipv4);
    // Two within the prefix of the rule and one behind it, and what is said of them.
    let nodes = 3 + 6 + (1 + 1) + (3 + 1) + 1;
    assert_eq!(surface.nodes(), nodes);
    let within = |nodes| policy.surface_within(vnic, Direction::Ingress, Family::Ipv4, nodes);
    assert_eq!((within(nodes), within(nodes - 1)), (Some(surface), None));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn a_surface_says_what_decides(document in document(), subjects in vec(subject(), 1..60)) {
        let policy = resolve(&document, Revision(1)).expect("generated documents resolve");
        for (index, _) in policy.vnics() {
            let surfaces = surfaces(&policy, index);
            for (direction, subject) in &subjects {
                let said: Vec<_> = surfaces.iter().filter_map(|surface| surface.decision(*direction, subject)).collect();
                prop_assert_eq!(said, [policy.decide(index, *direction, subject)], "{:?} {:?}", direction, subject);
            }
        }
    }

    /// What is equal is written once, so surfaces are small and are compared quickly.
    #[test]
    fn a_surface_repeats_nothing(document in document()) {
        let policy = resolve(&document, Revision(1)).expect("generated documents resolve");
        for (index, _) in policy.vnics() {
            for surface in surfaces(&policy, index) {
                let (remotes, sheets) = (surface.remotes(), surface.sheets());
                prop_assert_eq!(remotes[0].0, 0);
                prop_assert!(remotes.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 != pair[1].1));
                for (at, sheet) in sheets.iter().enumerate() {
                    prop_assert!(!sheets[..at].contains(sheet));
                    prop_assert!(remotes.iter().any(|(_, place)| *place as usize == at), "a sheet without an address");
                    let lines = sheet.named.iter().map(|(_, line)| line).chain([&sheet.others]);
                    for line in lines {
                        prop_assert!(line.keys.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 != pair[1].1));
                    }
                }
            }
        }
    }

    #[test]
    fn vnics_that_are_alike_have_equal_surfaces(document in document()) {
        let policy = resolve(&document, Revision(1)).expect("generated documents resolve");
        let all: Vec<(Likeness, Vec<Surface>)> =
            policy.vnics().map(|(index, _)| (policy.likeness(index), surfaces(&policy, index))).collect();
        for (one, surfaces) in &all {
            let mut alike = all.iter().filter(|(other, _)| other == one);
            prop_assert!(alike.all(|(_, others)| others == surfaces));
        }
    }
}
