//! Flow table and TCP state.
//!
//! A packet is first classified, which reads only; the caller then decides; and only a packet that was accepted changes
//! the table:
//!
//! ```text
//! classify -> New(Tentative)    -> accepted by the rules -> commit
//!          -> Established(Step)                          -> advance
//!          -> Revoked(Step)     -> accepted again        -> renew, advance
//!                               -> refused still         -> touch
//!          -> Related, Invalid, Untracked                   (change nothing)
//! ```
//!
//! Most packets are in the middle of a flow and change nothing but numbers. [`Conntrack::pass`] classifies and carries out such a
//! packet at once, or leaves it to the calls above.
//!
//! A fragment is first gathered; when its datagram is whole, that is classified:
//!
//! ```text
//! gather -> Held                                             (waits)
//!        -> Whole              -> join, classify             (all fragments go on, or none)
//!        -> Refused                                          (dropped)
//! ```
//!
//! The flows of a zone outlive the process as bytes: [`Conntrack::save`] or [`Conntrack::sweep`], [`Saved::read`], [`Conntrack::restore`].
//! Another table of the same process takes them by [`Conntrack::copy`].
//!
//! Contract: [`Conntrack::pass`], [`Conntrack::classify`] and [`Conntrack::advance`] allocate nothing, and with
//! [`Memory::AtStart`] neither does any other call but [`Conntrack::gather`]. Every call does bounded work, except
//! [`Conntrack::remove`], which is linear in the flows that it removes, [`Conntrack::save`] and
//! [`Conntrack::restore`], in those of the zone, and [`Conntrack::commit`] with [`Memory::AsNeeded`].
//! A flow takes at most 128 bytes, all in. The table holds at most [`Config::capacity`] flows and at most [`Config::share`]
//! flows of one [`Zone`]. The same calls with the same values give the same answers on every machine.
//!
//! Absent: rules (what may become a flow, the caller says; revision and mark are the caller's own), the clock (time is
//! a parameter), address translation, application helpers.

mod class;
mod config;
mod conntrack;
mod effect;
mod flow;
mod footprint;
mod fragments;
mod icmp;
mod invalid;
mod key;
mod keyed;
mod lifetimes;
mod passing;
mod saved;
mod table;
mod tcp;
mod time;
mod tracker;
mod tuple;
mod way;

pub use class::{Class, Step, TableFull, Tentative};
pub use config::{Config, FragmentLimits, Memory, PickUp, Timeouts};
pub use conntrack::Conntrack;
pub use flow::{Counters, Flow, FlowId, Zone};
pub use footprint::Footprint;
pub use fragments::{Gathered, HeldFragment};
pub use invalid::Invalid;
pub use passing::{Likely, Passing};
pub use saved::{FlowFault, Missed, Resumption, Saved, SavedError, Sweep};
pub use tcp::{TcpSide, TcpState};
pub use time::Instant;
pub use tracker::FlowState;
pub use tuple::{Query, Sender, Tuple, TuplePart};
pub use way::Way;
