//! How a verdict came about, in sentences.

use engine::{EngineJudge, Input, Joined, Scenario, TraceStep, Tracked};
use policy::{Guarded, Infra, Spoof};
use wire::Malformed;

use crate::project::{DOCUMENT, policy};

/// Every sentence of a step, with its stage.
#[test]
fn steps_are_told() {
    let policy = policy();
    let web = policy.vnic_index(&"web".parse().unwrap()).unwrap();
    let check = |step: TraceStep, stage: &str, expect: &str| {
        let told = step.describe(&policy, web);
        assert_eq!(step.stage(), stage);
        assert!(told.contains(expect), "`{told}` says nothing of `{expect}`");
    };
    check(TraceStep::Malformed(Malformed::TcpFlags), "parse", "the frame is malformed: ");
    check(TraceStep::Guard(Guarded::Off), "guard", "port security is off");
    check(TraceStep::Guard(Guarded::Pass), "guard", "in order");
    check(TraceStep::Guard(Guarded::Infra(Infra::Arp)), "guard", "infrastructure traffic that always passes: ");
    check(TraceStep::Guard(Guarded::Drop(Spoof::SourceMac)), "guard", "refused whatever the rules say: ");
    check(TraceStep::Fragment(Joined::Held), "conntrack", "waits for the rest");
    check(TraceStep::Fragment(Joined::Whole(3)), "conntrack", "the last of 3 fragments");
    check(TraceStep::Conntrack(Tracked::New), "conntrack", "no flow yet");
    check(TraceStep::Conntrack(Tracked::Established), "conntrack", "already tracked");
    check(TraceStep::Conntrack(Tracked::Revoked), "conntrack", "refuses since it changed");
    check(TraceStep::Conntrack(Tracked::Related), "conntrack", "an ICMP error about a flow");
    check(TraceStep::Conntrack(Tracked::Untracked), "conntrack", "is not tracked");
    check(TraceStep::Conntrack(Tracked::Off), "conntrack", "tracking is off");
    check(TraceStep::Kept, "rules", "keeps flows that are live");
    check(TraceStep::Committed, "commit", "tracked from now on");
    check(TraceStep::TableFull, "commit", "as many flows as it may have");
}

/// The sentences of the last step of a scenario.
fn last_trace(steps: &str) -> Vec<String> {
    let indented: String = steps.lines().map(|line| format!("      {}\n", line.trim())).collect();
    let text =
        format!("scenarios:\n  - name: one\n    steps: |\n{indented}document:\n{}", DOCUMENT.replace('\n', "\n  "));
    let scenarios = Scenario::read(&text).unwrap_or_else(|faults| panic!("{faults}"));
    let outcomes = scenarios[0].run(&mut EngineJudge::new(scenarios[0].pick_up));
    outcomes.last().expect("a step").trace.clone()
}

#[test]
fn a_flow_is_judged_again_when_the_policy_changed() {
    let steps = "0ms web ingress: tcp 203.0.113.7:5000 > 192.0.2.10:80 [S] seq=1 => accept rule:http
        1ms apply remove rule sql
        2ms web ingress: tcp 203.0.113.7:5000 > 192.0.2.10:80 [S] seq=1 => accept conntrack:established rule:http";
    let trace = last_trace(steps);
    let again = "rules: the policy changed, so the packet that opened the flow was judged again: \
                 rule `http` of group `web` (ingress ipv4 tcp 80 from any) allows it";
    assert!(trace.iter().any(|sentence| sentence == again), "{trace:?}");
}

/// What was judged by this policy is not judged again.
#[test]
fn a_flow_is_judged_once_by_each_policy() {
    let steps = "0ms web ingress: tcp 203.0.113.7:5000 > 192.0.2.10:80 [S] seq=1 => accept rule:http
        1ms web egress: tcp 192.0.2.10:80 > 203.0.113.7:5000 [SA] seq=1 ack=2 => accept conntrack:established rule:http";
    assert_eq!(
        last_trace(steps),
        ["guard: addresses and kind of traffic are in order", "conntrack: part of a flow that is already tracked"]
    );
}

#[test]
fn frames_are_read_from_hexadecimal_digits() {
    let read = |text: &str| text.parse::<Input>().map_err(|error| error.to_string());
    assert_eq!(read("frame 00fFa0"), Ok(Input::Frame(vec![0x00, 0xff, 0xa0])));
    assert_eq!(read("frame"), Ok(Input::Frame(vec![])));
    for text in ["0", "0g", "+1", "é"] {
        let expect = format!("`{text}` is no frame: write two hex digits for every byte");
        assert_eq!(read(&format!("frame {text}")), Err(expect));
    }
}
