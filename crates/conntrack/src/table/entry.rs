//! A flow in its place: read and changed without unpacking the whole.

use crate::flow::{FlowId, Standing};
use crate::time::Instant;
use crate::tracker::{Assured, Tracker};
use crate::tuple::Sender;
use crate::way::Way;

use super::annex::{Annexes, annexes_for};
use super::lanes::{Lane, Lanes};
use super::slot::Slot;

/// A flow that a packet belongs to.
#[derive(Clone, Copy)]
pub(crate) struct Found<'a> {
    place: u32,
    slot: &'a Slot,
    annexes: &'a Annexes,
    sender: Sender,
}

/// A flow that is being changed.
pub(crate) struct Entry<'a> {
    slot: &'a mut Slot,
    lanes: &'a mut Lanes,
    annexes: &'a mut Annexes,
    share: usize,
}

impl<'a> Found<'a> {
    pub(super) fn new(place: u32, slot: &'a Slot, annexes: &'a Annexes, sender: Sender) -> Found<'a> {
        Found { place, slot, annexes, sender }
    }

    pub(crate) fn id(&self) -> FlowId {
        FlowId { slot: self.place, generation: self.slot.generation() }
    }

    /// The way of the packet.
    pub(crate) fn way(&self) -> Way {
        if self.slot.opener() == self.sender { Way::Original } else { Way::Reply }
    }

    pub(crate) fn is_expired(&self, now: Instant) -> bool {
        self.slot.is_expired(now)
    }

    pub(crate) fn standing(&self) -> Standing {
        self.slot.standing()
    }

    #[inline]
    pub(crate) fn tracker(&self) -> Tracker {
        self.slot.tracker(self.slot.annex().map(|number| self.annexes.get(number)))
    }
}

impl<'a> Entry<'a> {
    pub(super) fn new(slot: &'a mut Slot, lanes: &'a mut Lanes, annexes: &'a mut Annexes, share: usize) -> Entry<'a> {
        Entry { slot, lanes, annexes, share }
    }

    pub(crate) fn standing(&self) -> Standing {
        self.slot.standing()
    }

    pub(crate) fn set_standing(&mut self, standing: Standing) {
        self.slot.set_standing(standing);
    }

    pub(crate) fn set_admission(&mut self, revision: u32, mark: u32) {
        (self.slot.revision, self.slot.mark) = (revision, mark);
    }

    pub(crate) fn set_revision(&mut self, revision: u32) {
        self.slot.revision = revision;
    }

    pub(crate) fn set_expires(&mut self, expires: Instant) {
        self.slot.set_expires(expires);
    }

    pub(crate) fn set_assured(&mut self) {
        self.slot.set_assured(Assured::Yes);
    }

    /// Counts a packet of so many bytes.
    #[inline]
    pub(crate) fn count(&mut self, way: Way, length: u32) {
        let carries = self.slot.count(way, length);
        if carries != [false; 2] {
            let annex = self.annex();
            self.slot.carry(way, carries, annex.map(|number| self.annexes.get_mut(number)));
        }
    }

    /// Notes what is remembered of the flow from now on.
    #[inline]
    pub(crate) fn set_tracker(&mut self, tracker: &Tracker) {
        let annex = if Slot::is_rare(tracker) { self.annex() } else { self.slot.annex() };
        self.slot.set_tracker(tracker, annex.map(|number| self.annexes.get_mut(number)));
        // Every state that a test reaches is packed here.
        debug_assert!(
            annex.is_none() && Slot::is_rare(tracker)
                || self.slot.tracker(annex.map(|number| self.annexes.get(number))) == *tracker
        );
    }

    /// The annex of the flow. It gets one if it has none and there is one.
    fn annex(&mut self) -> Option<u32> {
        if let Some(number) = self.slot.annex() {
            return Some(number);
        }
        let number = take_annex(self.lanes.get_mut(self.slot.lane()), self.annexes, self.share)?;
        self.slot.attach(number, self.annexes.get_mut(number));
        Some(number)
    }
}

/// An annex for a flow of a zone; `None` when there is none, or the zone has its share of them.
pub(super) fn take_annex(lane: &mut Lane, annexes: &mut Annexes, share: usize) -> Option<u32> {
    if lane.annexes >= annexes_for(share) {
        return None;
    }
    let number = annexes.take()?;
    lane.annexes += 1;
    Some(number)
}
