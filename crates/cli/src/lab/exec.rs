//! `portcullis lab exec`: a program in one of the lab's namespaces.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, anyhow};

use super::namespace;
use super::state::State;

/// Arguments of `portcullis lab exec`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// An instance, `outside`, or `hv` for the hypervisor
    #[arg(value_name = "HOST")]
    host: String,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "CMD")]
    command: Vec<OsString>,
}

/// Becomes the program, so that signals and the exit code are the program's; comes back only with an error.
pub(super) fn run(lab: &str, arguments: &Arguments) -> anyhow::Error {
    become_program(lab, arguments).unwrap_or_else(|error| error)
}

fn become_program(lab: &str, arguments: &Arguments) -> anyhow::Result<anyhow::Error> {
    let state = State::require(lab)?;
    namespace::enter(state.namespace_of(&arguments.host)?)?;
    let (program, rest) = arguments.command.split_first().context("no program was given")?;
    let error = Command::new(program).args(rest).exec();
    Ok(anyhow!(error).context(format!("cannot run `{}`", program.display())))
}
