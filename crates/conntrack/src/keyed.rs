//! Hashing with a secret key, so that strangers cannot choose collisions.

use core::hash::BuildHasher;

use siphasher::sip::SipHasher13;

/// SipHash-1-3 with a secret key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keyed(pub(crate) [u64; 2]);

impl BuildHasher for Keyed {
    type Hasher = SipHasher13;

    fn build_hasher(&self) -> SipHasher13 {
        let Keyed([first, second]) = *self;
        SipHasher13::new_with_keys(first, second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_halves_of_the_key_count() {
        let hash = |key| Keyed(key).hash_one("the same");
        assert_eq!(hash([1, 2]), hash([1, 2]));
        assert_ne!(hash([1, 2]), hash([1, 3]));
        assert_ne!(hash([1, 2]), hash([3, 2]));
    }
}
