//! The host daemon that enforces a policy inline, between each instance and its bridge.
//!
//! Read in this order: [`run`] (the daemon's life), `links` (the only path between an instance and its bridge), `workers`,
//! `worker` and `judge` (a frame's way), `follow` (where the policy comes from), `state` (what outlives it), `handover` (how a
//! successor goes on without a gap), `report` (what is told of it), `answers` (what it can be asked), `sandbox` (what it may do).
//!
//! Contract: only an accepted frame goes on. While the enforcer is down, or a vnic is unknown to the policy, nothing does.
//!
//! Absent: semantics. What a rule, a flow or a spoofed address is, is known to the core alone.

mod answers;
mod at_once;
mod audit;
mod capture;
mod closer;
mod daemon;
mod disk;
mod fnv;
mod follow;
mod handover;
mod judge;
mod latency;
mod links;
mod losses;
mod netns;
mod notify;
mod options;
mod privileges;
mod report;
mod sandbox;
mod sightings;
mod signals;
mod socket_file;
mod state;
mod status;
mod tally;
mod worker;
mod workers;

pub use daemon::run;
pub use latency::{Bound, Histogram};
pub use options::{Backend, Captured, NamePattern, Options, STATES, Sandbox, VnicLink, Watching};
pub use report::{Audited, PacketReport, Report, Staged, TrafficReport, VnicReport, Watched};
pub use status::{Latency, LossCount, Status};
