use serde_json::{Value, json};

use crate::enforcers::REPORT;
use crate::harness::Running;

#[test]
fn listeners_hear_where_things_stand_and_what_changes() {
    let server = Running::start();
    let mut events = server.listen();
    assert_eq!(events.next(), Some(("document".to_owned(), json!({ "revision": 1 }))));

    assert_eq!(server.put_yaml(1, "version: 1").status, 200);
    assert_eq!(events.next(), Some(("document".to_owned(), json!({ "revision": 2 }))));

    // A refused document is no news.
    assert_eq!(server.put_yaml(1, "version: 1").status, 412);
    let headers = [("Content-Type", "application/json")];
    assert_eq!(server.ask("POST /api/v1/enforcers/host-1/report", &headers, REPORT.as_bytes()).status, 204);
    let (name, data) = events.next().unwrap();
    assert_eq!((name.as_str(), &data["name"]), ("report", &json!("host-1")));
    assert_eq!(data["report"], serde_json::from_str::<Value>(REPORT).unwrap());
}

#[test]
fn who_listens_for_documents_hears_no_reports() {
    let server = Running::start();
    let mut events = server.listen_at("/api/v1/document/events");
    assert_eq!(events.next(), Some(("document".to_owned(), json!({ "revision": 1 }))));
    let headers = [("Content-Type", "application/json")];
    assert_eq!(server.ask("POST /api/v1/enforcers/host-1/report", &headers, REPORT.as_bytes()).status, 204);
    assert_eq!(server.put_yaml(1, "version: 1").status, 200);
    assert_eq!(events.next(), Some(("document".to_owned(), json!({ "revision": 2 }))));
    server.stop();
    assert_eq!(events.next(), None);
}

#[test]
fn a_server_that_stops_ends_its_events() {
    let server = Running::start();
    let mut events = server.listen();
    events.next().unwrap();
    let data = server.stop();
    assert_eq!(events.next(), None);
    drop(data);
}

#[test]
fn a_listener_that_is_too_slow_is_told_to_look_again() {
    let server = Running::start();
    let mut events = server.listen();
    events.next().unwrap();
    // More than the connection's buffers and the server's queue hold.
    let mut report: Value = serde_json::from_str(REPORT).unwrap();
    report["refused"] = json!("x".repeat(100_000));
    let body = report.to_string();
    let sent = 400;
    for _ in 0..sent {
        let headers = [("Content-Type", "application/json")];
        assert_eq!(server.ask("POST /api/v1/enforcers/host-1/report", &headers, body.as_bytes()).status, 204);
    }
    let heard = events.take_while(|(name, _)| name == "report").count();
    assert!(heard < sent, "{heard} of {sent} reports came, then `document`");
}
