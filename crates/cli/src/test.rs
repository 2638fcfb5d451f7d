//! `portcullis test`: do these scenarios hold?

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use engine::{EngineJudge, Event, Scenario, StepOutcome};
use indicatif::ProgressBar;

use crate::style;

/// Arguments of `portcullis test`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// Scenario files, or folders of them (`*.yaml`)
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// Runs every scenario and prints those that fail with their trace; exit code 0 when all pass, 1 when one fails.
///
/// # Errors
/// A file that cannot be read, or that is no scenario file.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let files = arguments.paths.iter().map(|path| find_files(path)).collect::<anyhow::Result<Vec<_>>>()?.concat();
    let progress =
        if std::io::stderr().is_terminal() { ProgressBar::new(files.len() as u64) } else { ProgressBar::hidden() };
    let (mut passed, mut failed) = (0, 0);
    for file in &files {
        for scenario in read(file)? {
            let outcomes = scenario.run(&mut EngineJudge::new(scenario.pick_up));
            if outcomes.iter().all(StepOutcome::is_expected) {
                passed += 1;
            } else {
                failed += 1;
                progress.suspend(|| style::print(&tell_failure(file, &scenario, &outcomes)));
            }
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
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
