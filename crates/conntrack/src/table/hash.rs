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

use crate::key::Words;

/// The secret keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyedHash {
    first: u64,
    keys: [[u64; 6]; 2],
    /// What further words that are all zero add to the sum.
    none: u64,
}

impl KeyedHash {
    /// Derives the keys: SipHash-1-3 of their numbers.
    pub(super) fn new([first, second]: [u64; 2]) -> KeyedHash {
        let derive = |number: usize| {
            let mut sip = SipHasher13::new_with_keys(first, second);
            sip.write_u64(number as u64);
            sip.finish()
        };
        let keys = core::array::from_fn(|half| core::array::from_fn(|at| derive(1 + 6 * half + at)));
        KeyedHash { first: derive(0), keys, none: sum(&keys[1], &[0; 6]) }
    }

    /// The hash of words, of which the further ones are zero where there are none.
    #[inline]
    pub(super) fn hash(&self, Words { first, further }: &Words) -> u32 {
        let [first_keys, further_keys] = &self.keys;
        let further = further.as_ref().map_or(self.none, |further| sum(further_keys, further));
        (mix(self.first.wrapping_add(sum(first_keys, first)).wrapping_add(further)) >> 32) as u32
    }

    /// The hash of a number by itself.
    pub(super) fn hash_number(&self, number: u32) -> u32 {
        self.hash(&Words { first: [number, 0, 0, 0, 0, 0], further: None })
    }
}

#[inline]
fn sum(keys: &[u64; 6], words: &[u32; 6]) -> u64 {
    let add = |at: usize| keys[at].wrapping_add(words[at].into());
    let product = |at: usize| add(at).wrapping_mul(add(at + 1));
    product(0).wrapping_add(product(2)).wrapping_add(product(4))
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
        let keys: std::collections::HashSet<u64> = hash.keys.into_iter().flatten().chain([hash.first]).collect();
        assert_eq!(keys.len(), 13);
    }

    /// So both families share a function, and what is proven of it.
    #[test]
    fn no_further_words_are_zeros() {
        let hash = KeyedHash::new([1, 2]);
        let check = |first| {
            let [none, zeros] = [None, Some([0; 6])].map(|further| hash.hash(&Words { first, further }));
            assert_eq!(none, zeros);
            assert_ne!(none, hash.hash(&Words { first, further: Some([0, 0, 0, 0, 0, 1]) }));
        };
        check([0; 6]);
        check([1, 2, 3, 4, 5, 6]);
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
