//! Random worlds: a document, and what happens in it.
//!
//! Everything is taken from few addresses, ports, groups and rules, and from the borders of ranges, so that things meet. A world
//! is a scenario without expectations; [`difference`] runs it in the engine and in the oracle.

mod documents;
mod fragments;
mod packets;
mod profiles;
mod talks;

use std::fmt::Write;

use conntrack::{Instant, PickUp};
use engine::{EngineJudge, Event, Input, Ruling, Scenario, Step, StepOutcome};
use oracle::Oracle;
use policy::{Direction, Document, Edit, Revision, Tracking, VnicId, resolve};
use proptest::prelude::*;
use proptest::sample::select;
use wire::Sketch;

use crate::frames::FrameJudge;

pub use documents::documents;
pub use fragments::Pieces;
pub use packets::{Tamper, error_about, packets, segments, tampers};
use talks::TALKS;
pub use talks::{Act, Talk, acts};

/// A document and what happens in it.
#[derive(Clone, Debug)]
pub struct World {
    /// The policy at the start.
    pub document: Document,
    /// Whether flows are picked up in the middle.
    pub pick_up: PickUp,
    /// What happens, one after the other.
    pub beats: Vec<Beat>,
}

/// Something that happens.
#[derive(Clone, Debug)]
pub enum Beat {
    /// So many milliseconds pass.
    Wait(u64),
    /// A packet arrives.
    Arrive(Arrival),
    /// A packet and its answer arrive.
    Exchange(Arrival),
    /// A packet arrives in pieces.
    Pieces(Arrival, Pieces),
    /// The same over so long that UDP becomes a stream, and so many milliseconds later the answer again.
    Stream(Arrival, u64),
    /// One of the TCP connections goes on.
    Talk(usize, Act),
    /// A packet that arrived before (the last is 0) arrives again.
    Again(usize),
    /// So many milliseconds pass, and it arrives again.
    Later(u64, usize),
    /// It arrives from the other side, as it is.
    Mirror(usize),
    /// Its answer arrives.
    Answer(usize),
    /// An ICMP error about it arrives.
    Error(usize, Tamper),
    /// Tracking ends at the vnic of a packet, the packet arrives unseen, tracking begins again, and so does the packet.
    Unseen(usize),
    /// A frame arrives that is no packet.
    Noise(VnicId, Direction),
    /// The document changes, if the change is possible.
    Edit(Edit),
    /// The document changes, if that is possible, and what arrived before arrives again.
    Under(Edit, usize),
}

/// A packet at a hook.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Where.
    pub vnic: VnicId,
    /// Which way.
    pub direction: Direction,
    /// What.
    pub sketch: Sketch,
}

/// Random worlds of up to so many beats.
pub fn worlds(most: usize) -> impl Strategy<Value = World> {
    let pick_up = prop_oneof![Just(PickUp::MidStream), Just(PickUp::Never)];
    (documents(), pick_up, proptest::collection::vec(beats(), 1..=most)).prop_map(|(document, pick_up, beats)| World {
        document,
        pick_up,
        beats,
    })
}

/// Two documents that have little in common, or the first and the last of a world with edits.
pub fn document_pairs() -> impl Strategy<Value = (Document, Document)> {
    /// The most beats of a world; an edit is one of about ten.
    const BEATS: usize = 30;
    let edited = worlds(BEATS).prop_map(|world| {
        let scenario = world.scenario();
        let mut document = scenario.document.clone();
        for step in &scenario.steps {
            if let Event::Apply(edit) = &step.event {
                edit.clone().apply(&mut document).expect("edits of a world fit");
            }
        }
        (scenario.document, document)
    });
    prop_oneof![(documents(), documents()), edited]
}

/// The borders of all times that a flow may have, in milliseconds.
const TIMES: [u64; 26] = [
    1,
    100,
    2_000,
    2_001,
    9_999,
    10_000,
    29_999,
    30_000,
    59_999,
    60_000,
    119_999,
    120_000,
    209_999,
    210_000,
    239_999,
    240_000,
    299_999,
    300_000,
    599_999,
    600_000,
    6 * 3_600_000 - 1,
    6 * 3_600_000,
    12 * 3_600_000 - 1,
    12 * 3_600_000,
    5 * 86_400_000 - 1,
    5 * 86_400_000,
];

/// A UDP flow that is answered and older than two seconds is a stream.
const STREAM: u64 = 2_001;

/// The borders of all times that a stream may have.
const STREAM_TIMES: [u64; 8] = [2_999, 3_000, 119_999, 120_000, 149_999, 150_000, 179_999, 180_000];

fn beats() -> BoxedStrategy<Beat> {
    prop_oneof![
        2 => select(&TIMES[..]).prop_map(Beat::Wait),
        6 => packets().prop_map(Beat::Arrive),
        3 => packets().prop_map(Beat::Exchange),
        3 => (packets(), fragments::pieces()).prop_map(|(arrival, pieces)| Beat::Pieces(arrival, pieces)),
        2 => (packets(), select(&STREAM_TIMES[..])).prop_map(|(arrival, millis)| Beat::Stream(arrival, millis)),
        12 => (0..TALKS, acts()).prop_map(|(talk, act)| Beat::Talk(talk, act)),
        2 => (0..4_usize).prop_map(Beat::Again),
        4 => (select(&TIMES[..]), 0..3_usize).prop_map(|(millis, back)| Beat::Later(millis, back)),
        1 => (0..4_usize).prop_map(Beat::Mirror),
        4 => (0..4_usize).prop_map(Beat::Answer),
        2 => (0..4_usize, tampers()).prop_map(|(of, tamper)| Beat::Error(of, tamper)),
        1 => (0..3_usize).prop_map(Beat::Unseen),
        1 => packets().prop_map(|arrival| Beat::Noise(arrival.vnic, arrival.direction)),
        2 => documents::edits().prop_map(Beat::Edit),
        1 => (documents::edits(), 0..4_usize).prop_map(|(edit, back)| Beat::Under(edit, back)),
        1 => (documents::profile_edits(), 0..4_usize).prop_map(|(edit, back)| Beat::Under(edit, back)),
    ]
    .boxed()
}

impl World {
    /// The world as a scenario; what it expects means nothing.
    pub fn scenario(&self) -> Scenario {
        let mut play = Play {
            now: Instant::from_millis(0),
            document: self.document.clone(),
            talks: talks::talks(),
            past: Vec::new(),
            steps: Vec::new(),
        };
        for beat in &self.beats {
            play.play(beat);
        }
        Scenario {
            name: "random".to_owned(),
            quote: None,
            document: self.document.clone(),
            faults: Vec::new(),
            pick_up: self.pick_up,
            steps: play.steps,
        }
    }
}

struct Play {
    now: Instant,
    document: Document,
    talks: Vec<Talk>,
    past: Vec<Arrival>,
    steps: Vec<Step>,
}

impl Play {
    fn play(&mut self, beat: &Beat) {
        match beat {
            Beat::Wait(millis) => self.wait(*millis),
            Beat::Arrive(arrival) => self.arrive(arrival.clone()),
            Beat::Exchange(arrival) => {
                self.arrive(arrival.clone());
                self.after(0, answer_to);
            }
            Beat::Stream(arrival, millis) => {
                self.play(&Beat::Exchange(arrival.clone()));
                self.wait(STREAM);
                self.arrive(arrival.clone());
                self.wait(*millis);
                self.after(0, answer_to);
            }
            Beat::Under(edit, back) => {
                self.edit(edit);
                self.after(*back, |past| Some(past.clone()));
            }
            Beat::Later(millis, back) => {
                self.wait(*millis);
                self.after(*back, |past| Some(past.clone()));
            }
            Beat::Pieces(whole, pieces) => {
                pieces.of(&whole.sketch.payload).into_iter().for_each(|payload| {
                    self.arrive(Arrival { sketch: Sketch { macs: whole.sketch.macs, payload }, ..whole.clone() });
                });
            }
            Beat::Talk(talk, act) => {
                let arrivals = self.talks[*talk].play(act);
                arrivals.into_iter().for_each(|arrival| self.arrive(arrival));
            }
            Beat::Again(back) => self.after(*back, |past| Some(past.clone())),
            Beat::Mirror(back) => {
                self.after(*back, |past| Some(Arrival { direction: opposite(past.direction), ..past.clone() }));
            }
            Beat::Answer(back) => self.after(*back, answer_to),
            Beat::Error(back, tamper) => self.after(*back, |past| error_about(past, *tamper)),
            Beat::Unseen(back) => {
                for (tracking, back) in [(Tracking::Stateless, *back), (Tracking::Stateful, 0)] {
                    self.set_tracking(back, tracking);
                    self.after(back, |past| Some(past.clone()));
                }
                self.after(0, answer_to);
            }
            Beat::Noise(vnic, direction) => {
                let (vnic, direction, input) = (vnic.clone(), *direction, Input::Frame(vec![0; 14]));
                let event = Event::Arrival { vnic, direction, input, expect: Ruling::unknown_vnic() };
                self.steps.push(Step { at: self.now, event });
            }
            Beat::Edit(edit) => self.edit(edit),
        }
    }

    fn wait(&mut self, millis: u64) {
        self.now = Instant::from_millis(self.now.as_millis() + millis);
    }

    fn after(&mut self, back: usize, next: impl Fn(&Arrival) -> Option<Arrival>) {
        let past = self.past.len().checked_sub(back + 1).map(|at| &self.past[at]);
        if let Some(arrival) = past.and_then(next) {
            self.arrive(arrival);
        }
    }

    fn arrive(&mut self, arrival: Arrival) {
        self.past.push(arrival.clone());
        let Arrival { vnic, direction, sketch } = arrival;
        let event = Event::Arrival { vnic, direction, input: Input::Packet(sketch), expect: Ruling::unknown_vnic() };
        self.steps.push(Step { at: self.now, event });
    }

    /// Makes the first group of the vnic of a past packet stateful or stateless.
    fn set_tracking(&mut self, back: usize, tracking: Tracking) {
        let past = self.past.len().checked_sub(back + 1).map(|at| &self.past[at]);
        let vnic = past.and_then(|past| self.document.vnic(past.vnic.as_str()));
        let group = vnic.and_then(|(_, vnic)| vnic.groups.first().cloned());
        if let Some(group) = group {
            self.edit(&Edit::SetTracking { group, tracking });
        }
    }

    fn edit(&mut self, edit: &Edit) {
        let mut changed = self.document.clone();
        if edit.clone().apply(&mut changed).is_ok() && resolve(&changed, Revision(0)).is_ok() {
            self.document = changed;
            self.steps.push(Step { at: self.now, event: Event::Apply(edit.clone()) });
        }
    }
}

/// What answers a packet, at the other side of the vnic.
pub fn answer_to(past: &Arrival) -> Option<Arrival> {
    let sketch = past.sketch.reply()?;
    Some(Arrival { direction: opposite(past.direction), sketch, ..past.clone() })
}

/// The other way.
pub fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::Ingress => Direction::Egress,
        Direction::Egress => Direction::Ingress,
    }
}

/// Runs a scenario in the engine, by packets and by frames, and in the oracle: where one of the two differs from the oracle first, as
/// text with all that happened before.
pub fn difference(scenario: &Scenario) -> Option<String> {
    let theirs = scenario.run(&mut Oracle::new(scenario.pick_up));
    let by_packets = scenario.run(&mut EngineJudge::new(scenario.pick_up));
    let by_frames = || scenario.run(&mut FrameJudge::new(scenario.pick_up));
    text_of_difference(scenario, &by_packets, &theirs).or_else(|| text_of_difference(scenario, &by_frames(), &theirs))
}

fn text_of_difference(scenario: &Scenario, ours: &[StepOutcome], theirs: &[StepOutcome]) -> Option<String> {
    let first = ours.iter().zip(theirs).position(|(ours, theirs)| ours.found != theirs.found)?;
    let mut text =
        format!("{}\n{:?}, pick up {:?}\n", scenario.document.to_yaml(), scenario.document.profile, scenario.pick_up);
    for outcome in &theirs[..first] {
        let _ = writeln!(text, "{}", expecting(outcome));
    }
    let trace = ours[first].trace.join("\n    ");
    let _ = write!(text, "{}\n    but the engine says {:?}\n    {trace}", expecting(&theirs[first]), ours[first].found);
    Some(text)
}

/// The step with what the oracle says as its expectation.
fn expecting(outcome: &StepOutcome) -> Step {
    let mut step = outcome.step.clone();
    if let (Event::Arrival { expect, .. }, Ok(Some(found))) = (&mut step.event, &outcome.found) {
        expect.clone_from(found);
    }
    step
}
