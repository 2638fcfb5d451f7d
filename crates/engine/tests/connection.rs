//! Connections, step by step.

use engine::{Connection, Course, EngineJudge, Found, Moment, Scenario, Scene, StepOutcome};
use policy::{Document, Resolved, Revision};

const DOCUMENT: &str = "
version: 1
networks: [{id: net, subnets: [{prefix: 192.0.2.0/24}, {prefix: 2001:db8::/64}]}]
groups:
  - {id: default, rules: []}
  - id: web
    rules:
      - http: ingress ipv4 tcp 80 from any
      - ping: ingress ipv4 icmp 8/0 from any
      - out: egress ipv4 any to any
  - {id: db, rules: [sql: ingress ipv4 tcp 5432 from group:web, dns: ingress ipv4 udp 53 from group:web]}
instances:
  - {id: web, vnics: [{network: net, mac: '52:54:00:00:00:0a', addresses: [192.0.2.10], groups: [web]}]}
  - {id: db, vnics: [{network: net, mac: '52:54:00:00:00:14', addresses: [192.0.2.20], groups: [db]}]}
";

fn resolved() -> Resolved {
    let (document, faults) = Document::read(DOCUMENT);
    assert!(faults.is_empty(), "{faults:?}");
    Resolved::new(document, Revision(1)).expect("a policy")
}

fn connection(steps: &[&str]) -> Connection {
    let moments = steps.iter().map(|step| step.parse::<Moment>().expect(step)).collect();
    Connection { from: None, to: None, moments }
}

fn course(course: Course, first: &str) -> Connection {
    course.connect(None, None, &first.parse().expect(first), &resolved()).expect("it has addresses")
}

/// What a step led to in a line: a ruling for each hook, and the states of the flows that live from then on.
fn tell(scene: &Scene) -> String {
    let found = match &scene.found {
        Err(error) => error.clone(),
        Ok(Found::Applied) => format!("revision {}", scene.policy.revision().0),
        Ok(Found::Passed) => "passed".to_owned(),
        Ok(Found::Travelled(travel)) => {
            let legs = travel.journey.legs.iter().map(|leg| leg.verdict.named(&scene.policy).to_string());
            legs.collect::<Vec<_>>().join(", ")
        }
    };
    let flows: Vec<String> = scene.after.iter().map(|live| format!("{} {}", live.vnic, live.flow.state())).collect();
    format!("{found} | {}", flows.join(", "))
}

fn check(connection: &Connection, expect: &[&str]) {
    let told: Vec<String> = connection.play(resolved()).iter().map(tell).collect();
    assert_eq!(told, expect);
}

#[test]
fn a_connection_opens_and_closes_at_both_ends() {
    check(
        &course(Course::Tcp, "tcp 192.0.2.10:40000 > 192.0.2.20:5432"),
        &[
            "accept rule:out, accept rule:sql | db SYN_SENT, web SYN_SENT",
            "accept conntrack:established rule:sql, accept conntrack:established rule:out | db SYN_RECV, web SYN_RECV",
            "accept conntrack:established rule:out, accept conntrack:established rule:sql | db ESTABLISHED, web ESTABLISHED",
            "accept conntrack:established rule:out, accept conntrack:established rule:sql | db ESTABLISHED, web ESTABLISHED",
            "accept conntrack:established rule:sql, accept conntrack:established rule:out | db ESTABLISHED, web ESTABLISHED",
            "accept conntrack:established rule:out, accept conntrack:established rule:sql | db ESTABLISHED, web ESTABLISHED",
            "accept conntrack:established rule:out, accept conntrack:established rule:sql | db FIN_WAIT, web FIN_WAIT",
            "accept conntrack:established rule:sql, accept conntrack:established rule:out | db LAST_ACK, web LAST_ACK",
            "accept conntrack:established rule:out, accept conntrack:established rule:sql | db TIME_WAIT, web TIME_WAIT",
        ],
    );
}

#[test]
fn an_edit_cuts_a_live_connection_and_another_brings_it_back() {
    let told: Vec<String> =
        course(Course::Revoked, "tcp 198.51.100.7:40000 > 192.0.2.10:80").play(resolved()).iter().map(tell).collect();
    assert_eq!(
        told[6..],
        [
            "revision 2 | web ESTABLISHED",
            "drop conntrack:revoked | web ESTABLISHED",
            "revision 3 | web ESTABLISHED",
            "accept conntrack:established rule:http | web ESTABLISHED",
            "accept conntrack:established rule:http | web ESTABLISHED",
        ]
    );
}

#[test]
fn an_answer_that_comes_too_late_opens_nothing() {
    check(
        &course(Course::Udp, "udp 192.0.2.10:40000 > 192.0.2.20:53"),
        &[
            "accept rule:out, accept rule:dns | db unreplied, web unreplied",
            "accept conntrack:established rule:dns, accept conntrack:established rule:out | db replied, web replied",
            "passed | ",
            "drop default | ",
        ],
    );
}

#[test]
fn a_router_on_the_way_tells_the_sender_alone_and_only_of_what_was_sent() {
    let course = course(Course::PathMtu, "tcp 192.0.2.10:40000 > 192.0.2.20:5432");
    let told: Vec<String> = course.play(resolved()).iter().map(tell).collect();
    assert_eq!(
        told[4..],
        [
            "accept conntrack:related rule:out | db ESTABLISHED, web ESTABLISHED",
            "accept conntrack:established rule:out, accept conntrack:established rule:sql | db ESTABLISHED, web ESTABLISHED",
            "accept conntrack:established rule:sql, accept conntrack:established rule:out | db ESTABLISHED, web ESTABLISHED",
        ]
    );
    let forged = "icmp 100.64.0.1 > 192.0.2.10 fragmentation-needed about (tcp 192.0.2.10:1 > 192.0.2.20:5432 seq=1)";
    check(&connection(&[&format!("0ms < {forged}")]), &["drop conntrack:icmp-unknown-flow | "]);
}

#[test]
fn a_step_that_cannot_be_changes_nothing() {
    check(
        &connection(&[
            "10ms > icmp 198.51.100.7 > 192.0.2.10 echo-request id=1",
            "5ms wait",
            "20ms apply remove rule no-such",
            "30ms > udp 198.51.100.7:1 > 198.51.100.8:1",
        ]),
        &[
            "accept rule:ping | web unreplied",
            "it is before the step above it: put the steps in order of time | web unreplied",
            "there is no rule `no-such` | web unreplied",
            "neither end of the packet is an instance, so nothing judges it: name an instance as one end | web unreplied",
        ],
    );
}

#[test]
fn every_course_is_a_scenario_that_holds() {
    for (name, first) in
        [("out", "udp 192.0.2.10:40000 > 192.0.2.20:53"), ("in", "tcp 198.51.100.7:40000 > 192.0.2.10:80")]
    {
        for course in Course::ALL {
            let connection = course.connect(None, None, &first.parse().expect(first), &resolved()).expect("addresses");
            let text = connection.to_scenario(name, resolved()).to_yaml();
            let scenarios = Scenario::read(&text).unwrap_or_else(|faults| panic!("{course}: {faults}\n{text}"));
            let [scenario] = scenarios.as_slice() else { panic!("one scenario\n{text}") };
            let outcomes = scenario.run(&mut EngineJudge::new(scenario.pick_up));
            assert!(outcomes.len() >= 2, "{text}");
            assert!(outcomes.iter().all(StepOutcome::is_expected), "{course}: {outcomes:#?}\n{text}");
        }
    }
}
