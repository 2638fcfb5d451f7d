//! Findings as people read them, each with its fix.

use analysis::lint::{Lint, lints};
use policy::Resolved;

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
            "conflicting no: rule yes has the same rank and says the opposite of ingress ipv4 tcp 50-100 from 10.0.0.0/8: deny wins",
        ],
    );
    // To deny some of what is allowed behind is what order is for.
    let usual = [
        "no: deny ingress ipv4 tcp 50-60 from 10.0.0.0/8 priority 1",
        "yes: ingress ipv4 tcp 50-200 from any priority 2",
    ];
    check(&resolved("huawei", &usual, &[]), &["world-open"], &[]);
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
            "world-open a: 22 (SSH) open to 0.0.0.0/1",
            "world-open b: 22 (SSH), 1433 (MS SQL), 1521 (Oracle), 3306 (MySQL), 3389 (RDP), 5432 (PostgreSQL), 6379 (Redis), \
             8848 (Nacos), 9200 (Elasticsearch), 11211 (Memcached), 27017 (MongoDB) open to any",
        ],
    );
    let denied =
        ["no: deny ingress ipv4 tcp 22 from any priority 1", "yes: ingress ipv4 tcp 22-23 from any priority 2"];
    check(&resolved("huawei", &denied, &[]), &[], &[]);
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
           not match",
        ],
    );
    check(&resolved("openstack", &[OUT], &sql), &[], &[]);
}
