//! The same work natively and as WebAssembly, in turns.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use super::build;
use crate::setup::{self, Tool};
use crate::wasm_toolchain::{self, TARGET};
use crate::workspace::{Workspace, succeed};

/// How often each of both is run.
const TURNS: usize = 3;

/// The profile of the console, but for speed instead of size.
const PROFILE: &str = "wasm-bench";

/// What is measured.
#[derive(Clone, Copy)]
pub(super) enum Part {
    /// The core: decision, flow table, parsing, whole path.
    Core,
    /// Answers about every packet at once.
    Analysis,
}

impl Part {
    /// What the native program calls it.
    fn name(self) -> &'static str {
        match self {
            Part::Core => "core",
            Part::Analysis => "analysis",
        }
    }

    /// Starts the work; what it returns is the rows.
    fn script(self) -> String {
        let function = match self {
            Part::Core => "measure",
            Part::Analysis => "measure_analysis",
        };
        format!("process.stdout.write(require(process.argv[1]).{function}())")
    }
}

/// A row as the program writes it.
#[derive(Deserialize)]
struct Row {
    work: String,
    case: String,
    #[serde(default)]
    race: Vec<Figure>,
}

#[derive(Deserialize)]
struct Figure {
    name: String,
    nanos: Spread,
}

#[derive(Deserialize)]
struct Spread {
    median: f64,
}

/// A line of the table: medians of the turns, in nanoseconds.
#[derive(Serialize)]
pub(super) struct Compared {
    work: String,
    case: String,
    native: f64,
    wasm: f64,
    /// The median of the ratios of the turns, with the least and the most.
    ratio: [f64; 3],
}

/// Runs both in turns, and prints the ratios.
pub(super) fn compare(workspace: &Workspace, part: Part) -> Result<Vec<Compared>> {
    setup::ensure(workspace, &[Tool::WasmTarget, Tool::WasmBindgen, Tool::Node])?;
    let native = build(workspace)?;
    let module = build_wasm(workspace)?;
    let mut turns: BTreeMap<(String, String), Vec<(f64, f64)>> = BTreeMap::new();
    for turn in 1..=TURNS {
        println!("  turn {turn} of {TURNS}");
        let natively = rows(workspace.command(&native).args(["portable", part.name()]))?;
        let as_wasm = rows(workspace.command("node").args(["--eval", &part.script()]).arg(&module))?;
        for (key, nanos) in natively {
            let wasm = as_wasm.get(&key).with_context(|| format!("WebAssembly did not measure {}", key.0))?;
            turns.entry(key).or_default().push((nanos, *wasm));
        }
    }
    let table: Vec<Compared> = turns.into_iter().map(|((work, case), turns)| compared(work, case, &turns)).collect();
    for Compared { work, case, native, wasm, ratio: [least, ratio, most] } in &table {
        let (native, wasm) = (time(*native), time(*wasm));
        println!("  {work:<40} {case:<34} native {native:>9}  wasm {wasm:>9} = {ratio:.2}x ({least:.2} to {most:.2})");
    }
    Ok(table)
}

/// Nanoseconds as people say them.
fn time(nanos: f64) -> String {
    match nanos {
        nanos if nanos < 1e4 => format!("{nanos:.1} ns"),
        nanos if nanos < 1e7 => format!("{:.1} us", nanos / 1e3),
        nanos => format!("{:.1} ms", nanos / 1e6),
    }
}

fn compared(work: String, case: String, turns: &[(f64, f64)]) -> Compared {
    let sorted = |values: Vec<f64>| {
        let mut values = values;
        values.sort_by(f64::total_cmp);
        values
    };
    let ratios = sorted(turns.iter().map(|(native, wasm)| wasm / native).collect());
    let middle = turns.len() / 2;
    Compared {
        work,
        case,
        native: sorted(turns.iter().map(|turn| turn.0).collect())[middle],
        wasm: sorted(turns.iter().map(|turn| turn.1).collect())[middle],
        ratio: [ratios[0], ratios[middle], ratios[ratios.len() - 1]],
    }
}

/// Builds the module, and returns the file that Node.js loads.
fn build_wasm(workspace: &Workspace) -> Result<std::path::PathBuf> {
    let mut cargo = workspace.command("cargo");
    wasm_toolchain::require(workspace)?.apply(&mut cargo);
    cargo.args(["build", "--profile", PROFILE, "--target", TARGET, "--package", "bench", "--bin", "bench-wasm"]);
    succeed(&mut cargo, "the module that measures does not build")?;
    let folder = workspace.built(TARGET).join(PROFILE);
    let out = folder.join("node");
    let mut bindgen = workspace.command("wasm-bindgen");
    bindgen.args(["--target", "nodejs", "--out-dir"]).arg(&out).arg(folder.join("bench-wasm.wasm"));
    succeed(&mut bindgen, "the module that measures gets no bindings")?;
    Ok(out.join("bench-wasm.js"))
}

/// What our own side of each row took, by work and case.
fn rows(command: &mut std::process::Command) -> Result<BTreeMap<(String, String), f64>> {
    let output = command.output().context("cannot start the measurement")?;
    if !output.status.success() {
        bail!("the measurement ended early: {}", String::from_utf8_lossy(&output.stderr));
    }
    let rows: Vec<Row> = serde_json::from_slice(&output.stdout).context("the measurement printed no rows")?;
    let ours = |row: Row| row.race.into_iter().next().map(|figure| (row.work, row.case, figure));
    let keyed = rows.into_iter().filter_map(ours).map(|(work, case, Figure { name, nanos })| {
        let work = if name == "ours" { work } else { format!("{work}, {name}") };
        ((work, case), nanos.median)
    });
    Ok(keyed.collect())
}
