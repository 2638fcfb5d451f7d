//! Answers as pipelines read them.

mod junit;
mod sarif;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

pub(crate) use junit::{Case, Fate, Suite};
pub(crate) use sarif::{Level, Notice, Place};

/// Files for a pipeline.
#[derive(clap::Args, Debug)]
pub(crate) struct SarifArguments {
    /// Write the findings to this file as SARIF 2.1.0 too, for code scanning
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
}

/// Files for a pipeline.
#[derive(clap::Args, Debug)]
pub(crate) struct JunitArguments {
    /// Write the outcomes to this file as JUnit XML too, for test reports
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

impl SarifArguments {
    /// Writes the file that is asked for.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn write(&self, notices: &[Notice]) -> anyhow::Result<()> {
        self.sarif.as_ref().map_or(Ok(()), |path| write(path, &format!("{:#}\n", sarif::log(notices))))
    }
}

impl JunitArguments {
    /// Writes the file that is asked for.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn write(&self, suites: &[Suite]) -> anyhow::Result<()> {
        match &self.junit {
            Some(path) => write(path, &junit::report(suites)?),
            None => Ok(()),
        }
    }
}

/// Writes a file in one go.
///
/// # Errors
/// It cannot be written.
pub(crate) fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))
}
