//! Frames of a vnic that were neither accepted nor dropped, but lost at a link.
//!
//! Absent: why the link lost them, beyond what the datapath can tell.

use std::fmt;

use datapath::IoCounters;

/// The links of a vnic, as people and metrics name them.
pub(crate) const SIDES: [(&str, &str); 2] = [("guest", "guest side"), ("uplink", "uplink")];

/// What two links lost: guest side, uplink.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Losses(pub(crate) [LinkLosses; 2]);

/// What one link lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LinkLosses(IoCounters);

impl LinkLosses {
    /// What was lost from one state of a link's counters to the next.
    pub(crate) fn between(before: IoCounters, now: IoCounters) -> LinkLosses {
        LinkLosses(IoCounters {
            received: 0,
            sent: 0,
            dropped_by_kernel: now.dropped_by_kernel - before.dropped_by_kernel,
            send_refused: now.send_refused - before.send_refused,
            cut: now.cut - before.cut,
            tagged_dropped: now.tagged_dropped - before.tagged_dropped,
        })
    }

    /// The name of each cause, the same for people, and the frames that were lost by it.
    pub(crate) fn causes(&self) -> [(&'static str, &'static str, u64); 4] {
        let LinkLosses(lost) = self;
        [
            ("buffer-full", "lost because the receive buffer was full", lost.dropped_by_kernel),
            ("send-refused", "not taken by the link", lost.send_refused),
            ("cut", "longer than the read buffer", lost.cut),
            ("vlan-tag", "dropped because of a VLAN tag", lost.tagged_dropped),
        ]
    }
}

impl Losses {
    /// Whether nothing was lost.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Losses::default()
    }
}

/// What was lost, by side and cause.
impl fmt::Display for Losses {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut comma = "";
        for ((_, side), link) in SIDES.iter().zip(&self.0) {
            for (_, what, count) in link.causes().into_iter().filter(|(_, _, count)| *count > 0) {
                write!(out, "{comma}{side}: {count} frames {what}")?;
                comma = ", ";
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_lost_is_told_by_side_and_cause() {
        let before = IoCounters { received: 7, dropped_by_kernel: 2, ..IoCounters::default() };
        let now = IoCounters { received: 99, dropped_by_kernel: 5, cut: 1, ..IoCounters::default() };
        let check = |guest, uplink, expect: &str| assert_eq!(Losses([guest, uplink]).to_string(), expect);
        let (some, none) = (LinkLosses::between(before, now), LinkLosses::between(now, now));
        let lost = "3 frames lost because the receive buffer was full";
        check(none, none, "");
        check(some, none, &format!("guest side: {lost}, guest side: 1 frames longer than the read buffer"));
        check(none, some, &format!("uplink: {lost}, uplink: 1 frames longer than the read buffer"));
        assert!(Losses([none, none]).is_empty() && !Losses([none, some]).is_empty());
    }
}
