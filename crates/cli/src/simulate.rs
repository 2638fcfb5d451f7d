//! `portcullis simulate`: what happens to this packet?

use std::process::ExitCode;

use engine::Leg;
use policy::Policy;

use crate::question::QuestionArguments;
use crate::style;

/// Arguments of `portcullis simulate`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    question: QuestionArguments,
}

/// Prints the verdict at both ends with the steps that led to it; exit code 0 accept, 1 drop.
///
/// # Errors
/// A question that cannot be asked.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let answered = arguments.question.answer()?;
    if arguments.question.json {
        println!("{:#}", answered.journey.to_json(&answered.policy));
    } else {
        for leg in &answered.journey.legs {
            print_leg(&answered.policy, leg);
        }
    }
    Ok(if answered.journey.arrives() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn print_leg(policy: &Policy, leg: &Leg) {
    anstream::println!("{} {}", style::strong(hook_name(policy, leg)), style::ruling(&leg.verdict.named(policy)));
    anstream::println!("  {}", style::faint(leg.packet));
    for step in &leg.steps.0 {
        anstream::println!("  {:<10} {}", step.stage(), step.describe(policy));
    }
}

/// `web ingress`, the place of a leg.
pub(crate) fn hook_name(policy: &Policy, leg: &Leg) -> String {
    format!("{} {}", policy.vnic(leg.hook.vnic).id, leg.hook.direction)
}
