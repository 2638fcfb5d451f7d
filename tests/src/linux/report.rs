//! What a play showed, as a scenario that can be kept.

use std::fmt::Write;

use conntrack::{Instant, PickUp};
use engine::{Event, Input, Scenario, Step};
use policy::{Revision, resolve};

use super::trial::{Encounter, Trial};
use crate::worlds::Arrival;

/// The scenario file that shows every known difference, each by its last step.
pub const WITNESSES: &str = "linux.yaml";

/// The packets of a scenario.
///
/// # Panics
/// It has anything but packets.
pub fn arrivals(scenario: &Scenario) -> Vec<Arrival> {
    let arrival = |step: &Step| match &step.event {
        Event::Arrival { vnic, direction, input: Input::Packet(sketch), expect: _ } => {
            Arrival { vnic: vnic.clone(), direction: *direction, sketch: *sketch }
        }
        other => panic!("no packet: {other:?}"),
    };
    scenario.steps.iter().map(arrival).collect()
}

/// The packets as the steps of a scenario, with what the engine says, and what Linux makes of each.
///
/// # Panics
/// The document of the trial does not resolve.
pub fn tell(trial: &Trial, encounters: &[Encounter]) -> String {
    let policy = resolve(&trial.document, Revision(1)).expect("it did resolve");
    let pick_up = match trial.pick_up {
        PickUp::MidStream => "mid-stream",
        PickUp::Never => "never",
    };
    let mut text = format!("{}pick_up: {pick_up}\n", trial.document.to_yaml());
    for (at, encounter) in (0..).zip(encounters) {
        let Arrival { vnic, direction, sketch } = encounter.arrival.clone();
        let expect = encounter.verdict.named(&policy);
        let event = Event::Arrival { vnic, direction, input: Input::Packet(sketch), expect };
        let step = Step { at: Instant::from_millis(at), event };
        let linux = &encounter.linux;
        let outcome = if encounter.passes { "passes" } else { "drops" };
        let _ = writeln!(text, "{step}\n    Linux {outcome} it: {:?}, {:?}", linux.state, linux.cause);
    }
    if let Some(last) = encounters.last() {
        let _ = writeln!(text, "engine before {:?}\nengine after {:?}", last.before, last.after);
        let _ = writeln!(text, "Linux before {:?}\nLinux after {:?}", last.linux.before, last.linux.after);
    }
    text
}
