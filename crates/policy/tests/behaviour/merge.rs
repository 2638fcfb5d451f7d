//! What two documents differ in, and what comes out when two that began as one are brought together.

use policy::{Difference, Document, Edit, ItemId, Merge, Side};
use proptest::prelude::*;

use crate::documents::{document, edit};

const BASE: &str = "
    version: 1
    networks: [{id: tenant, subnets: [{prefix: 10.0.0.0/24}]}]
    groups:
      - id: web
        rules:
          - web-http: ingress ipv4 tcp 80 from any
          - web-ssh: ingress ipv4 tcp 22 from address-group:office
      - {id: db, rules: [db-sql: 'ingress ipv4 tcp 5432 from group:web']}
    address_groups: [{id: office, prefixes: [192.0.2.0/24]}]
    instances:
      - {id: web1, vnics: [{network: tenant, mac: '52:54:00:00:00:0a', addresses: [10.0.0.10], groups: [web]}]}
    ";

fn after(edits: &[&str]) -> Document {
    let mut document: Document = BASE.parse().expect("a document without faults");
    for edit in edits {
        edit.parse::<Edit>().expect(edit).apply(&mut document).expect(edit);
    }
    document
}

fn told(Difference { id, before, after }: Difference<'_>) -> String {
    let sign = match (before, after) {
        (None, _) => '+',
        (_, None) => '-',
        (Some(_), Some(_)) => '~',
    };
    let fields = before.zip(after).map(|(before, after)| {
        let fields = before.fields().into_iter().zip(after.fields());
        let changed = fields.filter(|(before, after)| before != after);
        let texts = changed.map(|(before, after)| {
            format!(" {}: {} -> {}", before.name, before.values.join(", "), after.values.join(", "))
        });
        texts.collect::<String>()
    });
    format!("{sign} {id}{}", fields.unwrap_or_default())
}

/// What edits change, item by item.
fn check_differences(edits: &[&str], expect: &[&str]) {
    let (before, after) = (after(&[]), after(edits));
    let found: Vec<String> = before.differences(&after).into_iter().map(told).collect();
    assert_eq!(found, expect, "{edits:?}");
}

/// Edits of both sides; `expect` are the conflicts, and what mine then has when all are decided for theirs and for mine.
fn check_merge(theirs: &[&str], mine: &[&str], conflicts: &[&str], expect: [&[&str]; 2]) {
    let (base, theirs, mine) = (after(&[]), after(theirs), after(mine));
    let merge = Merge::of(&base, &theirs, &mine);
    let found: Vec<String> = merge.conflicts().iter().map(|conflict| conflict.id.to_string()).collect();
    assert_eq!(found, conflicts);
    for (side, expect) in [Side::Theirs, Side::Mine].into_iter().zip(expect) {
        let merged = merge.document(|_| side);
        let found: Vec<String> = base.differences(&merged).into_iter().map(told).collect();
        assert_eq!(found, expect, "{side:?}");
    }
}

#[test]
fn a_difference_is_told_by_item_and_field() {
    check_differences(&[], &[]);
    check_differences(
        &["replace rule web-http: disabled ingress ipv6 tcp 80,443 from group:db \"Web\"", "remove rule web-ssh"],
        &[
            "~ rule `web-http` family: ipv4 -> ipv6 ports: 80 -> 80,443 remote: any -> group:db enabled: true -> false description:  -> Web",
            "- rule `web-ssh`",
        ],
    );
    check_differences(
        &[
            "create group new",
            "describe group db: \"Database\" \"\"",
            "set group db stateless",
            "set profile openstack",
        ],
        &[
            "~ profile profile: portcullis -> openstack",
            "~ group `db` name: db -> Database tracking: stateful -> stateless",
            "+ group `new`",
            "+ rule `new/1`",
            "+ rule `new/2`",
        ],
    );
    check_differences(
        &[
            "attach db to web1",
            "replace address-group: {\"id\":\"office\",\"prefixes\":[\"192.0.2.0/24\",\"10.1.0.0/16\"]}",
        ],
        &[
            "~ address group `office` prefixes: 192.0.2.0/24 -> 192.0.2.0/24, 10.1.0.0/16",
            "~ vnic `web1` groups: web -> web, db",
        ],
    );
    check_differences(
        &[
            "replace network: {\"id\":\"tenant\",\"vlan\":7,\"subnets\":[{\"prefix\":\"10.0.0.0/24\",\"gateway\":\"10.0.0.1\"}]}",
        ],
        &["~ network `tenant` vlan:  -> 7 subnets: 10.0.0.0/24 -> 10.0.0.0/24 gateway 10.0.0.1"],
    );
}

#[test]
fn what_one_side_changed_is_taken() {
    let both = ["~ rule `web-http` enabled: true -> false", "+ rule `x`", "- rule `db-sql`"];
    check_merge(
        &["disable rule web-http", "remove rule db-sql"],
        &["add rule x to web: ingress ipv4 udp 53 from any"],
        &[],
        [&both, &both],
    );
    let alike = ["~ rule `web-http` enabled: true -> false"];
    check_merge(&["disable rule web-http"], &["disable rule web-http"], &[], [&alike, &alike]);
}

#[test]
fn what_both_changed_is_chosen() {
    check_merge(
        &["disable rule web-http", "attach db to web1"],
        &["replace rule web-http: ingress ipv4 tcp 8080 from any", "disable rule db-sql"],
        &["rule `web-http`"],
        [
            &[
                "~ rule `web-http` enabled: true -> false",
                "~ rule `db-sql` enabled: true -> false",
                "~ vnic `web1` groups: web -> web, db",
            ],
            &[
                "~ rule `web-http` ports: 80 -> 8080",
                "~ rule `db-sql` enabled: true -> false",
                "~ vnic `web1` groups: web -> web, db",
            ],
        ],
    );
    check_merge(
        &["remove rule web-http"],
        &["disable rule web-http"],
        &["rule `web-http`"],
        [&["- rule `web-http`"], &["~ rule `web-http` enabled: true -> false"]],
    );
}

#[test]
fn what_is_taken_is_told_by_side() {
    let check = |theirs: &[&str], mine: &[&str], expect: [&[&str]; 2]| {
        let (base, theirs, mine) = (after(&[]), after(theirs), after(mine));
        let merge = Merge::of(&base, &theirs, &mine);
        for (side, expect) in [Side::Theirs, Side::Mine].into_iter().zip(expect) {
            let taken: Vec<String> = merge.taken(side).into_iter().map(told).collect();
            assert_eq!(taken, expect, "{side:?}");
        }
    };
    check(
        &["disable rule web-http", "remove rule db-sql", "attach db to web1"],
        &[
            "replace rule web-http: ingress ipv4 tcp 8080 from any",
            "describe group db: \"Database\" \"\"",
            "attach db to web1",
        ],
        [
            &["~ vnic `web1` groups: web -> web, db", "- rule `db-sql`"],
            &["~ group `db` name: db -> Database", "~ vnic `web1` groups: web -> web, db"],
        ],
    );
    check(&["remove group db"], &["disable rule db-sql"], [&[], &[]]);
}

#[test]
fn a_group_that_is_removed_takes_no_change_with_it_unasked() {
    let gone = ["- group `db`", "- rule `db-sql`"];
    check_merge(&["remove group db"], &[], &[], [&gone, &gone]);
    check_merge(
        &["remove group db"],
        &["disable rule db-sql", "add rule x to db: ingress ipv4 udp 53 from any"],
        &["group `db`"],
        [&gone, &["~ rule `db-sql` enabled: true -> false", "+ rule `x`"]],
    );
    check_merge(
        &["disable rule db-sql"],
        &["remove group db"],
        &["group `db`"],
        [&["~ rule `db-sql` enabled: true -> false"], &gone],
    );
}

#[test]
fn a_rule_that_moved_into_a_group_that_is_gone_stays_where_the_others_have_it() {
    let moved = ["remove rule web-ssh", "add rule web-ssh to db: ingress ipv4 tcp 22 from address-group:office"];
    check_merge(
        &["remove group db"],
        &moved,
        &["group `db`"],
        [&["- group `db`", "- rule `db-sql`"], &["~ rule `web-ssh` group: web -> db"]],
    );
}

#[test]
fn the_project_has_the_primary_group_and_the_profile_of_who_changed_them() {
    let primary = ["~ primary group primary_group: default -> web"];
    let profile = ["~ profile profile: portcullis -> openstack"];
    for (edit, expect) in [("set primary-group web", &primary), ("set profile openstack", &profile)] {
        check_merge(&[edit], &[], &[], [expect, expect]);
        check_merge(&[], &[edit], &[], [expect, expect]);
    }
    check_merge(
        &["set primary-group web", "set profile openstack"],
        &["set primary-group db", "set profile aws"],
        &["profile", "primary group"],
        [
            &[profile[0], primary[0]],
            &["~ profile profile: portcullis -> aws", "~ primary group primary_group: default -> db"],
        ],
    );
}

#[test]
fn what_both_added_stands_where_each_put_it() {
    let (base, theirs, mine) = (
        after(&[]),
        after(&["add rule a to web at 0: egress ipv4 any to any", "add rule b to web: egress ipv4 any to any"]),
        after(&["add rule c to web at 1: egress ipv4 any to any"]),
    );
    let merged = Merge::of(&base, &theirs, &mine).document(|_| Side::Mine);
    let ids: Vec<&str> = merged.groups[0].rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids, ["a", "web-http", "c", "web-ssh", "b"]);
}

/// A document and two that edits made of it.
fn sides() -> impl Strategy<Value = [Document; 3]> {
    let edits = || prop::collection::vec(edit(), 0..12);
    (document(), edits(), edits()).prop_map(|(base, theirs, mine)| {
        let after = |edits: Vec<Edit>| {
            let mut document = base.clone();
            for edit in edits {
                // Many do not fit.
                let _ = edit.apply(&mut document);
            }
            document
        };
        [base.clone(), after(theirs), after(mine)]
    })
}

/// The document with its lists in the order of their ids.
fn sorted(mut document: Document) -> Document {
    document.networks.sort_by(|one, other| one.id.cmp(&other.id));
    document.groups.sort_by(|one, other| one.id.cmp(&other.id));
    document.groups.iter_mut().for_each(|group| group.rules.sort_by(|one, other| one.id.cmp(&other.id)));
    document.address_groups.sort_by(|one, other| one.id.cmp(&other.id));
    document.instances.sort_by(|one, other| one.id.cmp(&other.id));
    document.instances.iter_mut().for_each(|instance| instance.vnics.sort_by(|one, other| one.id.cmp(&other.id)));
    document
}

fn opposite(side: Side) -> Side {
    match side {
        Side::Theirs => Side::Mine,
        Side::Mine => Side::Theirs,
    }
}

/// A choice that differs between items and has nothing to do with what they are.
fn choose(seed: u8) -> impl Fn(&ItemId) -> Side {
    move |id| match (id.to_string().len() + usize::from(seed)) % 2 {
        0 => Side::Theirs,
        _ => Side::Mine,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn where_one_side_changed_nothing_the_other_stands([base, x, _] in sides()) {
        for (theirs, mine) in [(&base, &x), (&x, &base), (&x, &x)] {
            let merge = Merge::of(&base, theirs, mine);
            prop_assert_eq!(merge.conflicts(), Vec::<&policy::Conflict>::new());
            prop_assert_eq!(&merge.document(|_| Side::Theirs), &x);
        }
    }

    #[test]
    fn to_swap_the_sides_and_the_choices_changes_nothing([base, theirs, mine] in sides(), seed in any::<u8>()) {
        let choose = choose(seed);
        let one = Merge::of(&base, &theirs, &mine).document(&choose);
        let other = Merge::of(&base, &mine, &theirs).document(|id| opposite(choose(id)));
        prop_assert_eq!(sorted(one), sorted(other));
    }

    #[test]
    fn every_item_is_there_once_and_as_somebody_has_it([base, theirs, mine] in sides(), seed in any::<u8>()) {
        let merged = Merge::of(&base, &theirs, &mine).document(choose(seed));
        let mut seen = std::collections::HashSet::new();
        for item in merged.items() {
            prop_assert!(seen.insert(item.id()), "{} twice", item.id());
            let has_it = |document: &Document| document.items().any(|other| other == item);
            prop_assert!(has_it(&theirs) || has_it(&mine), "{} is new", item.id());
        }
    }

    #[test]
    fn without_conflicts_every_change_of_both_is_there([base, theirs, mine] in sides()) {
        let merge = Merge::of(&base, &theirs, &mine);
        prop_assume!(merge.conflicts().is_empty());
        let merged = merge.document(|_| Side::Mine);
        for side in [&theirs, &mine] {
            for change in base.differences(side) {
                let found = merged.items().find(|item| item.id() == change.id);
                prop_assert_eq!(found, change.after, "{}", change.id);
            }
        }
    }

    #[test]
    fn documents_without_differences_have_the_same_items([base, x, _] in sides()) {
        prop_assert_eq!(base.differences(&x).is_empty(), sorted(base) == sorted(x));
    }
}
