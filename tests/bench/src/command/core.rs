//! `bench core`.

use bench::race::Effort;
use bench::rows::scale::Scale;
use bench::rows::{decision, flows, frames, scale};
use bench::table::{Counted, Row};
use bench::traffic;
use policy::Family;

use super::{Output, Rows, clock, kernel};

/// What is measured, and for how long.
#[derive(clap::Args)]
pub(super) struct Options {
    #[command(flatten)]
    output: Output,

    /// Fewer laps and sizes: seconds instead of minutes.
    #[arg(long)]
    quick: bool,

    /// Only these parts; all of them if none is named.
    #[arg(long, value_enum)]
    only: Vec<Part>,
}

/// A part of the table.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// The decision about a new flow.
    Decision,
    /// The flow table alone, and its memory.
    Flows,
    /// From bytes to verdict.
    Frames,
    /// Parsing and checksums.
    Parse,
    /// A whole hypervisor: compilation, memory, changes.
    Scale,
    /// The kernel with the same rules, as root.
    Kernel,
}

/// How much of everything.
struct Sizes {
    effort: Effort,
    rules: &'static [usize],
    flows: &'static [u32],
    scale: Scale,
}

const FULL: Sizes = Sizes {
    effort: Effort::FULL,
    rules: &[10, 100, 1_000, 10_000, 100_000],
    flows: &[1_000, 64_000, 1_000_000, 4_000_000],
    scale: Scale::FULL,
};

const QUICK: Sizes =
    Sizes { effort: Effort::QUICK, rules: &[10, 1_000, 10_000], flows: &[1_000, 64_000], scale: Scale::SMALL };

pub(super) fn run(options: &Options) -> anyhow::Result<()> {
    let Sizes { effort, rules, flows, scale } = if options.quick { QUICK } else { FULL };
    let is_wanted = |part| options.only.is_empty() || options.only.contains(&part);
    let mut rows = Rows::default();
    if is_wanted(Part::Parse) {
        frames::parse_rows(clock, effort, |row| rows.add(row));
    }
    if is_wanted(Part::Frames) {
        frames::rows(clock, effort, flows, |row| rows.add(row));
    }
    if is_wanted(Part::Flows) {
        flows::rows(clock, effort, flows, |row| rows.add(row));
        flows.iter().for_each(|size| rows.add(memory(*size)));
    }
    if is_wanted(Part::Decision) {
        decision::rows(clock, effort, rules, |row| rows.add(row));
    }
    if is_wanted(Part::Scale) {
        scale::rows(clock, effort, scale, |row| rows.add(row));
    }
    if is_wanted(Part::Kernel) {
        kernel::measure(effort, &mut rows)?;
    }
    rows.write(&options.output)
}

/// What so many flows take, all in.
fn memory(flows: u32) -> Row {
    let each = |bytes: i64| bytes as f64 / f64::from(flows);
    let (mut table, mut map) = (None, None);
    let ours = allocation_counter::measure(|| table = Some(traffic::table(Family::Ipv4, flows, 0)));
    let theirs = allocation_counter::measure(|| map = Some(flows::map(Family::Ipv4, flows)));
    let counted = |name, bytes| Counted { name, value: each(bytes), unit: "bytes a flow" };
    let counts = vec![counted("ours", ours.bytes_current), counted("HashMap", theirs.bytes_current)];
    Row::count("flow table, memory", format!("{flows} flows"), counts)
}
