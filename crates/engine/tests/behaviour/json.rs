//! Answers as JSON.

use serde_json::{Value, json};

use crate::project::{FOUND, ask, between, policy};

#[test]
fn a_journey_tells_its_verdict_its_steps_and_its_legs() {
    let policy = policy();
    let journey = ask(&policy, "tcp 192.0.2.10:5000 > 192.0.2.20:5433", FOUND).unwrap();
    let value = journey.to_json(&policy);
    assert_eq!(
        (&value["verdict"], &value["reason"], &value["rule"]),
        (&json!("drop"), &json!("default"), &Value::Null)
    );
    let stages: Vec<(&str, &str)> = value["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["vnic"].as_str().unwrap(), step["stage"].as_str().unwrap()))
        .collect();
    let web = ["guard", "conntrack", "rules", "commit"].map(|stage| ("web", stage));
    let db = ["guard", "conntrack", "rules"].map(|stage| ("db-0", stage));
    assert_eq!(stages, [web.as_slice(), &db].concat());
    let leg = &value["legs"][0];
    assert_eq!(
        leg.as_object().unwrap().iter().filter(|(name, _)| *name != "steps").collect::<Vec<_>>().len(),
        8,
        "{leg}"
    );
    for (name, expect) in [
        ("vnic", json!("web")),
        ("direction", json!("egress")),
        ("port_security", json!(true)),
        ("tracking", json!("on")),
        ("packet", json!("52:54:00:00:00:0a > 52:54:00:00:00:14 tcp 192.0.2.10:5000 > 192.0.2.20:5433")),
        ("verdict", json!("accept")),
        ("reason", json!("rule")),
        ("rule", json!("out")),
    ] {
        assert_eq!(leg[name], expect, "{name}");
    }
}

#[test]
fn legs_tell_what_is_not_filtered_and_not_tracked() {
    let policy = policy();
    let leg = |packet: &str| {
        ask(&policy, packet, between(Some("outside"), None)).unwrap().to_json(&policy)["legs"][0].clone()
    };
    let told = |packet: &str| {
        let leg = leg(packet);
        (leg["tracking"].clone(), leg["port_security"].clone())
    };
    assert_eq!(told("udp 203.0.113.7:1 > 192.0.2.10:2"), (json!("on"), json!(true)));
    assert_eq!(told("udp 203.0.113.7:1 > 192.0.2.30:53"), (json!("off"), json!(true)));
    assert_eq!(told("udp 203.0.113.7:1 > 192.0.2.40:53"), (json!("off"), json!(false)));
}

#[test]
fn rules_are_explained_with_every_field_that_differs() {
    let policy = policy();
    let explain = |packet: &str| ask(&policy, packet, between(Some("outside"), None)).unwrap().explain_json(&policy);
    let value = explain("tcp 203.0.113.7:5000 > 192.0.2.20:80");
    let leg = &value["legs"][0];
    assert_eq!(leg["rules_asked"], json!(true));
    assert_eq!(
        leg["rules"],
        json!([{
            "rule": "sql",
            "group": "db",
            "spec": "ingress ipv4 tcp 5432 from group:web",
            "matches": false,
            "mismatches": [
                {"field": "ports", "text": "port `80` is not in `5432`"},
                {"field": "remote", "text": "`203.0.113.7` is not in `group:web`"},
            ],
        }])
    );
    let value = explain("tcp 203.0.113.7:5000 > 192.0.2.10:80");
    assert_eq!(
        (&value["legs"][0]["rules"][0]["matches"], &value["legs"][0]["rules"][0]["mismatches"]),
        (&json!(true), &json!([]))
    );
    let value = explain("52:54:00:00:00:99 > 52:54:00:00:00:98 tcp 203.0.113.7:5000 > 192.0.2.10:80");
    assert_eq!(value["legs"][0]["rules_asked"], json!(false), "the source guard drops it");
}
