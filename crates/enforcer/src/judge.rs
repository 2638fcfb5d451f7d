//! From a frame to a verdict. All meaning is in the engine; here the datapath's words become the core's.

use conntrack::{Conntrack, Instant};
use datapath::Frame;
use engine::{Hook, Judged, Parsed, judge_parsed};
use policy::Policy;

/// Judges one frame at one hook.
pub(crate) fn judge(policy: &Policy, conntrack: &mut Conntrack, hook: Hook, frame: Frame<'_>, now: Instant) -> Judged {
    judge_parsed(policy, conntrack, hook, &parse(frame), now)
}

/// Parses one frame.
pub(crate) fn parse(frame: Frame<'_>) -> Parsed<'_> {
    Parsed::of(frame.bytes(), checksum(frame))
}

/// Whether the core may verify the checksum.
pub(crate) fn checksum(frame: Frame<'_>) -> wire::Checksum {
    match frame.checksum() {
        datapath::Checksum::Complete => wire::Checksum::Complete,
        datapath::Checksum::Unfinished => wire::Checksum::Unfinished,
    }
}
