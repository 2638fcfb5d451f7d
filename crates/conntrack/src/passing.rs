//! Packets in the middle of a flow.

use wire::Gist;

use crate::time::Instant;
use crate::tuple::Sender;

/// A packet that perhaps is in the middle of a flow, and when it comes.
#[derive(Clone, Copy, Debug)]
pub struct Passing<'g> {
    /// Who sent it.
    pub sender: Sender,
    /// What a glance at it says.
    pub gist: &'g Gist,
    /// What [`Conntrack::look_ahead`](crate::Conntrack::look_ahead) found. Whatever it is, the packet is judged the same.
    pub likely: Option<Likely>,
    /// The revision that must have admitted its flow last.
    pub revision: u32,
    /// Its length in bytes.
    pub length: u32,
    /// The time.
    pub now: Instant,
}

/// Where the flow of a packet probably is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Likely(pub(crate) u32);
