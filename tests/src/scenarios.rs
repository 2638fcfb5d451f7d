//! The scenario files of the project, built in so that the browser can run them too.

use engine::{Judge, Scenario, StepOutcome};
use include_dir::{Dir, File, include_dir};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");

/// Every scenario with the file that it stands in.
///
/// # Panics
/// A file is no scenario file; the message has every fault.
pub fn all() -> Vec<(String, Scenario)> {
    let mut found = Vec::new();
    for (name, text) in texts() {
        let scenarios = Scenario::read(text).unwrap_or_else(|faults| panic!("{name}:\n{faults}"));
        found.extend(scenarios.into_iter().map(|scenario| (name.clone(), scenario)));
    }
    found
}

/// Every scenario file as it is, by its path.
///
/// # Panics
/// A file is not UTF-8.
pub fn texts() -> Vec<(String, &'static str)> {
    let named = |file: &'static File<'static>| {
        let name = file.path().display().to_string();
        let text = file.contents_utf8().unwrap_or_else(|| panic!("{name} is not UTF-8"));
        (name, text)
    };
    files(&FILES).into_iter().map(named).collect()
}

/// The files of a folder and of those in it.
fn files<'d>(folder: &'d Dir<'d>) -> Vec<&'d File<'d>> {
    let inner = folder.dirs().flat_map(files);
    folder.files().chain(inner).collect()
}

/// Runs every scenario against a judge of its own and tells those that do not hold, each with its unexpected steps.
///
/// # Panics
/// There are no scenarios, or a file is none.
pub fn all_failures<J: Judge>(judge: impl Fn(&Scenario) -> J) -> Vec<String> {
    let all = all();
    assert!(!all.is_empty(), "there are no scenarios");
    let told = all.iter().filter_map(|(file, scenario)| {
        let failures = failures(scenario, &mut judge(scenario));
        (!failures.is_empty()).then(|| format!("{file}: {}\n{failures}", scenario.name))
    });
    told.collect()
}

/// Runs a scenario and tells its unexpected steps, with their traces; empty when it holds.
fn failures(scenario: &Scenario, judge: &mut impl Judge) -> String {
    let unexpected = scenario.run(judge).into_iter().filter(|outcome| !outcome.is_expected());
    unexpected.map(|outcome| tell(&outcome)).collect()
}

fn tell(outcome: &StepOutcome) -> String {
    let found = match &outcome.found {
        Ok(Some(ruling)) => ruling.to_string(),
        Ok(None) => "no verdict".to_owned(),
        Err(error) => error.clone(),
    };
    format!("  {}\n    got {found}\n    {}\n", outcome.step, outcome.trace.join("\n    "))
}
