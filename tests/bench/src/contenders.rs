//! What our decision and our flow table are compared with.
//!
//! Each is written straightforwardly, for speed but without cleverness of our own. All are given the same rules, flattened by
//! [`flat`], and the same packets.

pub mod flat;
pub mod linear;
pub mod map;
pub mod tuple_space;
