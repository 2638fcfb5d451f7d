//! The straight road: a packet in the middle of a flow, carried out where the flow stands.
//!
//! The states that are left out go through the tracker, which says the same of those that are not: for TCP, `Open::receive` and
//! `Open::lifetime`.

use wire::{AckSegment, Course};

use crate::lifetimes::{Lifetimes, TcpLifetime};
use crate::passing::Passing;
use crate::tcp::{Edges, Knowledge, Origin, Stage, slide};
use crate::tracker::UdpStage;
use crate::way::Way;

use super::connection::{ACKNOWLEDGES, SIDE};
use super::{HAS_ANNEX, HAS_FIN, IS_ASSURED, IS_REVOKED, KIND, Kind, ORIGIN, STAGE, Slot, first_count};

/// What tells whether a flow is live, assured, without a FIN and without an annex, how it began, and how far it came.
const STATE: u32 = KIND.bits()
    | STAGE.bits()
    | ORIGIN.bits()
    | IS_REVOKED.bits()
    | IS_ASSURED.bits()
    | HAS_ANNEX.bits()
    | HAS_FIN[0].bits()
    | HAS_FIN[1].bits();
const ESTABLISHED: u32 = state(Kind::Open, Stage::Established as u32, Origin::Handshake as u32);
const PICKED_UP: u32 = state(Kind::Open, Stage::Established as u32, Origin::BothSides as u32);
const STREAM: u32 = state(Kind::Udp, UdpStage::Stream as u32, 0);

impl Slot {
    /// Lets a packet pass. Returns `None`, and changes nothing, where there may be more to it.
    #[inline]
    pub(in crate::table) fn pass(&mut self, passing: &Passing<'_>, lifetimes: &Lifetimes) -> Option<()> {
        let way = if self.opener() == passing.sender { Way::Original } else { Way::Reply };
        let at = first_count(way);
        let (packets, bytes) = (self.counts[at].checked_add(1)?, self.counts[at + 1].checked_add(passing.length)?);
        let lifetime = match (self.flags & STATE, &passing.gist.course) {
            (state @ (ESTABLISHED | PICKED_UP), Course::Ack(segment)) => {
                let (knowledge, lifetime) = match state {
                    ESTABLISHED => (Knowledge::Whole, &lifetimes.handshake),
                    _ => (Knowledge::Part, &lifetimes.mid_stream),
                };
                self.pass_segment(way, segment, knowledge, lifetime)?
            }
            (STREAM, Course::Udp) => lifetimes.udp_stream,
            _ => return None,
        };
        [self.counts[at], self.counts[at + 1]] = [packets, bytes];
        self.set_expires(passing.now.later_by(lifetime));
        Some(())
    }

    /// Takes a segment into the sides, and tells how long the connection lives from there, in nanoseconds.
    #[inline(always)]
    fn pass_segment(
        &mut self,
        way: Way,
        segment: &AckSegment,
        knowledge: Knowledge,
        lifetime: &TcpLifetime,
    ) -> Option<u64> {
        let shift = self.shift(way);
        let [original, reply] = self.words.as_chunks_mut::<SIDE>().0 else { unreachable!("ten words are two sides") };
        let (sender_words, receiver_words) = match way {
            Way::Original => (original, reply),
            Way::Reply => (reply, original),
        };
        let (mut sender, mut receiver) = (edges(sender_words)?, edges(receiver_words)?);
        slide(segment, shift, [&mut sender, &mut receiver], knowledge)?;
        let Edges { end, limit, acknowledged, window } = sender;
        sender_words[1..].copy_from_slice(&[end, limit, acknowledged, window | ACKNOWLEDGES]);
        // Of who receives, no more moves.
        receiver_words[1..3].copy_from_slice(&[receiver.end, receiver.limit]);
        let settled = receiver.has_all_of(&sender) && sender.has_all_of(&receiver);
        Some(if settled { lifetime.settled } else { lifetime.waiting })
    }

    /// By how many bits the windows of a side are shifted: by none where one of the two did not offer to.
    #[inline]
    fn shift(&self, way: Way) -> u32 {
        match (self.scale(0), self.scale(1), way) {
            (Some(scale), Some(_), Way::Original) | (Some(_), Some(scale), Way::Reply) => scale.into(),
            (None, _, _) | (_, None, _) => 0,
        }
    }
}

/// The numbers of a side; `None` of one that acknowledged nothing yet.
#[inline]
fn edges(&[_start, end, limit, acknowledged, window]: &[u32; SIDE]) -> Option<Edges> {
    let acknowledges = window & ACKNOWLEDGES != 0;
    acknowledges.then_some(Edges { end, limit, window: window & !ACKNOWLEDGES, acknowledged })
}

/// The flags of a live and assured flow that came so far.
const fn state(kind: Kind, stage: u32, origin: u32) -> u32 {
    (kind as u32) << KIND.at | stage << STAGE.at | origin << ORIGIN.at | IS_ASSURED.bits()
}
