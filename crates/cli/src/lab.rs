//! `portcullis lab`: a small network of instances on this host, with the enforcer in front of each.
//!
//! ```text
//! web, db, bastion: eth0 === pcl-web ... | enforcer | --- br0 --- outside: gateway, 198.51.100.7, 203.0.113.9
//!                   `---- a namespace each ----'    hypervisor's namespace   '---- a namespace
//! ```
//!
//! Everything is real: namespaces, veth pairs, a Linux bridge, listening programs, and the enforcer as its own process. What
//! was made stands in a file, so that `down` finds all of it whoever made it, also after a crash half-way.
//!
//! Contract: `up` makes all of it or nothing; `down` may be said at any time and twice; only what the lab started is ended.
//!
//! Absent: semantics. The lab reads addresses and ports from the document and judges nothing.

mod build;
mod exec;
mod guide;
mod listen;
mod namespace;
mod plan;
mod process;
mod source;
mod state;
mod status;
mod up;

use std::process::ExitCode;

use anyhow::ensure;

/// Arguments of `portcullis lab`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// Which lab; several may be up at once
    #[arg(long, global = true, value_name = "NAME", default_value = "lab", value_parser = state::lab_name)]
    name: String,
    #[command(subcommand)]
    command: LabCommand,
}

/// What to do with a lab.
#[derive(clap::Subcommand, Debug)]
pub(crate) enum LabCommand {
    /// Build the lab of a document, with the enforcer in front of each instance
    Up(up::Arguments),
    /// End and remove everything that belongs to the lab
    Down,
    /// Show the lab's namespaces, addresses and programs
    Status(status::Arguments),
    /// Run a program in an instance, `outside` or the hypervisor `hv`, with its exit code
    Exec(exec::Arguments),
    /// What instances run: answers HTTP and echoes lines
    #[command(hide = true)]
    Listen(listen::Arguments),
}

/// Runs one lab command.
///
/// # Errors
/// What keeps it from being done, with the fix.
pub(crate) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let name = arguments.name.as_str();
    match arguments.command {
        LabCommand::Listen(arguments) => return listen::run(&arguments),
        LabCommand::Status(arguments) => return status::run(name, &arguments),
        LabCommand::Up(_) | LabCommand::Down | LabCommand::Exec(_) => {}
    }
    ensure!(
        nix::unistd::geteuid().is_root(),
        "the lab makes network namespaces, which needs root: put `sudo` in front"
    );
    match arguments.command {
        LabCommand::Up(arguments) => up::run(name, &arguments),
        LabCommand::Down => {
            match state::State::load(name)? {
                Some(state) => {
                    build::take_down(&state);
                    anstream::eprintln!("lab `{name}` is down");
                }
                None => anstream::eprintln!("no lab `{name}` is up"),
            }
            Ok(ExitCode::SUCCESS)
        }
        LabCommand::Exec(arguments) => Err(exec::run(name, &arguments)),
        LabCommand::Listen(_) | LabCommand::Status(_) => unreachable!("they need no root and ran above"),
    }
}
