//! Findings as people read them, each with its fix.

use std::collections::BTreeSet;

use analysis::lint::{Effect, Finding, Lint, lints};
use analysis::{Turn, diff};
use policy::{Resolved, Revision};
use proptest::collection::btree_set;
use proptest::prelude::*;
use proptest::sample::select;

use crate::project::{resolved, with};

/// Findings in words, and fixes with their effect behind an arrow; findings of no matter here are left out.
fn check(resolved: &Resolved, passed_over: &[&str], expect: &[&str]) {
    let told = |lint: &Lint| {
        let fix = lint.fix.as_ref().map(|fix| format!(" -> {} ({})", fix.edit, fix.effect.name())).unwrap_or_default();
        format!("{} {}: {}{fix}", lint.finding.name(), lint.rule, lint.finding)
    };
    let found = lints(resolved);
    let wanted = found.iter().filter(|lint| !passed_over.contains(&lint.finding.name()));
    assert_eq!(wanted.map(told).collect::<Vec<_>>(), expect);
    fixes_hold(resolved);
}

/// Every fix fits, changes what is said of it and nothing else, and mends its finding. Of the other end, and of replies, other
/// rules may deny what the fix lets pass.
fn fixes_hold(resolved: &Resolved) {
    let same = |lint: &Lint| {
        let value = lint.to_value();
        ["rule", "finding", "with", "vnic", "address"].map(|key| value[key].to_string())
    };
    for lint in lints(resolved) {
        let Some(fix) = &lint.fix else { continue };
        let mut mended = resolved.clone();
        mended.apply(fix.edit.clone(), Revision(2)).expect("a fix fits");
        let changes = diff(resolved.policy(), mended.policy()).changes;
        let turn = match fix.effect {
            Effect::Neutral => None,
            Effect::Opens => Some(Turn::Allowed),
            Effect::Closes => Some(Turn::Denied),
        };
        assert!(changes.iter().all(|change| Some(change.turn()) == turn), "{lint:?}\n{changes:?}");
        assert!(!changes.is_empty() || fix.effect != Effect::Closes, "{lint:?}");
        let may_stay = matches!(lint.finding, Finding::Asymmetric { .. } | Finding::OneWay { .. });
        assert!(may_stay || lints(&mended).iter().all(|other| same(other) != same(&lint)), "{lint:?}");
    }
}

const OUT: &str = "out: egress ipv4 any to any";

#[test]
fn what_does_nothing_can_go() {
    let web = [
        "low: ingress ipv4 tcp 1-1024 from any",
        "http: ingress ipv4 tcp 80 from 10.0.0.0/8",
        "nobody: ingress ipv4 udp 53 from group:default",
    ];
    check(
        &resolved("portcullis", &web, &[OUT]),
        &["world-open"],
        &[
            "redundant http: all its packets are allowed by rule low before -> remove rule http (neutral)",
            "never-matching nobody: its remote has no address -> remove rule nobody (neutral)",
        ],
    );
}

/// The worked examples of blockers: one rule before, several that cover it together, and one that leaves a hole.
#[test]
fn who_shadows_a_rule_is_told() {
    let one =
        ["no: deny ingress ipv4 tcp 1-100 from any priority 1", "yes: ingress ipv4 tcp 80 from 10.0.0.0/8 priority 2"];
    let shadowed = ["shadowed yes: all its packets are denied by rule no before -> remove rule yes (neutral)"];
    check(&resolved("huawei", &one, &[]), &[], &shadowed);
    let several = [
        "left: deny ingress ipv4 tcp 80 from 10.0.0.0/9 priority 1",
        "right: deny ingress ipv4 tcp 1-90 from 10.128.0.0/9 priority 1",
        "other: deny ingress ipv4 tcp 80 from 192.168.0.0/16 priority 1",
        "yes: ingress ipv4 tcp 80 from 10.0.0.0/8 priority 2",
    ];
    check(
        &resolved("huawei", &several, &[]),
        &["correlated", "implied"],
        &[
            "shadowed yes: all its packets are denied by rule left or denied by rule right before -> remove rule yes (neutral)",
        ],
    );
    let hole = [several[0], "right: deny ingress ipv4 tcp 81-90 from 10.128.0.0/9 priority 1", several[3]];
    check(&resolved("huawei", &hole, &[]), &["correlated", "implied"], &[]);
    let mixed = [
        "left: ingress ipv4 tcp 80 from 10.0.0.0/9 priority 1",
        "right: deny ingress ipv4 tcp 80 from 10.128.0.0/9 priority 1",
        "yes: ingress ipv4 tcp 80 from 10.0.0.0/8 priority 2",
    ];
    check(
        &resolved("huawei", &mixed, &[]),
        &["correlated", "implied"],
        &[
            "shadowed yes: all its packets are allowed by rule left or denied by rule right before -> remove rule yes (neutral)",
        ],
    );
}

#[test]
fn what_others_would_say_too_is_implied() {
    let web = ["near: ingress ipv4 tcp 80 from 10.0.0.0/8", "low: ingress ipv4 tcp 79-81 from any"];
    check(
        &resolved("portcullis", &web, &[]),
        &["world-open"],
        &["implied near: without it all its packets would be allowed by rule low -> remove rule near (neutral)"],
    );
    let halves = [
        "both: ingress ipv4 tcp 80 from 10.0.0.0/8",
        "left: ingress ipv4 tcp from 10.0.0.0/9",
        "right: ingress ipv4 tcp from 10.128.0.0/9",
    ];
    check(
        &resolved("portcullis", &halves, &[]),
        &[],
        &[
            "implied both: without it all its packets would be allowed by rule left or allowed by rule right -> remove rule both (neutral)",
        ],
    );
    check(&resolved("portcullis", &halves[..2], &[]), &[], &[]);
    // Where egress is open until the first rule, a rule that opens all of it says nothing.
    check(
        &resolved("{name: own, base: portcullis, egress_default: allow-until-first-rule-of-family}", &[OUT], &[]),
        &[],
        &["implied out: without it all its packets would be allowed by default -> remove rule out (neutral)"],
    );
}

#[test]
fn opposites_are_told_where_their_order_matters() {
    let web = [
        "no: deny ingress ipv4 tcp 1-100 from 10.0.0.0/8 priority 1",
        "yes: ingress ipv4 tcp 50-200 from any priority 2",
    ];
    check(
        &resolved("huawei", &web, &[]),
        &["world-open"],
        &[
            "correlated no: rule yes behind it says the opposite of ingress ipv4 tcp 50-100 from 10.0.0.0/8: the order of the two decides",
        ],
    );
    let tied = [web[0], "yes: ingress ipv4 tcp 50-200 from 10.0.0.0/7 priority 1"];
    check(
        &resolved("huawei", &tied, &[]),
        &[],
        &[
            "conflicting no: rule yes has the same rank and says the opposite of ingress ipv4 tcp 50-100 from 10.0.0.0/8: deny wins -> \
             replace rule yes: ingress ipv4 tcp 50-200 from 10.0.0.0/7 priority 2 (neutral)",
        ],
    );
    // To deny some of what is allowed behind is what order is for.
    let usual = [
        "no: deny ingress ipv4 tcp 50-60 from 10.0.0.0/8 priority 1",
        "yes: ingress ipv4 tcp 50-200 from any priority 2",
    ];
    check(&resolved("huawei", &usual, &[]), &["world-open"], &[]);
}

/// The fix of the first finding of a kind, with its effect.
fn fix_of(resolved: &Resolved, finding: &str) -> Option<String> {
    fixes_hold(resolved);
    let found = lints(resolved);
    let lint = found.iter().find(|lint| lint.finding.name() == finding).expect("it is found");
    lint.fix.as_ref().map(|fix| format!("{} ({})", fix.edit, fix.effect.name()))
}

#[test]
fn rules_of_one_rank_get_two_where_nobody_stands_between() {
    let fix = |web: &[&str]| fix_of(&resolved("huawei", web, &[]), "conflicting");
    let no = "no: deny ingress ipv4 tcp 1-100 from 10.0.0.0/8";
    let yes = "yes: ingress ipv4 tcp 50-200 from 10.0.0.0/7";
    // Behind `no` stands a rule that `yes` must stay before, so `no` goes before it.
    let behind = "behind: deny ingress ipv4 tcp 150-300 from 10.0.0.0/7";
    let ranked = |ranks: [u8; 3]| {
        let rules = [no, yes, behind].into_iter().zip(ranks);
        let rules: Vec<String> = rules.map(|(rule, rank)| format!("{rule} priority {rank}")).collect();
        fix(&rules.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let first = "replace rule no: deny ingress ipv4 tcp 1-100 from 10.0.0.0/8 priority 4 (neutral)";
    assert_eq!(ranked([5, 5, 6]).as_deref(), Some(first));
    // No rank is before the first, and none behind the last.
    assert_eq!(ranked([1, 1, 2]), None);
    let last = "replace rule no: deny ingress ipv4 tcp 1-100 from 10.0.0.0/8 priority 99 (neutral)";
    assert_eq!(ranked([100, 100, 1]).as_deref(), Some(last));
}

#[test]
fn a_rule_behind_loses_the_ports_that_are_decided_before() {
    let fix = |web: &[&str]| fix_of(&resolved("huawei", web, &[]), "correlated");
    let no = "no: deny ingress ipv4 tcp 60-100,300 from 10.0.0.0/8 priority 1";
    let narrowed = "replace rule yes: ingress ipv4 tcp 50-59,101-200 from 10.1.0.0/16 priority 2 (neutral)";
    assert_eq!(fix(&[no, "yes: ingress ipv4 tcp 50-200 from 10.1.0.0/16 priority 2"]).as_deref(), Some(narrowed));
    // Others may reach these ports by it: at first sight, or where nobody else lets them.
    let wide = "yes: ingress ipv4 tcp 50-200 from 10.0.0.0/7 priority 2";
    assert_eq!(fix(&[no, wide]), None);
    let some = "some: ingress ipv4 tcp 60-80 from 10.0.0.0/7 priority 3";
    assert_eq!(fix(&[no, wide, some]), None);
    let all = "all: ingress ipv4 tcp 60-100 from 8.0.0.0/6 priority 3";
    let narrowed = "replace rule yes: ingress ipv4 tcp 50-59,101-200 from 10.0.0.0/7 priority 2 (neutral)";
    assert_eq!(fix(&[no, wide, all]).as_deref(), Some(narrowed));
    // What is left is no single rule, or nothing.
    assert_eq!(fix(&[no, "yes: ingress ipv4 any from 10.1.0.0/16 priority 2"]), None);
    let echo = "no: deny ingress ipv4 icmp 8/0 from 10.0.0.0/8 priority 1";
    assert_eq!(fix(&[echo, "yes: ingress ipv4 icmp 8 from 10.1.0.0/16 priority 2"]), None);
    let any = "no: deny ingress ipv4 any from 10.0.0.0/8 priority 1";
    assert_eq!(fix(&[any, wide]), None);
}

#[test]
fn what_the_other_end_stops_is_asymmetric() {
    let sql = "sql: ingress ipv4 tcp 5432 from group:web";
    check(
        &resolved("portcullis", &["dns: egress ipv4 udp 53 to any"], &[sql]),
        &[],
        &["asymmetric sql: nothing of it passes at the other end: no rule of a member of `web` lets it -> \
           add rule web/1 to web: egress ipv4 tcp 5432 to group:db (opens)"],
    );
    check(&resolved("portcullis", &[OUT], &[sql]), &[], &[]);
    // The first egress rule of `db` would close what its members may send.
    let no = "no: deny ingress ipv4 any from any priority 1";
    let stopped = "stopped: ingress ipv4 tcp 5432 from group:db priority 2";
    let open = "{name: own, base: huawei, egress_default: allow-until-first-rule}";
    assert_eq!(fix_of(&resolved(open, &[no, stopped], &[]), "asymmetric"), None);
    // Of a range some is enough.
    check(
        &resolved(
            "portcullis",
            &["some: egress ipv4 tcp 5000-6000 to any"],
            &["sql: ingress ipv4 tcp 5432-7000 from group:web"],
        ),
        &[],
        &[],
    );
}

#[test]
fn what_is_open_to_the_world_is_told_by_what_it_decides() {
    let halves = ["a: ingress ipv4 tcp 20-25 from 0.0.0.0/1", "b: ingress ipv4 any from any"];
    check(
        &resolved("portcullis", &halves, &[]),
        &[],
        &[
            "implied a: without it all its packets would be allowed by rule b -> remove rule a (neutral)",
            "world-open a: 22 (SSH) open to 0.0.0.0/1 -> \
             replace rule a: ingress ipv4 tcp 20-21,23-25 from 0.0.0.0/1 (neutral)",
            "world-open b: 22 (SSH), 1433 (MS SQL), 1521 (Oracle), 3306 (MySQL), 3389 (RDP), 5432 (PostgreSQL), 6379 (Redis), \
             8848 (Nacos), 9200 (Elasticsearch), 11211 (Memcached), 27017 (MongoDB) open to any",
        ],
    );
    let denied =
        ["no: deny ingress ipv4 tcp 22 from any priority 1", "yes: ingress ipv4 tcp 22-23 from any priority 2"];
    check(&resolved("huawei", &denied, &[]), &[], &[]);
}

#[test]
fn ports_of_services_are_taken_from_a_rule_of_ports() {
    let fix = |more: &str, rule: &str| fix_of(&with("portcullis", more, &[rule], &[]), "world-open");
    let (tracked, stateless) = ("", "    stateful: false\n");
    assert_eq!(fix(tracked, "ssh: ingress ipv4 tcp 22 from any").as_deref(), Some("remove rule ssh (closes)"));
    let range = "replace rule range: ingress ipv6 tcp 1-21,23-80,8080 from any (closes)";
    assert_eq!(fix(tracked, "range: ingress ipv6 tcp 1-80,8080 from any").as_deref(), Some(range));
    assert_eq!(fix(stateless, "range: ingress ipv6 tcp 1-80,8080 from any").as_deref(), Some(range));
    let rest = "replace rule all: ingress ipv4 tcp 1-21,23-1432,1434-1520,1522-3305,3307-3388,3390-5431,5433-6378,6380-8847,\
                8849-9199,9201-11210,11212-27016,27018-65535 from any (closes)";
    assert_eq!(fix(tracked, "all: ingress ipv4 tcp from any").as_deref(), Some(rest));
    // Without tracking, fragments would go too; and what is not TCP would.
    assert_eq!(fix(stateless, "all: ingress ipv4 tcp from any"), None);
    assert_eq!(fix(tracked, "all: ingress ipv4 any from any"), None);
}

#[test]
fn a_rule_is_told_by_all_that_it_opens_anywhere() {
    let no = "no: deny ingress ipv4 tcp 22 from any";
    let mut both = resolved("huawei", &["range: ingress ipv4 tcp 20-1500 from any"], &[no]);
    both.apply("attach db to web-1 at 0".parse().expect("an edit"), Revision(1)).expect("it fits");
    check(
        &both,
        &[],
        &["world-open range: 22 (SSH), 1433 (MS SQL) open to any -> \
           replace rule range: ingress ipv4 tcp 20-21,23-1432,1434-1500 from any (closes)"],
    );
    let half = "half: deny ingress ipv4 tcp 1433 from 128.0.0.0/1";
    check(
        &resolved("huawei", &[half, "both: ingress ipv4 tcp 22,1433 from any priority 2"], &[]),
        &[],
        &["world-open both: 22 (SSH), 1433 (MS SQL) open to any -> remove rule both (closes)"],
    );
}

#[test]
fn replies_need_a_rule_where_nothing_is_tracked() {
    let stateless = "    stateful: false\n";
    let web = ["http: ingress ipv4 tcp 80 from any", "ping: ingress ipv4 icmp 8/0 from any"];
    check(
        &with("portcullis", stateless, &web, &[]),
        &[],
        &[
            "one-way http: nothing is tracked at `web-1`, and no reply to what it lets pass may pass -> \
             add rule web/1 to web: egress ipv4 tcp 1024-65535 to any (opens)",
            "one-way ping: nothing is tracked at `web-1`, and no reply to what it lets pass may pass -> \
             add rule web/1 to web: egress ipv4 icmp to any (opens)",
        ],
    );
    let answered = [web[0], "back: egress ipv4 tcp 32768-60999 to any"];
    check(&with("portcullis", stateless, &answered, &[]), &["one-way"], &[]);
    check(
        &with("portcullis", stateless, &[web[0], "back: egress ipv4 tcp 80 to any"], &[]),
        &[],
        &[
            "one-way http: nothing is tracked at `web-1`, and no reply to what it lets pass may pass -> \
             add rule web/1 to web: egress ipv4 tcp 1024-65535 to any (opens)",
            "one-way back: nothing is tracked at `web-1`, and no reply to what it lets pass may pass -> \
             add rule web/1 to web: ingress ipv4 tcp 1024-65535 from any (opens)",
        ],
    );
}

#[test]
fn virtual_addresses_that_are_no_members_are_told() {
    let sql = ["sql: ingress ipv4 tcp 5432 from group:web"];
    check(
        &resolved("aws", &[OUT], &sql),
        &[],
        &[
            "virtual-address sql: `web-1` may send from 192.0.2.100, which the profile does not count as a member's: such packets do \
           not match -> add rule db/1 to db: ingress ipv4 tcp 5432 from 192.0.2.100/32 (opens)",
        ],
    );
    check(&resolved("openstack", &[OUT], &sql), &[], &[]);
    let wider = "wider: ingress ipv4 tcp 5000-6000 from 192.0.2.96/29";
    check(&resolved("aws", &[OUT], &[sql[0], wider]), &[], &[]);
    let fix = |profile: &str, db: &[&str]| fix_of(&resolved(profile, &[OUT], db), "virtual-address");
    // Neither what is asked later says the same, nor what denies, nor what is of the other direction.
    for other in [
        "other: ingress ipv4 tcp 5432 from 192.0.2.96/29 priority 2",
        "other: deny ingress ipv4 tcp 5432 from 192.0.2.96/29",
        "other: egress ipv4 tcp 5432 to 192.0.2.96/29",
    ] {
        assert!(fix("huawei", &[sql[0], other]).is_some(), "{other}");
    }
    let other = "other: ingress ipv4 tcp 5433 from 192.0.2.96/29";
    let added = "add rule db/1 to db: ingress ipv4 tcp 5432 from 192.0.2.100/32 (opens)";
    assert_eq!(fix("aws", &[sql[0], other]).as_deref(), Some(added));
    assert_eq!(fix("{name: own, base: aws, limits: {rules_per_group: 1}}", &sql), None);
    // What denies closes, unless nothing was open.
    let no = "no: deny ingress ipv4 tcp 5432 from group:web priority 2";
    let added = |effect: &str| {
        format!("add rule db/1 to db: deny ingress ipv4 tcp 5432 from 192.0.2.100/32 priority 2 ({effect})")
    };
    assert_eq!(fix("huawei", &[no]), Some(added("neutral")));
    assert_eq!(fix("huawei", &[no, "yes: ingress ipv4 tcp from any priority 3"]), Some(added("closes")));
}

const PROTOCOLS: [&str; 8] = ["any", "tcp", "tcp 20-30", "tcp 22", "tcp 22-80", "tcp 25-443", "udp 20-30", "icmp 8"];
const REMOTES: [&str; 8] =
    ["any", "0.0.0.0/1", "10.0.0.0/8", "10.0.0.0/7", "10.1.0.0/16", "192.0.2.0/24", "group:web", "group:db"];

/// Rules that meet, with ids that begin with a letter.
fn rules(letter: char) -> impl Strategy<Value = Vec<String>> {
    let ends = select(&[("ingress", "from"), ("ingress", "from"), ("egress", "to")][..]);
    let rule = (select(&["", "", "deny "][..]), ends, select(&PROTOCOLS[..]), select(&REMOTES[..]), 1..4_u8);
    let text = |(action, (direction, end), protocol, remote, priority)| {
        format!("{action}{direction} ipv4 {protocol} {end} {remote} priority {priority}")
    };
    // No two say the same.
    let named = move |texts: BTreeSet<String>| {
        texts.iter().enumerate().map(|(number, text)| format!("{letter}{number}: {text}")).collect()
    };
    btree_set(rule.prop_map(text), 1..7).prop_map(named)
}

/// Each case proves a lot.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases.div_ceil(4), ..usual }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn fixes_do_what_they_say(web in rules('w'), db in rules('d'), is_stateful in any::<bool>(), is_open in any::<bool>()) {
        let default = if is_open { "allow-until-first-rule" } else { "deny" };
        let profile = format!("{{name: own, base: huawei, egress_default: {default}}}");
        let web: Vec<&str> = web.iter().map(String::as_str).collect();
        let db: Vec<&str> = db.iter().map(String::as_str).collect();
        fixes_hold(&with(&profile, &format!("    stateful: {is_stateful}\n"), &web, &db));
    }
}
