//! From hashes to places.
//!
//! Buckets of eight entries, two of which may have a given hash (Pagh and Rodler, "Cuckoo hashing", 2004; Dietzfelbinger and
//! Weidling, "Balanced allocation and dictionaries with tightly packed constant size bins", 2007). An entry is one byte of the
//! hash and a place; the other bucket of an entry follows from that byte (Fan et al., "Cuckoo filter", 2014), so entries move
//! without a look at what they stand for.
//!
//! Contract: a search looks at two buckets, an insertion at 146, whatever was inserted before. There are entries for all
//! places and a quarter more, so two moves make room for any hashes that nobody chose: an insertion is refused only when far
//! more than sixteen of them have the same buckets. The size is fixed from the start.
//!
//! Absent: the keys. Who searches compares them.

use super::resident::resident;

/// Entries of a bucket.
const ENTRIES: usize = 8;
/// The most entries that move for a new one.
const MOVES: usize = 2;
/// Buckets beyond the calculated ones, so that the smallest tables too have some for hashes to choose from.
const SPARE: usize = 8;
const LOW_BITS: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// Places by hash.
#[derive(Clone, Debug)]
pub(super) struct Index {
    buckets: Vec<Bucket>,
}

/// Which of the two buckets of a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// Where most entries are: an insertion looks here first.
    First,
    Other,
}

/// Neither bucket of a hash has room, nor can any of their entries move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Crowded;

/// Eight entries, never on two lines of a processor's cache.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(32))]
struct Bucket {
    /// A byte of each hash; 0 for no entry.
    tags: u64,
    places: [[u8; 3]; ENTRIES],
}

impl Index {
    /// An index for so many places, each below 2^24.
    pub(super) fn new(places: usize) -> Index {
        Index { buckets: resident((places * 5).div_ceil(ENTRIES * 4) + SPARE, Bucket::default()) }
    }

    /// The place with this hash of which `is` says that it is the one.
    #[inline(always)]
    pub(super) fn find(&self, hash: u32, is: impl Fn(u32) -> bool) -> Option<u32> {
        let (tag, home) = (tag(hash), self.home(hash));
        let mut bucket = &self.buckets[home];
        let mut has_other = true;
        loop {
            let mut hits = bucket.hits(tag);
            while hits != 0 {
                let place = bucket.place(hits.trailing_zeros() as usize / 8);
                if is(place) {
                    return Some(place);
                }
                hits &= hits - 1;
            }
            if !std::mem::take(&mut has_other) {
                return None;
            }
            bucket = &self.buckets[self.other_home(home, tag)];
        }
    }

    /// Something of a bucket of a hash: reading it fetches what [`Index::find`] reads there.
    #[inline]
    pub(super) fn touch(&self, hash: u32, home: Home) -> u64 {
        self.bucket(hash, home).tags
    }

    /// The place that this hash probably has, if it is in this bucket.
    #[inline]
    pub(super) fn likely(&self, hash: u32, home: Home) -> Option<u32> {
        let bucket = self.bucket(hash, home);
        let hits = bucket.hits(tag(hash));
        (hits != 0).then(|| bucket.place(hits.trailing_zeros() as usize / 8))
    }

    pub(super) fn insert(&mut self, hash: u32, place: u32) -> Result<(), Crowded> {
        let (tag, home) = (tag(hash), self.home(hash));
        let homes = [home, self.other_home(home, tag)];
        for moves in 0..=MOVES {
            for home in homes {
                if let Some(at) = self.make_room(home, moves) {
                    self.buckets[home].set(at, tag, place);
                    return Ok(());
                }
            }
        }
        Err(Crowded)
    }

    /// Removes the entry of a place that was inserted with this hash.
    pub(super) fn remove(&mut self, hash: u32, place: u32) {
        let (tag, home) = (tag(hash), self.home(hash));
        for home in [home, self.other_home(home, tag)] {
            let bucket = &mut self.buckets[home];
            if let Some(at) = (0..ENTRIES).find(|&at| bucket.entry(at) == (tag, place)) {
                bucket.set(at, 0, 0);
                return;
            }
        }
    }

    /// Bytes that it takes.
    pub(super) fn footprint(&self) -> usize {
        self.buckets.capacity() * size_of::<Bucket>()
    }

    /// Finds an entry of a bucket that is free, or becomes free by up to so many moves.
    fn make_room(&mut self, home: usize, moves: usize) -> Option<usize> {
        if let Some(free) = self.buckets[home].first_free() {
            return Some(free);
        }
        let moves = moves.checked_sub(1)?;
        for at in 0..ENTRIES {
            let (tag, place) = self.buckets[home].entry(at);
            let other = self.other_home(home, tag);
            if other == home {
                continue;
            }
            if let Some(free) = self.make_room(other, moves) {
                self.buckets[other].set(free, tag, place);
                return Some(at);
            }
        }
        None
    }

    #[inline]
    fn bucket(&self, hash: u32, home: Home) -> &Bucket {
        let first = self.home(hash);
        match home {
            Home::First => &self.buckets[first],
            Home::Other => &self.buckets[self.other_home(first, tag(hash))],
        }
    }

    /// The bucket that a hash is looked for in first.
    fn home(&self, hash: u32) -> usize {
        self.scale(hash.into())
    }

    /// The other bucket of an entry: the two buckets of a tag add up to the same number.
    fn other_home(&self, home: usize, tag: u8) -> usize {
        // The odd number next to 2^32 divided by the golden ratio spreads the tags.
        let sum = self.scale(u64::from(tag).wrapping_mul(0x9E37_79B1) & 0xffff_ffff);
        if sum >= home { sum - home } else { sum + self.buckets.len() - home }
    }

    /// Maps 32 bits to a bucket without a division (Lemire, "Fast random integer generation in an interval", 2019).
    fn scale(&self, bits: u64) -> usize {
        ((bits * self.buckets.len() as u64) >> 32) as usize
    }
}

impl Bucket {
    fn first_free(&self) -> Option<usize> {
        let hits = self.hits(0);
        (hits != 0).then(|| hits.trailing_zeros() as usize / 8)
    }

    /// The highest bit of each byte that equals the tag.
    #[inline]
    fn hits(&self, tag: u8) -> u64 {
        let differing = self.tags ^ (LOW_BITS * u64::from(tag));
        // No byte carries into the next one: its highest bit was taken out.
        !(((differing & !HIGH_BITS) + !HIGH_BITS) | differing | !HIGH_BITS)
    }

    fn entry(&self, at: usize) -> (u8, u32) {
        ((self.tags >> (at * 8)) as u8, self.place(at))
    }

    #[inline]
    fn place(&self, at: usize) -> u32 {
        let [low, middle, high] = self.places[at];
        u32::from_le_bytes([low, middle, high, 0])
    }

    fn set(&mut self, at: usize, tag: u8, place: u32) {
        let [low, middle, high, _] = place.to_le_bytes();
        self.places[at] = [low, middle, high];
        self.tags = self.tags & !(0xff << (at * 8)) | u64::from(tag) << (at * 8);
    }
}

/// The byte of a hash that its entry keeps: none of the bits that choose among fewer than 2^24 buckets.
fn tag(hash: u32) -> u8 {
    (hash as u8).max(1)
}
