//! Every group template gives the verdicts that its source describes, in the engine and in the oracle.

use conntrack::PickUp;
use e2e::worlds::difference;
use engine::{EngineJudge, Outcome, Scenario, StepOutcome};
use policy::Document;
use policy::template::{GROUPS, GroupTemplate};

/// A project of the template's profile: `vm` has what the template makes, `a`, `b` and `web` are in the groups that the
/// examples name.
fn document(template: &GroupTemplate) -> Document {
    let parts = "
        version: 1
        networks: [{id: net, subnets: [{prefix: 192.0.2.0/24}, {prefix: '2001:db8:1::/64'}]}, {id: far, subnets: [{prefix: 10.0.0.0/24}]}]
        groups: [{id: sg-A}, {id: sg-B}, {id: web-servers}]
        address_groups: [{id: ipGroup-A, prefixes: [198.18.0.0/24]}]
        instances:
          - {id: a, vnics: [{network: far, mac: '52:54:00:00:00:0b', addresses: [10.0.0.1], groups: [sg-A]}]}
          - {id: b, vnics: [{network: far, mac: '52:54:00:00:00:0c', addresses: [10.0.0.2], groups: [sg-B]}]}
          - {id: web, vnics: [{network: far, mac: '52:54:00:00:00:0d', addresses: [10.0.0.3], groups: [web-servers]}]}";
    let text = format!("{parts}\n        profile: {}", template.profile);
    let mut document: Document = text.parse().expect("a document");
    let group = template.group(&document, "made".parse().expect("an id"), &[]).expect("a group");
    document.groups.push(group);
    let vm = "add instance: {\"id\":\"vm\",\"vnics\":[{\"network\":\"net\",\"mac\":\"52:54:00:00:00:0a\",\
              \"addresses\":[\"192.0.2.10\",\"2001:db8:1::10\"],\"groups\":[\"made\"]}]}";
    vm.parse::<policy::Edit>().expect("an edit").apply(&mut document).expect("a new instance");
    document
}

/// Lines such as `ingress: tcp 198.51.100.7:1 > 192.0.2.10:22 => accept`; each is a flow of its own.
fn check(name: &str, lines: &[&str]) {
    let template = GroupTemplate::named(name).expect("a template");
    let (document, mut wanted, mut steps) = (document(template), Vec::new(), Vec::new());
    for line in lines {
        let (arrival, outcome) = line.rsplit_once(" => ").expect("an outcome");
        wanted.push(if outcome == "accept" { Outcome::Accept } else { Outcome::Drop });
        steps.push(format!("0ms vm {arrival} => drop default").parse().expect("a step"));
    }
    let scenario = Scenario {
        name: name.to_owned(),
        quote: Some(template.source.to_owned()),
        document,
        faults: Vec::new(),
        pick_up: PickUp::Never,
        steps,
    };
    let outcomes = scenario.run(&mut EngineJudge::new(scenario.pick_up));
    let found: Vec<Outcome> = outcomes
        .iter()
        .map(|StepOutcome { found, .. }| found.clone().expect("a verdict").expect("a ruling").outcome)
        .collect();
    let differing = lines.iter().zip(found.iter().zip(&wanted)).find(|(_, (found, wanted))| found != wanted);
    assert!(differing.is_none(), "{name}: {differing:?}");
    assert_eq!(difference(&scenario), None);
}

#[test]
fn groups_of_the_generic_cloud() {
    check(
        "web-server",
        &[
            "ingress: tcp 203.0.113.9:1 > 192.0.2.10:22 => accept",
            "ingress: tcp 198.51.100.7:1 > 192.0.2.10:22 => drop",
            "ingress: tcp 198.51.100.7:2 > 192.0.2.10:80 => accept",
            "ingress: tcp 198.51.100.7:3 > 192.0.2.10:443 => accept",
            "ingress: tcp 198.51.100.7:4 > 192.0.2.10:8080 => drop",
            "egress: tcp 192.0.2.10:5 > 198.51.100.7:25 => accept",
        ],
    );
    check(
        "database-server",
        &[
            "ingress: tcp 10.0.0.3:1 > 192.0.2.10:3306 => accept",
            "ingress: tcp 10.0.0.1:1 > 192.0.2.10:3306 => drop",
            "ingress: tcp 198.51.100.7:1 > 192.0.2.10:3306 => drop",
        ],
    );
    check(
        "allow-ping",
        &[
            "ingress: icmp 198.51.100.7 > 192.0.2.10 echo-request id=1 seq=1 => accept",
            "ingress: tcp 198.51.100.7:1 > 192.0.2.10:22 => drop",
        ],
    );
}

#[test]
fn groups_of_mcloud_and_exoscale() {
    check(
        "mcloud-iis",
        &[
            "ingress: tcp 198.51.100.7:1 > 192.0.2.10:80 => accept",
            "ingress: tcp 198.51.100.7:2 > 192.0.2.10:443 => accept",
            "ingress: tcp 203.0.113.7:1 > 192.0.2.10:3389 => accept",
            "ingress: tcp 198.51.100.7:3 > 192.0.2.10:3389 => drop",
            "egress: tcp 192.0.2.10:4 > 198.51.100.7:25 => accept",
            "egress: tcp [2001:db8:1::10]:4 > [2001:db8:9::7]:25 => drop",
        ],
    );
    check(
        "exoscale-ssh",
        &[
            "ingress: tcp 198.51.100.7:1 > 192.0.2.10:22 => accept",
            "ingress: tcp 198.51.100.7:1 > 192.0.2.10:80 => drop",
            "egress: tcp 192.0.2.10:4 > 198.51.100.7:25 => accept",
        ],
    );
}

#[test]
fn logins_and_files_of_huawei() {
    let login = |name: &str, open: u16, shut: u16| {
        check(
            name,
            &[
                &format!("ingress: tcp 198.51.100.7:1 > 192.0.2.10:{open} => accept"),
                &format!("ingress: tcp 198.51.100.7:2 > 192.0.2.10:{shut} => drop"),
                "egress: tcp 192.0.2.10:3 > 198.51.100.7:25 => accept",
            ],
        );
    };
    login("huawei-ssh", 22, 23);
    login("huawei-rdp", 3389, 22);
    login("huawei-ftp", 20, 22);
    login("huawei-ftp", 21, 19);
    check(
        "huawei-known-login",
        &[
            "ingress: tcp 192.168.0.9:1 > 192.0.2.10:22 => accept",
            "ingress: tcp 10.10.0.9:1 > 192.0.2.10:22 => drop",
            "ingress: tcp 10.10.0.9:1 > 192.0.2.10:3389 => accept",
            "ingress: tcp 192.168.0.9:1 > 192.0.2.10:3389 => drop",
        ],
    );
    check(
        "huawei-known-ftp",
        &["ingress: tcp 192.168.0.9:1 > 192.0.2.10:21 => accept", "ingress: tcp 192.168.1.9:1 > 192.0.2.10:21 => drop"],
    );
}

#[test]
fn services_of_huawei() {
    check(
        "huawei-website",
        &[
            "ingress: tcp 198.51.100.7:1 > 192.0.2.10:80 => accept",
            "ingress: tcp 198.51.100.7:1 > 192.0.2.10:443 => accept",
            "ingress: tcp [2001:db8:9::7]:1 > [2001:db8:1::10]:443 => drop",
            "ingress: tcp 198.51.100.7:1 > 192.0.2.10:22 => drop",
        ],
    );
    check(
        "huawei-ping",
        &[
            "ingress: icmp 198.51.100.7 > 192.0.2.10 echo-request id=1 seq=1 => accept",
            "ingress: icmpv6 2001:db8:9::7 > 2001:db8:1::10 echo-request id=1 seq=1 => accept",
            "ingress: tcp 198.51.100.7:1 > 192.0.2.10:22 => drop",
        ],
    );
    check(
        "huawei-mysql",
        &[
            "ingress: tcp 10.0.0.1:1 > 192.0.2.10:3306 => accept",
            "ingress: tcp 10.0.0.2:1 > 192.0.2.10:3306 => drop",
            "ingress: tcp 10.0.0.1:1 > 192.0.2.10:22 => drop",
        ],
    );
    check(
        "huawei-databases",
        &[
            "ingress: tcp 10.0.0.1:1 > 192.0.2.10:3306 => accept",
            "ingress: tcp 10.0.0.2:1 > 192.0.2.10:3306 => drop",
            "ingress: tcp 10.0.0.2:1 > 192.0.2.10:1521 => accept",
            "ingress: tcp 10.0.0.1:1 > 192.0.2.10:1521 => drop",
            "ingress: tcp 172.16.3.21:1 > 192.0.2.10:1433 => accept",
            "ingress: tcp 172.16.3.22:1 > 192.0.2.10:1433 => drop",
            "ingress: tcp 192.168.0.9:1 > 192.0.2.10:5432 => accept",
            "ingress: tcp 192.168.1.9:1 > 192.0.2.10:5432 => drop",
            "ingress: tcp 198.18.0.9:1 > 192.0.2.10:6379 => accept",
            "ingress: tcp 198.18.1.9:1 > 192.0.2.10:6379 => drop",
        ],
    );
}

#[test]
fn outbound_rules_of_huawei() {
    check(
        "huawei-outbound",
        &[
            "egress: tcp 192.0.2.10:1 > 198.51.100.7:25 => accept",
            "egress: esp 192.0.2.10 > 198.51.100.7 => accept",
            "egress: udp [2001:db8:1::10]:1 > [2001:db8:9::7]:53 => accept",
            "ingress: tcp 198.51.100.7:1 > 192.0.2.10:22 => drop",
        ],
    );
    check(
        "huawei-websites-out",
        &[
            "egress: tcp 192.0.2.10:1 > 132.15.0.1:80 => accept",
            "egress: tcp 192.0.2.10:2 > 145.117.0.1:443 => accept",
            "egress: tcp 192.0.2.10:3 > 132.15.0.1:443 => drop",
            "egress: tcp 192.0.2.10:4 > 198.51.100.7:80 => drop",
        ],
    );
}

#[test]
fn every_group_template_is_checked() {
    let text = include_str!("templates.rs");
    let missing: Vec<&str> =
        GROUPS.iter().map(|template| template.name).filter(|name| !text.contains(&format!("\"{name}\""))).collect();
    assert_eq!(missing, [""; 0]);
}
