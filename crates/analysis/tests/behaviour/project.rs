//! A project with two groups.

use policy::{Document, Resolved, Revision, Severity};

/// Vnics `web-1` and `web-2` with the group `web`, and `db` with `db`; rules in their short form.
pub(crate) fn resolved(profile: &str, web: &[&str], db: &[&str]) -> Resolved {
    with(profile, "", web, db)
}

/// The same, with more lines for the group `web`.
pub(crate) fn with(profile: &str, more: &str, web: &[&str], db: &[&str]) -> Resolved {
    let rules = |rules: &[&str]| match rules {
        [] => " []\n".to_owned(),
        rules => rules.iter().map(|rule| format!("\n      - {rule}")).collect::<String>() + "\n",
    };
    let vnic = |id: &str, last: u8, group: &str, pairs: &str| {
        format!(
            "  - id: {id}\n    vnics: [{{network: lan, mac: \"52:54:00:00:00:0{last}\", addresses: [192.0.2.{last}], \
             allowed_pairs: [{pairs}], groups: [{group}]}}]\n"
        )
    };
    let text = format!(
        "version: 1\nprofile: {profile}\nnetworks: [{{id: lan, subnets: [{{prefix: 192.0.2.0/24}}]}}]\n\
         groups:\n  - id: default\n  - id: web\n{more}    rules:{}  - id: db\n    rules:{}\
         address_groups: [{{id: office, prefixes: [203.0.113.0/24]}}]\ninstances:\n{}{}{}",
        rules(web),
        rules(db),
        vnic("web-1", 1, "web", "192.0.2.100/32"),
        vnic("web-2", 2, "web", ""),
        vnic("db", 3, "db", ""),
    );
    let (document, faults) = Document::read(&text);
    assert!(faults.iter().all(|fault| fault.severity != Severity::Error), "{faults:?}\n{text}");
    Resolved::new(document, Revision(1)).expect("it resolves")
}
