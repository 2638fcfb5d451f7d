//! What compiled policies decide is what a search through all rules finds.

use crate::compiled::projects::linear::{said, search};
use crate::compiled::projects::{document, subject};
use policy::{Action, Direction, Document, Revision, Subject, resolve};
use proptest::collection::vec;
use proptest::prelude::*;
use wire::{Payload, Sketch};

#[test]
fn of_equal_priorities_a_denial_decides() {
    for rules in ["allow, deny", "deny, allow"] {
        let rules = rules.replace("allow", "a: allow ingress ipv4 tcp 80 from any priority 7");
        let rules = rules.replace("deny", "d: deny ingress ipv4 tcp 80 from any priority 7");
        let text = format!(
            "{{version: 1, profile: huawei, networks: [{{id: net}}], groups: [{{id: web, rules: [{rules}]}}],
            instances: [{{id: vm, vnics: [{{network: net, mac: '52:54:00:00:00:0a', groups: [web]}}]}}]}}"
        );
        let policy = resolve(&text.parse::<Document>().expect("a document"), Revision(1)).expect("it resolves");
        let (vnic, _) = policy.vnics().next().expect("a vnic");
        let packet: Sketch = "tcp 198.51.100.7:5000 > 192.0.2.10:80".parse().expect("a packet");
        let Payload::Ip(datagram) = packet.payload else { panic!("an IP packet") };
        let decision = policy.decide(vnic, Direction::Ingress, &Subject::of(&datagram));
        assert_eq!(decision.action(), Action::Deny, "{rules}");
    }
}

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
