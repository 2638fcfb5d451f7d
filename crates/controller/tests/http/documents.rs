use policy::{Document, Profile};
use serde_json::{Value, json};

use crate::harness::{Running, config};

const BASTION: &str = "
version: 1
groups:
- id: bastion
  rules:
  - ingress ipv4 tcp 22 from any
";

const FAULTY: &str = "
version: 1
groups:
- id: web
  rules:
  - {direction: ingress, family: ipv4, protocol: tcp, ports: '0', remote: any}
  - {direction: ingress, family: ipv4, protocol: tcp, ports: '90-80', remote: any}
  - {direction: ingress, family: ipv4, protocol: tcp, remote: 10.0.0.1/8}
  colour: red
";

#[test]
fn a_document_is_loaded_changed_and_loaded_again() {
    let server = Running::start();
    assert_eq!(server.get("/health").json(), json!({ "status": "ok", "revision": 1 }));

    let first = server.get("/api/v1/document");
    assert_eq!((first.status, first.header("etag")), (200, Some("\"1\"")));
    assert_eq!(first.header("content-type"), Some("application/json"));
    assert_eq!(first.header("cache-control"), Some("no-store"));
    let mut envelope = first.json();
    assert_eq!(envelope["revision"], 1);
    assert_eq!(envelope["document"], Document::new(Profile::default()).to_value());

    envelope["document"]["groups"][0]["description"] = json!("for \u{1f600} everyone");
    let body = envelope["document"].to_string().replace('\u{1f600}', "\\ud83d\\ude00");
    let headers = [
        ("If-Match", "\"1\""),
        ("Content-Type", "application/json; charset=utf-8"),
        ("Portcullis-Author", "Ada%20%C3%9C."),
        ("Portcullis-Note", "says%20what%0Ait%20is"),
    ];
    let saved = server.ask("PUT /api/v1/document", &headers, body.as_bytes());
    assert_eq!((saved.status, saved.header("etag")), (200, Some("\"2\"")), "{}", saved.text());
    assert_eq!(saved.json()["revision"], 2);
    assert!(saved.json()["warnings"].is_array());

    let second = server.get("/api/v1/document").json();
    assert_eq!(second["document"], envelope["document"]);
    assert_eq!((&second["author"], &second["note"]), (&json!("Ada Ü."), &json!("says what\nit is")));
    assert_eq!(second["saved_at"].as_str().map(str::len), Some("2026-01-01T00:00:00Z".len()));
    assert_eq!(server.get("/health").json()["revision"], 2);
}

#[test]
fn yaml_goes_in_and_out() {
    let server = Running::start();
    let saved = server.put_yaml(1, BASTION);
    assert_eq!(saved.status, 200, "{}", saved.text());
    let answer = server.ask("GET /api/v1/document", &[("Accept", "text/html, application/yaml;q=0.9")], b"");
    assert_eq!(answer.header("content-type"), Some("application/yaml"));
    assert_eq!(answer.text().parse::<Document>().unwrap(), BASTION.parse::<Document>().unwrap());
}

#[test]
fn what_the_client_has_is_not_sent_again() {
    let server = Running::start();
    let check = |etag: &str, status: u16| {
        let answer = server.ask("GET /api/v1/document", &[("If-None-Match", etag)], b"");
        assert_eq!((answer.status, answer.header("etag")), (status, Some("\"1\"")), "{etag}");
    };
    check("\"1\"", 304);
    check("\"2\"", 200);
}

#[test]
fn the_precondition_decides() {
    let server = Running::start();
    assert_eq!(server.put_yaml(1, BASTION).status, 200);
    let check = |if_match: Option<&str>, status: u16, revision: Value| {
        let mut headers = vec![("Content-Type", "application/yaml")];
        headers.extend(if_match.map(|etag| ("If-Match", etag)));
        let answer = server.ask("PUT /api/v1/document", &headers, BASTION.as_bytes());
        assert_eq!((answer.status, &answer.json()["revision"]), (status, &revision), "{if_match:?}");
        assert!(answer.json()["error"].is_string());
    };
    check(None, 428, Value::Null);
    check(Some("*"), 400, Value::Null);
    check(Some("\"1\""), 412, json!(2));
    check(Some("\"3\""), 412, json!(2));
    check(Some("\"0\""), 412, json!(2));
    assert_eq!(server.get("/health").json()["revision"], 2);
}

#[test]
fn of_many_at_once_one_saves() {
    let server = Running::start();
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..8).map(|_| scope.spawn(|| server.put_yaml(1, BASTION).status)).collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
}

#[test]
fn every_fault_of_a_document_is_named() {
    let server = Running::start();
    let answer = server.put_yaml(1, FAULTY);
    assert_eq!(answer.status, 422);
    let body = answer.json();
    let faults: Vec<_> = body["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| (fault["severity"].as_str().unwrap(), fault["path"].as_str().unwrap(), fault["fix"].as_str()))
        .collect();
    let has = |path: &str, fix: Option<&str>| assert!(faults.contains(&("error", path, fix)), "{path}: {body:#}");
    has("groups[0].rules[0].ports", None);
    has("groups[0].rules[1].ports", Some("80-90"));
    has("groups[0].rules[2].remote", Some("10.0.0.0/8"));
    has("groups[0].colour", None);
    assert_eq!(server.get("/health").json()["revision"], 1);
}

#[test]
fn bodies_that_are_no_document_are_refused() {
    let server = Running::start();
    let check = |content_type: &str, body: &[u8], status: u16| {
        let headers = [("Content-Type", content_type), ("If-Match", "\"1\"")];
        let answer = server.ask("PUT /api/v1/document", &headers, body);
        assert_eq!(answer.status, status, "{content_type} {}: {}", String::from_utf8_lossy(body), answer.text());
        assert!(answer.json()["error"].is_string());
    };
    check("application/json", b"", 400);
    check("application/json", b"{\"version\":1", 400);
    check("application/json", b"version: 1", 400);
    check("application/json", b"{}", 422);
    check("application/json", b"{\"version\":2}", 422);
    check("application/json", "[".repeat(100_000).as_bytes(), 400);
    check("application/yaml", b"a: [", 400);
    check("application/yaml", b"a: &a [*a]", 400);
    check("application/yaml", b"\xff\xfe", 400);
    check("text/plain", b"version: 1", 415);
    check("", b"version: 1", 415);
    assert_eq!(server.get("/health").json()["revision"], 1);
}

#[test]
fn a_body_over_a_mebibyte_is_refused() {
    let server = Running::start();
    let padded = |length: usize| format!("{BASTION}{}", "#".repeat(length - BASTION.len()));
    assert_eq!(server.put_yaml(1, &padded(1 << 20)).status, 200);
    let answer = server.put_yaml(2, &padded((1 << 20) + 1));
    assert_eq!(answer.status, 413);
    assert!(answer.json()["error"].is_string());
    assert_eq!(server.put_yaml(2, &padded(8 << 20)).status, 413);

    // Without a length up front.
    let chunk = format!("100000\r\n{}\r\n", " ".repeat(1 << 20));
    let host = server.address.to_string();
    let headers = [("Host", host.as_str()), ("Transfer-Encoding", "chunked"), ("If-Match", "\"2\"")];
    let answer = server.ask_raw("PUT /api/v1/document", &headers, format!("{chunk}{chunk}0\r\n\r\n").as_bytes());
    assert_eq!(answer.status, 413);
    assert_eq!(server.get("/health").json()["revision"], 2);
}

#[test]
fn history_goes_back_to_the_first_revision() {
    let server = Running::start();
    server.put_yaml(1, BASTION);
    let lines = server.get("/api/v1/history").json();
    let revisions: Vec<_> = lines.as_array().unwrap().iter().map(|line| line["revision"].as_u64().unwrap()).collect();
    assert_eq!(revisions, [2, 1]);
    let first = server.get("/api/v1/history/1");
    assert_eq!(first.header("etag"), Some("\"1\""));
    assert_eq!(first.json()["document"], Document::new(Profile::default()).to_value());
    for missing in ["0", "3", "x", "-1", "99999999999999999999", "%ff"] {
        let status = server.get(&format!("/api/v1/history/{missing}")).status;
        assert!([400, 404].contains(&status), "{missing}: {status}");
    }
}

#[test]
fn a_restart_keeps_everything() {
    let server = Running::start();
    server.put_yaml(1, BASTION);
    let before = server.get("/api/v1/document").json();
    let data = server.stop();
    let store = store::Store::open(data.path()).unwrap();
    assert_eq!(store.current().unwrap().unwrap().document.to_value(), before["document"]);
    drop(store);
    // The seed is for an empty store only.
    crate::harness::bind(config(data.path(), None)).unwrap();
    assert_eq!(store::Store::open(data.path()).unwrap().history().unwrap().len(), 2);
}
