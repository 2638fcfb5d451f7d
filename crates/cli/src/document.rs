//! The document that a command works on.

use std::path::{Path, PathBuf};

use analysis::{NODES, weigh};
use anyhow::{Context, bail};
use policy::{Diagnostic, Document, Resolved, Revision, Severity};

use crate::report;

/// The sample project, for a first start and for `lab`.
pub(crate) const SAMPLE: &str = include_str!("../../../public/samples/three-tier.yaml");

/// Which document to use.
#[derive(clap::Args, Debug)]
pub(crate) struct DocumentArguments {
    /// The document, YAML or JSON
    #[arg(short, long, value_name = "FILE", env = "PORTCULLIS_DOCUMENT", default_value = "portcullis.yaml")]
    document: PathBuf,
}

impl DocumentArguments {
    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.document
    }

    /// Reads the document and resolves it.
    ///
    /// # Errors
    /// The file cannot be read, or all faults of the document.
    pub(crate) fn resolve(&self) -> anyhow::Result<Resolved> {
        let resolved = resolve(&self.document);
        if self.document.exists() {
            return resolved;
        }
        resolved.context("name a document with `--document FILE`, such as the sample `public/samples/three-tier.yaml`")
    }
}

/// What every exact answer is asked with.
#[derive(clap::Args, Debug)]
pub(crate) struct ExactArguments {
    #[command(flatten)]
    document: DocumentArguments,
    #[command(flatten)]
    budget: BudgetArguments,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl ExactArguments {
    /// The file of the document.
    pub(crate) fn path(&self) -> &Path {
        self.document.path()
    }

    /// Reads the document and resolves it.
    ///
    /// # Errors
    /// The file cannot be read, all faults of the document, or its answers would take too much.
    pub(crate) fn resolve(&self) -> anyhow::Result<Resolved> {
        self.weighed(self.document.resolve()?)
    }

    /// As [`BudgetArguments::weighed`].
    ///
    /// # Errors
    /// As there.
    pub(crate) fn weighed(&self, resolved: Resolved) -> anyhow::Result<Resolved> {
        self.budget.weighed(resolved)
    }
}

/// How much an exact answer may take.
#[derive(clap::Args, Debug)]
pub(crate) struct BudgetArguments {
    /// Refuse documents whose rules say more different things than this
    #[arg(long, value_name = "NUMBER", default_value_t = NODES)]
    nodes: usize,
}

impl BudgetArguments {
    /// Lets documents pass whose answers can be made.
    ///
    /// # Errors
    /// The answers would take too much.
    pub(crate) fn weighed(&self, resolved: Resolved) -> anyhow::Result<Resolved> {
        weigh(resolved.policy(), self.nodes).context("raise it with `--nodes`, where there is memory")?;
        Ok(resolved)
    }
}

/// Reads a document and resolves it.
///
/// # Errors
/// The file cannot be read, or all faults of the document.
pub(crate) fn resolve(path: &Path) -> anyhow::Result<Resolved> {
    let (document, diagnostics) = read(path)?;
    if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        let faults: Vec<String> = diagnostics.iter().map(Diagnostic::to_string).collect();
        bail!("`{}` cannot be used:\n{}", path.display(), faults.join("\n"));
    }
    Resolved::new(document, Revision(1)).with_context(|| format!("`{}` cannot be used", path.display()))
}

/// Writes a document: JSON to a file that is named so, else YAML.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn write(path: &Path, document: &Document) -> anyhow::Result<()> {
    let text = match path.extension().is_some_and(|extension| extension == "json") {
        true => format!("{:#}\n", document.to_value()),
        false => document.to_yaml(),
    };
    report::write(path, &text)
}

/// Reads a document and every fault of it.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn read(path: &Path) -> anyhow::Result<(Document, Vec<Diagnostic>)> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read the document `{}`", path.display()))?;
    Ok(Document::check_bytes(&bytes))
}
