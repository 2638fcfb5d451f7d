//! Measures the core, beside what it is compared with: `cargo xtask bench`.
//!
//! What is measured stands in `tests/bench`, what the rows mean in `docs/benchmarks.md`.

mod analysis;
mod instructions;
mod wasm;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::setup::{self, Tool};
use crate::workspace::{Workspace, succeed};

/// What to measure.
#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Decision, flow table and whole path by size, beside linear search, tuple space and a plain map.
    Core {
        /// Also write all figures here.
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
        /// Fewer laps and sizes: a minute instead of many.
        #[arg(long)]
        quick: bool,
        /// Only these parts, such as `decision`; `bench core --help` lists them.
        #[arg(long, value_name = "PART")]
        only: Vec<String>,
    },
    /// Answers about every packet at once by the number of rules, beside decision diagrams, boxes and pairs of rules; then the
    /// same natively and as WebAssembly.
    Analysis {
        /// Also write all figures here.
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
        /// Fewer laps and sizes.
        #[arg(long)]
        quick: bool,
    },
    /// What nftables costs a packet in a namespace, with as many rules, beside our whole path; as root.
    Kernel {
        /// Also write all figures here.
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
        /// Fewer laps.
        #[arg(long)]
        quick: bool,
    },
    /// The enforcer with real packets in namespaces, beside the kernel's bridge with nftables and forwarders without any policy;
    /// as root.
    Datapath {
        /// Also write all figures here.
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
        /// Fewer and shorter laps.
        #[arg(long)]
        quick: bool,
        /// Only contenders in whose names this is, such as `pnet`.
        #[arg(long, value_name = "NAME")]
        only: Vec<String>,
    },
    /// The same work natively and as WebAssembly under Node.js.
    Wasm {
        /// Also write all figures here.
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
    },
    /// The decision for a ClassBench filter file, checked against linear search on every packet.
    Classbench {
        /// A filter file, as `db_generator` writes it.
        rules: PathBuf,
        /// Packets, as `trace_generator` writes them.
        trace: Option<PathBuf>,
        /// Also write all figures here.
        #[arg(long, value_name = "FILE")]
        json: Option<PathBuf>,
    },
    /// Instructions a packet on the hot paths, counted by Valgrind, beside those in docs/benchmarks.md.
    Instructions {
        /// Write them into docs/benchmarks.md.
        #[arg(long)]
        write: bool,
    },
}

/// Measures.
pub(crate) fn bench(workspace: &Workspace, options: &Options) -> Result<()> {
    match &options.what {
        What::Core { json, quick, only } => {
            run(workspace, "core", flags(json.as_deref(), *quick)?.into_iter().chain(only_flags(only)))
        }
        What::Analysis { json, quick } => analysis::measure(workspace, json.as_deref(), *quick),
        What::Kernel { json, quick } => {
            setup::ensure(workspace, &[Tool::NetworkTools])?;
            run(workspace, "kernel", flags(json.as_deref(), *quick)?)
        }
        What::Datapath { json, quick, only } => {
            setup::ensure(workspace, &[Tool::NetworkTools])?;
            let mut cargo = workspace.command("cargo");
            cargo.args(["build", "--release", "--package", "enforcer", "--bin", "portcullis-enforcer"]);
            succeed(&mut cargo, "the enforcer does not build")?;
            let program = ["--enforcer".into(), workspace.built("release/portcullis-enforcer").into_os_string()];
            let flags = flags(json.as_deref(), *quick)?.into_iter().chain(only_flags(only));
            run(workspace, "datapath", flags.chain(program))
        }
        What::Wasm { json } => {
            let table = wasm::compare(workspace, wasm::Part::Core)?;
            json.as_ref().map_or(Ok(()), |path| write(path, &table))
        }
        What::Classbench { rules, trace, json } => {
            let files = [Some(rules), trace.as_ref()].into_iter().flatten().map(|file| absolute(file));
            let files = files.collect::<Result<Vec<_>>>()?;
            run(workspace, "classbench", files.into_iter().chain(flags(json.as_deref(), false)?))
        }
        What::Instructions { write: false } => instructions::count(workspace, instructions::Table::Compare),
        What::Instructions { write: true } => instructions::count(workspace, instructions::Table::Write),
    }
}

/// Builds the program that measures, optimised as what is shipped is.
fn build(workspace: &Workspace) -> Result<PathBuf> {
    let mut cargo = workspace.command("cargo");
    cargo.args(["build", "--release", "--package", "bench", "--bin", "bench"]);
    succeed(&mut cargo, "the program that measures does not build")?;
    Ok(workspace.built("release/bench"))
}

fn run(workspace: &Workspace, what: &str, arguments: impl IntoIterator<Item = OsString>) -> Result<()> {
    let program = build(workspace)?;
    succeed(workspace.command(program).arg(what).args(arguments), "the measurement ended early")
}

fn write(path: &Path, figures: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(figures)? + "\n";
    fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))
}

fn flags(json: Option<&Path>, quick: bool) -> Result<Vec<OsString>> {
    let mut flags = Vec::new();
    if let Some(path) = json {
        flags.extend(["--json".into(), absolute(path)?]);
    }
    if quick {
        flags.push("--quick".into());
    }
    Ok(flags)
}

fn only_flags(names: &[String]) -> impl Iterator<Item = OsString> {
    names.iter().flat_map(|name| ["--only".into(), name.into()])
}

/// Programs are started at the top of the checkout, wherever this one was.
fn absolute(path: &Path) -> Result<OsString> {
    Ok(std::path::absolute(path).with_context(|| format!("`{}` is no path", path.display()))?.into())
}
