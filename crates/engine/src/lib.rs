//! The verdict: the only place where guard, connection tracking and rules meet.
//!
//! [`evaluate`] judges one packet at one vnic. [`judge_frame`] does the same for the bytes of a frame; many in a row are quicker
//! when a glance is cast at all of them first ([`Arrived`], [`look_ahead`], [`judge_arrived`]). [`travel`] carries a packet from
//! one end to the other and judges it at both. A [`Scenario`] is a document, timed packets and the verdicts that they should get,
//! as text. A [`Connection`] is packets to and fro, edits and time between two ends, step by step; a [`Replay`] is a whole
//! capture. Tracking is per vnic: stateless groups ask no flow, and without port security nothing is asked.
//!
//! Contract: infallible; the same arguments give the same verdict; a dropped packet leaves the flow table unchanged; nothing is
//! allocated for a packet of an established flow.
//!
//! Absent: input and output, the clock, and logging.

mod connection;
mod evaluate;
mod json;
mod question;
mod replay;
mod ruling;
mod scenario;
mod trace;
mod travel;
mod verdict;

pub use connection::{Connection, Course, Found, Happening, LiveFlow, Moment, MomentError, Scene, Travel};
pub use evaluate::{
    Arrived, Hook, Judged, adopt, copy, evaluate, evaluate_with, judge_arrived, judge_frame, judge_malformed,
    look_ahead, restore,
};
pub use question::{Place, Question, QuestionError, Route};
pub use replay::{Break, Counts, LISTED, Replay, SeenFlow, Tally};
pub use ruling::{Outcome, Ruling, RulingError};
pub use scenario::{EngineJudge, Event, Input, Judge, Scenario, ScenarioFaults, Step, StepError, StepOutcome};
pub use trace::{Joined, Steps, Trace, TraceStep, Tracked};
pub use travel::{Endpoint, Journey, Leg, complete, travel};
pub use verdict::{Accepted, Dropped, Verdict};
