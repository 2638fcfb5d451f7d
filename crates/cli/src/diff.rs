//! `portcullis diff`: what does an edit change?

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use analysis::{Change, Diff, Turn};
use anyhow::Context;
use policy::{Document, Profile, Remote, Resolved, Revision};

use crate::document::BudgetArguments;
use crate::{document, style};

/// Arguments of `portcullis diff`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// The document before, YAML or JSON
    old: PathBuf,
    /// The document after; the one before where only `--profile` shall change
    #[arg(required_unless_present = "profile")]
    new: Option<PathBuf>,
    /// Read the document after as this cloud would: `portcullis`, `openstack`, `mcloud`, `exoscale`, `huawei` or `aws`
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    #[command(flatten)]
    budget: BudgetArguments,
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
    let before = arguments.budget.weighed(document::resolve(&arguments.old)?)?;
    let after = arguments.budget.weighed(arguments.after()?)?;
    let diff = analysis::diff(before.policy(), after.policy());
    if arguments.json {
        style::print(&format!("{:#}", diff.to_value()));
    } else {
        // A document that stands in no file cannot be asked for more.
        let file = arguments.new.as_deref().filter(|_| arguments.profile.is_none());
        style::print(&tell(&diff, file));
    }
    Ok(if diff.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

impl Arguments {
    fn after(&self) -> anyhow::Result<Resolved> {
        let path = self.new.as_deref().unwrap_or(&self.old);
        let resolved = document::resolve(path)?;
        let Some(name) = &self.profile else { return Ok(resolved) };
        let profile = Profile::named(name)
            .with_context(|| format!("there is no profile `{name}`: name one of {}", Profile::NAMES.join(", ")))?;
        let document = Document { profile, ..resolved.document().clone() };
        Resolved::new(document, Revision(2))
            .with_context(|| format!("`{}` cannot be used as `{name}` would", path.display()))
    }
}

fn tell(diff: &Diff, new: Option<&Path>) -> String {
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

/// A change with its witness, and how to see it in a file.
pub(crate) fn tell_change(change: &Change, new: Option<&Path>) -> String {
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
    if let Some((witness, new)) = change.witness.as_ref().zip(new) {
        let (vnic, direction, packet) = (&witness.vnic, witness.direction, &witness.packet);
        let command = format!("portcullis simulate -d {} --vnic {vnic} --{direction} '{packet}'", new.display());
        text.push_str(&format!("  try  {}\n", style::faint(command)));
    }
    text
}
