//! `bench portable`: what runs as WebAssembly too, as JSON on the standard output.

use anyhow::Context;
use bench::rows;

use super::clock;

/// Of what.
#[derive(clap::Args)]
pub(super) struct Options {
    #[arg(default_value = "core")]
    part: Part,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Part {
    /// Decision, flow table, parsing, whole path.
    Core,
    /// Answers about every packet at once.
    Analysis,
}

pub(super) fn run(options: &Options) -> anyhow::Result<()> {
    let rows = match options.part {
        Part::Core => rows::portable(clock),
        Part::Analysis => rows::portable_analysis(clock),
    };
    println!("{}", serde_json::to_string(&rows).context("the rows are not JSON")?);
    Ok(())
}
