//! `bench classbench`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use bench::classbench::{Filters, read_trace};
use bench::questions::{QUESTIONS, hits, misses};
use bench::race::Effort;
use bench::rows::decision::Deciders;
use bench::sets::RuleSet;
use bench::table::{Counted, Row};
use policy::Subject;

use super::{Output, Rows, clock};

/// What is asked what.
#[derive(clap::Args)]
pub(super) struct Options {
    /// A filter file, as ClassBench's `db_generator` writes it.
    rules: PathBuf,

    /// Packets, as `trace_generator` writes them; without it, packets are made for the rules.
    trace: Option<PathBuf>,

    #[command(flatten)]
    output: Output,
}

pub(super) fn run(options: &Options) -> anyhow::Result<()> {
    let filters = Filters::read(&read(&options.rules)?).with_context(|| options.rules.display().to_string())?;
    let set = RuleSet::of(filters.family, filters.rules);
    let deciders = Deciders::of(&set);
    if deciders.flat.is_empty() {
        bail!("{}: no filter has a port that a rule can name", options.rules.display());
    }
    let subjects = match &options.trace {
        Some(path) => read_trace(&read(path)?, filters.family).with_context(|| path.display().to_string())?,
        None => packets(&set, &deciders),
    };
    if let Some(dispute) = deciders.dispute(&subjects) {
        bail!("the decisions differ: {dispute}");
    }
    let name = options.rules.file_name().unwrap_or_default().to_string_lossy();
    let mut rows = Rows::default();
    rows.add(Row::count(
        "classbench",
        name.clone(),
        vec![
            counted("filters", filters.lines, "lines"),
            counted("projected", deciders.flat.len(), "rules"),
            counted("tuple space", deciders.space.tables(), "tables"),
            counted("all decide alike on", subjects.len(), "packets"),
        ],
    ));
    rows.add(Row::race("classbench, new flow", name, deciders.race(clock, Effort::FULL, &subjects)));
    rows.write(&options.output)
}

fn packets(set: &RuleSet, deciders: &Deciders) -> Vec<Subject> {
    let mut subjects = hits(set, &deciders.flat, QUESTIONS);
    subjects.extend(misses(set, &deciders.space, QUESTIONS));
    subjects
}

fn counted(name: &'static str, value: usize, unit: &'static str) -> Counted {
    Counted { name, value: value as f64, unit }
}

fn read(path: &Path) -> anyhow::Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))
}
