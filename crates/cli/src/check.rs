//! `portcullis check`: is this document valid?

use std::path::PathBuf;
use std::process::ExitCode;

use policy::{Diagnostic, Severity};
use serde_json::{Value, json};

use crate::{document, style};

/// Arguments of `portcullis check`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// The documents, YAML or JSON
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Lists the faults of every file; fails where one has errors.
///
/// # Errors
/// A file cannot be read.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let mut worst = None;
    let mut reports: Vec<Value> = Vec::new();
    for path in &arguments.files {
        let (document, diagnostics) = document::read(path)?;
        worst = worst.max(diagnostics.iter().map(|diagnostic| diagnostic.severity).max());
        let name = path.display().to_string();
        if arguments.json {
            reports.push(
                json!({"file": name, "diagnostics": diagnostics.iter().map(Diagnostic::to_value).collect::<Vec<_>>()}),
            );
            continue;
        }
        for diagnostic in &diagnostics {
            print(&name, diagnostic);
        }
        let rules: usize = document.groups.iter().map(|group| group.rules.len()).sum();
        let counts = [(document.groups.len(), "group"), (rules, "rule"), (document.instances.len(), "instance")];
        let found = counts.map(|(number, what)| count(number, what)).join(", ");
        let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
        match errors {
            0 => style::print(&format!("{} {name}: {found}", style::good("valid"))),
            errors => style::print(&format!("{} {name}: {}", style::bad("faulty"), count(errors, "error"))),
        }
    }
    if arguments.json {
        style::print(&format!("{:#}", Value::Array(reports)));
    }
    Ok(if worst == Some(Severity::Error) { ExitCode::from(2) } else { ExitCode::SUCCESS })
}

/// `1 rule`, `2 rules`.
fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

fn print(name: &str, diagnostic: &Diagnostic) {
    let severity = match diagnostic.severity {
        Severity::Error => style::bad(diagnostic.severity),
        Severity::Warning => style::warn(diagnostic.severity),
    };
    let place = if diagnostic.path.is_empty() { name.to_owned() } else { format!("{name}: {}", diagnostic.path) };
    style::print(&format!("{severity}: {}: {}", style::strong(place), diagnostic.message));
}
