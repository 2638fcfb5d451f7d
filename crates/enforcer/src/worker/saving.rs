//! Saving flows without keeping frames waiting: one vnic's between two polls.

use conntrack::{Conntrack, Instant, Missed, Zone};
use policy::VnicId;

/// The flows of all vnics of a worker.
pub(crate) struct FlowCopy {
    pub(crate) missed: Missed,
    /// By vnic, as conntrack saves them.
    pub(crate) zones: Vec<(VnicId, Vec<u8>)>,
}

/// A copy that is being made.
pub(super) struct Saving {
    left: Vec<(VnicId, Zone)>,
    copy: FlowCopy,
}

impl Saving {
    /// Starts a copy of these.
    pub(super) fn of(left: Vec<(VnicId, Zone)>, missed: Missed) -> Saving {
        Saving { left, copy: FlowCopy { missed, zones: Vec::new() } }
    }

    /// Copies one more vnic's. Returns the whole when there is none left.
    pub(super) fn go_on(mut self, conntrack: &Conntrack, now: Instant) -> Result<FlowCopy, Saving> {
        let Some((vnic, zone)) = self.left.pop() else {
            return Ok(self.copy);
        };
        self.copy.zones.push((vnic, conntrack.save(zone, now)));
        Err(self)
    }

    /// Copies all that are left.
    pub(super) fn finish(mut self, conntrack: &Conntrack, now: Instant) -> FlowCopy {
        loop {
            match self.go_on(conntrack, now) {
                Ok(copy) => return copy,
                Err(unfinished) => self = unfinished,
            }
        }
    }
}
