//! `portcullis diff`: what does an edit change?

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use analysis::{Change, Diff, Turn};
use policy::Remote;

use crate::{document, style};

/// Arguments of `portcullis diff`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// The document before, YAML or JSON
    old: PathBuf,
    /// The document after
    new: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Tells every new flow that passes under one document and not under the other; exit code 0 where there is none, 1 where there
/// is one.
///
/// # Errors
/// A document cannot be read, or has faults.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let (before, after) = (document::resolve(&arguments.old)?, document::resolve(&arguments.new)?);
    let diff = analysis::diff(&before, &after);
    if arguments.json {
        style::print(&format!("{:#}", diff.to_value()));
    } else {
        style::print(&tell(&diff, &arguments.new));
    }
    Ok(if diff.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn tell(diff: &Diff, new: &Path) -> String {
    if diff.is_empty() {
        return format!("{}: every packet fares alike under both documents", style::good("equivalent"));
    }
    let mut text: String = diff.changes.iter().map(|change| tell_change(change, new)).collect();
    for beyond in &diff.beyond {
        text.push_str(&format!("{}  {beyond}\n", style::warn("besides")));
    }
    let of = |turn: Turn| diff.changes.iter().filter(|change| change.turn() == turn).count();
    text.push_str(&format!("\n{} newly allowed, {} newly denied", of(Turn::Allowed), of(Turn::Denied)));
    text
}

fn tell_change(change: &Change, new: &Path) -> String {
    let turn = match change.turn() {
        Turn::Allowed => style::warn("allowed"),
        Turn::Denied => style::bad("denied "),
    };
    let mut text = format!("{turn}  {}", style::strong(&change.region));
    if !change.remotes.is_empty() {
        let names: Vec<String> = change.remotes.iter().map(Remote::to_string).collect();
        text.push_str(&format!(" ({})", names.join(", ")));
    }
    let vnics = style::names(&change.vnics);
    text.push_str(&format!("\n  at   {vnics}\n  was  {}\n  is   {}\n", change.before, change.after));
    if let Some(witness) = &change.witness {
        let (vnic, direction, packet) = (&witness.vnic, witness.direction, &witness.packet);
        let command = format!("portcullis simulate -d {} --vnic {vnic} --{direction} '{packet}'", new.display());
        text.push_str(&format!("  try  {}\n", style::faint(command)));
    }
    text
}
