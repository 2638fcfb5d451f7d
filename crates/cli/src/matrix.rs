//! `portcullis matrix`: who can open connections to whom?

use std::process::ExitCode;

use analysis::{Exposure, Matrix, Reach, matrix};
use policy::Direction;

use crate::document::{BudgetArguments, DocumentArguments};
use crate::style;

/// Arguments of `portcullis matrix`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    document: DocumentArguments,
    #[command(flatten)]
    budget: BudgetArguments,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Lists what each vnic can open to each other one, and what passes from and to the outside.
///
/// # Errors
/// The document cannot be read, or has faults.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let matrix = matrix(arguments.budget.weighed(arguments.document.resolve()?)?.policy());
    if arguments.json {
        style::print(&format!("{:#}", matrix.to_value()));
    } else {
        style::print(&tell(&matrix));
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(matrix: &Matrix) -> String {
    if matrix.within.is_empty() && matrix.outside.is_empty() {
        return "nobody can open anything".to_owned();
    }
    let within: String = matrix.within.iter().map(tell_reach).collect();
    let of = |direction: Direction| {
        let exposed = matrix.outside.iter().filter(move |one| one.region.direction == direction);
        exposed.map(tell_exposure).collect::<String>()
    };
    let parts = [within, of(Direction::Ingress), of(Direction::Egress)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n")
}

fn tell_reach(reach: &Reach) -> String {
    let opens: Vec<String> = reach.opens.iter().map(ToString::to_string).collect();
    let (from, to) = (style::strong(style::names(&reach.from)), style::strong(style::names(&reach.to)));
    format!("{from} -> {to}: {}\n", opens.join("; "))
}

/// The region says the direction and the addresses.
fn tell_exposure(exposure: &Exposure) -> String {
    format!("{}: {}\n", style::strong(style::names(&exposure.vnics)), exposure.region)
}
