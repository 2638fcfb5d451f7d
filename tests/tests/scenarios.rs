//! Every scenario holds in the engine.

use e2e::scenarios;
use engine::EngineJudge;

#[test]
fn every_scenario_holds_in_the_engine() {
    let all = scenarios::all();
    assert!(!all.is_empty(), "there are no scenarios");
    let failed: Vec<String> = all
        .iter()
        .map(|(file, scenario)| {
            (file, scenario, scenarios::failures(scenario, &mut EngineJudge::new(scenario.pick_up)))
        })
        .filter(|(_, _, failures)| !failures.is_empty())
        .map(|(file, scenario, failures)| format!("{file}: {}\n{failures}", scenario.name))
        .collect();
    assert!(failed.is_empty(), "{} scenarios fail:\n{}", failed.len(), failed.join("\n"));
}
