//! Where in a document a thing is.

use std::fmt;

/// A path of diagnostics, step by step. It becomes a text only where there is something to say.
#[derive(Clone, Copy)]
pub(super) enum Path<'p> {
    /// A field of the document: `groups`.
    Top(&'static str),
    /// A field of a thing: `groups[0].rules`.
    Field(&'p Path<'p>, &'static str),
    /// An item of a list: `groups[0]`.
    Item(&'p Path<'p>, usize),
}

impl<'p> Path<'p> {
    /// Where nobody asks for the path.
    pub(super) const NOWHERE: Path<'static> = Path::Top("");

    pub(super) fn field(&'p self, name: &'static str) -> Path<'p> {
        Path::Field(self, name)
    }

    pub(super) fn item(&'p self, place: usize) -> Path<'p> {
        Path::Item(self, place)
    }

    /// The items of the list that is here, with their paths.
    pub(super) fn items<'d, T>(&'p self, list: &'d [T]) -> impl Iterator<Item = (Path<'p>, &'d T)> + use<'p, 'd, T> {
        list.iter().enumerate().map(|(place, item)| (self.item(place), item))
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Top(name) => out.write_str(name),
            Path::Field(thing, name) => write!(out, "{thing}.{name}"),
            Path::Item(list, place) => write!(out, "{list}[{place}]"),
        }
    }
}

impl From<Path<'_>> for String {
    fn from(path: Path<'_>) -> String {
        path.to_string()
    }
}
