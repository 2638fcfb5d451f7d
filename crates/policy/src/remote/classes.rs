//! Sets of selectors, each kept once.

use std::sync::Arc;

use crate::cow::{Paged, Sharded};
use crate::memory;

/// A remote that rules name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct SelectorIndex(pub(crate) u32);

/// A set of selectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ClassIndex(pub(crate) u32);

/// Every set of selectors that ever was; none is removed.
#[derive(Clone, Debug)]
pub(super) struct Classes {
    sets: Paged<Arc<[SelectorIndex]>>,
    by_set: Sharded<Arc<[SelectorIndex]>, ClassIndex>,
}

impl ClassIndex {
    /// The class of addresses that are in no selector.
    pub(crate) const NOWHERE: ClassIndex = ClassIndex(0);
}

impl Classes {
    /// The empty set alone, which is [`ClassIndex::NOWHERE`].
    pub(super) fn new() -> Classes {
        let mut classes = Classes { sets: Paged::default(), by_set: Sharded::default() };
        classes.intern(&[]);
        classes
    }

    /// The class of a set, whose selectors are in ascending order.
    pub(super) fn intern(&mut self, set: &[SelectorIndex]) -> ClassIndex {
        if let Some(class) = self.by_set.get(set) {
            return *class;
        }
        let set: Arc<[SelectorIndex]> = set.into();
        let class = ClassIndex(self.sets.push(set.clone()));
        self.by_set.insert(set, class);
        class
    }

    /// The class with one selector more.
    pub(super) fn with(&mut self, class: ClassIndex, selector: SelectorIndex) -> ClassIndex {
        let set = self.sets.at(class.0);
        match set.binary_search(&selector) {
            Ok(_) => class,
            Err(place) => {
                let larger = [&set[..place], &[selector], &set[place..]].concat();
                self.intern(&larger)
            }
        }
    }

    /// The class with one selector less.
    pub(super) fn without(&mut self, class: ClassIndex, selector: SelectorIndex) -> ClassIndex {
        let set = self.sets.at(class.0);
        match set.binary_search(&selector) {
            Ok(place) => {
                let smaller = [&set[..place], &set[place + 1..]].concat();
                self.intern(&smaller)
            }
            Err(_) => class,
        }
    }

    pub(super) fn selectors(&self, class: ClassIndex) -> &[SelectorIndex] {
        self.sets.at(class.0)
    }

    pub(super) fn len(&self) -> usize {
        self.sets.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[SelectorIndex]> {
        self.sets.iter().map(|set| &**set)
    }

    pub(super) fn bytes(&self) -> usize {
        self.sets.bytes() + self.by_set.bytes() + self.sets.iter().map(memory::of_shared).sum::<usize>()
    }
}
