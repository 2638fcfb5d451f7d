//! Numbers in ranges, the first and the last of each, ascending and apart.

use std::ops::{Add, Sub};

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

/// The numbers that are in both.
pub(crate) fn common<K: Copy + Ord>(one: &[(K, K)], other: &[(K, K)]) -> Vec<(K, K)> {
    let (mut left, mut right) = (0, 0);
    let mut both = Vec::new();
    while let (Some(a), Some(b)) = (one.get(left), other.get(right)) {
        let (first, last) = (a.0.max(b.0), a.1.min(b.1));
        if first <= last {
            both.push((first, last));
        }
        if a.1 < b.1 {
            left += 1;
        } else {
            right += 1;
        }
    }
    both
}

/// The numbers of one that are not in the other.
pub(crate) fn without<K>(one: &[(K, K)], other: &[(K, K)]) -> Vec<(K, K)>
where
    K: Copy + Ord + Add<Output = K> + Sub<Output = K> + From<u8>,
{
    let mut rest = Vec::new();
    for (first, last) in one {
        let mut next = Some(*first);
        let from = other.partition_point(|(_, end)| end < first);
        for (begin, end) in other[from..].iter().take_while(|(begin, _)| begin <= last) {
            if let Some(first) = next.filter(|first| first < begin) {
                rest.push((first, *begin - K::from(1)));
            }
            next = (end < last).then(|| *end + K::from(1));
        }
        rest.extend(next.map(|first| (first, *last)));
    }
    rest
}
