//! Memory that is there.

use core::hint::black_box;

/// A list of so many items, each of which has been written.
///
/// A kernel gives out a page of memory when it is first written to, whenever it was asked for. Until then a list of zeros may be no
/// more than a promise, and the packet that needs it waits.
pub(super) fn resident<T: Clone>(count: usize, item: T) -> Vec<T> {
    // Out of sight, or writing zeros to what is new becomes asking for zeros.
    let mut list = black_box(Vec::with_capacity(count));
    list.resize(count, item);
    list
}

/// Room for so many items, which has been written to.
pub(super) fn resident_room<T: Clone>(count: usize, item: T) -> Vec<T> {
    let mut list = resident(count, item);
    list.clear();
    list
}
