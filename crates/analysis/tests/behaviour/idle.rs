//! Rules that do nothing.

use analysis::idle_rules;
use policy::{Document, Policy, Revision, resolve};

/// A group `web` on a vnic, and a group `spare` on none, with these rules, each with an id.
fn policy(profile: &str, web: &[(&str, &str)], spare: &[(&str, &str)]) -> Policy {
    let rules = |rules: &[(&str, &str)]| {
        let rule = |(id, fields): &(&str, &str)| format!("{{id: {id}, {fields}}}");
        rules.iter().map(rule).collect::<Vec<_>>().join(", ")
    };
    let text = format!(
        "version: 1\nprofile: {profile}\nnetworks: [{{id: lan, subnets: [{{prefix: 192.0.2.0/24}}]}}]\n\
         groups:\n  - id: default\n  - id: web\n    rules: [{}]\n  - id: spare\n    rules: [{}]\n\
         instances:\n  - id: i\n    \
         vnics: [{{network: lan, mac: \"52:54:00:00:00:01\", addresses: [192.0.2.1], groups: [web]}}]\n",
        rules(web),
        rules(spare),
    );
    let (document, faults) = Document::read(&text);
    assert!(faults.is_empty(), "{faults:?}");
    resolve(&document, Revision(1)).expect("it resolves")
}

fn check(policy: &Policy, expect: &[(&str, &str)]) {
    let told: Vec<(String, String)> =
        idle_rules(policy).iter().map(|idle| (idle.rule.to_string(), idle.cause.to_string())).collect();
    let told: Vec<(&str, &str)> = told.iter().map(|(rule, cause)| (rule.as_str(), cause.as_str())).collect();
    assert_eq!(told, expect);
}

const HTTP: &str = "direction: ingress, family: ipv4, protocol: tcp, ports: 80, remote: any";
const LOW: &str = "direction: ingress, family: ipv4, protocol: tcp, ports: 1-1024, remote: any";
const NEAR: &str = "direction: ingress, family: ipv4, protocol: tcp, ports: 80, remote: 10.0.0.0/8";

#[test]
fn what_is_off_unasked_or_empty_is_idle() {
    let off = format!("{NEAR}, enabled: false");
    check(&policy("portcullis", &[("on", HTTP), ("off", &off)], &[]), &[("off", "it is switched off")]);
    check(&policy("portcullis", &[("on", HTTP)], &[("spare", HTTP)]), &[("spare", "no vnic asks it")]);
    let nobody = "direction: ingress, family: ipv4, protocol: any, remote: group:spare";
    check(&policy("portcullis", &[("on", HTTP), ("nobody", nobody)], &[]), &[("nobody", "its remote has no address")]);
}

#[test]
fn what_is_covered_is_idle() {
    let covered = [("near", "all its packets are allowed by rule low before")];
    check(&policy("portcullis", &[("low", LOW), ("near", NEAR)], &[]), &covered);
    check(&policy("portcullis", &[("near", NEAR), ("low", LOW)], &[]), &[]);
    let halves = [
        ("low", "direction: ingress, family: ipv4, protocol: tcp, ports: 1-1024, remote: 0.0.0.0/1"),
        ("high", "direction: ingress, family: ipv4, protocol: tcp, ports: 1-1024, remote: 128.0.0.0/1"),
        ("http", HTTP),
    ];
    let by_both = [("http", "all its packets are allowed by rule high or allowed by rule low before")];
    check(&policy("portcullis", &halves, &[]), &by_both);
}

/// Where the first rule closes a default, it is not idle even if it names nobody.
#[test]
fn what_closes_a_default_is_not_idle() {
    let nobody = "direction: egress, family: ipv4, protocol: any, remote: group:spare";
    let open = "{name: open, base: portcullis, egress_default: allow-until-first-rule}";
    check(&policy(open, &[("nobody", nobody)], &[]), &[]);
    let also = "direction: egress, family: ipv4, protocol: any, remote: any";
    check(&policy(open, &[("nobody", nobody), ("also", also)], &[]), &[("nobody", "its remote has no address")]);
    check(&policy("portcullis", &[("nobody", nobody)], &[]), &[("nobody", "its remote has no address")]);
}

/// A rule of an ordered profile.
fn ordered(action: &str, ports: &str, remote: &str, priority: u8) -> String {
    format!(
        "direction: ingress, family: ipv4, protocol: tcp, ports: {ports}, remote: {remote}, action: {action}, priority: {priority}"
    )
}

fn check_ordered(rules: &[(&str, String)], expect: &[(&str, &str)]) {
    let rules: Vec<(&str, &str)> = rules.iter().map(|(id, fields)| (*id, fields.as_str())).collect();
    check(&policy("huawei", &rules, &[]), expect);
}

#[test]
fn a_denial_behind_a_wider_permission_is_idle_and_the_other_way_round() {
    for (first, second, word) in [("allow", "deny", "allowed"), ("deny", "allow", "denied")] {
        let wide = ordered(first, "1-1000", "10.0.0.0/8", 1);
        let narrow = ordered(second, "22", "10.1.0.0/16", 2);
        let cause = format!("all its packets are {word} by rule wide before");
        check_ordered(&[("narrow", narrow), ("wide", wide)], &[("narrow", &cause)]);
    }
}

#[test]
fn who_covers_a_rule_is_who_decides_its_packets() {
    let rules = [
        ("low", ordered("deny", "1-100", "any", 1)),
        ("middle", ordered("allow", "101-200", "any", 1)),
        ("far", ordered("allow", "300-400", "any", 1)),
        ("across", ordered("allow", "50-150", "any", 2)),
    ];
    check_ordered(&rules, &[("across", "all its packets are allowed by rule middle or denied by rule low before")]);
}

#[test]
fn a_rule_that_is_covered_covers_nothing() {
    let rules = [
        ("wide", ordered("allow", "1-1000", "any", 1)),
        ("inner", ordered("deny", "50-60", "any", 2)),
        ("innermost", ordered("deny", "55", "any", 3)),
    ];
    let by_wide = "all its packets are allowed by rule wide before";
    check_ordered(&rules, &[("inner", by_wide), ("innermost", by_wide)]);
}

#[test]
fn one_port_or_one_address_that_is_left_is_enough() {
    let all = ("all", ordered("deny", "1-200", "10.0.0.0/24", 2));
    let below = ("below", ordered("allow", "1-99", "any", 1));
    let above = ("above", ordered("allow", "101-200", "any", 1));
    check_ordered(&[below.clone(), above.clone(), all.clone()], &[]);
    let port = ("port", ordered("allow", "100", "10.0.0.0/25", 1));
    check_ordered(&[below.clone(), above.clone(), port.clone(), all.clone()], &[]);
    let other = ("other", ordered("allow", "100", "10.0.0.128/26", 1));
    check_ordered(&[below.clone(), above.clone(), port.clone(), other.clone(), all.clone()], &[]);
    let last = ("last", ordered("deny", "100", "10.0.0.192/26", 1));
    let by = "all its packets are allowed by rule above, allowed by rule below, allowed by rule other, allowed by rule port or denied by rule last before";
    let found: Vec<_> = [below, above, port, other, last, all].into();
    check_ordered(&found, &[("all", by)]);
}
