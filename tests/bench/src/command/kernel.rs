//! `bench kernel`.

use bench::kernel;
use bench::race::Effort;

use super::{Output, Rows, clock};

/// How much is sent.
#[derive(clap::Args)]
pub(super) struct Options {
    #[command(flatten)]
    output: Output,

    /// Fewer laps.
    #[arg(long)]
    quick: bool,
}

pub(super) fn run(options: &Options) -> anyhow::Result<()> {
    let mut rows = Rows::default();
    let effort = if options.quick { Effort::QUICK } else { Effort::FULL };
    measure(effort, &mut rows)?;
    rows.write(&options.output)
}

/// Adds the rows, or says loudly why there are none.
pub(super) fn measure(effort: Effort, rows: &mut Rows) -> anyhow::Result<()> {
    match kernel::obstacle() {
        Some(obstacle) => {
            println!("SKIPPED: the kernel beside us: {obstacle}");
            Ok(())
        }
        None => kernel::rows(clock, effort, &[10, 100, 1_000, 10_000], |row| rows.add(row)),
    }
}
