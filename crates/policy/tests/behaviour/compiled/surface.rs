//! Surfaces say what decides.

use policy::{Direction, Family, Likeness, Revision, Surface, resolve};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::compiled::projects::{document, subject};

fn surfaces(policy: &policy::Policy, vnic: policy::VnicIndex) -> Vec<Surface> {
    let sides = [Direction::Ingress, Direction::Egress]
        .map(|direction| Family::ALL.map(|family| policy.surface(vnic, direction, family)));
    sides.into_iter().flatten().collect()
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
