//! A small virtual machine behind a live enforcer, for people; the tests of `cargo xtask test vm` build the same world.

use anyhow::{Result, ensure};
use clap::Args;

use crate::setup::{self, Tool};
use crate::workspace::{Workspace, succeed};

/// How far to go.
#[derive(Args)]
pub(crate) struct Options {
    /// Only fetch and build what the machine consists of.
    #[arg(long)]
    prepare: bool,
}

/// Fetches what the lab consists of and starts it.
pub(crate) fn lab(workspace: &Workspace, options: &Options) -> Result<()> {
    println!("== what the lab needs");
    setup::ensure(workspace, &[Tool::Guest])?;
    if options.prepare {
        return Ok(());
    }
    ensure!(setup::is_root(), "the lab makes network namespaces: sudo -E env \"PATH=$PATH\" cargo xtask lab");
    setup::ensure(workspace, &[Tool::NetworkTools])?;
    println!("\n== the enforcer");
    let mut build = workspace.command("cargo");
    build.args(["build", "--package", "enforcer", "--bins", "--example", "lab"]);
    succeed(&mut build, "the enforcer does not build")?;
    println!("\n== the lab");
    let mut lab = workspace.command(workspace.built("debug/examples/lab"));
    lab.env("PORTCULLIS_ENFORCER_BIN", workspace.built("debug/portcullis-enforcer"));
    // Ctrl-C reaches the lab itself, which then takes everything down; until then it must be waited for.
    let interrupted = std::sync::Arc::default();
    signal_hook::flag::register(nix::sys::signal::Signal::SIGINT as i32, interrupted)?;
    succeed(&mut lab, "the lab failed")
}
