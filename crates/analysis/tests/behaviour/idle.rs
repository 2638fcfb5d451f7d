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
