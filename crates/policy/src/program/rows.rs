//! Which row of a grid a class has.

use std::num::NonZeroU32;

use crate::remote::ClassIndex;

/// A row other than that of the rules for any remote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RowIndex(pub(super) NonZeroU32);

/// A map from class to row.
#[derive(Clone, Debug)]
pub(super) enum ClassRows {
    /// By class, from one on. Classes that came into being together, as those of a large group's rules do, have numbers in a row.
    Near { first: ClassIndex, rows: Box<[Option<RowIndex>]> },
    /// Open addressing in a power of two of places, at most half of them taken.
    Far { places: Box<[Option<(ClassIndex, RowIndex)>]> },
}

/// Classes are near each other where a list of all between them is no larger than other places for them.
const NEAR: usize = 4;

impl ClassRows {
    /// The map of classes in ascending order.
    pub(super) fn of(rows: &[(ClassIndex, RowIndex)]) -> ClassRows {
        let (first, last) = match rows {
            [(first, _), .., (last, _)] | [(first @ last, _)] => (*first, *last),
            [] => return ClassRows::Near { first: ClassIndex::NOWHERE, rows: Box::default() },
        };
        let span = (last.0 - first.0) as usize + 1;
        if span <= rows.len() * NEAR {
            let mut near = vec![None; span].into_boxed_slice();
            rows.iter().for_each(|(class, row)| near[(class.0 - first.0) as usize] = Some(*row));
            return ClassRows::Near { first, rows: near };
        }
        let room = (rows.len() * 2).next_power_of_two();
        let mut places = vec![None; room].into_boxed_slice();
        for (class, row) in rows {
            let place = probe(*class, room).find(|place| places[*place].is_none());
            places[place.expect("half of the places are free")] = Some((*class, *row));
        }
        ClassRows::Far { places }
    }

    #[inline]
    pub(super) fn get(&self, class: ClassIndex) -> Option<RowIndex> {
        match self {
            // Wraps around to far behind the last one where the class is before the first one.
            ClassRows::Near { first, rows } => *rows.get(class.0.wrapping_sub(first.0) as usize)?,
            ClassRows::Far { places } => {
                let mut found = probe(class, places.len()).map_while(|place| places[place]);
                found.find_map(|(known, row)| (known == class).then_some(row))
            }
        }
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            ClassRows::Near { rows, .. } => size_of_val(&**rows),
            ClassRows::Far { places } => size_of_val(&**places),
        }
    }
}

/// The places where a class may be among so many, a power of two, the likeliest first.
fn probe(class: ClassIndex, room: usize) -> impl Iterator<Item = usize> {
    /// 2^32 divided by the golden ratio, which spreads numbers in a row (Knuth, TAOCP 6.4).
    const SPREAD: u32 = 0x9e37_79b9;
    let mask = room - 1;
    let start = (class.0.wrapping_mul(SPREAD) >> 8) as usize;
    (start..start + room).map(move |place| place & mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every so many-th class from a first one has a row, and no class around and between them.
    #[test]
    fn a_class_has_the_row_that_was_given_to_it_near_or_far() {
        let check = |first: u32, step: u32, count: u32, is_near: bool| {
            let row = |number: u32| RowIndex(NonZeroU32::MIN.saturating_add(number % 7));
            let laid_out: Vec<(ClassIndex, RowIndex)> =
                (0..count).map(|number| (ClassIndex(first + number * step), row(number))).collect();
            let rows = ClassRows::of(&laid_out);
            assert_eq!(matches!(rows, ClassRows::Near { .. }), is_near, "{count} in steps of {step}");
            for class in (first.saturating_sub(5)..first + count * step + 5).chain([u32::MAX]) {
                let number = class.checked_sub(first).filter(|distance| distance % step == 0).map(|it| it / step);
                let expect = number.filter(|number| *number < count).map(row);
                assert_eq!(rows.get(ClassIndex(class)), expect, "class {class} of {count} in steps of {step}");
            }
        };
        check(0, 1, 0, true);
        for first in [0, 1, 1_000] {
            check(first, 1, 1, true);
            check(first, 3, 100, true);
            check(first, 5, 100, false);
            check(first, 50, 2, false);
        }
    }
}
