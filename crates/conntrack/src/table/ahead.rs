//! What packets that came together will ask of a table, fetched for all of them at once.
//!
//! Each step is a loop of its own: the less there is between two reads, the more of them a processor has under way.

use core::hint::black_box;

use arrayvec::ArrayVec;
use wire::Gist;

use super::Table;
use super::index::Home;
use super::slot::Worth;
use crate::flow::Zone;
use crate::key::Key;
use crate::passing::Likely;
use crate::tuple::Sender;

/// How many packets are looked ahead for: as many as a processor fetches for at once, and no more than its nearest cache holds.
pub(crate) const AHEAD: usize = 32;

impl Table {
    /// Finds where the flows of some packets probably are, no more than [`AHEAD`] of them, and reads what [`Table::pass`] will read
    /// there, so that it comes from memory for all of them at once.
    pub(crate) fn look_ahead<'p>(
        &self,
        zone: Zone,
        sender: Sender,
        packets: impl Iterator<Item = (&'p Gist, &'p mut Option<Likely>)>,
    ) {
        let hash = |gist| self.hash.hash(&Key::of_gist(sender, gist).words(zone.0));
        // Filled where it stands: to collect would copy it.
        let mut searches = ArrayVec::<_, AHEAD>::new();
        searches.extend(packets.take(AHEAD).map(|(gist, likely)| (hash(gist), likely)));
        let fetch = |Likely(place): Likely| self.slots[place as usize].touch();
        // Nobody reads it, and it must be read all the same.
        let mut touched = 0;
        for (hash, _) in &searches {
            touched ^= self.index.touch(*hash, Home::First);
        }
        for (hash, likely) in &mut searches {
            **likely = self.index.likely(*hash, Home::First).map(Likely);
        }
        for (hash, likely) in &searches {
            touched ^= likely.map_or_else(|| self.index.touch(*hash, Home::Other), fetch);
        }
        let mut strangers = 0;
        for (hash, likely) in searches.iter_mut().filter(|(_, likely)| likely.is_none()) {
            **likely = self.index.likely(*hash, Home::Other).map(Likely);
            touched ^= likely.map_or(0, fetch);
            strangers += usize::from(likely.is_none());
        }
        black_box(touched);
        if strangers > 0 {
            self.look_who_goes(zone, strangers);
        }
    }

    /// Reads what evicting flows of a zone will read, if there is no room for so many more.
    #[inline(never)]
    fn look_who_goes(&self, zone: Zone, strangers: usize) {
        let Some(lane) = self.lanes.find(&self.hash, zone) else { return };
        let lacks = |flows: usize, most: usize| (flows + strangers).saturating_sub(most).min(strangers);
        let count = lacks(self.lanes.get(lane).flows, self.share).max(lacks(self.flows, self.capacity));
        let evictable = Worth::EVICTABLE.into_iter().flat_map(|worth| self.chain(lane, worth));
        let mut hashes = ArrayVec::<u32, AHEAD>::new();
        hashes.extend(evictable.take(count).map(|place| {
            let key = self.slots[place as usize].key();
            self.hash.hash(&key.words(zone.0))
        }));
        let mut touched = 0;
        for hash in &hashes {
            touched ^= self.index.touch(*hash, Home::First);
        }
        for hash in hashes.iter().filter(|hash| self.index.likely(**hash, Home::First).is_none()) {
            touched ^= self.index.touch(*hash, Home::Other);
        }
        black_box(touched);
    }
}
