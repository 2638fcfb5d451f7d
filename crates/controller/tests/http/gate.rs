use crate::harness::Running;

const YAML: (&str, &str) = ("Content-Type", "application/yaml");

#[test]
fn other_names_for_this_machine_are_refused() {
    let server = Running::start();
    let port = server.address.port();
    let check = |line: &str, hosts: &[&str], status: u16| {
        let headers: Vec<_> = hosts.iter().map(|host| ("Host", *host)).collect();
        let answer = server.ask_raw(line, &headers, b"");
        assert_eq!(answer.status, status, "{line} {hosts:?}: {}", answer.text());
    };
    check("GET /health", &[&format!("localhost:{port}")], 200);
    check("GET /health", &[&format!("[::1]:{port}")], 200);
    check("GET /health", &["127.0.0.1"], 200);
    check("GET /health", &["evil.example"], 421);
    check("GET /health", &[&format!("evil.example:{port}")], 421);
    check("GET /", &["evil.example"], 421);
    check("GET /health", &[], 421);
    check("GET /health", &["localhost", "evil.example"], 421);
    check("GET http://evil.example/health", &["localhost"], 421);
}

#[test]
fn pages_of_other_sites_change_and_read_nothing() {
    let server = Running::start();
    let check = |line: &str, headers: &[(&str, &str)], status: u16| {
        let headers: Vec<_> = [YAML, ("If-Match", "\"1\"")].iter().chain(headers).copied().collect();
        let answer = server.ask(line, &headers, b"version: 1");
        assert_eq!(answer.status, status, "{line} {headers:?}: {}", answer.text());
        assert_eq!(answer.header("access-control-allow-origin"), None);
    };
    check("PUT /api/v1/document", &[("Origin", "http://evil.example")], 403);
    check("PUT /api/v1/document", &[("Origin", "null")], 403);
    check("PUT /api/v1/document", &[("Origin", "http://127.0.0.1:1")], 403);
    check("PUT /api/v1/document", &[("Sec-Fetch-Site", "cross-site")], 403);
    check("GET /api/v1/document", &[("Origin", "http://evil.example")], 403);
    check("OPTIONS /api/v1/document", &[("Origin", "http://evil.example")], 403);
    let own = format!("http://{}", server.address);
    check("PUT /api/v1/document", &[("Origin", &own), ("Sec-Fetch-Site", "same-origin")], 200);
}

#[test]
fn every_answer_wears_the_headers() {
    let server = Running::start();
    let check = |line: &str, status: u16, cache: &str| {
        let answer = server.ask(line, &[], b"");
        assert_eq!(answer.status, status, "{line}");
        let has = |name: &str, value: &str| assert_eq!(answer.header(name), Some(value), "{line}: {name}");
        has("x-content-type-options", "nosniff");
        has("referrer-policy", "no-referrer");
        has("cross-origin-opener-policy", "same-origin");
        has("cross-origin-resource-policy", "same-origin");
        has("cache-control", cache);
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"), "{line}: {policy}");
        assert!(policy.ends_with("frame-ancestors 'none'"), "{line}: {policy}");
    };
    check("GET /health", 200, "no-store");
    check("GET /api/v1/document", 200, "no-store");
    check("GET /api/v1/nothing", 404, "no-store");
    check("PUT /api/v1/document", 428, "no-store");
    check("GET /", 200, "no-cache");
    check("GET /missing.js", 404, "no-store");
}

#[test]
fn unknown_routes_and_methods_are_named_in_json() {
    let server = Running::start();
    let check = |line: &str, status: u16, allow: Option<&str>| {
        let answer = server.ask(line, &[], b"");
        assert_eq!((answer.status, answer.header("allow")), (status, allow), "{line}");
        assert!(answer.json()["error"].is_string(), "{line}");
    };
    check("GET /api/v1/nothing", 404, None);
    check("GET /api/", 404, None);
    check("GET /api", 404, None);
    check("POST /api/v2/document", 404, None);
    check("DELETE /api/v1/document", 405, Some("GET,HEAD,PUT"));
    check("GET /api/v1/enforcers/host/report", 405, Some("POST"));
    check("POST /", 405, Some("GET,HEAD"));
}

#[test]
fn a_head_without_end_is_refused() {
    let server = Running::start();
    let long = "a".repeat(40_000);
    let answer = server.ask("GET /health", &[("X-Long", &long)], b"");
    assert_eq!(answer.status, 431);
}
