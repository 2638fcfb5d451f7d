//! The hash function of the table.
//!
//! Multilinear hashing, the form with half the multiplications ("MULTILINEAR-HM" in Lemire and Kaser, "Strongly universal
//! string hashing is fast", The Computer Journal 57, 2014; the NH of Black et al., "UMAC", 1999): words of 32 bits, secret keys
//! of 64 bits, a sum modulo 2^64. For whoever does not know the keys, two different keys of flows have the same sum with a
//! probability of at most 2^-32: strangers who choose addresses and ports cannot choose collisions. Sums of neighbouring
//! addresses and ports lie in a pattern, which a mixing that loses nothing breaks up (Stafford's variant 13 of the end of
//! MurmurHash3).

use core::hash::Hasher;

use siphasher::sip::SipHasher13;

/// Words that are hashed at once.
const WORDS: usize = 12;

/// The secret keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyedHash {
    first: u64,
    keys: [u64; WORDS],
}

impl KeyedHash {
    /// Derives the keys: SipHash-1-3 of their numbers.
    pub(super) fn new([first, second]: [u64; 2]) -> KeyedHash {
        let derive = |number: u64| {
            let mut sip = SipHasher13::new_with_keys(first, second);
            sip.write_u64(number);
            sip.finish()
        };
        KeyedHash { first: derive(0), keys: core::array::from_fn(|at| derive(1 + at as u64)) }
    }

    #[inline]
    pub(super) fn hash(&self, words: &[u32; WORDS]) -> u32 {
        let mut sum = self.first;
        for at in (0..WORDS).step_by(2) {
            let left = self.keys[at].wrapping_add(words[at].into());
            let right = self.keys[at + 1].wrapping_add(words[at + 1].into());
            sum = sum.wrapping_add(left.wrapping_mul(right));
        }
        (mix(sum) >> 32) as u32
    }

    /// The hash of a number by itself.
    pub(super) fn hash_number(&self, number: u32) -> u32 {
        let mut words = [0; WORDS];
        words[0] = number;
        self.hash(&words)
    }
}

/// A permutation in which every bit depends on every bit.
fn mix(mut sum: u64) -> u64 {
    sum = (sum ^ (sum >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    sum = (sum ^ (sum >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    sum ^ (sum >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sums in a pattern, as neighbouring addresses and ports make them.
    fn sums() -> impl Iterator<Item = u64> {
        (0..256_u64).map(|number| number.wrapping_mul(0x1_0000_0001).rotate_left(number as u32))
    }

    /// Two words with one key could change places.
    #[test]
    fn no_key_is_used_twice() {
        let hash = KeyedHash::new([1, 2]);
        let keys: std::collections::HashSet<u64> = hash.keys.into_iter().chain([hash.first]).collect();
        assert_eq!(keys.len(), WORDS + 1);
    }

    /// A bit of the sum changes about half of the bits of the hash, whichever it is.
    #[test]
    fn every_bit_counts() {
        for bit in 0..64 {
            let changed: u32 = sums().map(|sum| (mix(sum) ^ mix(sum ^ 1 << bit)).count_ones()).sum();
            assert!((30 * 256..=34 * 256).contains(&changed), "bit {bit} changes {changed} bits of {}", 64 * 256);
        }
    }

    #[test]
    fn nothing_is_lost() {
        // Backwards, step by step: what was shifted in is taken out from the top, and the factors are odd.
        let unshift = |hash: u64, shift: u32| (0..64 / shift).fold(hash, |found, _| hash ^ (found >> shift));
        let inverse = |factor: u64| {
            (0..6).fold(1_u64, |found, _| found.wrapping_mul(2_u64.wrapping_sub(factor.wrapping_mul(found))))
        };
        for sum in sums() {
            let hash = unshift(mix(sum), 31).wrapping_mul(inverse(0x94d0_49bb_1331_11eb));
            let hash = unshift(hash, 27).wrapping_mul(inverse(0xbf58_476d_1ce4_e5b9));
            assert_eq!(unshift(hash, 30), sum);
        }
    }
}
