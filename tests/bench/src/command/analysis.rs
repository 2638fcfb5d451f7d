//! `bench analysis`.

use bench::race::Effort;
use bench::rows::analysis::{Company, Sizes, rows};

use super::{Output, Rows, clock};

/// How much is measured.
#[derive(clap::Args)]
pub(super) struct Options {
    #[command(flatten)]
    output: Output,

    /// Fewer laps and sizes: seconds instead of minutes.
    #[arg(long)]
    quick: bool,
}

pub(super) fn run(options: &Options) -> anyhow::Result<()> {
    let (effort, sizes) = if options.quick { (Effort::QUICK, Sizes::QUICK) } else { (Effort::FULL, Sizes::FULL) };
    let mut shown = Rows::default();
    rows(clock, effort, &sizes, Company::Peers, |row| shown.add(row));
    shown.write(&options.output)
}
