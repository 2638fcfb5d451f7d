//! Questions about policies, answered about every packet at once.
//!
//! [`diff`] compares two policies: which new flows pass under one and not under the other. An answer is a list of regions,
//! each with a [`Witness`], a packet that shows it; no region means that the policies are proved equal. [`idle_rules`] finds
//! the rules of one policy that decide nothing, and what decides in their place. [`matrix`] tells who can open connections to
//! whom, and [`vicinity`] what may vary in a packet without a change of the answer.
//!
//! It all starts from [`policy::Surface`], which is read from what decides packets:
//!
//! ```text
//! surface (one policy, vnic, direction, family)     remotes -> protocols -> ports, ICMP types -> decision
//!    chart    the same, with what is said in names that both policies share
//!    pieces   two charts side by side: packets of which both say what is looked for, as few and as large as may be
//!    regions  pieces at the vnics that have them
//! ```
//!
//! Contract: exact. Every packet in a region is decided as the region says, every packet outside of all regions alike by
//! both; each is a packet by itself, as if it were the first of its flow. Pure and deterministic.
//!
//! Absent: the source guard, and flows: replies and related errors pass by tracking, whatever the rules say.

mod addresses;
pub mod assertion;
mod atlas;
mod beyond;
mod budget;
mod by_family;
mod chart;
mod diff;
mod future;
pub mod lint;
mod matrix;
mod opening;
mod pieces;
mod ranges;
mod region;
mod said;
pub mod suggest;
pub mod tighten;
mod vicinity;
mod witness;

pub use addresses::Addresses;
pub use beyond::Beyond;
pub use budget::{Exhausted, NODES, weigh};
pub use diff::{Change, Diff, Turn, diff};
pub use future::group_matrix;
pub use lint::{Cause, Idle, idle_rules};
pub use matrix::{Exposure, Matrix, Reach, matrix};
pub use opening::Opening;
pub use region::{Keys, Protocols, Region};
pub use said::{By, Said};
pub use vicinity::{replies, vicinity};
pub use witness::Witness;
