//! The order of items. Sorting is long code, so there is one for whatever is sorted: a browser downloads it.

use std::cmp::Ordering;

/// The places of so many items in their order, by how those of two places compare; equal ones stay as they are.
pub(super) fn order(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    places.sort_by(|one, other| compare(*one, *other));
    places
}
