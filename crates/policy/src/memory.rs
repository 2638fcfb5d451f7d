//! What lists, maps and shared values take on the heap, in bytes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A list, without what its items point to.
pub(crate) fn of_list<T>(list: &Vec<T>) -> usize {
    list.capacity() * size_of::<T>()
}

/// What is shared, and the two counts in front of it.
pub(crate) fn of_shared<T: ?Sized>(shared: &Arc<T>) -> usize {
    size_of::<[usize; 2]>() + size_of_val(&**shared)
}

/// A map, without what its keys and values point to.
pub(crate) fn of_map<K, V, S>(map: &HashMap<K, V, S>) -> usize {
    of_places(map.capacity(), size_of::<(K, V)>())
}

/// A set, without what its items point to.
pub(crate) fn of_set<T, S>(set: &HashSet<T, S>) -> usize {
    of_places(set.capacity(), size_of::<T>())
}

/// The standard library keeps a byte for each place, at least an eighth of the places free, and their number a power of two.
fn of_places(capacity: usize, size: usize) -> usize {
    const GROUP: usize = 16;
    match capacity {
        0 => 0,
        1..8 => (capacity + 1) * (size + 1) + GROUP,
        _ => (capacity * 8 / 7) * (size + 1) + GROUP,
    }
}
