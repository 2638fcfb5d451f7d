//! Chains through the slots of a table: a flow joins at the end and leaves from anywhere, both in constant time.

use super::{Table, Worth, Zone};

/// First and last slot of a chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Chain {
    ends: Option<(u32, u32)>,
}

/// The neighbours of a slot in its chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Links {
    pub(super) before: Option<u32>,
    pub(super) behind: Option<u32>,
}

impl Chain {
    /// The slot that has been in the chain the longest.
    pub(super) fn first(&self) -> Option<u32> {
        self.ends.map(|(first, _)| first)
    }
}

impl Table {
    /// Puts the flow of a slot at the end of the chain of this worth.
    pub(super) fn link(&mut self, slot: u32, worth: Worth) {
        let Some(zone) = self.entry(slot).map(|entry| entry.flow.zone) else {
            return;
        };
        let Some(chain) = self.chain_mut(zone, worth) else {
            return;
        };
        let last = chain.ends.map(|(_, last)| last);
        chain.ends = Some((chain.ends.map_or(slot, |(first, _)| first), slot));
        if let Some(last) = last {
            self.change_links(last, |links| links.behind = Some(slot));
        }
        self.change_links(slot, |links| *links = Links { before: last, behind: None });
        if let Some(entry) = self.slots[slot as usize].entry.as_mut() {
            entry.worth = worth;
        }
    }

    /// Takes the flow of a slot out of its chain.
    pub(super) fn unlink(&mut self, slot: u32) {
        let Some(entry) = self.entry(slot) else {
            return;
        };
        let (zone, worth, links) = (entry.flow.zone, entry.worth, entry.links);
        if let Some(before) = links.before {
            self.change_links(before, |neighbour| neighbour.behind = links.behind);
        }
        if let Some(behind) = links.behind {
            self.change_links(behind, |neighbour| neighbour.before = links.before);
        }
        let Some(chain) = self.chain_mut(zone, worth) else {
            return;
        };
        chain.ends = chain.ends.and_then(|(first, last)| {
            let first = if first == slot { links.behind } else { Some(first) };
            let last = if last == slot { links.before } else { Some(last) };
            first.zip(last)
        });
    }

    fn chain_mut(&mut self, zone: Zone, worth: Worth) -> Option<&mut Chain> {
        self.zones.get_mut(&zone).map(|flows| &mut flows.chains[worth as usize])
    }

    fn change_links(&mut self, slot: u32, change: impl FnOnce(&mut Links)) {
        if let Some(entry) = self.slots[slot as usize].entry.as_mut() {
            change(&mut entry.links);
        }
    }
}
