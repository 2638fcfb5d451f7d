//! What a packet is to the table.

use core::fmt;

use crate::effect::Effect;
use crate::flow::{FlowId, Zone};
use crate::invalid::Invalid;
use crate::tracker::Tracker;
use crate::tuple::Tuple;
use crate::way::Way;

/// What a packet is to the flows of its zone.
#[derive(Debug, PartialEq, Eq)]
pub enum Class {
    /// No flow has it. It may become one.
    New(Tentative),
    /// A packet of a live flow.
    Established(Step),
    /// A packet of a flow that was revoked. It passes only if the flow is renewed first.
    Revoked(Step),
    /// An ICMP error about a packet of a live flow.
    Related {
        /// The flow.
        flow: FlowId,
        /// The way that the error itself travels: against the packet that it is about.
        way: Way,
    },
    /// It contradicts what is known, so it is dropped before any rule.
    Invalid(Invalid),
    /// Not tracked: rules judge each such packet by itself. ICMP that is neither a query nor an error (neighbor discovery,
    /// MLD, router advertisement and the like), and a fragment without a transport header that was not gathered.
    Untracked,
}

/// A flow that does not exist yet. Only [`Conntrack::commit`](crate::Conntrack::commit) makes it one.
#[derive(Debug, PartialEq, Eq)]
pub struct Tentative {
    pub(crate) zone: Zone,
    pub(crate) original: Tuple,
    pub(crate) tracker: Tracker,
    /// The flow of the same tuple that this one takes the place of.
    pub(crate) replaces: Option<FlowId>,
}

/// What an accepted packet changes in its flow. It is spent by [`Conntrack::advance`](crate::Conntrack::advance), or by
/// [`Conntrack::touch`](crate::Conntrack::touch) when it is not accepted, and is worth nothing once another packet of
/// the flow was carried out.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    pub(crate) flow: FlowId,
    pub(crate) way: Way,
    pub(crate) effect: Effect,
    /// What is to be remembered.
    pub(crate) tracker: Tracker,
}

/// Why a tentative flow did not get a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TableFull {
    /// The zone has used up its share, and all its flows are assured.
    Share,
    /// The table is full, and no flow may be evicted for one of this zone.
    Capacity,
}

impl Tentative {
    /// The zone of the packet.
    pub fn zone(&self) -> Zone {
        self.zone
    }

    /// The tuple in the direction that the flow's rules are asked in.
    pub fn original(&self) -> Tuple {
        self.original
    }
}

impl Step {
    /// The flow.
    pub fn flow(&self) -> FlowId {
        self.flow
    }

    /// The way of the packet in its flow.
    pub fn way(&self) -> Way {
        self.way
    }
}

impl TableFull {
    /// The stable name, as in verdicts and scenarios.
    pub fn name(self) -> &'static str {
        match self {
            TableFull::Share => "share-full",
            TableFull::Capacity => "table-full",
        }
    }
}

impl fmt::Display for TableFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TableFull::Share => "the instance has used up its share of the flow table",
            TableFull::Capacity => "the flow table is full",
        })
    }
}

impl core::error::Error for TableFull {}
