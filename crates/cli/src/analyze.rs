//! `portcullis analyze`: which rules do nothing?

use std::process::ExitCode;

use analysis::{Idle, idle_rules};
use policy::Policy;
use serde_json::json;

use crate::document::DocumentArguments;
use crate::style;

/// Arguments of `portcullis analyze`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    document: DocumentArguments,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Lists the rules without which every packet fares alike, and why; exit code 0 where there is none, 1 where there is one.
///
/// # Errors
/// The document cannot be read, or has faults.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let policy = arguments.document.resolve()?;
    let idle = idle_rules(&policy);
    if arguments.json {
        style::print(&format!("{:#}", json!({"idle": idle.iter().map(Idle::to_value).collect::<Vec<_>>()})));
    } else {
        style::print(&tell(&policy, &idle));
    }
    Ok(if idle.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn tell(policy: &Policy, idle: &[Idle]) -> String {
    let rules = policy.rules().count();
    if idle.is_empty() {
        return format!("{}: each of {rules} rules decides about some packet", style::good("nothing found"));
    }
    let line = |idle: &Idle| {
        format!("{}  {} of {}: {}\n", style::warn("idle"), style::strong(&idle.rule), idle.group, idle.cause)
    };
    let lines: String = idle.iter().map(line).collect();
    format!("{lines}\n{} of {rules} rules do nothing: without any one of them every packet fares alike", idle.len())
}
