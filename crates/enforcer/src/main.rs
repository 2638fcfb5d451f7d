//! The host daemon. All of it is in the library; `portcullis enforce` is the same entry point.

use std::process::ExitCode;

use clap::Parser;

#[derive(Parser)]
#[command(name = "portcullis-enforcer", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    options: enforcer::Options,
}

fn main() -> ExitCode {
    match enforcer::run(Cli::parse().options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}
