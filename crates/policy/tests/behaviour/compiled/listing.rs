//! What a policy lists of itself: its rules, and the remotes that they name.

use std::collections::BTreeMap;

use policy::{Direction, Document, Edit, Family, Policy, Resolved, Revision, RuleIndex, number_of, resolve};

const DOCUMENT: &str = "
version: 1
profile: {name: own, minimum_groups: 0, remote_members: addresses-pairs-and-sources}
networks: [{id: net, subnets: [{prefix: 10.0.0.0/24}, {prefix: '2001:db8::/64'}]}]
groups:
  - id: web
    rules:
      - w2: ingress ipv4 tcp 80 from any
      - w1: ingress ipv4 tcp 22 from 192.0.2.0/24
      - w3: egress ipv4 tcp 22 to 192.0.2.0/24
  - id: default
    rules: [a1: 'ingress ipv6 any from group:web']
  - id: db
    rules:
      - d1: ingress ipv4 tcp 5432 from group:web
      - d2: ingress ipv4 tcp 5432 from address-group:office
address_groups: [{id: office, prefixes: [198.51.100.0-198.51.100.9, 198.51.100.5-198.51.100.20, 10.1.0.0/16]}]
instances:
  - {id: a, vnics: [{network: net, mac: '52:54:00:00:00:0a', addresses: [10.0.0.10, '2001:db8::10'], groups: [web, db]}]}
  - {id: b, vnics: [{network: net, mac: '52:54:00:00:00:0b', addresses: [10.0.0.11], groups: [web]}]}
";

/// The document, followed through edits; at each step it says what the document says when it is resolved anew.
struct Followed(Resolved);

impl Followed {
    fn start() -> Followed {
        let document: Document = DOCUMENT.parse().expect("a document without faults");
        Followed(Resolved::new(document, Revision(1)).expect("it resolves"))
    }

    fn policy(&self) -> &Policy {
        self.0.policy()
    }

    fn apply(&mut self, edit: &str) {
        let edit: Edit = edit.parse().expect(edit);
        let revision = Revision(self.policy().revision().0 + 1);
        self.0.apply(edit, revision).expect("it fits");
        let anew = resolve(self.0.document(), revision).expect("it resolves");
        assert_eq!(rules(self.policy()), rules(&anew));
        for family in Family::ALL {
            assert_eq!(named(self.policy(), family), named(&anew, family));
        }
    }
}

fn ids(policy: &Policy, rules: impl Iterator<Item = RuleIndex>) -> Vec<String> {
    rules.map(|rule| policy.rule_id(rule).to_string()).collect()
}

fn rules(policy: &Policy) -> Vec<String> {
    ids(policy, policy.rules())
}

pub(super) fn named(policy: &Policy, family: Family) -> BTreeMap<String, Vec<(u128, u128)>> {
    policy.named_remotes(family).map(|(remote, ranges)| (remote.to_string(), ranges.collect())).collect()
}

fn range(first: &str, last: &str) -> (u128, u128) {
    (number_of(first.parse().expect("an address")), number_of(last.parse().expect("an address")))
}

#[test]
fn every_rule_is_listed_group_by_group() {
    let mut followed = Followed::start();
    assert_eq!(rules(followed.policy()), ["d1", "d2", "a1", "w2", "w1", "w3"]);
    followed.apply("remove rule w1");
    assert_eq!(rules(followed.policy()), ["d1", "d2", "a1", "w2", "w3"]);
    followed.apply("add rule w0 to web at 0: ingress ipv4 udp 53 from any");
    followed.apply("create group a");
    assert_eq!(rules(followed.policy()), ["a/1", "a/2", "d1", "d2", "a1", "w0", "w2", "w3"]);
    followed.apply("remove group a");
    assert_eq!(rules(followed.policy()), ["d1", "d2", "a1", "w0", "w2", "w3"]);
}

#[test]
fn the_rules_of_a_vnic_stand_as_its_groups_do() {
    let mut followed = Followed::start();
    let at = |followed: &Followed, id: &str, direction: Direction| {
        let policy = followed.policy();
        let vnic = policy.vnic_index(&id.parse().expect("an id")).expect("it is there");
        ids(policy, policy.rules_at(vnic, direction))
    };
    assert_eq!(at(&followed, "a", Direction::Ingress), ["w2", "w1", "d1", "d2"]);
    assert_eq!(at(&followed, "a", Direction::Egress), ["w3"]);
    assert_eq!(at(&followed, "b", Direction::Ingress), ["w2", "w1"]);
    followed.apply("detach web from a");
    assert_eq!(at(&followed, "a", Direction::Ingress), ["d1", "d2"]);
    assert_eq!(followed.policy().vnic_index(&"c".parse().expect("an id")), None);
}

#[test]
fn a_remote_is_named_with_its_addresses() {
    let followed = Followed::start();
    let (web, office) = ("group:web".to_owned(), "address-group:office".to_owned());
    let prefix = "192.0.2.0/24".to_owned();
    let expect = BTreeMap::from([
        (prefix.clone(), vec![range("192.0.2.0", "192.0.2.255")]),
        (web.clone(), vec![range("10.0.0.10", "10.0.0.10"), range("10.0.0.11", "10.0.0.11")]),
        (office.clone(), vec![range("10.1.0.0", "10.1.255.255"), range("198.51.100.0", "198.51.100.20")]),
    ]);
    assert_eq!(named(followed.policy(), Family::Ipv4), expect);
    let expect = BTreeMap::from([
        (prefix, Vec::new()),
        (web, vec![range("2001:db8::10", "2001:db8::10")]),
        (office, Vec::new()),
    ]);
    assert_eq!(named(followed.policy(), Family::Ipv6), expect);
}

#[test]
fn a_remote_is_named_until_its_last_rule_is_gone() {
    let mut followed = Followed::start();
    let is_named = |followed: &Followed, remote: &str| named(followed.policy(), Family::Ipv4).contains_key(remote);
    followed.apply("remove rule w1");
    assert!(is_named(&followed, "192.0.2.0/24"));
    followed.apply("replace rule w3: egress ipv4 tcp 22 to 192.0.2.0/25");
    assert!(!is_named(&followed, "192.0.2.0/24") && is_named(&followed, "192.0.2.0/25"));
    followed.apply("remove rule w3");
    assert!(!is_named(&followed, "192.0.2.0/25"));
    followed.apply("add rule w4 to web: ingress ipv4 udp from 192.0.2.0/24");
    assert!(is_named(&followed, "192.0.2.0/24"));
    followed.apply("remove rule d2");
    followed.apply("detach db from a");
    followed.apply("remove group db");
    assert!(!is_named(&followed, "address-group:office"));
    assert!(is_named(&followed, "group:web"));
    followed.apply("remove rule a1");
    assert!(!is_named(&followed, "group:web"));
    // Its members are those of now when a rule names it again.
    followed.apply("detach web from a");
    followed.apply("attach default to a");
    followed.apply("add rule a2 to default: ingress ipv4 any from group:web");
    let ranges = vec![range("10.0.0.11", "10.0.0.11")];
    assert_eq!(named(followed.policy(), Family::Ipv4).get("group:web"), Some(&ranges));
}

#[test]
fn the_addresses_of_a_rule_are_those_of_its_remote() {
    let followed = Followed::start();
    let policy = followed.policy();
    for rule in policy.rules() {
        let policy::PolicyRule { rule: edited, .. } = policy.rule(rule);
        let expect = named(policy, edited.spec.family).get(&edited.spec.remote.to_string()).cloned();
        assert_eq!(policy.remote_addresses(rule), expect, "{}", edited.id);
    }
}
