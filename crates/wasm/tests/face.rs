//! In a browser: what JavaScript callers get.

#![cfg(target_family = "wasm")]

use serde_json::{Value, json};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

const SAMPLE: &str = include_str!("../../../public/samples/three-tier.yaml");

const SCENARIOS: &str = "
document:
  version: 1
  networks: [{id: net, subnets: [{prefix: 192.0.2.0/24}]}]
  groups:
    - id: web
      rules: [web-http: ingress ipv4 tcp 80 from any]
    - {id: default, rules: []}
  instances:
    - id: web
      vnics: [{network: net, mac: '52:54:00:00:00:0a', addresses: [192.0.2.10], groups: [web]}]
scenarios:
  - name: web is open
    steps: |
      0ms web ingress: tcp 198.51.100.7:5000 > 192.0.2.10:80 => accept rule:web-http
      1s apply disable rule web-http
  - name: all is open
    steps: |
      0ms web ingress: tcp 198.51.100.7:5000 > 192.0.2.10:22 => accept rule:web-http
";

fn read(json: &str) -> Value {
    serde_json::from_str(json).expect("JSON")
}

/// The fields of an object, in order.
fn fields(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

fn message(error: impl Into<JsValue>) -> String {
    js_sys::Error::from(error.into()).message().into()
}

#[wasm_bindgen_test]
fn check_lists_diagnostics() {
    let found = read(&wasm::check("version: 1\ngroups: [{id: web, rules: [{id: a, direction: inside}]}]"));
    let diagnostics = found.as_array().expect("an array");
    assert!(diagnostics.iter().any(|diagnostic| diagnostic["path"] == "groups[0].rules[0].direction"), "{found}");
    for diagnostic in diagnostics {
        assert_eq!(fields(diagnostic), ["severity", "path", "message", "fix"]);
    }
    assert!(read(&wasm::check(SAMPLE)).as_array().expect("an array").iter().all(|found| found["severity"] != "error"));
}

#[wasm_bindgen_test]
fn simulate_tells_verdict_and_steps() {
    let packet = "tcp 198.51.100.7:5000 > 192.0.2.10:80";
    let found = wasm::simulate(SAMPLE, packet, Some("outside".to_owned()), None).map_err(message);
    let found = read(&found.expect("an answer"));
    assert_eq!(fields(&found), ["verdict", "reason", "rule", "steps", "legs"]);
    assert_eq!((&found["verdict"], &found["rule"]), (&json!("accept"), &json!("web-http")), "{found}");
    assert_eq!(found["legs"][0]["direction"], "ingress");
}

#[wasm_bindgen_test]
fn simulate_says_what_is_wrong() {
    let check = |document: &str, packet: &str, to: Option<&str>, expect: &str| {
        let error = wasm::simulate(document, packet, None, to.map(str::to_owned)).map_err(message);
        let error = error.expect_err("a fault");
        assert!(error.contains(expect), "{error}");
    };
    check("version: 1\nx: 1", "udp 192.0.2.1:1 > 192.0.2.2:2", None, "`x`");
    check(SAMPLE, "tpc 192.0.2.1:1 > 192.0.2.2:2", None, "tpc");
    check(SAMPLE, "udp 192.0.2.1:1 > 192.0.2.2:2", Some("nobody"), "nobody");
}

#[wasm_bindgen_test]
fn test_tells_each_step() {
    let found = read(&wasm::test(SCENARIOS).map_err(message).expect("scenarios"));
    let packet = "web ingress: tcp 198.51.100.7:5000 > 192.0.2.10";
    let expect = json!([
        {
            "name": "web is open",
            "passed": true,
            "steps": [
                {
                    "step": format!("0ms {packet}:80 => accept rule:web-http"),
                    "expected": true,
                    "found": "accept rule:web-http",
                },
                {"step": "1s apply disable rule web-http", "expected": true, "found": null},
            ],
        },
        {
            "name": "all is open",
            "passed": false,
            "steps": [{
                "step": format!("0ms {packet}:22 => accept rule:web-http"),
                "expected": false,
                "found": "drop default",
            }],
        },
    ]);
    assert_eq!(found, expect);
    assert!(wasm::test("document: {}").map_err(message).is_err());
}
