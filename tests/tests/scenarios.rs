//! Every scenario holds in the engine, by packets and by frames, and in the oracle, and they agree on every step of it.

use e2e::frames::FrameJudge;
use e2e::scenarios;
use engine::{EngineJudge, Judge, Scenario};
use oracle::Oracle;

fn check<J: Judge>(judge: impl Fn(&Scenario) -> J) {
    let failed = scenarios::all_failures(judge);
    assert!(failed.is_empty(), "{} scenarios fail:\n{}", failed.len(), failed.join("\n"));
}

#[test]
fn every_scenario_holds_in_the_engine() {
    check(|scenario| EngineJudge::new(scenario.pick_up));
}

#[test]
fn every_scenario_holds_in_the_engine_by_frames() {
    check(|scenario| FrameJudge::new(scenario.pick_up));
}

#[test]
fn every_scenario_holds_in_the_oracle() {
    check(|scenario| Oracle::new(scenario.pick_up));
}
