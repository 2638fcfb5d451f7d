//! `bench portable`: what runs as WebAssembly too, as JSON on the standard output.

use anyhow::Context;

use super::clock;

pub(super) fn run() -> anyhow::Result<()> {
    let rows = bench::rows::portable(clock);
    println!("{}", serde_json::to_string(&rows).context("the rows are not JSON")?);
    Ok(())
}
