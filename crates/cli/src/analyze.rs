//! `portcullis analyze`: which rules do nothing, fight, or do something else than they seem to?

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use analysis::lint::{Effect, Finding, Fix, Lint, lints};
use anyhow::Context;
use policy::{Edit, Resolved, Revision};
use serde_json::json;

use crate::document::ExactArguments;
use crate::report::{Level, Notice, Place, SarifArguments};
use crate::{document, style};

/// Arguments of `portcullis analyze`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    question: ExactArguments,
    /// Remove the rules of which it is proved that nobody would miss them, and write the document to this file
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    #[command(flatten)]
    sarif: SarifArguments,
}

/// Lists what is found at the rules, with what mends it; exit code 0 where nothing is found, 1 where something is.
///
/// # Errors
/// The document cannot be read, or has faults, or a file cannot be written.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let resolved = arguments.question.resolve()?;
    let found = lints(&resolved);
    arguments.sarif.write(&notices(arguments.question.path(), &found)?)?;
    if arguments.question.json {
        style::print(&format!("{:#}", json!({"findings": found.iter().map(Lint::to_value).collect::<Vec<_>>()})));
    } else {
        style::print(&tell(&resolved, &found));
    }
    if let Some(path) = &arguments.write {
        document::write(path, mended(resolved)?.document())?;
    }
    Ok(if found.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The document without what nobody would miss. Of rules that stand in for each other one stays, so each goes alone.
fn mended(mut resolved: Resolved) -> anyhow::Result<Resolved> {
    let is_missed_by_nobody = |fix: &Fix| fix.effect == Effect::Neutral && matches!(fix.edit, Edit::RemoveRule { .. });
    let next = |resolved: &Resolved| lints(resolved).into_iter().find_map(|lint| lint.fix.filter(is_missed_by_nobody));
    while let Some(fix) = next(&resolved) {
        let revision = Revision(resolved.policy().revision().0 + 1);
        resolved.apply(fix.edit.clone(), revision).with_context(|| format!("`{}` does not fit", fix.edit))?;
    }
    Ok(resolved)
}

fn tell(resolved: &Resolved, found: &[Lint]) -> String {
    let rules = resolved.document().rules().count();
    if found.is_empty() {
        return format!(
            "{}: each of {rules} rules decides about some packet, and none fights another",
            style::good("nothing found")
        );
    }
    let lines: String = found.iter().map(tell_lint).collect();
    let ids: std::collections::BTreeSet<_> = found.iter().map(|lint| &lint.rule).collect();
    format!("{lines}\n{} findings at {} of {rules} rules", found.len(), ids.len())
}

fn tell_lint(lint: &Lint) -> String {
    let name = match level(&lint.finding) {
        Level::Error => style::bad(lint.finding.name()),
        Level::Warning => style::warn(lint.finding.name()),
        Level::Note => style::strong(lint.finding.name()),
    };
    let mut text = format!("{name}  {} of {}: {}\n", style::strong(&lint.rule), lint.group, lint.finding);
    if let Some(fix) = &lint.fix {
        text.push_str(&format!("  fix  {} {}\n", fix.edit, style::faint(format!("({})", fix.effect))));
    }
    text
}

fn level(finding: &Finding) -> Level {
    match finding {
        Finding::Shadowed { .. }
        | Finding::Conflicting { .. }
        | Finding::WorldOpen { .. }
        | Finding::Asymmetric { .. }
        | Finding::OneWay { .. }
        | Finding::NeverMatching => Level::Warning,
        Finding::Disabled
        | Finding::Unused
        | Finding::Redundant { .. }
        | Finding::Implied { .. }
        | Finding::Correlated { .. }
        | Finding::VirtualAddress { .. } => Level::Note,
    }
}

fn notices(document: &Path, found: &[Lint]) -> anyhow::Result<Vec<Notice>> {
    let text = std::fs::read_to_string(document).with_context(|| format!("cannot read `{}`", document.display()))?;
    let notice = |lint: &Lint| Notice {
        kind: (lint.finding.name(), lint.finding.meaning()),
        level: level(&lint.finding),
        message: format!("rule {}: {}", lint.rule, lint.finding),
        place: Place::rule(document, &text, lint.rule.as_str()),
    };
    Ok(found.iter().map(notice).collect())
}
