//! A list in pages.

use std::sync::Arc;

use crate::memory;

/// Items on a page: a write copies so many, a copy of the list counts up one reference for each.
const PAGE: usize = 64;

/// A list whose copies share all pages but those that were written since.
#[derive(Clone, Debug)]
pub(crate) struct Paged<T> {
    /// Every page but the last is full.
    pages: Vec<Arc<[T]>>,
}

impl<T> Paged<T> {
    pub(crate) fn len(&self) -> usize {
        self.pages.last().map_or(0, |last| (self.pages.len() - 1) * PAGE + last.len())
    }

    /// The item at an index below [`Paged::len`].
    pub(crate) fn at(&self, index: u32) -> &T {
        let index = index as usize;
        &self.pages[index / PAGE][index % PAGE]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.pages.iter().flat_map(|page| page.iter())
    }

    /// The bytes of the list itself, without what its items point to.
    pub(crate) fn bytes(&self) -> usize {
        memory::of_list(&self.pages) + self.pages.iter().map(memory::of_shared).sum::<usize>()
    }
}

impl<T: Clone> Paged<T> {
    /// The item at an index below [`Paged::len`], to be written.
    pub(crate) fn at_mut(&mut self, index: u32) -> &mut T {
        let index = index as usize;
        &mut Arc::make_mut(&mut self.pages[index / PAGE])[index % PAGE]
    }

    /// Adds an item behind all others and returns its index.
    pub(crate) fn push(&mut self, item: T) -> u32 {
        let index = u32::try_from(self.len()).expect("fewer than 2^32 items");
        match self.pages.last_mut().filter(|last| last.len() < PAGE) {
            Some(last) => *last = last.iter().cloned().chain([item]).collect(),
            None => self.pages.push(Arc::new([item])),
        }
        index
    }
}

impl<T> Default for Paged<T> {
    fn default() -> Paged<T> {
        Paged { pages: Vec::new() }
    }
}

impl<T> FromIterator<T> for Paged<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Paged<T> {
        let mut items = items.into_iter().peekable();
        let mut pages = Vec::new();
        while items.peek().is_some() {
            pages.push(items.by_ref().take(PAGE).collect());
        }
        Paged { pages }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_share_what_was_not_written() {
        let first: Paged<usize> = (0..3 * PAGE + 1).collect();
        let mut second = first.clone();
        *second.at_mut(PAGE as u32) = 0;
        assert_eq!(second.push(7), 3 * PAGE as u32 + 1);
        assert_eq!((first.len(), second.len()), (3 * PAGE + 1, 3 * PAGE + 2));
        assert!(first.iter().copied().eq(0..3 * PAGE + 1), "the first is as it was");
        assert_eq!((*second.at(PAGE as u32), *second.at(PAGE as u32 + 1)), (0, PAGE + 1));
        let shared = first.pages.iter().zip(&second.pages).map(|(one, other)| Arc::ptr_eq(one, other));
        assert_eq!(shared.collect::<Vec<bool>>(), [true, false, true, false]);
    }
}
