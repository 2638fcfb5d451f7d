use serde_json::{Value, json};

use crate::harness::{Answer, Running};

pub(crate) const REPORT: &str = r#"{
  "applied_revision": 8,
  "refused": null,
  "vnics": [{"vnic": "web", "interface": "pcl-web", "backend": "ring", "applied_revision": 8,
    "ingress": {"accepted": 1, "dropped": 2, "bytes": 3}, "egress": {"accepted": 4, "dropped": 5, "bytes": 6}}],
  "reasons": {"accept conntrack:established": 100, "drop default": 12},
  "rules": {"web-http": 12},
  "rule_bytes": {"web-http": 720},
  "flows": 17,
  "drops": [{"at": "2026-01-01T00:00:00.250Z", "vnic": "web", "direction": "ingress",
    "packet": "tcp 198.51.100.7:5000 > 192.0.2.10:443", "verdict": "drop", "reason": "default", "rule": null}],
  "drops_suppressed": 0,
  "opened": [{"at": "2026-01-01T00:00:00.500Z", "vnic": "web", "direction": "ingress",
    "packet": "tcp 198.51.100.7:5001 > 192.0.2.10:443", "verdict": "accept", "reason": "rule", "rule": "web-http"}],
  "audit": {"checked": 3, "differing": 0},
  "staged": {"revision": 9, "would_drop": 1, "would_accept": 0}
}"#;

fn post(server: &Running, name: &str, body: &str) -> Answer {
    let line = format!("POST /api/v1/enforcers/{name}/report");
    server.ask(&line, &[("Content-Type", "application/json")], body.as_bytes())
}

#[test]
fn reports_are_listed_with_all_recent_packets() {
    let server = Running::start();
    assert_eq!(server.get("/api/v1/enforcers").json(), json!([]));
    assert_eq!(post(&server, "host-1", REPORT).status, 204);
    let expect: Value = serde_json::from_str(REPORT).unwrap();
    let list = server.get("/api/v1/enforcers").json();
    assert_eq!((&list[0]["name"], &list[0]["report"]), (&json!("host-1"), &expect));
    assert!(list[0]["seen_at"].is_string());

    assert_eq!(post(&server, "host-1", REPORT).status, 204);
    assert_eq!(post(&server, "host-2", REPORT).status, 204);
    let list = server.get("/api/v1/enforcers").json();
    assert_eq!(list.as_array().unwrap().len(), 2);
    for kind in ["drops", "opened"] {
        assert_eq!(list[0]["report"][kind], json!([expect[kind][0], expect[kind][0]]));
    }
}

#[test]
fn reports_in_another_shape_are_refused() {
    let server = Running::start();
    let check = |change: fn(&mut Value), status: u16| {
        let mut report: Value = serde_json::from_str(REPORT).unwrap();
        change(&mut report);
        let answer = post(&server, "host-1", &report.to_string());
        assert_eq!(answer.status, status, "{report}");
        assert!(answer.json()["error"].is_string());
    };
    check(|report| report["colour"] = json!("red"), 422);
    check(|report| report["vnics"][0]["ingress"]["lost"] = json!(1), 422);
    check(|report| report["flows"] = json!(-1), 422);
    check(|report| report["drops"][0]["at"] = json!("yesterday"), 422);
    check(|report| report["drops"][0]["direction"] = json!("sideways"), 422);
    check(|report| report["drops"][0]["packet"] = json!("x".repeat(2_000)), 422);
    check(|report| report["opened"][0]["verdict"] = json!("perhaps"), 422);
    check(|report| *report = json!([]), 422);
    assert_eq!(post(&server, "host-1", "{").status, 400);
    for name in ["", "a%20b", "%3Cscript%3E", &"a".repeat(65)] {
        let status = post(&server, name, REPORT).status;
        assert!([404, 405, 422].contains(&status), "{name}: {status}");
    }
    let headers = [("Content-Type", "text/plain")];
    assert_eq!(server.ask("POST /api/v1/enforcers/host-1/report", &headers, REPORT.as_bytes()).status, 415);
    let long = format!("{REPORT}{}", " ".repeat(1 << 20));
    assert_eq!(post(&server, "host-1", &long).status, 413);
    assert_eq!(server.get("/api/v1/enforcers").json(), json!([]));
}
