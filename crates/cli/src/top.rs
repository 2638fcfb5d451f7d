//! `portcullis top`: what an enforcer on this host does now.
//!
//! It asks the enforcer's socket once a second and shows what changed since it asked before, in a table on the terminal; with
//! `--once`, or where standard output is no terminal, as plain text that ends.
//!
//! Absent: packets and flows, and any change of what the enforcer does.

mod live;
mod screen;
mod socket;
mod tables;
mod text;
mod view;

use std::io::{IsTerminal, stdout};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;

use crate::style;
use tables::Sort;
use view::Watch;

/// From one question to the next.
const PERIOD: Duration = Duration::from_secs(1);

/// Questions after which the enforcer has counted something new, unless it hangs.
const QUESTIONS: usize = 5;

/// Arguments of `portcullis top`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// The enforcer's socket, `NODE.sock` in its state directory; without it, the one that this host has
    #[arg(long, value_name = "PATH", conflicts_with = "node")]
    socket: Option<PathBuf>,
    /// Which enforcer, where this host has several: what it calls itself, or the name of its lab
    #[arg(long, value_name = "NAME")]
    node: Option<String>,
    /// Print one table, of one second, and end
    #[arg(long)]
    once: bool,
}

/// Shows what an enforcer does, until it is told to end.
///
/// # Errors
/// There is no such enforcer, it may not be asked, or it does not answer.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let socket = match &arguments.socket {
        Some(path) => path.clone(),
        None => socket::find(arguments.node.as_deref())?,
    };
    let watch = Watch::start(socket::ask(&socket)?);
    match arguments.once || !stdout().is_terminal() {
        true => print_once(&socket, watch)?,
        false => live::show(&socket, watch)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn print_once(socket: &std::path::Path, mut watch: Watch) -> anyhow::Result<()> {
    for _ in 0..QUESTIONS {
        sleep(PERIOD);
        watch.note(socket::ask(socket)?);
        if watch.has_change() {
            break;
        }
    }
    style::print(&text::render(&watch.view(), Sort::default()));
    Ok(())
}
