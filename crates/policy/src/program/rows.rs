//! Which row of a grid a class has.

use std::num::NonZeroU32;

use crate::remote::ClassIndex;

/// A row other than that of the rules for any remote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct RowIndex(pub(super) NonZeroU32);

/// A map from class to row: open addressing in a power of two of places, at most half of them taken.
#[derive(Clone, Debug)]
pub(super) struct ClassRows {
    places: Box<[Option<(ClassIndex, RowIndex)>]>,
}

impl ClassRows {
    pub(super) fn of(rows: &[(ClassIndex, RowIndex)]) -> ClassRows {
        let room = (rows.len() * 2).next_power_of_two().max(2);
        let mut map = ClassRows { places: vec![None; room].into_boxed_slice() };
        for (class, row) in rows {
            let place =
                map.probe(*class).find(|place| map.places[*place].is_none()).expect("half of the places are free");
            map.places[place] = Some((*class, *row));
        }
        map
    }

    pub(super) fn get(&self, class: ClassIndex) -> Option<RowIndex> {
        for place in self.probe(class) {
            match self.places[place] {
                Some((known, row)) if known == class => return Some(row),
                Some(_) => {}
                None => return None,
            }
        }
        None
    }

    /// The places where a class may be, the likeliest first.
    fn probe(&self, class: ClassIndex) -> impl Iterator<Item = usize> + use<> {
        /// 2^32 divided by the golden ratio, which spreads numbers in a row (Knuth, TAOCP 6.4).
        const SPREAD: u32 = 0x9e37_79b9;
        let mask = self.places.len() - 1;
        let start = (class.0.wrapping_mul(SPREAD) >> 8) as usize;
        (start..start + mask + 1).map(move |place| place & mask)
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.places)
    }
}
