//! The engine against Linux: the same packets through both, and every difference named.
//!
//! ```text
//! plays      random packets at one vnic
//! ruleset    the vnic's policy as nftables rules
//! bench      a bridge in a namespace that tracks what passes
//! netfilter  what the kernel does, as a value
//! differences  where the engine does something else, and why
//! ```

pub mod bench;
pub mod differences;
pub mod netfilter;
pub mod plays;
pub mod report;
pub mod ruleset;
pub mod trial;
