//! Automation of the project: sets up, builds, starts and tests all of it with one command each.
//!
//! What is downloaded comes from rustup, crates.io, npm or Debian, and what is not a system package stays
//! in the git-ignored folder `.tools`. Nothing here knows anything about networking policy.

mod bench;
mod fuzz;
mod lab;
mod licences;
mod miri;
mod mutants;
mod progress;
mod setup;
mod test;
mod up;
mod wasm_toolchain;
mod web;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::setup::Tool;
use crate::workspace::Workspace;

/// Sets up, builds, starts and tests Portcullis.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what is missing to build the project; does nothing where nothing is.
    Setup {
        /// Also install what the tests need: a browser, network tools and an accessibility checker.
        #[arg(long)]
        tests: bool,
    },
    /// Build the console into `dist` and print what its files weigh.
    Web {
        /// Optimise for size, as it is shipped.
        #[arg(long)]
        release: bool,
    },
    /// Build all in release and start it: the server with its console and, as root, the lab.
    Up(up::Options),
    /// Boot a small virtual machine behind a live enforcer, as root, until Ctrl-C.
    Lab(lab::Options),
    /// Measure the core beside what it is compared with.
    Bench(bench::Options),
    /// Look for inputs that break a property, with AFL++.
    Fuzz(fuzz::Options),
    /// Run the tests of the core in an interpreter that sees undefined behaviour.
    Miri(miri::Options),
    /// Plant faults in the core, with cargo-mutants, and see which of them no test finds.
    Mutants(mutants::Options),
    /// Check and test everything, or only the named steps and what they build upon.
    Test(test::Options),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    let workspace = Workspace::find()?;
    match command {
        Command::Setup { tests: false } => setup::ensure(&workspace, Tool::TO_BUILD),
        Command::Setup { tests: true } => setup::ensure(&workspace, Tool::ALL),
        Command::Web { release } => {
            setup::ensure(&workspace, Tool::TO_BUILD)?;
            let optimisation = if release { web::Optimisation::Release } else { web::Optimisation::None };
            web::build(&workspace, optimisation)
        }
        Command::Up(options) => up::up(&workspace, &options),
        Command::Lab(options) => lab::lab(&workspace, &options),
        Command::Bench(options) => bench::bench(&workspace, &options),
        Command::Fuzz(options) => fuzz::fuzz(&workspace, &options),
        Command::Miri(options) => miri::miri(&workspace, &options),
        Command::Mutants(options) => mutants::mutants(&workspace, &options),
        Command::Test(options) => test::test(&workspace, &options),
    }
}
