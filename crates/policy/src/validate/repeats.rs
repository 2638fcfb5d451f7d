//! What stands in a list twice.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::order::order;

/// Lists up to this length are searched: most have a few items, which are not worth the sorting.
const FEW: usize = 8;

/// The items of a list that equal an earlier one, usually none: by place, with the place of the first that they equal.
pub(super) struct Repeats(Vec<(usize, usize)>);

impl Repeats {
    pub(super) fn of<T: Ord>(items: &[T]) -> Repeats {
        match items.len() {
            0..=FEW => Repeats(searched(items)),
            count => Repeats(sorted(count, &|one, other| items[one].cmp(&items[other]))),
        }
    }

    /// The same for texts: hashing them is quicker than sorting, which is only for those that are not unique.
    pub(super) fn of_texts(texts: &[&str]) -> Repeats {
        let mut seen = HashSet::with_capacity(texts.len());
        match texts.iter().all(|text| seen.insert(text)) {
            true => Repeats(Vec::new()),
            false => Repeats::of(texts),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The place of the first item that equals the one at `place`, if that is an earlier one.
    pub(super) fn first(&self, place: usize) -> Option<usize> {
        let at = self.0.binary_search_by_key(&place, |(repeat, _)| *repeat).ok()?;
        Some(self.0[at].1)
    }

    /// Each by its place, in order, with the place of the first item that it equals.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, usize)> {
        self.0.iter().copied()
    }
}

fn searched<T: Eq>(items: &[T]) -> Vec<(usize, usize)> {
    let first = |place: usize| items[..place].iter().position(|item| *item == items[place]);
    (1..items.len()).filter_map(|place| Some((place, first(place)?))).collect()
}

/// Of so many items, by how those of two places compare.
fn sorted(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<(usize, usize)> {
    let mut first: Vec<usize> = (0..count).collect();
    let places = order(count, compare);
    for equal in places.chunk_by(|one, other| compare(*one, *other).is_eq()) {
        equal.iter().for_each(|place| first[*place] = equal[0]);
    }
    first.into_iter().enumerate().filter(|(place, first)| place != first).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equal_items_is_named() {
        for length in 0..4 * FEW {
            let items: Vec<usize> = (0..length).map(|place| place * place % 7).collect();
            let repeats = Repeats::of(&items);
            for place in 0..length {
                let first = items.iter().position(|item| *item == items[place]).filter(|first| *first < place);
                assert_eq!(repeats.first(place), first, "{place} of {items:?}");
            }
            assert!(repeats.iter().all(|(place, first)| repeats.first(place) == Some(first)));
        }
    }
}
