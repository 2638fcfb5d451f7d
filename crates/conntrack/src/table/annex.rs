//! What few flows need, and their places have no room for.
//!
//! There is one annex for every 64 places, and a zone may have that part of its share. Where none is left, counters stay at
//! their highest value below 2^32, a SYN in an open connection passes but an answer to it is not recognized, and a FIN in
//! the middle of what its sender sent counts as one at its end.

use crate::tcp::Syn;

use super::resident::resident_room;

/// What few flows need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Annex {
    /// The word in whose place the flow has the number of its annex.
    pub(super) displaced: u32,
    /// The upper halves of the counters.
    pub(super) high: [u32; 4],
    /// The sequence numbers behind the FIN of either side, where they are not those behind all that it sent.
    pub(super) fins: [Option<u32>; 2],
    /// The SYN of the opener in an open connection.
    pub(super) probe: Option<Syn>,
}

/// All annexes.
#[derive(Clone, Debug)]
pub(super) struct Annexes {
    list: Vec<Annex>,
    /// The first of those that are free; each has the number of the next one in place of the displaced word.
    free: Option<u32>,
    limit: usize,
}

/// Annexes for so many places or flows. The smallest tables have one for each.
pub(super) fn annexes_for(places: usize) -> usize {
    places / 64 + 16
}

impl Annexes {
    /// No annexes yet, and never more than `limit`.
    pub(super) fn new(limit: usize) -> Annexes {
        Annexes { list: Vec::new(), free: None, limit }
    }

    /// Takes the memory for all of them, of which there is none yet.
    pub(super) fn reserve(&mut self) {
        self.list = resident_room(self.limit, Annex::default());
    }

    pub(super) fn get(&self, number: u32) -> &Annex {
        &self.list[number as usize]
    }

    pub(super) fn get_mut(&mut self, number: u32) -> &mut Annex {
        &mut self.list[number as usize]
    }

    /// The number of an annex that was free; `None` when all are in use.
    pub(super) fn take(&mut self) -> Option<u32> {
        if let Some(number) = self.free {
            let next = self.list[number as usize].displaced;
            self.free = (next != number).then_some(next);
            self.list[number as usize] = Annex::default();
            return Some(number);
        }
        if self.list.len() == self.limit {
            return None;
        }
        self.list.push(Annex::default());
        Some((self.list.len() - 1) as u32)
    }

    pub(super) fn give_back(&mut self, number: u32) {
        self.list[number as usize].displaced = self.free.unwrap_or(number);
        self.free = Some(number);
    }

    /// Bytes that they take.
    pub(super) fn footprint(&self) -> usize {
        self.list.capacity() * size_of::<Annex>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_back_is_taken_again() {
        let mut annexes = Annexes::new(3);
        assert_eq!([(); 4].map(|()| annexes.take()), [Some(0), Some(1), Some(2), None]);
        annexes.give_back(0);
        annexes.give_back(2);
        assert_eq!([(); 3].map(|()| annexes.take()), [Some(2), Some(0), None]);
        annexes.give_back(1);
        assert_eq!([(); 2].map(|()| annexes.take()), [Some(1), None]);
    }
}
