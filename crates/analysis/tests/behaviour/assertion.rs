//! Assertions as people write them, and what they are told.

use analysis::assertion::{Assertion, Claim, Outcome, prove};
use policy::{Document, Edit, Resolved, Revision};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const DOCUMENT: &str = r#"
version: 1
networks:
  - id: lan
    subnets: [{prefix: 192.0.2.0/24}]
groups:
  - id: default
  - id: web
    rules:
      - http: ingress ipv4 tcp 80,443 from any
      - ping: ingress ipv4 icmp 8/0 from any
      - out: egress ipv4 any to any
  - id: db
    rules:
      - sql: ingress ipv4 tcp 5432 from group:web
  - id: spare
address_groups:
  - id: office
    prefixes: [203.0.113.0/24]
instances:
  - id: web-1
    vnics: [{network: lan, mac: "52:54:00:00:00:01", addresses: [192.0.2.1], groups: [web]}]
  - id: web-2
    vnics: [{network: lan, mac: "52:54:00:00:00:02", addresses: [192.0.2.2], groups: [web]}]
  - id: db
    vnics: [{network: lan, mac: "52:54:00:00:00:03", addresses: [192.0.2.3], groups: [db]}]
"#;

fn resolved() -> Resolved {
    let (document, faults) = Document::read(DOCUMENT);
    assert!(faults.is_empty(), "{faults:?}");
    Resolved::new(document, Revision(1)).expect("it resolves")
}

/// The outcomes in words; what is broken begins with the packet.
fn check(text: &str, expect: &[&str]) {
    let assertions = Assertion::read(text).expect("they are assertions");
    let outcomes = prove(&assertions, &resolved(), None).expect("the names are known");
    let told: Vec<String> = outcomes
        .iter()
        .map(|outcome| match outcome {
            Outcome::Broken(counterexample) => counterexample.to_string(),
            outcome => outcome.name().to_owned(),
        })
        .collect();
    assert_eq!(told, expect, "{text}");
}

#[test]
fn what_rules_say_is_proved() {
    check("allow internet -> group:web tcp 80,443", &["holds"]);
    check("allow any except group:db -> group:web ipv4 tcp 443", &["holds"]);
    check("deny any except group:web -> group:db", &["holds"]);
    check("deny group:web -> group:db tcp 1-5431,5433-65535", &["holds"]);
    check("allow group:web -> vnic:db tcp 5432", &["holds"]);
    check("allow instance:web-1 -> 192.0.2.2/32 icmp 8/0", &["holds"]);
}

#[test]
fn what_does_not_hold_is_shown() {
    check(
        "deny any -> group:db tcp 5432",
        &["tcp 192.0.2.1:50000 > 192.0.2.3:5432: web-1 egress allowed by rule out, db ingress allowed by rule sql"],
    );
    check(
        "deny internet -> group:web tcp 1-1023",
        &["tcp 203.0.113.1:50000 > 192.0.2.1:443: web-1 ingress allowed by rule http"],
    );
    check(
        "allow any -> group:web ipv4 tcp 443",
        &["tcp 192.0.2.3:50000 > 192.0.2.1:443: db egress denied by default, web-1 ingress allowed by rule http"],
    );
    check(
        "allow address-group:office -> group:web tcp 22",
        &["tcp 203.0.113.1:50000 > 192.0.2.1:22: web-1 ingress denied by default"],
    );
    check(
        "deny group:web -> internet except 203.0.113.0/24 udp 53",
        &["udp 192.0.2.1:50000 > 198.51.100.1:53: web-1 egress allowed by rule out"],
    );
}

#[test]
fn what_means_nobody_is_vacuous() {
    check("deny any -> group:spare", &["vacuous"]);
    check("allow vnic:db -> instance:db", &["vacuous"]);
    check("deny group:web -> group:db ipv6", &["vacuous"]);
}

#[test]
fn what_changes_is_compared() {
    let before = resolved();
    let mut after = before.clone();
    let edit: Edit = "add rule admin to web: ingress ipv4 tcp 8443 from 203.0.113.0/24".parse().expect("an edit");
    after.apply(edit, Revision(2)).expect("it fits");
    let outcome = |text: &str| {
        let assertions = Assertion::read(text).expect("assertions");
        prove(&assertions, &after, Some(&before)).expect("known names").remove(0).name()
    };
    assert_eq!(outcome("unchanged"), "broken");
    assert_eq!(outcome("unchanged except address-group:office -> group:web tcp 8443"), "holds");
    assert_eq!(outcome("unchanged except any -> vnic:web-1 tcp 8443"), "broken");
    assert_eq!(outcome("unchanged\n except any -> vnic:web-1 tcp\n except any -> vnic:web-2 tcp"), "holds");
    assert_eq!(outcome("unchanged except 203.0.113.0/25 -> any tcp 8443"), "broken");
    let halves = "unchanged\n except 203.0.113.0/25 -> any tcp 8443\n except 203.0.113.128/25 -> any tcp 8000-9000";
    assert_eq!(outcome(halves), "holds");
    let assertions = Assertion::read("unchanged").expect("assertions");
    assert_eq!(prove(&assertions, &after, None), Ok(vec![Outcome::NotCompared]));
}

#[test]
fn every_fault_of_a_file_is_told_with_its_line() {
    let text = "permit any -> any\n\nallow any group:db\ndeny all -> any\nallow any -> any tcp http\nallow any -> any gre 5\n\
                except any -> any\nunchanged but\nallow any -> any ipv4 tcp 22 23  # a comment";
    let faults = Assertion::read(text).expect_err("none of them is one");
    let told: Vec<String> = faults.to_string().lines().map(str::to_owned).collect();
    assert_eq!(
        told,
        [
            "line 1: an assertion begins with `allow`, `deny` or `unchanged`, not with `permit`",
            "line 3: the arrow between who opens and to whom is missing: write `deny any -> group:db tcp 5432`",
            "line 4: `all` is no end of a flow: write `any`, `internet`, a prefix, `group:ID`, `address-group:ID`, \
             `instance:ID` or `vnic:ID`",
            "line 5: `http` is no port: write numbers and ranges such as `22,80,8000-8090`",
            "line 6: `gre` has no ports: leave the ports empty, or choose `tcp`, `udp`, `sctp`, `dccp` or `udplite`",
            "line 7: `except` at the beginning of a line goes on with an `unchanged` before it, and there is none",
            "line 8: `but` is one word too many: behind the ends stand a family, a protocol and its ports, such as \
             `ipv4 tcp 22,80`",
            "line 9: `23` is one word too many: behind the ends stand a family, a protocol and its ports, such as \
             `ipv4 tcp 22,80`",
        ]
    );
    let assertions = Assertion::read("deny any -> group:dbb\nallow instance:x -> vnic:db").expect("assertions");
    let faults = prove(&assertions, &resolved(), None).expect_err("names that nobody has");
    assert_eq!(
        faults.to_string(),
        "line 1: there is no group `dbb`: did you mean `db`?\nline 2: there is no instance `x`"
    );
}

#[test]
fn an_assertion_is_written_as_it_was_read() {
    for text in [
        "deny any except group:app, 10.0.0.0/8 -> group:db, vnic:cache tcp 5432",
        "allow internet -> address-group:office except 203.0.113.7/32 ipv6 icmpv6 128/0",
        "unchanged except any -> any udp except internet -> group:web",
        "allow any -> any",
    ] {
        let once = Assertion::read(&text.replace(" except internet", "\nexcept internet")).expect("assertions");
        assert_eq!(once.len(), 1);
        assert_eq!(once[0].to_string(), text);
    }
}

/// Words that assertions are made of, and others.
fn lines() -> impl Strategy<Value = String> {
    let words = [
        "allow",
        "deny",
        "unchanged",
        "except",
        "any",
        "internet",
        "->",
        "group:web",
        "vnic:db",
        "address-group:office",
        "10.0.0.0/8",
        "192.0.2.1",
        "tcp",
        "icmp",
        "ipv4",
        "ipv6",
        "80,443",
        "8/0",
        ",",
        "#",
        "\n",
        "group:",
        "\u{0}",
        "0",
    ];
    vec(select(words.to_vec()), 0..24).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn no_text_is_too_strange(text in prop_oneof![lines(), any::<String>()]) {
        if let Ok(read) = Assertion::read(&text) {
            for one in read.iter().filter(|one| matches!(one.claim, Claim::Decided { .. })) {
                let again = Assertion::read(&one.to_string()).expect("what is written can be read");
                prop_assert_eq!(&again[0].claim, &one.claim);
            }
            // Names that nobody has are told, whatever they are.
            let _proved = prove(&read, &resolved(), None);
        }
    }
}
