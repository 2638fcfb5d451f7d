//! Instructions a packet, which do not depend on what else the machine does.
//!
//! The program judges so many packets of a kind under Valgrind, once few and once many: the difference is what packets cost,
//! without the start. The same compiler, the same code and the same processor features give the same counts, so a change in the
//! table is one of the code.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::build;
use crate::setup::{self, Tool};
use crate::workspace::Workspace;

/// The hot paths by the name that the program knows, and what the table calls them.
const PATHS: [(&str, &str); 3] = [
    ("established", "established TCP packet, bytes to verdict"),
    ("new", "new flow, bytes to verdict, 100 rules"),
    ("invalid", "invalid TCP packet, bytes to verdict"),
];

/// Packets of the two runs.
const FEW: u32 = 1_024;
const MANY: u32 = 11_264;

const PAGE: &str = "docs/benchmarks.md";
const START: &str = "<!-- instructions -->\n";
const END: &str = "<!-- end of instructions -->\n";

/// What becomes of the counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    /// They are shown beside those of the page.
    Compare,
    /// They replace those of the page.
    Write,
}

/// Counts, and prints or writes the table.
pub(super) fn count(workspace: &Workspace, table: Table) -> Result<()> {
    setup::ensure(workspace, &[Tool::Valgrind])?;
    let program = build(workspace)?;
    let page = workspace.path(PAGE);
    let text = fs::read_to_string(&page).with_context(|| format!("cannot read `{PAGE}`"))?;
    let (before, known, after) = split(&text)?;
    let mut rows = String::from("| path | instructions a packet |\n|---|---|\n");
    for (path, name) in PATHS {
        let few = collect(workspace, &program, path, FEW)?;
        let many = collect(workspace, &program, path, MANY)?;
        let each = (many.saturating_sub(few) + u64::from(MANY - FEW) / 2) / u64::from(MANY - FEW);
        let change = match known_count(known, name) {
            Some(known) => format!("{known} in the table, {:+.1} %", (each as f64 / known as f64 - 1.0) * 100.0),
            None => "not in the table".to_owned(),
        };
        println!("  {name:<44} {each:>6}  ({change})");
        rows.push_str(&format!("| {name} | {each} |\n"));
    }
    if table == Table::Write {
        fs::write(&page, format!("{before}{START}{rows}{END}{after}"))
            .with_context(|| format!("cannot write `{PAGE}`"))?;
    }
    Ok(())
}

fn split(text: &str) -> Result<(&str, &str, &str)> {
    let parts = text.split_once(START).and_then(|(before, rest)| {
        let (known, after) = rest.split_once(END)?;
        Some((before, known, after))
    });
    parts.with_context(|| format!("`{PAGE}` has no lines `{}` and `{}` around a table", START.trim(), END.trim()))
}

fn known_count(table: &str, name: &str) -> Option<u64> {
    let row = table.lines().find_map(|line| line.strip_prefix(&format!("| {name} | ")))?;
    row.trim_end_matches(" |").parse().ok()
}

/// Instructions of one run, from what Valgrind says at its end: `Collected : N`.
fn collect(workspace: &Workspace, program: &Path, path: &str, packets: u32) -> Result<u64> {
    let mut valgrind = workspace.command("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program);
    let output = valgrind.args(["path", path, &packets.to_string()]).output().context("cannot start `valgrind`")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("valgrind ended with {}: {said}", output.status);
    }
    let count = said.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok());
    count.with_context(|| format!("valgrind told no count: {said}"))
}
