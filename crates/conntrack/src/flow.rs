//! A flow as a value.

use crate::tcp::TcpSide;
use crate::time::Instant;
use crate::tracker::{Assured, FlowState, Tracker};
use crate::tuple::Tuple;
use crate::way::Way;

/// The flows of one vnic. Zones know nothing of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Zone(pub u32);

/// Names one flow for as long as it is in the table. A later flow in the same place has another name, until the place was
/// used a million times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FlowId {
    pub(crate) slot: u32,
    pub(crate) generation: u32,
}

/// What passed in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Counters {
    /// Packets.
    pub packets: u64,
    /// Bytes, by the lengths that the caller gave.
    pub bytes: u64,
}

/// A tracked flow, copied from the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    pub(crate) zone: Zone,
    pub(crate) original: Tuple,
    pub(crate) tracker: Tracker,
    pub(crate) revision: u32,
    pub(crate) mark: u32,
    pub(crate) assured: Assured,
    pub(crate) standing: Standing,
    pub(crate) expires: Instant,
    pub(crate) sent: Counters,
    pub(crate) received: Counters,
}

/// Whether the policy still admits a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Live,
    Revoked,
}

impl Flow {
    /// The zone that it belongs to.
    pub fn zone(&self) -> Zone {
        self.zone
    }

    /// The tuple of the opener's packets: what rules are asked about.
    pub fn original(&self) -> Tuple {
        self.original
    }

    /// The tuple of the answers.
    pub fn reply(&self) -> Tuple {
        self.original.reply()
    }

    /// How far it came, for display.
    pub fn state(&self) -> FlowState {
        self.tracker.state()
    }

    /// What is known of the opener and of the other side of a TCP connection.
    pub fn tcp_sides(&self) -> [Option<TcpSide>; 2] {
        match &self.tracker {
            Tracker::Tcp(tcp) => tcp.sides(),
            Tracker::Udp(_) | Tracker::Query(_) | Tracker::Plain(..) => [None, None],
        }
    }

    /// The revision that the caller gave when it admitted or judged the flow last.
    pub fn revision(&self) -> u32 {
        self.revision
    }

    /// The caller's own mark, as netfilter's: for instance the hook and the rule that admitted the flow.
    pub fn mark(&self) -> u32 {
        self.mark
    }

    /// What passed in a direction.
    pub fn counters(&self, way: Way) -> Counters {
        match way {
            Way::Original => self.sent,
            Way::Reply => self.received,
        }
    }

    /// When it ends if no packet comes, in whole milliseconds. From then on it is treated as absent.
    pub fn expires(&self) -> Instant {
        self.expires
    }

    /// Whether both ends proved that they take part; an assured flow is not evicted before it closes.
    pub fn is_assured(&self) -> bool {
        self.assured == Assured::Yes
    }

    /// Whether it was revoked and not renewed since.
    pub fn is_revoked(&self) -> bool {
        self.standing == Standing::Revoked
    }
}
