//! `portcullis explain`: why does each rule match this packet, or not?

use std::process::ExitCode;

use engine::Leg;
use policy::{Explained, Policy};

use crate::question::QuestionArguments;
use crate::simulate::hook_name;
use crate::style;

/// Arguments of `portcullis explain`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    question: QuestionArguments,
}

/// Prints every rule at every hook that the packet reaches, nearest misses first; exit code 0 accept, 1 drop.
///
/// # Errors
/// A question that cannot be asked.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let answered = arguments.question.answer()?;
    let policy = &answered.policy;
    if arguments.question.json {
        println!("{:#}", answered.journey.explain_json(policy));
    } else {
        for leg in &answered.journey.legs {
            print_leg(policy, leg);
        }
    }
    Ok(if answered.journey.arrives() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn print_leg(policy: &Policy, leg: &Leg) {
    anstream::println!("{} {}", style::strong(hook_name(policy, leg)), style::ruling(&leg.verdict.named(policy)));
    if leg.packet.datagram().is_none() {
        anstream::println!("  the source guard decides about this packet; no rule can look at it");
        return;
    }
    let rules = leg.explain(policy);
    if rules.is_empty() {
        anstream::println!("  there is no {} rule: the default decides", leg.hook.direction);
    }
    for Explained { rule, mismatches } in rules {
        let found = policy.rule(rule);
        let mark = if mismatches.is_empty() { style::good("✔ matches") } else { style::bad("✘ differs") };
        anstream::println!("  {mark} {} of {}: {}", style::strong(&found.rule.id), found.group, found.rule.spec);
        for mismatch in mismatches {
            anstream::println!("      {:<9} {mismatch}", mismatch.field());
        }
    }
}
