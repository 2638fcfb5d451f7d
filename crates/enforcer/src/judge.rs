//! From a frame to a verdict. All meaning is in the engine; here the datapath's words become the core's.

use conntrack::{Conntrack, Instant};
use datapath::Frame;
use engine::{Arrived, Hook, Judged, judge_arrived};
use policy::Policy;

/// Judges one frame at one hook.
pub(crate) fn judge(policy: &Policy, conntrack: &mut Conntrack, hook: Hook, frame: Frame<'_>, now: Instant) -> Judged {
    judge_arrived(policy, conntrack, hook, &look_at(frame), now)
}

/// Looks at one frame.
pub(crate) fn look_at(frame: Frame<'_>) -> Arrived<'_> {
    Arrived::of(frame.bytes(), checksum(frame))
}

/// Whether the core may verify the checksum.
pub(crate) fn checksum(frame: Frame<'_>) -> wire::Checksum {
    match frame.checksum() {
        datapath::Checksum::Complete => wire::Checksum::Complete,
        datapath::Checksum::Unfinished => wire::Checksum::Unfinished,
    }
}
