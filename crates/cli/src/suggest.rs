//! `portcullis suggest`: how is this flow let through, or stopped?

use std::path::PathBuf;
use std::process::ExitCode;

use analysis::suggest::{Flow, Plan, suggest};
use anyhow::{Context, bail};
use policy::{Action, Edit, Resolved, Revision, VnicId};
use serde_json::json;
use wire::{Payload, Sketch};

use crate::diff::tell_change;
use crate::document::ExactArguments;
use crate::{document, style};

/// Arguments of `portcullis suggest`.
#[derive(clap::Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    question: ExactArguments,
    /// Whether it shall pass: `allow` or `deny`
    wish: Action,
    /// The packet that opens the flow, such as `tcp 198.51.100.7:5000 > 192.0.2.10:443`
    packet: String,
    /// The vnic that sends it; found by the source address where it is left out
    #[arg(long, value_name = "VNIC")]
    from: Option<VnicId>,
    /// The vnic that it is for; found by the destination address where it is left out
    #[arg(long, value_name = "VNIC")]
    to: Option<VnicId>,
    /// Carry the first suggestion out and write the document to this file
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

/// Lists edits that are complete on both ends, the one that changes least besides first; exit code 0 where there is one or the flow
/// fares as wished already, 1 where no way is known.
///
/// # Errors
/// A faulty document or packet, an unknown vnic, or a flow with no vnic at either end.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let resolved = arguments.question.resolve()?;
    let flow = arguments.flow(&resolved)?;
    let fares_so = flow.fares_so(&resolved, arguments.wish);
    let plans = suggest(&resolved, &flow, arguments.wish);
    if arguments.question.json {
        let plans: Vec<_> = plans.iter().map(Plan::to_value).collect();
        style::print(&format!("{:#}", json!({"fares_so": fares_so, "plans": plans})));
    } else {
        style::print(&arguments.tell(&plans, fares_so));
    }
    if let (Some(path), Some(plan)) = (&arguments.write, plans.first()) {
        document::write(path, &after(&resolved, &plan.edits)?)?;
    }
    Ok(if fares_so || !plans.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The document with some edits.
///
/// # Errors
/// One of them does not fit.
pub(crate) fn after<'e>(
    resolved: &Resolved,
    edits: impl IntoIterator<Item = &'e Edit>,
) -> anyhow::Result<policy::Document> {
    let mut after = resolved.clone();
    for edit in edits {
        after.apply(edit.clone(), Revision(2)).with_context(|| format!("`{edit}` does not fit"))?;
    }
    Ok(after.document().clone())
}

impl Arguments {
    fn flow(&self, resolved: &Resolved) -> anyhow::Result<Flow> {
        let sketch: Sketch =
            self.packet.parse().with_context(|| format!("the packet `{}` cannot be read", self.packet))?;
        let Payload::Ip(datagram) = sketch.payload else {
            bail!("`{}` opens no flow: rules judge IP packets only", self.packet)
        };
        let known = Flow::of(datagram, resolved.policy());
        for vnic in self.from.iter().chain(&self.to) {
            if resolved.policy().vnic_index(vnic).is_none() {
                let ids: Vec<VnicId> = resolved.policy().vnics().map(|(_, vnic)| vnic.id.clone()).collect();
                bail!("there is no vnic `{vnic}`: name one of {}", style::names(&ids));
            }
        }
        let flow = Flow { from: self.from.clone().or(known.from), to: self.to.clone().or(known.to), ..known };
        if flow.from.is_none() && flow.to.is_none() {
            bail!("neither end of the packet is an instance, so nothing judges it: name one with `--from` or `--to`");
        }
        Ok(flow)
    }

    fn tell(&self, plans: &[Plan], fares_so: bool) -> String {
        let wish = match self.wish {
            Action::Allow => "passes",
            Action::Deny => "is dropped",
        };
        match plans {
            _ if fares_so => format!("{}: it {wish} already", style::good("nothing to do")),
            [] => format!("{}: no edit is known by which it {wish}", style::bad("no way")),
            plans => plans.iter().enumerate().map(|(at, plan)| tell_plan(at + 1, plan)).collect(),
        }
    }
}

fn tell_plan(number: usize, plan: &Plan) -> String {
    let mut text = format!("{}\n", style::good(format!("{number}.")));
    for edit in &plan.edits {
        text.push_str(&format!("  {}\n", style::strong(edit)));
    }
    for change in &plan.changes {
        let told = tell_change(change, None);
        text.extend(told.lines().map(|line| format!("    {line}\n")));
    }
    if plan.changes.is_empty() {
        text.push_str("    nothing else changes\n");
    }
    text
}
