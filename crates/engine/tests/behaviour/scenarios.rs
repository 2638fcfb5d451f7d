//! Scenarios: what they say is checked, and what is wrong with them is told.

use conntrack::Instant;
use engine::{EngineJudge, Judge, Ruling, Scenario};
use policy::{Direction, Document, Revision, VnicId};
use wire::{Malformed, Packet};

use crate::project::DOCUMENT;

fn file(steps: &str) -> String {
    let indented: String = steps.lines().map(|line| format!("      {}\n", line.trim())).collect();
    format!("scenarios:\n  - name: one\n    steps: |\n{indented}document:\n{}", DOCUMENT.replace('\n', "\n  "))
}

/// Checks which of the steps give what they should.
fn check(steps: &[(&str, bool)]) {
    let text = file(&steps.iter().map(|(step, _)| format!("{step}\n")).collect::<String>());
    let scenarios = Scenario::read(&text).unwrap_or_else(|faults| panic!("{faults}"));
    let outcomes = scenarios[0].run(&mut EngineJudge::new(scenarios[0].pick_up));
    let told: Vec<bool> = outcomes.iter().map(|outcome| outcome.is_expected()).collect();
    assert_eq!(told, steps.iter().map(|(_, expect)| *expect).collect::<Vec<bool>>(), "{outcomes:#?}");
}

#[test]
fn steps_hold_or_do_not() {
    let web = "web ingress: tcp 203.0.113.7:5000 > 192.0.2.10";
    check(&[
        (&format!("0ms {web}:80 [S] => accept rule:http"), true),
        (&format!("0ms {web}:81 [S] => accept rule:http"), false),
        (&format!("0ms {web}:81 [S] => drop default"), true),
        ("1ms apply remove rule http", true),
        (&format!("2ms {web}:80 [S] => drop conntrack:revoked"), true),
        ("3ms apply remove rule http", false),
        ("4ms refuse remove rule http => there is no rule", true),
        ("4ms refuse remove rule http => something else", false),
        ("4ms refuse remove rule sql => there is no rule", false),
        ("5ms fault groups[0]: something", false),
        ("6ms nobody ingress: tcp 203.0.113.7:1 > 192.0.2.10:80 => drop unknown-vnic", false),
        ("7ms web ingress: frame 0011 => drop malformed:ethernet-truncated", true),
    ]);
}

/// Zones stay with their vnics, so the flows of one are never another's.
#[test]
fn every_vnic_has_flows_of_its_own() {
    check(&[
        ("0ms web egress: udp 192.0.2.10:5000 > 192.0.2.20:53 => accept rule:out", true),
        ("1ms db-0 ingress: udp 192.0.2.10:5000 > 192.0.2.20:53 => drop default", true),
        ("2ms db-0 egress: udp 192.0.2.20:53 > 192.0.2.10:5000 => drop default", true),
        ("3ms web ingress: udp 192.0.2.20:53 > 192.0.2.10:5000 => accept conntrack:established rule:out", true),
    ]);
}

#[test]
fn faults_say_where_and_what() {
    let check = |steps: &str, expect: &str| {
        let faults = Scenario::read(&file(steps)).expect_err(steps).to_string();
        assert!(faults.contains(expect), "`{faults}` says nothing of `{expect}`");
    };
    check(
        "# nothing\n\n1ms web",
        "scenario `one`, step line 3: `1ms web` is no step: write `TIME VNIC ingress|egress: PACKET",
    );
    check("1x apply remove rule http", "`1x` is no time: write it like `10ms`, `30s`, `5m`, `6h` or `5d`");
    check(
        "2ms apply remove rule http\n1ms apply remove rule sql",
        "step line 2: it is before the step above it: put the steps in order of time",
    );
    check(
        "1ms web ingress: tcp 1.2.3.4:1 > 192.0.2.10:80 => pass",
        "`pass` is no verdict: write `accept`, `drop` or `hold`",
    );
    check("1ms web ingress: frame 0g => drop default", "`0g` is no frame");
    // Steps at the same time are in order; comments and empty lines are no steps.
    let file = file("# first\n\n1ms apply remove rule http\n  \n1ms apply remove rule sql");
    assert_eq!(Scenario::read(&file).unwrap_or_else(|faults| panic!("{faults}"))[0].steps.len(), 2);
    let bare = "scenarios:\n  - name: one\n    steps: ''\n";
    let faults = Scenario::read(bare).expect_err("no document").to_string();
    assert_eq!(faults, "scenario `one`: it has no document, and neither has the file");
}

/// A judge that says the same of everything, and not why.
struct Drops;

impl Judge for Drops {
    fn swap(&mut self, _: &Document, _: Revision) {}

    fn judge(&mut self, _: &VnicId, _: Direction, _: Result<&Packet, Malformed>, _: Instant) -> Ruling {
        "drop default".parse().expect("a ruling")
    }
}

#[test]
fn whoever_judges_need_not_say_why() {
    let scenarios = Scenario::read(&file("0ms web ingress: tcp 203.0.113.7:5000 > 192.0.2.10:80 => drop default"));
    let outcomes = scenarios.unwrap_or_else(|faults| panic!("{faults}"))[0].run(&mut Drops);
    assert!(outcomes[0].is_expected());
    assert_eq!(outcomes[0].trace, Vec::<String>::new());
}
