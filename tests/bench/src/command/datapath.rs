//! `bench datapath`.

use std::path::PathBuf;

use bench::datapath::{self, Effort};
use bench::kernel;

use super::{Output, Rows};

/// How much is sent, and by whom it is judged.
#[derive(clap::Args)]
pub(super) struct Options {
    #[command(flatten)]
    output: Output,

    /// The enforcer's program.
    #[arg(long, value_name = "FILE", default_value = "target/release/portcullis-enforcer")]
    enforcer: PathBuf,

    /// Only who has this in its name, such as `pnet`: with the policy and bare, lap by lap.
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,

    /// Fewer and shorter laps.
    #[arg(long)]
    quick: bool,
}

pub(super) fn run(options: &Options) -> anyhow::Result<()> {
    if let Some(obstacle) = kernel::obstacle() {
        anyhow::bail!(obstacle);
    }
    let mut rows = Rows::default();
    let effort = if options.quick { Effort::QUICK } else { Effort::FULL };
    datapath::rows(effort, &options.enforcer, &options.only, |row| rows.add(row))?;
    rows.write(&options.output)
}
