//! `portcullis simulate`: what happens to this packet?

use std::process::ExitCode;

use engine::{Leg, TraceStep};
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
        style::print(&format!("{:#}", answered.journey.to_json(&answered.policy)));
    } else {
        let legs = answered.journey.legs.iter();
        style::print(&legs.map(|leg| tell(&answered.policy, leg)).collect::<String>());
    }
    Ok(if answered.journey.arrives() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn tell(policy: &Policy, leg: &Leg) -> String {
    let mut text = format!("{} {}\n", style::strong(hook_name(policy, leg)), style::ruling(&leg.verdict.named(policy)));
    text.push_str(&format!("  {}\n", style::faint(leg.packet)));
    text.push_str(&tell_steps(policy, leg));
    text
}

/// The steps of a leg, a line each.
pub(crate) fn tell_steps(policy: &Policy, leg: &Leg) -> String {
    let told = |step: &TraceStep| format!("  {:<10} {}\n", step.stage(), step.describe(policy, leg.hook.vnic));
    leg.steps.0.iter().map(told).collect()
}

/// `web ingress`, the place of a leg.
pub(crate) fn hook_name(policy: &Policy, leg: &Leg) -> String {
    format!("{} {}", policy.vnic(leg.hook.vnic).id, leg.hook.direction)
}
