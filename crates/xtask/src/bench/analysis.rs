//! Answers about every packet at once: beside what they are compared with, and as WebAssembly.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;

use super::wasm::{self, Compared};
use super::{flags, run, write};
use crate::workspace::Workspace;

/// Both tables.
#[derive(Serialize)]
struct Figures {
    /// Rows as the program writes them.
    peers: Value,
    /// The same work natively and as WebAssembly.
    wasm: Vec<Compared>,
}

/// Prints both tables, and writes them where `json` says.
pub(super) fn measure(workspace: &Workspace, json: Option<&Path>, quick: bool) -> Result<()> {
    run(workspace, "analysis", flags(json, quick)?)?;
    let wasm = wasm::compare(workspace, wasm::Part::Analysis)?;
    let Some(path) = json else { return Ok(()) };
    // The program has written its rows there.
    let text = fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let peers = serde_json::from_str(&text).context("the measurement wrote no rows")?;
    write(path, &Figures { peers, wasm })
}
