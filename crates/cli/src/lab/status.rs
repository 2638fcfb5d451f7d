//! `portcullis lab status`: what a lab consists of.

use std::process::ExitCode;

use serde_json::json;

use super::namespace;
use super::process::Process;
use super::state::{HYPERVISOR, State};
use crate::style;

/// Arguments of `portcullis lab status`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// One line of the table.
struct Row<'a> {
    host: &'a str,
    namespace: &'a str,
    addresses: String,
    process: Option<&'a Process>,
}

/// Shows a lab. The exit code is 0 when all of it runs, 1 when it is down or parts of it are.
///
/// # Errors
/// The lab's file cannot be read.
pub(super) fn run(name: &str, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let Some(state) = State::load(name)? else {
        match arguments.json {
            true => println!("{}", json!({"name": name, "up": false})),
            false => anstream::println!("no lab `{name}` is up: start it with `portcullis lab up`"),
        }
        return Ok(ExitCode::FAILURE);
    };
    let hosts = state.hosts.iter().map(|host| Row {
        host: &host.name,
        namespace: &host.namespace,
        addresses: host.addresses.join(" "),
        process: host.listener.as_ref(),
    });
    let hypervisor = Row {
        host: HYPERVISOR,
        namespace: &state.hypervisor,
        addresses: String::new(),
        process: state.enforcer.as_ref(),
    };
    let rows: Vec<Row<'_>> = std::iter::once(hypervisor).chain(hosts).collect();
    let whole = rows.iter().all(Row::is_alive);
    match arguments.json {
        true => print_json(&state, whole)?,
        false => print_table(&rows),
    }
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Row<'_> {
    fn is_alive(&self) -> bool {
        namespace::exists(self.namespace) && self.process.is_some_and(Process::is_alive)
    }
}

fn print_json(state: &State, whole: bool) -> serde_json::Result<()> {
    let mut value = serde_json::to_value(state)?;
    value["up"] = json!(whole);
    println!("{value:#}");
    Ok(())
}

fn print_table(rows: &[Row<'_>]) {
    let width = |of: fn(&Row<'_>) -> usize| rows.iter().map(of).max().unwrap_or_default();
    let host = width(|row| row.host.len()).max("HOST".len());
    let namespace = width(|row| row.namespace.len()).max("NAMESPACE".len());
    anstream::println!(
        "{}",
        style::strong(format!("{:host$}  {:namespace$}  {:>7}  ALIVE  ADDRESSES", "HOST", "NAMESPACE", "PID"))
    );
    for row in rows {
        let pid = row.process.map_or_else(|| "-".to_owned(), |process| process.pid.to_string());
        let alive = if row.is_alive() { style::good("yes  ") } else { style::bad("no   ") };
        anstream::println!("{:host$}  {:namespace$}  {pid:>7}  {alive}  {}", row.host, row.namespace, row.addresses);
    }
}
