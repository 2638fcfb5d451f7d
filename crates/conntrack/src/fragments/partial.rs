//! One datagram that is not whole yet.

use std::mem::size_of;

use super::HeldFragment;
use crate::invalid::Invalid;
use crate::time::Instant;

/// The most fragments of a datagram. One of 64 KiB over links of 576 bytes, which every host takes (RFC 791), has 118.
const MOST_FRAGMENTS: usize = 128;

/// What a fragment takes besides its bytes.
const OVERHEAD: usize = size_of::<HeldFragment>();

/// A datagram that is not whole yet.
#[derive(Clone, Debug)]
pub(super) struct Partial {
    pub(super) serial: u64,
    pub(super) expires: Instant,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Gathering {
        /// By offset; they do not overlap.
        fragments: Vec<HeldFragment>,
        /// Where the datagram ends, once its last fragment is there.
        end: Option<u32>,
    },
    /// It contradicted itself: whatever else comes of it is dropped too (RFC 5722 section 4).
    Discarded(Invalid),
}

/// What adding a fragment leads to.
pub(super) enum Added {
    Held,
    Whole(Vec<HeldFragment>),
    Refused(Invalid),
}

impl Partial {
    pub(super) fn new(serial: u64, expires: Instant) -> Partial {
        Partial { serial, expires, state: State::Gathering { fragments: Vec::new(), end: None } }
    }

    /// What keeping one more fragment takes, in bytes.
    pub(super) fn cost_of(fragment: &HeldFragment) -> usize {
        OVERHEAD + fragment.packet.length as usize
    }

    /// What keeping it takes, in bytes.
    pub(super) fn cost(&self) -> usize {
        match &self.state {
            State::Gathering { fragments, .. } => fragments.iter().map(Partial::cost_of).sum(),
            State::Discarded(_) => OVERHEAD,
        }
    }

    pub(super) fn add(&mut self, fragment: HeldFragment) -> Added {
        let (fragments, end) = match &mut self.state {
            State::Discarded(invalid) => return Added::Refused(*invalid),
            State::Gathering { fragments, end } => (fragments, end),
        };
        let at = fragments.partition_point(|held| held.first() < fragment.first());
        if fragments.get(at).is_some_and(|held| held.says_the_same(&fragment)) {
            return Added::Refused(Invalid::FragmentDuplicate);
        }
        let overlaps = fragments.get(at).is_some_and(|next| next.first() < fragment.end())
            || at > 0 && fragments[at - 1].end() > fragment.first();
        let farthest = fragments.last().map_or(0, HeldFragment::end);
        let contradicts_end = match (*end, fragment.place.more) {
            (Some(end), true) => fragment.end() > end,
            (Some(_), false) => true,
            (None, true) => false,
            (None, false) => farthest > fragment.end(),
        };
        if overlaps || contradicts_end {
            return self.discard(Invalid::FragmentOverlap);
        }
        if fragments.len() == MOST_FRAGMENTS {
            return self.discard(Invalid::FragmentCount);
        }
        if !fragment.place.more {
            *end = Some(fragment.end());
        }
        fragments.insert(at, fragment);
        let present: u32 = fragments.iter().map(|held| u32::from(held.place.length)).sum();
        match *end {
            Some(end) if present == end => Added::Whole(std::mem::take(fragments)),
            _ => Added::Held,
        }
    }

    fn discard(&mut self, invalid: Invalid) -> Added {
        self.state = State::Discarded(invalid);
        Added::Refused(invalid)
    }
}

impl HeldFragment {
    fn first(&self) -> u32 {
        u32::from(self.place.offset)
    }

    /// The first byte behind it.
    fn end(&self) -> u32 {
        self.first() + u32::from(self.place.length)
    }

    fn says_the_same(&self, other: &HeldFragment) -> bool {
        self.packet == other.packet && self.frame == other.frame
    }
}
