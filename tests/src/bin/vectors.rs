//! Runs packet vectors: `vectors FILE.jsonl`, with `world.json` beside the file.
//!
//! Prints a line for every demand that is not met, with step, expected and got, and closes with `N passed, N failed`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use e2e::vectors::{self, Level, World};

fn main() -> ExitCode {
    run().unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(2)
    })
}

fn run() -> anyhow::Result<ExitCode> {
    let Some(file) = std::env::args_os().nth(1).map(PathBuf::from) else {
        bail!("name the file: `vectors FILE.jsonl`, with `world.json` beside it");
    };
    let world_file = file.parent().unwrap_or(Path::new("")).join("world.json");
    let world: World =
        serde_json::from_str(&read(&world_file)?).with_context(|| format!("`{}`", world_file.display()))?;
    let found = vectors::read(&read(&file)?).with_context(|| format!("`{}`", file.display()))?;
    let (mut passed, mut failed) = (0, 0);
    for vector in &found {
        let misses = vectors::run(vector, &world).with_context(|| format!("vector {}", vector.id))?;
        for miss in &misses {
            let choice = if vector.level == Level::Should { " (a choice)" } else { "" };
            println!(
                "{} step {}{choice}: expected {}, got {} - {}",
                vector.id, miss.step, miss.expected, miss.got, vector.title
            );
        }
        if misses.is_empty() { passed += 1 } else { failed += 1 }
    }
    println!("{passed} passed, {failed} failed");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))
}
