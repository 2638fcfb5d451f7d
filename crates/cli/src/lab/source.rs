//! Which document a lab is built from, and which one its enforcer follows.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use policy::{Diagnostic, Document, Severity};

use super::state::folder;
use crate::document::{self, SAMPLE};

/// Which document a lab is built from.
#[derive(Clone, Debug)]
pub(super) enum Source {
    /// A file.
    File(PathBuf),
    /// A controller.
    Controller(String),
}

impl Source {
    /// The source that the options name; without any, the sample as a file of the lab, to be edited.
    ///
    /// # Errors
    /// The file cannot be written or found.
    pub(super) fn of(lab: &str, document: Option<&Path>, controller: Option<&str>) -> anyhow::Result<Source> {
        match (document, controller) {
            (_, Some(url)) => Ok(Source::Controller(url.trim_end_matches('/').to_owned())),
            // The enforcer runs on when this directory is left.
            (Some(path), None) => match fs::canonicalize(path) {
                Ok(path) => Ok(Source::File(path)),
                Err(error) => Err(error).with_context(|| format!("cannot read the document `{}`", path.display())),
            },
            (None, None) => {
                let path = folder(lab).join("document.yaml");
                let write = || fs::create_dir_all(folder(lab)).and_then(|()| fs::write(&path, SAMPLE));
                write().with_context(|| format!("cannot write `{}`", path.display()))?;
                Ok(Source::File(path))
            }
        }
    }

    /// Reads the document.
    ///
    /// # Errors
    /// It cannot be read, or all its faults.
    pub(super) fn read(&self) -> anyhow::Result<Document> {
        let (document, diagnostics) = match self {
            Source::File(path) => document::read(path)?,
            Source::Controller(url) => Document::check(&fetch(url).with_context(|| {
                format!("the controller at `{url}` gives no document: start it with `portcullis serve`, or mend `--controller URL`")
            })?),
        };
        if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
            let faults: Vec<String> = diagnostics.iter().map(Diagnostic::to_string).collect();
            bail!("{} cannot be used; mend these faults:\n{}", self.describe(), faults.join("\n"));
        }
        Ok(document)
    }

    /// What tells the enforcer to follow it.
    pub(super) fn enforcer_options(&self, lab: &str) -> Vec<OsString> {
        let mut options = match self {
            Source::File(path) => vec!["--document".into(), path.into()],
            Source::Controller(url) => vec!["--controller".into(), url.into()],
        };
        options.extend(["--name".into(), lab.into(), "--state".into(), folder(lab).join("state").into()]);
        options
    }

    /// For people.
    pub(super) fn describe(&self) -> String {
        match self {
            Source::File(path) => path.display().to_string(),
            Source::Controller(url) => url.clone(),
        }
    }
}

fn fetch(url: &str) -> anyhow::Result<String> {
    let request = ureq::get(format!("{url}/api/v1/document")).header("Accept", "application/yaml");
    let request = request.config().timeout_global(Some(Duration::from_secs(10))).proxy(None).build();
    Ok(request.call()?.body_mut().read_to_string()?)
}
