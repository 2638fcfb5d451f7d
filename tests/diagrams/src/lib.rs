//! Sets of packets as binary decision diagrams, and what a document says of them.
//!
//! A second way to the answers of `analysis`, which shares nothing with it: no policy is resolved and no surface is read. Rules
//! are taken from the document one by one, each as the set of the packets that match it, and what an earlier one decides a later
//! one does not get. Sets are diagrams over the bits of a packet, of a library that other people wrote.
//!
//! ```text
//! packets   the bits, and sets of packets
//! reading   what decides which packets at a vnic
//! ```
//!
//! Contract: semantics of rules as `oracle` has them, for all packets at once. Pure and deterministic.
//!
//! Absent: the source guard, flows, and any use outside of tests and measurements.

mod packets;
mod reading;

pub use packets::{Packets, Universe};
pub use reading::{Decider, Reading};
