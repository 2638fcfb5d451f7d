//! What is written: as JSON has it, with fields that nobody looks up, so that ten thousand rules are written as one types.

use serde::ser::{Serialize, Serializer};
use serde_json::Value;

/// A value that is about to be written.
pub(super) enum Part {
    Bool(bool),
    Number(u64),
    Text(String),
    List(Vec<Part>),
    /// Fields in the order in which they are written.
    Object(Vec<(&'static str, Part)>),
}

/// The fields that are there.
pub(super) fn object<const N: usize>(fields: [(&'static str, Option<Part>); N]) -> Part {
    Part::Object(fields.into_iter().filter_map(|(name, part)| Some((name, part?))).collect())
}

/// A list that may be left out when it is empty.
pub(super) fn list<T>(items: &[T], part: impl Fn(&T) -> Part) -> Option<Part> {
    (!items.is_empty()).then(|| items.iter().map(part).collect())
}

/// A list of texts.
pub(super) fn texts<T: ToString>(items: &[T]) -> Part {
    items.iter().map(text).collect()
}

/// A text.
pub(super) fn text(value: &(impl ToString + ?Sized)) -> Part {
    Part::Text(value.to_string())
}

/// A number.
pub(super) fn number(value: impl Into<u64>) -> Part {
    Part::Number(value.into())
}

/// The text of a value that is not its default.
pub(super) fn unless(default: bool, value: &impl ToString) -> Option<Part> {
    (!default).then(|| text(value))
}

/// `false` of a switch that is usually on.
pub(super) fn switched_off(off: bool) -> Option<Part> {
    off.then_some(Part::Bool(false))
}

impl FromIterator<Part> for Part {
    fn from_iter<I: IntoIterator<Item = Part>>(parts: I) -> Part {
        Part::List(parts.into_iter().collect())
    }
}

impl From<Part> for Value {
    fn from(part: Part) -> Value {
        match part {
            Part::Bool(bool) => Value::from(bool),
            Part::Number(number) => Value::from(number),
            Part::Text(text) => Value::String(text),
            Part::List(parts) => parts.into_iter().map(Value::from).collect(),
            Part::Object(fields) => {
                Value::Object(fields.into_iter().map(|(name, part)| (name.to_owned(), part.into())).collect())
            }
        }
    }
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Part::Bool(bool) => serializer.serialize_bool(*bool),
            Part::Number(number) => serializer.serialize_u64(*number),
            Part::Text(text) => serializer.serialize_str(text),
            Part::List(parts) => serializer.collect_seq(parts),
            Part::Object(fields) => serializer.collect_map(fields.iter().map(|(name, part)| (name, part))),
        }
    }
}
