//! Frames with expected verdicts, one JSON object a line.
//!
//! Every vector runs against a fresh engine: its policy on `vm1`, `default` on `vm2`, source guard on, no mid-stream pick-up, and
//! the virtual clock of its steps. Four oracles say what a vector demands, see [`Demand`].

pub mod reassembly;
mod world;

use std::time::Duration;

use anyhow::{Context, bail};
use conntrack::{Config, Conntrack, Instant, PickUp, Zone};
use engine::{Hook, Judged, adopt, judge_frame};
use policy::{Direction, Policy, Revision, resolve};
use serde::Deserialize;
use wire::Checksum;

pub use world::World;

/// One test vector.
#[derive(Clone, Debug, Deserialize)]
pub struct Vector {
    /// Its name.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// The policy of `vm1`, named in the world.
    pub policy: String,
    /// Whether it is a demand or a choice.
    pub level: Level,
    /// What it demands.
    pub oracle: Demand,
    /// Remarks for people.
    #[serde(default)]
    pub note: String,
    /// The frames.
    pub steps: Vec<VectorStep>,
}

/// Whether a vector is a demand or a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Must pass.
    Must,
    /// A choice, written down.
    Should,
}

/// What a vector demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Demand {
    /// The verdict of every step that expects one.
    PerStep,
    /// Besides, no reassembler may build a datagram out of the forwarded frames that the policy denies.
    NoDeniedPayload,
    /// The forwarded frames reassemble to the whole datagram.
    ReassemblesToAllowed,
    /// The marked step again and again neither grows the state without bound nor hurts the other steps.
    ResourceBound,
}

/// One frame of a vector.
#[derive(Clone, Debug, Deserialize)]
pub struct VectorStep {
    /// Milliseconds since the start.
    pub t_ms: u64,
    /// Where: `vm1` unless said.
    #[serde(default = "vm1")]
    pub port: String,
    /// `ingress` or `egress`.
    pub dir: String,
    /// The frame without FCS, in hex.
    pub hex: String,
    /// What should happen.
    pub expect: Expect,
    /// Remarks for people.
    #[serde(default)]
    pub why: String,
}

/// What should happen to a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expect {
    /// It passes.
    Allow,
    /// It is dropped.
    Deny,
    /// A choice.
    Any,
}

/// One demand that was not met.
#[derive(Clone, Debug)]
pub struct Miss {
    /// The step, counted from 1; 0 is the vector as a whole.
    pub step: usize,
    /// What was demanded.
    pub expected: String,
    /// What happened.
    pub got: String,
}

fn vm1() -> String {
    "vm1".to_owned()
}

/// Reads a vector file, one JSON object a line.
///
/// # Errors
/// The line and the reason.
pub fn read(text: &str) -> anyhow::Result<Vec<Vector>> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(number, line)| serde_json::from_str(line).with_context(|| format!("line {}", number + 1))).collect()
}

/// Runs the vectors of the project and tells those that fail, each with its misses.
///
/// # Panics
/// The files of the project are none.
pub fn all_failures() -> Vec<String> {
    let (world, all) = own();
    assert!(!all.is_empty(), "there are no vectors");
    let told = all.iter().filter_map(|vector| {
        let misses = run(vector, &world).expect("a vector of this world");
        (!misses.is_empty()).then(|| format!("{}: {misses:?}", vector.id))
    });
    told.collect()
}

/// What was chosen where the vectors of the project leave a choice: every step of a vector that is no demand, and every step
/// without a demand, with its verdict. One line each.
///
/// # Panics
/// The files of the project are none.
pub fn choices() -> Vec<String> {
    let (world, all) = own();
    let mut lines = Vec::new();
    for vector in &all {
        let mut stage = Stage::new(vector, &world).expect("a vector of this world");
        for (index, step) in vector.steps.iter().enumerate() {
            let frame = read_hex(&step.hex).expect("a frame");
            let ruling = stage.verdict(step, &frame).expect("a port of this world").verdict.named(&stage.policy);
            if vector.level == Level::Should || step.expect == Expect::Any {
                lines.push(format!("{} step {}: {ruling} - {}", vector.id, index + 1, vector.title));
            }
        }
    }
    lines
}

/// Runs one vector and returns every demand that was not met.
///
/// # Errors
/// The vector names something that the world does not have, or a step is no frame.
pub fn run(vector: &Vector, world: &World) -> anyhow::Result<Vec<Miss>> {
    let mut stage = Stage::new(vector, world)?;
    match vector.oracle {
        Demand::PerStep => stage.play(vector),
        Demand::NoDeniedPayload => {
            let mut misses = stage.play(vector)?;
            misses.extend(reassembly::find_denied(&stage.emitted, &stage.policy));
            Ok(misses)
        }
        Demand::ReassemblesToAllowed => {
            let mut misses = stage.play(vector)?;
            misses.extend(reassembly::find_missing(&stage.emitted));
            Ok(misses)
        }
        Demand::ResourceBound => stage.flood(vector),
    }
}

/// How often a flood repeats its step.
const FLOOD: u32 = 5_000;

/// A table that a flood of [`FLOOD`] overflows.
const SMALL_TABLE: usize = 1_024;

/// The engine and what it forwarded.
struct Stage {
    policy: Policy,
    conntrack: Conntrack,
    emitted: Vec<Vec<u8>>,
}

impl Stage {
    fn new(vector: &Vector, world: &World) -> anyhow::Result<Stage> {
        let document = world.document(&vector.policy)?;
        let policy = resolve(&document, Revision(1)).context("the policy of the world does not resolve")?;
        let capacity = if vector.oracle == Demand::ResourceBound { SMALL_TABLE } else { Config::default().capacity };
        let config = Config { pick_up: PickUp::Never, capacity, share: capacity, ..Config::default() };
        let mut conntrack = Conntrack::new(config);
        adopt(&policy, &mut conntrack);
        Ok(Stage { policy, conntrack, emitted: Vec::new() })
    }

    fn play(&mut self, vector: &Vector) -> anyhow::Result<Vec<Miss>> {
        let mut misses = Vec::new();
        for (index, step) in vector.steps.iter().enumerate() {
            let frame = read_hex(&step.hex)?;
            misses.extend(self.judge(index + 1, step, &frame)?);
        }
        Ok(misses)
    }

    fn judge(&mut self, number: usize, step: &VectorStep, frame: &[u8]) -> anyhow::Result<Option<Miss>> {
        let Judged { verdict, released } = self.verdict(step, frame)?;
        self.emitted.extend(released.into_iter().map(|held| held.frame.into_vec()));
        if verdict.is_accept() {
            self.emitted.push(frame.to_vec());
        }
        let expected = match (step.expect, verdict.is_accept()) {
            (Expect::Allow, false) => "allow",
            (Expect::Deny, true) => "deny",
            _ => return Ok(None),
        };
        let why = if step.why.is_empty() { String::new() } else { format!(" ({})", step.why) };
        let got = verdict.named(&self.policy).to_string();
        Ok(Some(Miss { step: number, expected: format!("{expected}{why}"), got }))
    }

    fn verdict(&mut self, step: &VectorStep, frame: &[u8]) -> anyhow::Result<Judged> {
        let vnic = step.port.parse().ok().and_then(|id| self.policy.vnic_index(&id));
        let vnic = vnic.with_context(|| format!("the world has no port `{}`", step.port))?;
        let direction = match step.dir.as_str() {
            "ingress" => Direction::Ingress,
            "egress" => Direction::Egress,
            other => bail!("`{other}` is no direction"),
        };
        let hook = Hook { vnic, zone: Zone(vnic.0), direction };
        let now = Instant::from_millis(0) + Duration::from_millis(step.t_ms);
        Ok(judge_frame(&self.policy, &mut self.conntrack, hook, frame, Checksum::Complete, now))
    }

    /// Plays the vector, the steps whose verdict is a choice [`FLOOD`] times with other senders and identifications.
    fn flood(&mut self, vector: &Vector) -> anyhow::Result<Vec<Miss>> {
        let mut misses = Vec::new();
        for (index, step) in vector.steps.iter().enumerate() {
            let frame = read_hex(&step.hex)?;
            misses.extend(self.judge(index + 1, step, &frame)?);
            let repeats = if step.expect == Expect::Any { FLOOD } else { 0 };
            for number in 0..repeats {
                let _choice = self.verdict(step, &world::vary(&frame, number))?;
            }
            let kept = self.conntrack.kept_fragments();
            let most = self.conntrack.config().fragments.share;
            if kept > most {
                let got = format!("{kept} bytes of fragments");
                misses.push(Miss { step: index + 1, expected: format!("at most {most} bytes of fragments"), got });
            }
            if self.conntrack.len() > SMALL_TABLE {
                let got = format!("{} flows", self.conntrack.len());
                misses.push(Miss { step: index + 1, expected: format!("at most {SMALL_TABLE} flows"), got });
            }
        }
        Ok(misses)
    }
}

/// The vectors of the project and their world.
fn own() -> (World, Vec<Vector>) {
    let world = serde_json::from_str(include_str!("../vectors/world.json")).expect("the world");
    (world, read(include_str!("../vectors/vectors.jsonl")).expect("the vectors"))
}

/// Reads bytes written as hex.
///
/// # Errors
/// It is no hex.
pub fn read_hex(text: &str) -> anyhow::Result<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        bail!("`{text}` is no hex");
    }
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).with_context(|| format!("`{text}` is no hex"));
    (0..text.len()).step_by(2).map(byte).collect()
}
