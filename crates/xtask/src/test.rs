//! Checks and tests everything in named steps, and says at the end what was run and what was not.
//!
//! The first step that fails ends the run. The last line is always `N passed, N failed`; a step that fails
//! without a failing test counts as one.

mod step;
mod tally;
mod target;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use crate::progress::spoken;
use crate::setup::{self, Tool};
use crate::workspace::Workspace;
use step::Step;
pub(crate) use step::binaries;
use tally::Tally;

/// What to test.
#[derive(Args)]
pub(crate) struct Options {
    /// Only the steps that need neither a browser nor a release build.
    #[arg(long, conflicts_with = "steps")]
    fast: bool,

    /// The steps to run, with those that they build upon; all of them if none is named.
    #[arg(value_name = "STEP")]
    steps: Vec<Step>,
}

/// Runs the steps and prints what became of each.
pub(crate) fn test(workspace: &Workspace, options: &Options) -> Result<()> {
    let start = Instant::now();
    let steps = select(options);
    println!("== what the tests need");
    setup::ensure(workspace, &tools(&steps))?;
    let mut rows: Vec<Row> = steps.into_iter().map(Row::new).collect();
    for row in &mut rows {
        row.run(workspace);
        if matches!(row.outcome, Outcome::Failed(_)) {
            break;
        }
    }
    conclude(&rows, start.elapsed())
}

enum Outcome {
    NotRun,
    Passed,
    Skipped(String),
    Failed(anyhow::Error),
}

struct Row {
    step: Step,
    outcome: Outcome,
    duration: Duration,
    tally: Tally,
}

impl Row {
    fn new(step: Step) -> Self {
        Self { step, outcome: Outcome::NotRun, duration: Duration::ZERO, tally: Tally::default() }
    }

    fn run(&mut self, workspace: &Workspace) {
        println!("\n== {}: {}", self.step.name(), self.step.about());
        let start = Instant::now();
        self.outcome = match self.step.obstacle(workspace) {
            Some(obstacle) => Outcome::Skipped(obstacle),
            None => match self.step.run(workspace, &mut self.tally) {
                Ok(()) => Outcome::Passed,
                Err(error) => Outcome::Failed(error),
            },
        };
        self.duration = start.elapsed();
        if let Outcome::Failed(_) = self.outcome {
            self.tally.failed = self.tally.failed.max(1);
        }
    }

    fn print(&self) {
        let (word, remark) = match &self.outcome {
            Outcome::NotRun => ("not run", String::new()),
            Outcome::Passed => ("passed", self.counts()),
            Outcome::Skipped(obstacle) => ("SKIPPED", obstacle.clone()),
            Outcome::Failed(_) => ("FAILED", self.counts()),
        };
        println!("  {:<12} {word:<8} {:>12}  {remark}", self.step.name(), spoken(self.duration));
    }

    fn counts(&self) -> String {
        let Tally { passed, failed, ignored, .. } = &self.tally;
        match (passed + failed, ignored.len()) {
            (0, _) => String::new(),
            (_, 0) => format!("{passed} passed, {failed} failed"),
            (_, left_out) => format!("{passed} passed, {failed} failed, {left_out} left out"),
        }
    }
}

fn select(options: &Options) -> Vec<Step> {
    let mut steps: Vec<Step> = match (options.fast, options.steps.as_slice()) {
        (true, _) => Step::value_variants().iter().copied().filter(|step| step.is_fast()).collect(),
        (false, []) => Step::value_variants().to_vec(),
        (false, named) => named.iter().flat_map(|step| step.with_prerequisites()).copied().collect(),
    };
    steps.sort();
    steps.dedup();
    steps
}

fn tools(steps: &[Step]) -> Vec<Tool> {
    let is_needed = |tool: &Tool| steps.iter().any(|step| step.tools().contains(tool));
    Tool::ALL.iter().copied().filter(is_needed).collect()
}

fn conclude(rows: &[Row], duration: Duration) -> Result<()> {
    let failures: Vec<&str> = rows.iter().flat_map(|row| &row.tally.failures).map(String::as_str).collect();
    if !failures.is_empty() {
        println!("\n== what failed\n{}", failures.join("\n"));
    }
    println!("\n== what was run, in {}", spoken(duration));
    rows.iter().for_each(Row::print);
    print_left_out(rows);
    let failure = rows.iter().find_map(|row| match &row.outcome {
        Outcome::Failed(error) => Some((row.step, error)),
        _ => None,
    });
    if let Some((step, error)) = failure {
        println!("\n{}: {error:#}\nto repeat this step: cargo xtask test {}", step.name(), step.name());
    }
    let passed: u64 = rows.iter().map(|row| row.tally.passed).sum();
    let failed: u64 = rows.iter().map(|row| row.tally.failed).sum();
    println!("\n{passed} passed, {failed} failed");
    if failure.is_some() {
        bail!("the tests failed");
    }
    Ok(())
}

fn print_left_out(rows: &[Row]) {
    let mut left_out: BTreeMap<&str, usize> = BTreeMap::new();
    rows.iter().flat_map(|row| &row.tally.ignored).for_each(|test| *left_out.entry(test).or_default() += 1);
    if !left_out.is_empty() {
        println!("\n  left out, each for the reason that its author gives:");
    }
    for (test, count) in left_out {
        let times = if count == 1 { String::new() } else { format!(" ({count} times)") };
        println!("    {test}{times}");
    }
}
