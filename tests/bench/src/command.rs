//! The command line.

mod analysis;
mod classbench;
mod core;
mod datapath;
mod kernel;
mod path;
mod portable;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::LazyLock;
use std::time::Instant;

use anyhow::Context;
use bench::table::Row;
use clap::{Args, Parser, Subcommand};

/// Measures the core beside what it is compared with.
#[derive(Parser)]
#[command(name = "bench")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// All that the core does, by size.
    Core(core::Options),
    /// Answers about every packet at once, by the number of rules.
    Analysis(analysis::Options),
    /// The decision for a ClassBench filter file.
    Classbench(classbench::Options),
    /// The kernel's rules in namespaces, as root.
    Kernel(kernel::Options),
    /// The enforcer with real packets, beside the kernel and bare forwarders, as root.
    Datapath(datapath::Options),
    /// What runs as WebAssembly too, as JSON.
    Portable(portable::Options),
    /// One of the hot paths, over and over, for a tool that counts instructions.
    Path(path::Options),
}

/// Where figures go beside the terminal.
#[derive(Args)]
struct Output {
    /// Also write all figures here.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

pub(super) fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Core(options) => core::run(&options),
        Command::Classbench(options) => classbench::run(&options),
        Command::Kernel(options) => kernel::run(&options),
        Command::Datapath(options) => datapath::run(&options),
        Command::Analysis(options) => analysis::run(&options),
        Command::Portable(options) => portable::run(&options),
        Command::Path(options) => {
            path::run(&options);
            Ok(())
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Nanoseconds since the program asked first.
fn clock() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_nanos() as f64
}

/// Rows as they come: shown at once, and kept.
#[derive(Default)]
struct Rows(Vec<Row>);

impl Rows {
    fn add(&mut self, row: Row) {
        println!("{}", row.line());
        self.0.push(row);
    }

    fn write(&self, output: &Output) -> anyhow::Result<()> {
        let Some(path) = &output.json else { return Ok(()) };
        let text = serde_json::to_string_pretty(&self.0).context("the rows are not JSON")?;
        std::fs::write(path, text + "\n").with_context(|| format!("cannot write `{}`", path.display()))
    }
}
