//! Looks for inputs that break a property, with AFL++: `cargo xtask fuzz`.
//!
//! The targets and their corpus stand in `tests/fuzz`. What is found stays in `target/fuzz/found/TARGET`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::setup::{self, Tool};
use crate::workspace::{Workspace, succeed};

/// What to fuzz, and for how long.
#[derive(Args)]
pub(crate) struct Options {
    /// The targets, by the names of the folders in `tests/fuzz/corpus`; all of them if none is named.
    targets: Vec<String>,

    /// How long each of them runs.
    #[arg(long, default_value_t = 60)]
    seconds: u64,

    /// Add the inputs that cover more than the corpus did to it.
    #[arg(long)]
    keep: bool,
}

/// Fuzzes the targets one after the other.
pub(crate) fn fuzz(workspace: &Workspace, options: &Options) -> Result<()> {
    setup::ensure(workspace, &[Tool::Afl])?;
    let program = build(workspace)?;
    let targets = if options.targets.is_empty() { all(workspace)? } else { options.targets.clone() };
    let mut broken = Vec::new();
    for target in &targets {
        println!("\n== {target}, for {} s", options.seconds);
        let found = run(workspace, &program, target, options.seconds)?;
        if options.keep {
            keep(workspace, &program, target, &found)?;
        }
        broken.extend(inputs(&found.join("default/crashes"))?);
        broken.extend(inputs(&found.join("default/hangs"))?);
    }
    if broken.is_empty() {
        println!("\nnothing was found in {} targets", targets.len());
        return Ok(());
    }
    let list: Vec<String> = broken.iter().map(|path| path.display().to_string()).collect();
    bail!("these inputs break a property; mend what they show and put them into the corpus:\n{}", list.join("\n"));
}

fn build(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.built("fuzz");
    let mut cargo = workspace.command("cargo");
    cargo.args(["afl", "build", "--release", "--package", "fuzz", "--features", "afl", "--target-dir"]).arg(&folder);
    succeed(&mut cargo, "the fuzzing program does not build")?;
    Ok(folder.join("release/fuzz"))
}

fn all(workspace: &Workspace) -> Result<Vec<String>> {
    let folders = inputs(&workspace.path("tests/fuzz/corpus"))?;
    Ok(folders.iter().filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect())
}

/// Returns the folder of what was found.
fn run(workspace: &Workspace, program: &Path, target: &str, seconds: u64) -> Result<PathBuf> {
    let corpus = workspace.path("tests/fuzz/corpus").join(target);
    ensure!(corpus.is_dir(), "there is no target `{target}`: name one of {}", all(workspace)?.join(", "));
    let found = workspace.built("fuzz/found").join(target);
    fs::create_dir_all(&found)?;
    let mut afl = workspace.command("cargo");
    // No machine is set up for a fuzzer alone, and a search that was ended goes on where it stood.
    for setting in ["AFL_SKIP_CPUFREQ", "AFL_NO_AFFINITY", "AFL_NO_UI", "AFL_AUTORESUME"] {
        afl.env(setting, "1");
    }
    afl.env("AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES", "1");
    afl.args(["afl", "fuzz", "-t", "5000", "-V", &seconds.to_string(), "-i"]).arg(&corpus).arg("-o").arg(&found);
    let log = found.join("log");
    let file = fs::File::create(&log)?;
    afl.arg("--").arg(program).arg(target).stdout(file.try_clone()?).stderr(file);
    succeed(&mut afl, format_args!("AFL++ ended early, see `{}`", log.display()))?;
    let stats = fs::read_to_string(found.join("default/fuzzer_stats")).context("AFL++ told no figures")?;
    let told = ["execs_done", "execs_per_sec", "corpus_count", "edges_found", "saved_crashes", "saved_hangs"];
    stats.lines().filter(|line| told.iter().any(|name| line.starts_with(name))).for_each(|line| println!("  {line}"));
    Ok(found)
}

/// Copies the smallest set of inputs that covers as much as all of them to the corpus, each under a name of its content.
fn keep(workspace: &Workspace, program: &Path, target: &str, found: &Path) -> Result<()> {
    let smallest = found.join("smallest");
    if smallest.exists() {
        fs::remove_dir_all(&smallest)?;
    }
    let mut afl = workspace.command("cargo");
    afl.args(["afl", "cmin", "-t", "5000", "-i"]).arg(found.join("default/queue")).arg("-o").arg(&smallest);
    succeed(afl.arg("--").arg(program).arg(target), "afl-cmin ended early")?;
    for input in inputs(&smallest)? {
        let bytes = fs::read(&input)?;
        let name = format!("{:016x}", fnv(&bytes));
        fs::write(workspace.path("tests/fuzz/corpus").join(target).join(name), bytes)?;
    }
    Ok(())
}

/// The files and folders of a folder but for AFL++'s notes, by name; none where it is not there.
fn inputs(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let is_input = |name: &str| !name.starts_with('.') && name != "README.txt";
    let mut paths: Vec<PathBuf> =
        entries.iter().filter(|entry| is_input(&entry.file_name().to_string_lossy())).map(fs::DirEntry::path).collect();
    paths.sort();
    Ok(paths)
}

/// FNV-1a: a name for content that nobody forges.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
