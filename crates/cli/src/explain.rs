//! `portcullis explain`: why does each rule match this packet, or not?

use std::process::ExitCode;

use analysis::{replies, vicinity};
use engine::{Dropped, Journey, Leg, Verdict};
use policy::{Explained, Policy, PortSecurity, Subject};
use wire::Sketch;

use crate::question::QuestionArguments;
use crate::simulate::{hook_name, tell_steps};
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
        style::print(&format!("{:#}", answered.journey.explain_json(policy)));
    } else {
        let told: String = answered.journey.legs.iter().map(|leg| tell(policy, leg)).collect();
        style::print(&format!("{told}{}", tell_way(arguments, &answered.journey)));
    }
    Ok(if answered.journey.arrives() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Where rules drop the packet, how to ask what would let it through.
fn tell_way(arguments: &Arguments, journey: &Journey) -> String {
    let by_rules = |leg: &Leg| matches!(leg.verdict, Verdict::Drop(Dropped::Rule(_) | Dropped::Default));
    if !journey.legs.iter().any(by_rules) {
        return String::new();
    }
    let (document, packet) = (arguments.question.path().display(), &arguments.question.packet);
    let command = format!("portcullis suggest -d {document} allow '{packet}'");
    format!("  to let it through: {}\n", style::faint(command))
}

fn tell(policy: &Policy, leg: &Leg) -> String {
    let mut text = format!("{} {}\n", style::strong(hook_name(policy, leg)), style::ruling(&leg.verdict.named(policy)));
    text.push_str(&tell_steps(policy, leg));
    let Some(datagram) = leg.packet.datagram() else { return text };
    if policy.vnic(leg.hook.vnic).port_security == PortSecurity::Off {
        return text;
    }
    if leg.steps.ask_rules() {
        let (region, said) = vicinity(policy, leg.hook.vnic, leg.hook.direction, &Subject::of(datagram));
        text.push_str(&format!("  alike      {region}: {said}\n"));
        let sketch = Sketch { macs: None, payload: leg.packet.payload };
        if let Some((region, said)) = replies(policy, leg.hook.vnic, leg.hook.direction, &sketch) {
            text.push_str(&format!("  replies    {region}: {said}\n"));
        }
    }
    let rules = leg.explain(policy);
    if rules.is_empty() {
        text.push_str(&format!("  there is no {} rule at this vnic\n", leg.hook.direction));
    } else if !leg.steps.ask_rules() {
        text.push_str("  the rules were not asked; they would have seen:\n");
    }
    for explained in &rules {
        text.push_str(&tell_rule(policy, explained));
    }
    text
}

fn tell_rule(policy: &Policy, explained: &Explained) -> String {
    let found = policy.rule(explained.rule);
    let mark = if explained.mismatches.is_empty() { style::good("✔ matches") } else { style::bad("✘ differs") };
    let mut text = format!("  {mark} {} of {}: {}\n", style::strong(&found.rule.id), found.group, found.rule.spec);
    for mismatch in &explained.mismatches {
        text.push_str(&format!("      {:<9} {mismatch}\n", mismatch.field()));
    }
    text
}
