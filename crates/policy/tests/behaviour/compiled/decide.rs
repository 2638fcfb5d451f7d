//! What compiled policies decide is what a search through all rules finds.

use crate::compiled::projects::linear::{said, search};
use crate::compiled::projects::{document, subject};
use policy::{Revision, resolve};
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn compiled_and_linear_agree(document in document(), subjects in vec(subject(), 1..60)) {
        let policy = resolve(&document, Revision(1)).expect("generated documents resolve");
        for (_, vnic) in document.vnics() {
            let index = policy.vnic_index(&vnic.id).expect("every vnic is there");
            for (direction, subject) in &subjects {
                let expect = search(&document, vnic, *direction, subject);
                prop_assert_eq!(said(&policy, index, *direction, subject), expect, "{:?} {:?}", direction, subject);
            }
        }
    }

    #[test]
    fn what_is_explained_first_decides(document in document(), subjects in vec(subject(), 1..20)) {
        let policy = resolve(&document, Revision(1)).expect("generated documents resolve");
        for (index, _) in policy.vnics() {
            for (direction, subject) in &subjects {
                let explained = policy.explain(index, *direction, subject);
                let first = explained.first().filter(|rule| rule.mismatches.is_empty()).map(|rule| rule.rule);
                let decides = match policy.decide(index, *direction, subject) {
                    policy::Decision::Allow(rule) | policy::Decision::Deny(rule) => Some(rule),
                    policy::Decision::SameSubnet => continue,
                    policy::Decision::DefaultAllow | policy::Decision::DefaultDeny | policy::Decision::NoGroups => None,
                };
                prop_assert_eq!(first, decides, "{:?} {:?}", direction, subject);
            }
        }
    }
}
