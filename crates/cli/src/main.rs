//! The `portcullis` command.
//!
//! Questions: `check`, `simulate`, `explain`, `diff`, `analyze`, `matrix`, `assert`, `suggest`, `tighten`, `test`, `template`. Daemons: `serve`, `enforce`, and
//! `top`, which looks at the second. A whole network to try it on: `lab`.
//!
//! Contract: an answer goes to standard output, everything else to standard error; colour only on a terminal. The exit code is 0
//! for accept (or valid, equivalent, nothing found, passed), 1 for drop (or different, found, failed), 2 for an error.

mod analyze;
mod assert;
mod check;
mod diff;
mod document;
mod evidence;
mod explain;
mod lab;
mod matrix;
mod question;
mod report;
mod serve;
mod simulate;
mod style;
mod suggest;
mod template;
mod test;
mod tighten;
mod top;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Security groups for virtual machines: ask, test and enforce one policy.
#[derive(Parser)]
#[command(name = "portcullis", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check a document and list every fault with its place and its fix
    Check(check::Arguments),
    /// Say what happens to a packet, and which rule decides
    Simulate(simulate::Arguments),
    /// Say why each rule matches a packet or does not
    Explain(explain::Arguments),
    /// Say which new flows pass under one document and not under the other, exactly
    Diff(diff::Arguments),
    /// Say which rules do nothing, fight, or do something else than they seem to, each with what mends it
    Analyze(analyze::Arguments),
    /// Say who can open connections to whom, and what passes from and to the outside, exactly
    Matrix(matrix::Arguments),
    /// Prove promises of a policy, such as `deny any except group:app -> group:db tcp 5432`, or show what breaks them
    Assert(assert::Arguments),
    /// Say how a flow is let through, or stopped, by edits that change least besides
    Suggest(suggest::Arguments),
    /// Say what is the least that flows need that were seen
    Tighten(tighten::Arguments),
    /// Run scenarios: documents, timed packets and the verdicts that they should get
    Test(test::Arguments),
    /// Rules and groups that people want often: SSH, ping, a web server, the examples of the clouds
    Template(template::Arguments),
    /// Enforce a policy on this host, between instances and their bridge
    Enforce(enforcer::Options),
    /// Show what the enforcer of this host does now: vnics, rules and drops, by rate
    Top(top::Arguments),
    /// Serve the console and the API, and keep the document
    Serve(serve::Arguments),
    /// A small network of instances on this host, with the enforcer in front of each
    Lab(lab::Arguments),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Analyze(arguments) => analyze::run(&arguments),
        Command::Matrix(arguments) => matrix::run(&arguments),
        Command::Assert(arguments) => assert::run(&arguments),
        Command::Suggest(arguments) => suggest::run(&arguments),
        Command::Tighten(arguments) => tighten::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
        Command::Template(arguments) => template::run(&arguments),
        Command::Enforce(options) => enforcer::run(options).map(|()| ExitCode::SUCCESS),
        Command::Top(arguments) => top::run(&arguments),
        Command::Serve(arguments) => serve::run(arguments),
        Command::Lab(arguments) => lab::run(arguments),
    };
    result.unwrap_or_else(|error| {
        anstream::eprintln!("{}: {error:#}", style::bad("error"));
        ExitCode::from(2)
    })
}
