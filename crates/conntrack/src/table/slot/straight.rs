//! The straight road: a packet in the middle of a flow, carried out where the flow stands.
//!
//! The states that are left out go through the tracker, which says the same of those that are not.

use crate::config::Timeouts;
use crate::passing::Passing;
use core::time::Duration;

use crate::tcp::{Segment, Stage, pass_established};
use crate::time::Instant;
use crate::tracker::UdpStage;
use crate::way::Way;

use super::{HAS_ANNEX, HAS_FIN, IS_ASSURED, IS_REVOKED, KIND, Kind, STAGE, Slot, first_count};

/// What tells whether a flow is live, assured, without a FIN and without an annex, and how far it came.
const COURSE: u32 = KIND.bits()
    | STAGE.bits()
    | IS_REVOKED.bits()
    | IS_ASSURED.bits()
    | HAS_ANNEX.bits()
    | HAS_FIN[0].bits()
    | HAS_FIN[1].bits();
const ESTABLISHED: u32 = course(Kind::Open, Stage::Established as u32);
const STREAM: u32 = course(Kind::Udp, UdpStage::Stream as u32);

impl Slot {
    /// Lets a packet of `length` bytes pass. Returns `None`, and changes nothing, where there may be more to it.
    #[inline]
    pub(in crate::table) fn pass(
        &mut self,
        passing: &Passing,
        length: u32,
        timeouts: &Timeouts,
        now: Instant,
    ) -> Option<()> {
        let way = if self.opener() == passing.tuple.sender { Way::Original } else { Way::Reply };
        let at = first_count(way);
        let (packets, bytes) = (self.counts[at].checked_add(1)?, self.counts[at + 1].checked_add(length)?);
        let lifetime = match (self.flags & COURSE, &passing.segment) {
            (ESTABLISHED, Some(segment)) => self.pass_segment(way, segment, timeouts)?,
            (STREAM, None) => timeouts.udp_stream,
            _ => return None,
        };
        [self.counts[at], self.counts[at + 1]] = [packets, bytes];
        self.set_expires(now + lifetime);
        Some(())
    }

    #[inline]
    fn pass_segment(&mut self, way: Way, segment: &Segment, timeouts: &Timeouts) -> Option<Duration> {
        let (mut original, mut reply) = (self.side(0, &self.words), self.side(1, &self.words));
        let lifetime = pass_established(self.origin(), way, segment, [&mut original, &mut reply], timeouts)?;
        self.set_side(0, &original);
        self.set_side(1, &reply);
        Some(lifetime)
    }
}

/// The flags of a live and assured flow that came so far.
const fn course(kind: Kind, stage: u32) -> u32 {
    (kind as u32) << KIND.at | stage << STAGE.at | IS_ASSURED.bits()
}
