//! A document, timed packets and the verdicts that they should get.
//!
//! Text form: YAML with one document and any number of scenarios over it; see [`Scenario::read`].
//!
//! ```yaml
//! document: {version: 1, ...}
//! scenarios:
//!   - name: replies pass without a rule
//!     quote: "generic, paragraph 7: Rules are stateful"
//!     steps: |
//!       0ms web ingress: tcp 198.51.100.7:40000 > 192.0.2.10:80 => accept rule:web-http
//!       10ms web egress: tcp 192.0.2.10:80 > 198.51.100.7:40000 [SA] ack=1 => accept conntrack:established rule:web-http
//!       1s apply disable rule web-http
//!       2s web egress: frame 00ff => drop malformed:ethernet-truncated
//!       3s refuse detach web from web => wants 1 security group
//!   - name: a deny in a profile that only allows
//!     document: {version: 1, ...}
//!     steps: |
//!       0ms fault groups[0].rules[0].action: has no deny
//! ```

mod engine_judge;
mod text;

use conntrack::{Instant, PickUp};
use policy::{Diagnostic, Direction, Document, Edit, Policy, Revision, VnicId, resolve};
use wire::{Checksum, Malformed, Packet, Sketch};

use crate::ruling::Ruling;
use crate::travel::complete;

pub use engine_judge::EngineJudge;
pub use text::{ScenarioFaults, StepError};
pub(crate) use text::{Since, read_time};

/// A document, timed packets and the verdicts that they should get.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// What it shows.
    pub name: String,
    /// The sentence that it proves, and where that stands.
    pub quote: Option<String>,
    /// The document at the start.
    pub document: Document,
    /// What was found wrong with the document when it was read; an error only where a step expects it.
    pub faults: Vec<Diagnostic>,
    /// Whether flows are picked up in the middle.
    pub pick_up: PickUp,
    /// What happens, in order of time.
    pub steps: Vec<Step>,
}

/// One line of a scenario. Text form: `TIME EVENT`, the time as `10ms`, `30s`, `5m`, `6h` or `5d` since the start.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// When.
    pub at: Instant,
    /// What.
    pub event: Event,
}

/// What happens at a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Something reaches a vnic. Text form: `VNIC ingress|egress: INPUT => RULING`.
    Arrival {
        /// Where.
        vnic: VnicId,
        /// Which way.
        direction: Direction,
        /// What.
        input: Input,
        /// What should happen to it.
        expect: Ruling,
    },
    /// An edit, carried out as a new revision. Text form: `apply EDIT`.
    Apply(Edit),
    /// An edit that does not fit, or would make a document that has no policy; nothing changes. Text form:
    /// `refuse EDIT => PART OF THE MESSAGE`.
    Refuse {
        /// The edit.
        edit: Edit,
        /// What the refusal says, among other words.
        message: String,
    },
    /// A fault or doubt that the first document has. Text form: `fault PATH: PART OF THE MESSAGE`.
    Fault {
        /// Where in the document.
        path: String,
        /// What the fault says, among other words.
        message: String,
    },
}

/// What reaches a vnic.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A packet; Ethernet addresses left open are filled in. Text form: the sketch's.
    Packet(Sketch),
    /// The bytes of a frame. Text form: `frame HEX`.
    Frame(Vec<u8>),
}

/// Whoever can run a scenario: the engine, and the oracle that it is compared with.
pub trait Judge {
    /// Replaces the policy.
    fn swap(&mut self, document: &Document, revision: Revision);

    /// Judges one packet at a vnic, or the fault of a frame that is no packet.
    fn judge(
        &mut self,
        vnic: &VnicId,
        direction: Direction,
        packet: Result<&Packet, Malformed>,
        now: Instant,
    ) -> Ruling;

    /// How the last ruling came about, a sentence a step; empty where the judge does not say.
    fn trace(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A step and what it gave.
#[derive(Clone, Debug, PartialEq)]
pub struct StepOutcome {
    /// The step.
    pub step: Step,
    /// What happened to the packet; for an edit, nothing, or why it could not be carried out; for a fault, that and why.
    pub found: Result<Option<Ruling>, String>,
    /// How that came about, a sentence a step.
    pub trace: Vec<String>,
}

impl StepOutcome {
    /// Whether the step gave what it should.
    pub fn is_expected(&self) -> bool {
        match (&self.step.event, &self.found) {
            (Event::Arrival { expect, .. }, Ok(Some(found))) => expect == found,
            (Event::Apply(_), Ok(None)) => true,
            (Event::Refuse { message, .. } | Event::Fault { message, .. }, Err(found)) => found.contains(message),
            _ => false,
        }
    }
}

impl Scenario {
    /// Runs it against a judge that nothing has happened to yet; returns every step with what it gave.
    pub fn run(&self, judge: &mut impl Judge) -> Vec<StepOutcome> {
        let mut stage = Stage::new(self);
        // A document without a policy never becomes one.
        if stage.policy.is_ok() {
            judge.swap(&stage.document, stage.revision);
        }
        let mut play = |step: &Step| {
            let found = stage.play(step, judge);
            let trace = if let Ok(Some(_)) = found { judge.trace() } else { Vec::new() };
            StepOutcome { step: step.clone(), found, trace }
        };
        self.steps.iter().map(&mut play).collect()
    }
}

/// The document as the edits of a scenario left it.
struct Stage<'s> {
    faults: &'s [Diagnostic],
    document: Document,
    revision: Revision,
    /// The policy of the document, or why it has none.
    policy: Result<Policy, String>,
}

impl Stage<'_> {
    fn new(scenario: &Scenario) -> Stage<'_> {
        let revision = Revision(1);
        let document = scenario.document.clone();
        let policy = policy_of(&document, revision);
        Stage { faults: &scenario.faults, document, revision, policy }
    }

    fn play(&mut self, step: &Step, judge: &mut impl Judge) -> Result<Option<Ruling>, String> {
        match &step.event {
            Event::Apply(edit) => self.apply(edit.clone(), judge).map(|()| None),
            Event::Refuse { edit, .. } => self.refuse(edit.clone()).map(|()| None),
            Event::Fault { path, message } => self.fault(path, message).map(|()| None),
            Event::Arrival { vnic, direction, input, .. } => {
                let packet = self.packet(vnic, *direction, input)?;
                Ok(Some(judge.judge(vnic, *direction, packet.as_ref().map_err(|malformed| *malformed), step.at)))
            }
        }
    }

    fn apply(&mut self, edit: Edit, judge: &mut impl Judge) -> Result<(), String> {
        edit.apply(&mut self.document).map_err(|error| error.to_string())?;
        self.revision = Revision(self.revision.0 + 1);
        self.policy = policy_of(&self.document, self.revision);
        self.policy.as_ref().map_err(String::clone)?;
        judge.swap(&self.document, self.revision);
        Ok(())
    }

    /// Why the edit is refused, as the error.
    fn refuse(&self, edit: Edit) -> Result<(), String> {
        let mut changed = self.document.clone();
        edit.apply(&mut changed).map_err(|error| error.to_string())?;
        policy_of(&changed, self.revision).map(|_| ())
    }

    /// The fault at the path that says this, as the error.
    fn fault(&self, path: &str, message: &str) -> Result<(), String> {
        let mut here = self.faults.iter().filter(|fault| fault.path == path);
        match here.find(|fault| fault.message.contains(message)) {
            Some(fault) => Err(fault.message.clone()),
            None => Ok(()),
        }
    }

    fn packet(&self, vnic: &VnicId, direction: Direction, input: &Input) -> Result<Result<Packet, Malformed>, String> {
        match input {
            Input::Frame(bytes) => Ok(wire::parse(bytes, Checksum::Complete)),
            Input::Packet(sketch) => {
                let policy = self.policy.as_ref().map_err(String::clone)?;
                let index = policy.vnic_index(vnic).ok_or_else(|| format!("there is no vnic `{vnic}`"))?;
                Ok(Ok(complete(policy, index, direction, sketch)))
            }
        }
    }
}

fn policy_of(document: &Document, revision: Revision) -> Result<Policy, String> {
    resolve(document, revision).map_err(|faults| faults.to_string())
}
