//! In a browser: every scenario holds as it does natively.

#![cfg(target_family = "wasm")]

use e2e::scenarios;
use engine::{EngineJudge, Judge, Scenario};
use oracle::Oracle;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
fn every_scenario_holds_in_the_engine() {
    check(|scenario| EngineJudge::new(scenario.pick_up));
}

#[wasm_bindgen_test]
fn every_scenario_holds_in_the_oracle() {
    check(|scenario| Oracle::new(scenario.pick_up));
}

fn check<J: Judge>(judge: impl Fn(&Scenario) -> J) {
    let failed = scenarios::all_failures(judge);
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
