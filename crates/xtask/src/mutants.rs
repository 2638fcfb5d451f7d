//! Plants faults in the core, one at a time, and sees whether a test fails: `cargo xtask mutants`.
//!
//! cargo-mutants plants them in a copy of the project. What a crate's own tests do not find is given to the tests of the
//! whole core. What nobody finds is a test that is missing, or a fault that is none.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::setup::{self, Tool};
use crate::workspace::Workspace;

/// Where faults are planted.
const CORE: [&str; 3] = ["policy", "conntrack", "engine"];

/// The tests of the whole core that need no privileges.
const WHOLE: [&str; 6] = ["scenarios", "vectors", "allocation", "linux", "differential", "analysis"];

/// The package of those tests.
const TESTS: &str = "e2e";

/// How a crate calls its tests from outside.
const BEHAVIOUR: &str = "behaviour";

/// How much is tried at random: of thousands of faults each is tested for seconds.
const SHORT: [(&str, &str); 2] = [("PROPTEST_CASES", "12"), ("PORTCULLIS_STEPS", "3000")];

/// Seconds of processor time after which a test runs on for ever. Time on the clock would say how busy the machine is, so that limit
/// is only for a test that sleeps.
const PROCESSOR_TIME: u32 = 60;
const CLOCK_TIME: &str = "1200";

/// Which crates, and which part of their faults.
#[derive(Args)]
pub(crate) struct Options {
    /// The crates; `policy`, `conntrack` and `engine` if none is named.
    crates: Vec<String>,

    /// Only one of so many parts, such as `0/8`: all of it takes hours.
    #[arg(long)]
    shard: Option<String>,

    /// Leave out the tests of the whole core.
    #[arg(long)]
    own: bool,
}

/// How a crate's faults fared.
struct Score {
    found: usize,
    missed: Vec<String>,
}

/// Tests the tests of each crate, and tells the score and what they missed.
pub(crate) fn mutants(workspace: &Workspace, options: &Options) -> Result<()> {
    setup::ensure(workspace, &[Tool::Mutants])?;
    let core = CORE.map(str::to_owned).to_vec();
    for name in if options.crates.is_empty() { &core } else { &options.crates } {
        ensure!(CORE.contains(&name.as_str()), "faults are not planted in `{name}`: name any of {}", CORE.join(", "));
        println!("\n== {name}, by its own tests");
        let shard = options.shard.as_deref();
        let folder = results(workspace, name, shard)?;
        let mut score = by_own_tests(workspace, name, shard, &folder)?;
        if !options.own && !score.missed.is_empty() {
            println!("\n== {name}, {} faults by the tests of the whole core", score.missed.len());
            score = by_whole_core(workspace, name, score, &folder)?;
        }
        score.missed.iter().for_each(|fault| println!("  missed  {fault}"));
        println!("{name}: {} of {} faults found, {:.1} %", score.found, score.all(), score.percent());
    }
    Ok(())
}

/// An empty folder of their own for each part, so that parts run side by side.
fn results(workspace: &Workspace, name: &str, shard: Option<&str>) -> Result<PathBuf> {
    let folder = workspace.built("mutants").join(name).join(shard.unwrap_or("all").replace('/', "-of-"));
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot empty `{}`", folder.display()))?;
    }
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn by_own_tests(workspace: &Workspace, name: &str, shard: Option<&str>, folder: &Path) -> Result<Score> {
    let mut cargo = plant(workspace, name, folder);
    // Of each file the parts have as much.
    if let Some(shard) = shard {
        cargo.args(["--sharding", "round-robin", "--shard", shard]);
    }
    build_only(&mut cargo, "--lib");
    if workspace.path("crates").join(name).join("tests").join(BEHAVIOUR).is_dir() {
        build_only(&mut cargo, &format!("--test={BEHAVIOUR}"));
    }
    run(cargo)?;
    Score::of(folder)
}

fn by_whole_core(workspace: &Workspace, name: &str, own: Score, folder: &Path) -> Result<Score> {
    let mut cargo = plant(workspace, name, folder);
    for fault in &own.missed {
        cargo.args(["--re", &format!("^{}$", literally(fault))]);
    }
    cargo.args(["--test-package", TESTS]);
    WHOLE.iter().for_each(|test| build_only(&mut cargo, &format!("--test={test}")));
    run(cargo)?;
    // Deleted fields are planted whatever the expressions say, so those that were found before come again.
    let again = Score::of(folder)?;
    let (missed, found): (Vec<_>, Vec<_>) = own.missed.into_iter().partition(|fault| again.missed.contains(fault));
    Ok(Score { found: own.found + found.len(), missed })
}

fn plant(workspace: &Workspace, name: &str, folder: &Path) -> Command {
    let mut cargo = workspace.command("cargo");
    // One function differs from one fault to the next. Tests that are optimised save more than that takes.
    cargo
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
        .env("CARGO_INCREMENTAL", "1")
        .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
        .envs(SHORT);
    // The copy is what `cargo xtask test` tests, and the baseline would look for these tests in the wrong crate.
    cargo.args([
        "mutants",
        "--baseline",
        "skip",
        "--package",
        name,
        "--colors",
        "never",
        "--timeout",
        CLOCK_TIME,
        "--jobs",
        "2",
    ]);
    let limit = format!("--config=target.'cfg(unix)'.runner='prlimit --cpu={PROCESSOR_TIME}'");
    cargo.args(["--cargo-arg", &limit]);
    cargo.arg("--output").arg(folder);
    cargo
}

/// Builds this target for each fault, and runs it; behind `--` it would be one of those that run of all that are built.
fn build_only(cargo: &mut Command, target: &str) {
    cargo.arg(format!("--cargo-arg={target}"));
}

/// A regular expression for this text alone.
fn literally(text: &str) -> String {
    let escape = |letter: char| match letter {
        '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' => vec!['\\', letter],
        _ => vec![letter],
    };
    text.chars().flat_map(escape).collect()
}

/// Faults that were missed, and tests that did not end, are results and no failures.
fn run(mut cargo: Command) -> Result<()> {
    let status = cargo.status().context("cannot start `cargo mutants`")?;
    match status.code() {
        Some(0 | 2 | 3) => Ok(()),
        _ => bail!("`cargo mutants` ended with {status}"),
    }
}

impl Score {
    /// What the last run wrote. A test that runs on for ever has found its fault.
    fn of(folder: &Path) -> Result<Score> {
        let lines = |name: &str| -> Result<Vec<String>> {
            let path = folder.join("mutants.out").join(name);
            let text = fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
            Ok(text.lines().map(str::to_owned).collect())
        };
        Ok(Score { found: lines("caught.txt")?.len() + lines("timeout.txt")?.len(), missed: lines("missed.txt")? })
    }

    fn all(&self) -> usize {
        self.found + self.missed.len()
    }

    fn percent(&self) -> f64 {
        100.0 * self.found as f64 / self.all().max(1) as f64
    }
}
