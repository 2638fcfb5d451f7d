//! One thing for each family.

use policy::Family;

/// One thing for each family.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ByFamily<T> {
    v4: T,
    v6: T,
}

impl<T> ByFamily<T> {
    pub(crate) fn of(mut make: impl FnMut(Family) -> T) -> ByFamily<T> {
        ByFamily { v4: make(Family::Ipv4), v6: make(Family::Ipv6) }
    }

    pub(crate) fn at(&self, family: Family) -> &T {
        match family {
            Family::Ipv4 => &self.v4,
            Family::Ipv6 => &self.v6,
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Family, &T)> {
        Family::ALL.into_iter().map(|family| (family, self.at(family)))
    }
}
