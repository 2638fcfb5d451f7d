//! `portcullis matrix`: who can open connections to whom?

use std::fmt::Display;
use std::process::ExitCode;

use analysis::{Exposure, Matrix, Reach, group_matrix, matrix};
use anyhow::Context;
use policy::Direction;

use crate::document::ExactArguments;
use crate::style;

/// Arguments of `portcullis matrix`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    question: ExactArguments,
    /// Among groups: what a vnic that is to come may do, with one group and no other
    #[arg(long)]
    groups: bool,
}

/// Lists what each vnic can open to each other one, and what passes from and to the outside.
///
/// # Errors
/// The document cannot be read, or has faults.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let resolved = arguments.question.resolve()?;
    match arguments.groups {
        true => {
            let matrix = group_matrix(resolved.document());
            arguments.print(&matrix.context("there is no room for a vnic more of each group")?);
        }
        false => arguments.print(&matrix(resolved.policy())),
    }
    Ok(ExitCode::SUCCESS)
}

impl Arguments {
    fn print<Name: Display>(&self, matrix: &Matrix<Name>) {
        match self.question.json {
            true => style::print(&format!("{:#}", matrix.to_value())),
            false => style::print(&tell(matrix)),
        }
    }
}

fn tell<Name: Display>(matrix: &Matrix<Name>) -> String {
    if matrix.within.is_empty() && matrix.outside.is_empty() {
        return "nobody can open anything".to_owned();
    }
    let within: String = matrix.within.iter().map(tell_reach).collect();
    let of = |direction: Direction| {
        let exposed = matrix.outside.iter().filter(move |one| one.region.direction == direction);
        exposed.map(tell_exposure).collect::<String>()
    };
    let parts = [within, of(Direction::Ingress), of(Direction::Egress)];
    let listed = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    let always =
        "besides: replies, errors about what passes, and what every host needs (ARP, neighbor discovery, DHCP)";
    format!("{listed}\n{}", style::faint(always))
}

fn tell_reach<Name: Display>(reach: &Reach<Name>) -> String {
    let opens: Vec<String> = reach.opens.iter().map(ToString::to_string).collect();
    let (from, to) = (style::strong(style::names(&reach.from)), style::strong(style::names(&reach.to)));
    format!("{from} -> {to}: {}\n", opens.join("; "))
}

/// The region says the direction and the addresses.
fn tell_exposure<Name: Display>(exposure: &Exposure<Name>) -> String {
    format!("{}: {}\n", style::strong(style::names(&exposure.vnics)), exposure.region)
}
