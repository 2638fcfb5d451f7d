//! A small project: two networks, a server that everyone reaches, one behind it, and a neighbour of another network.

use conntrack::{Config, Conntrack, Instant};
use engine::{Journey, Place, Question, QuestionError, Route};
use policy::{Document, Policy, Revision, resolve};

pub(crate) const DOCUMENT: &str = r#"
version: 1
networks:
  - id: lan
    subnets: [{prefix: 192.0.2.0/24, gateway: 192.0.2.1}, {prefix: "2001:db8::/64"}]
  - id: other
    subnets: [{prefix: 198.18.0.0/24}]
groups:
  - id: default
  - id: web
    rules:
      - http: ingress ipv4 tcp 80 from any
      - ping: ingress ipv6 icmpv6 128/0 from any
      - out: egress ipv4 any to any
      - out-v6: egress ipv6 any to any
  - id: db
    rules:
      - sql: ingress ipv4 tcp 5432 from group:web
  - id: plain
    stateful: false
    rules:
      - dns: ingress ipv4 udp 53 from any
instances:
  - id: web
    vnics: [{network: lan, mac: "52:54:00:00:00:0a", addresses: [192.0.2.10, "2001:db8::a"], groups: [web]}]
  - id: db
    vnics:
      - {id: db-0, network: lan, mac: "52:54:00:00:00:14", addresses: [192.0.2.20], groups: [db]}
      - {id: db-1, network: other, mac: "52:54:00:00:00:15", addresses: [198.18.0.20], groups: [db]}
  - id: dns
    vnics: [{network: lan, mac: "52:54:00:00:00:1e", addresses: [192.0.2.30], groups: [plain]}]
  - id: free
    vnics: [{network: lan, mac: "52:54:00:00:00:28", addresses: [192.0.2.40], groups: [], port_security: false}]
"#;

pub(crate) fn policy() -> Policy {
    let (document, faults) = Document::read(DOCUMENT);
    assert!(faults.is_empty(), "{faults:?}");
    resolve(&document, Revision(1)).expect("it resolves")
}

pub(crate) fn ask(policy: &Policy, packet: &str, route: Route) -> Result<Journey, QuestionError> {
    let question = Question { sketch: packet.parse().unwrap_or_else(|error| panic!("{packet}: {error}")), route };
    question.ask(policy, &mut Conntrack::new(Config::default()), Instant::from_millis(0))
}

/// By the addresses of the packet alone.
pub(crate) const FOUND: Route = Route::Between { from: None, to: None };

pub(crate) fn between(from: Option<&str>, to: Option<&str>) -> Route {
    let place = |name: &str| name.parse::<Place>().expect("any word is a place");
    Route::Between { from: from.map(place), to: to.map(place) }
}
