//! `portcullis tighten`: what is the least that these flows need?

use std::path::PathBuf;
use std::process::ExitCode;

use analysis::tighten::{Narrowing, Tightening, tighten};

use crate::document::ExactArguments;
use crate::evidence::EvidenceArguments;
use crate::suggest::after;
use crate::{document, style};

/// Arguments of `portcullis tighten`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    question: ExactArguments,
    #[command(flatten)]
    evidence: EvidenceArguments,
    /// Carry all of it out and write the document to this file
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

/// Narrows each rule to what passed by it; exit code 0 where every rule is as narrow, 1 where one could be narrower.
///
/// # Errors
/// The document or the evidence cannot be read, or has faults.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let resolved = arguments.question.resolve()?;
    let evidence = arguments.evidence.read(resolved.policy())?;
    let found = tighten(&resolved, &evidence.seen);
    if arguments.question.json {
        style::print(&format!("{:#}", found.to_value()));
    } else {
        style::print(&format!("{}\n{}", evidence.words(), tell(&found)));
    }
    if let Some(path) = &arguments.write {
        document::write(path, &after(&resolved, found.edits())?)?;
    }
    Ok(if found.rules.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn tell(found: &Tightening) -> String {
    if found.rules.is_empty() {
        return format!("{}: no rule allows more than was seen", style::good("tight"));
    }
    let mut text: String = found.rules.iter().map(tell_rule).collect();
    text.push_str(&format!("\n{} rules could be narrower; no longer would pass:\n", found.rules.len()));
    for change in &found.changes {
        text.push_str(&format!("  {} at {}\n", change.region, style::names(&change.vnics)));
    }
    text
}

fn tell_rule(narrowing: &Narrowing) -> String {
    let uses = match narrowing.flows {
        0 => "nothing passed by it".to_owned(),
        1 => "1 flow passed by it".to_owned(),
        flows => format!("{flows} flows passed by it"),
    };
    let edits: String = narrowing.edits.iter().map(|edit| format!("  {edit}\n")).collect();
    format!("{} {}: {uses}\n{edits}", style::warn("wide"), style::strong(&narrowing.rule))
}
