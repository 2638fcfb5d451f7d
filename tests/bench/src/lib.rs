//! What the core costs, beside what it is compared with.
//!
//! ```text
//! sets        rule sets: realistic ones, and in the style of ClassBench
//! questions   packets that ask them
//! traffic     connections of many clients with one server
//! classbench  rule sets from files
//! contenders  linear search, tuple space search, a map of 5-tuples, boxes, decision diagrams
//! race        all of them side by side
//! kernel      the kernel's own rules, in namespaces
//! datapath    enforcer, bare forwarders and the kernel's bridge, with real packets
//! rows        what is measured
//! table       how it is shown
//! ```
//!
//! All of it is the same each time but for the clock, which the caller gives, so it runs in the browser's machine too.
//!
//! Absent: any judgement of a figure. No test here fails because something took long.

pub mod chance;
pub mod classbench;
pub mod contenders;
#[cfg(not(target_family = "wasm"))]
pub mod datapath;
#[cfg(not(target_family = "wasm"))]
mod host;
#[cfg(not(target_family = "wasm"))]
pub mod kernel;
pub mod questions;
pub mod race;
pub mod rows;
pub mod sets;
pub mod table;
pub mod traffic;
