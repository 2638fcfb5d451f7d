//! When flows are to be looked at: a timer wheel of two levels (Varghese and Lauck, "Hashed and hierarchical timing
//! wheels", 1987) that takes nine bits for each place.
//!
//! A place is filed in at most one bucket, and its byte says in which. A bucket is a set of blocks of 256 places, at
//! least one of which was filed in it. So to file, to move and to remove is to write a byte and a bit, and what is due is
//! found by reading the bytes of a few blocks: no list runs through the places, and none of them is read but those that
//! are due.
//!
//! A place is filed no later than its flow expires, but perhaps earlier: a packet that makes a flow live longer does not
//! come here. Whoever takes a place from the wheel looks whether the time has come, and files it again where it has not.
//!
//! Fine buckets are 128 ms wide and reach 16 s, coarse ones are 16 s wide and reach 17 min. What is due later is looked at
//! every 17 min.
//!
//! Absent: the flows, and the clock.

use crate::time::Instant;

use super::resident::resident;

/// Milliseconds of a tick, the width of a fine bucket.
const TICK: u64 = 128;
/// Fine buckets; ticks of a coarse one.
const FINE: u64 = 128;
/// Coarse buckets.
const COARSE: u64 = 64;
/// Places that a bit of a bucket stands for.
const BLOCK: usize = 256;
/// Filed in no bucket. Fine buckets are numbered from 1, coarse ones go on behind them.
pub(super) const UNFILED: u8 = 0;

/// Places by the time at which they are to be looked at.
#[derive(Clone, Debug)]
pub(super) struct Wheel {
    /// The bucket of each place.
    filed: Vec<u8>,
    /// The blocks of each bucket, one bit for each.
    blocks: Vec<u64>,
    /// Words of a bucket in `blocks`.
    stride: usize,
    /// Buckets that have blocks.
    fine: u128,
    coarse: u64,
    /// Whatever was due before this tick has been looked at.
    tick: u64,
    /// What is being looked through.
    level: Level,
    /// The place at which that goes on.
    cursor: usize,
}

/// The buckets of a tick, in the order in which they are looked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Coarse,
    Fine,
}

/// Whether places that were looked at may stay in their bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaves {
    Some,
    None,
}

impl Wheel {
    /// An empty wheel for so many places.
    pub(super) fn new(places: usize) -> Wheel {
        let stride = places.div_ceil(BLOCK).div_ceil(u64::BITS as usize);
        Wheel {
            filed: resident(places, UNFILED),
            blocks: resident(stride * (FINE + COARSE) as usize, 0),
            stride,
            fine: 0,
            coarse: 0,
            tick: 0,
            level: Level::Coarse,
            cursor: 0,
        }
    }

    /// An empty wheel for more places, that stands where this one stands.
    pub(super) fn wider(&self, places: usize) -> Wheel {
        Wheel { tick: self.tick, ..Wheel::new(places) }
    }

    /// Files a place to be looked at when a flow expires, in milliseconds, or before. Returns the bucket.
    pub(super) fn file(&mut self, place: u32, expires: u64) -> u8 {
        let place = place as usize;
        let due = expires / TICK;
        // The bucket that is being looked through takes nothing more; what is due now and in it stays.
        if due <= self.tick && self.level == Level::Fine && self.filed[place] == fine_bucket(self.tick) {
            return self.filed[place];
        }
        let earliest = match self.level {
            Level::Coarse => self.tick,
            Level::Fine => self.tick + 1,
        };
        let due = due.max(earliest);
        let bucket = if due - self.tick < FINE {
            self.fine |= 1 << (due % FINE);
            fine_bucket(due)
        } else {
            let round = (due / FINE).min(self.tick / FINE + COARSE - 1);
            self.coarse |= 1 << (round % COARSE);
            coarse_bucket(round)
        };
        self.filed[place] = bucket;
        let block = place / BLOCK;
        self.words_mut(bucket)[block / 64] |= 1 << (block % 64);
        bucket
    }

    pub(super) fn remove(&mut self, place: u32) {
        self.filed[place as usize] = UNFILED;
    }

    /// Whether a place in this bucket would be looked at later than a flow expires.
    pub(super) fn is_late(&self, bucket: u8, expires: u64) -> bool {
        let ahead = |number: u64, now: u64, count: u64| now + (number + count - now % count) % count;
        let number = u64::from(bucket) - 1;
        let looked_at = if number < FINE {
            ahead(number, self.tick, FINE)
        } else {
            ahead(number - FINE, self.tick / FINE, COARSE) * FINE
        };
        looked_at > (expires / TICK).max(self.tick + 1)
    }

    /// Starts looking through what is due.
    pub(super) fn begin(&mut self, now: Instant) {
        // In the bucket of this tick some may have become due since.
        if self.level == Level::Fine {
            self.cursor = 0;
        }
        // Who was not asked for long skips whole turns, after which each bucket has its number again. All that is filed comes
        // up in the turn that is left.
        let turns = (now.as_millis() / TICK).saturating_sub(self.tick) / (FINE * COARSE);
        self.tick += turns.saturating_sub(1) * FINE * COARSE;
    }

    /// The next place that is due. It must be removed or filed again before the next call.
    pub(super) fn next(&mut self, now: Instant) -> Option<u32> {
        let until = now.as_millis() / TICK;
        loop {
            let bucket = match self.level {
                Level::Coarse => coarse_bucket(self.tick / FINE),
                Level::Fine => fine_bucket(self.tick),
            };
            let leaves = if self.level == Level::Fine && self.tick >= until { Leaves::Some } else { Leaves::None };
            if let Some(place) = self.find(bucket, leaves) {
                self.cursor = place + 1;
                return Some(place as u32);
            }
            match self.level {
                Level::Coarse => {
                    self.coarse &= !(1 << (self.tick / FINE % COARSE));
                    self.words_mut(bucket).fill(0);
                    self.level = Level::Fine;
                }
                Level::Fine if self.tick >= until => return None,
                Level::Fine => {
                    self.fine &= !(1 << (self.tick % FINE));
                    self.words_mut(bucket).fill(0);
                    self.move_on(until);
                }
            }
            self.cursor = 0;
        }
    }

    /// Bytes that it takes.
    pub(super) fn footprint(&self) -> usize {
        self.filed.capacity() + self.blocks.capacity() * size_of::<u64>()
    }

    /// Goes to the next tick with something to look through, and no further than `until`.
    fn move_on(&mut self, until: u64) {
        let round = self.tick / FINE;
        let next = |bits: u32| Some(u64::from(bits) + 1);
        let fine = self.fine.rotate_right(((self.tick + 1) % FINE) as u32);
        let coarse = self.coarse.rotate_right(((round + 1) % COARSE) as u32);
        let fine = if fine == 0 { None } else { next(fine.trailing_zeros()).map(|ticks| self.tick + ticks) };
        let coarse =
            if coarse == 0 { None } else { next(coarse.trailing_zeros()).map(|rounds| (round + rounds) * FINE) };
        self.tick = fine.into_iter().chain(coarse).min().map_or(until, |tick| tick.min(until));
        self.level = if self.tick / FINE == round { Level::Fine } else { Level::Coarse };
    }

    /// The first place from the cursor on that is filed in a bucket.
    fn find(&mut self, bucket: u8, leaves: Leaves) -> Option<usize> {
        let first = self.cursor / BLOCK;
        let row = (usize::from(bucket) - 1) * self.stride;
        for at in first / 64..self.stride {
            let word = self.blocks[row + at];
            let mut bits = if at == first / 64 { word & (!0 << (first % 64)) } else { word };
            while bits != 0 {
                let block = at * 64 + bits.trailing_zeros() as usize;
                let from = self.cursor.max(block * BLOCK);
                let end = ((block + 1) * BLOCK).min(self.filed.len());
                if let Some(found) = position(&self.filed[from..end], bucket) {
                    return Some(from + found);
                }
                if leaves == Leaves::None {
                    self.blocks[row + at] &= !(1 << (block % 64));
                }
                bits &= bits - 1;
            }
        }
        None
    }

    fn words_mut(&mut self, bucket: u8) -> &mut [u64] {
        let at = (usize::from(bucket) - 1) * self.stride;
        &mut self.blocks[at..at + self.stride]
    }
}

/// Where a byte stands first. Sixteen at a time are compared, which compilers do at once.
fn position(bytes: &[u8], byte: u8) -> Option<usize> {
    let has = |chunk: &[u8]| chunk.iter().fold(false, |has, &other| has | (other == byte));
    let chunk = bytes.chunks(16).position(has)?;
    bytes[chunk * 16..].iter().position(|&other| other == byte).map(|at| chunk * 16 + at)
}

fn fine_bucket(tick: u64) -> u8 {
    (tick % FINE + 1) as u8
}

fn coarse_bucket(round: u64) -> u8 {
    (round % COARSE + FINE + 1) as u8
}
