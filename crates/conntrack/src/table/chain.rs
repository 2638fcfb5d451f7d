//! Chains through the places of a table: a flow joins at the end and leaves from anywhere, both in constant time.

use super::Table;
use super::slot::Worth;

impl Table {
    /// Puts the flow of a place at the end of the chain of this worth.
    pub(super) fn link(&mut self, place: u32, worth: Worth) {
        let chain = &mut self.lanes.get_mut(self.slots[place as usize].lane()).chains[worth as usize];
        let last = chain.map(|(_, last)| last);
        *chain = Some((chain.map_or(place, |(first, _)| first), place));
        if let Some(last) = last {
            self.slots[last as usize].set_behind(last, Some(place));
        }
        let slot = &mut self.slots[place as usize];
        slot.set_before(place, last);
        slot.set_behind(place, None);
    }

    /// The places of a chain, the oldest first.
    pub(super) fn chain(&self, lane: u32, worth: Worth) -> impl Iterator<Item = u32> {
        core::iter::successors(self.lanes.get(lane).first(worth), |&place| {
            let [_, behind] = self.slots[place as usize].neighbours(place);
            behind
        })
    }

    /// Takes the flow of a place out of the chain of this worth.
    pub(super) fn unlink(&mut self, place: u32, worth: Worth) {
        let slot = &self.slots[place as usize];
        let (lane, [before, behind]) = (slot.lane(), slot.neighbours(place));
        if let Some(before) = before {
            self.slots[before as usize].set_behind(before, behind);
        }
        if let Some(behind) = behind {
            self.slots[behind as usize].set_before(behind, before);
        }
        let chain = &mut self.lanes.get_mut(lane).chains[worth as usize];
        *chain = chain.and_then(|(first, last)| {
            let first = if first == place { behind } else { Some(first) };
            let last = if last == place { before } else { Some(last) };
            first.zip(last)
        });
    }
}
