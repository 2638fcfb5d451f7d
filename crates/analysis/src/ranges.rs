//! Numbers in ranges, the first and the last of each, ascending and apart.

use std::ops::Sub;

/// The ranges of a list of beginnings, up to the highest number, each with what holds in it.
pub(crate) fn spans<K, V>(begins: &[(K, V)], highest: K) -> impl Iterator<Item = ((K, K), V)>
where
    K: Copy + Sub<Output = K> + From<u8>,
    V: Copy,
{
    let lasts = begins.iter().skip(1).map(|(next, _)| *next - K::from(1)).chain([highest]);
    begins.iter().zip(lasts).map(|((first, value), last)| ((*first, last), *value))
}

/// Adds a range behind all others; two that meet become one.
pub(crate) fn add<K>(ranges: &mut Vec<(K, K)>, (first, last): (K, K))
where
    K: Copy + PartialEq + Sub<Output = K> + From<u8>,
{
    match ranges.last_mut() {
        // What is behind another is not zero.
        Some((_, before)) if first - K::from(1) == *before => *before = last,
        Some(_) | None => ranges.push((first, last)),
    }
}
