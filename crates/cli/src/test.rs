//! `portcullis test`: do these scenarios hold?

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use engine::{EngineJudge, Event, Scenario, StepOutcome};
use indicatif::ProgressBar;

use crate::report::{Case, Fate, JunitArguments, Suite};
use crate::style;

/// Arguments of `portcullis test`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// Scenario files, or folders of them (`*.yaml`)
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    junit: JunitArguments,
}

/// Runs every scenario and prints those that fail with their trace; exit code 0 when all pass, 1 when one fails.
///
/// # Errors
/// A file that cannot be read, or that is no scenario file.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let files = arguments.paths.iter().map(|path| find_files(path)).collect::<anyhow::Result<Vec<_>>>()?.concat();
    let progress =
        if std::io::stderr().is_terminal() { ProgressBar::new(files.len() as u64) } else { ProgressBar::hidden() };
    let mut suites: Vec<Suite> = Vec::new();
    for file in &files {
        let mut cases = Vec::new();
        for scenario in read(file)? {
            let outcomes = scenario.run(&mut EngineJudge::new(scenario.pick_up));
            let fate = if outcomes.iter().all(StepOutcome::is_expected) {
                Fate::Passed
            } else {
                let told = tell_failure(file, &scenario, &outcomes);
                progress.suspend(|| style::print(&told));
                Fate::Failed(anstream::adapter::strip_str(&told).to_string())
            };
            cases.push(Case { name: scenario.name, fate });
        }
        suites.push(Suite { name: file.display().to_string(), cases });
        progress.inc(1);
    }
    progress.finish_and_clear();
    arguments.junit.write(&suites)?;
    let cases = || suites.iter().flat_map(|suite| &suite.cases);
    let passed = cases().filter(|case| matches!(case.fate, Fate::Passed)).count();
    let failed = cases().count() - passed;
    style::print(&format!("{passed} passed, {failed} failed"));
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn find_files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let unreadable = || format!("cannot read `{}`: name a scenario file or a folder of them", path.display());
    if !path.metadata().with_context(unreadable)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in path.read_dir().with_context(unreadable)? {
        let entry = entry.with_context(unreadable)?.path();
        if entry.is_dir() {
            files.extend(find_files(&entry)?);
        } else if entry.extension().is_some_and(|extension| extension == "yaml") {
            files.push(entry);
        }
    }
    files.sort();
    Ok(files)
}

fn read(file: &Path) -> anyhow::Result<Vec<Scenario>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    match Scenario::read(&text) {
        Ok(scenarios) => Ok(scenarios),
        Err(faults) => bail!("`{}` is no scenario file:\n{faults}", file.display()),
    }
}

fn tell_failure(file: &Path, scenario: &Scenario, outcomes: &[StepOutcome]) -> String {
    let mut text = format!("{} {}: {}\n", style::bad("failed"), file.display(), style::strong(&scenario.name));
    for outcome in outcomes {
        if outcome.is_expected() {
            text.push_str(&format!("  {} {}\n", style::good("✔"), outcome.step));
            continue;
        }
        let found = match (&outcome.step.event, &outcome.found) {
            (_, Err(error)) => error.clone(),
            (Event::Refuse { .. }, Ok(_)) => "the edit was not refused".to_owned(),
            (Event::Fault { .. }, Ok(_)) => "the document has no such fault".to_owned(),
            (Event::Arrival { .. }, Ok(Some(found))) => format!("got {}", style::ruling(found)),
            (_, Ok(_)) => "got no verdict".to_owned(),
        };
        text.push_str(&format!("  {} {}\n      {found}\n", style::bad("✘"), outcome.step));
        for line in &outcome.trace {
            text.push_str(&format!("      {}\n", style::faint(line)));
        }
    }
    text
}
