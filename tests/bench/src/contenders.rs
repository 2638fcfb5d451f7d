//! What our decision, our flow table and our analysis are compared with.
//!
//! Each is written straightforwardly, for speed but without cleverness of our own. All are given the same rules, flattened by
//! [`flat`], and the same packets.

pub mod boxes;
#[cfg(not(target_family = "wasm"))]
pub mod diagram;
pub mod flat;
pub mod linear;
pub mod map;
pub mod pairwise;
pub mod tuple_space;
