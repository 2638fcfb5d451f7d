//! Lays YAML out for people.
//!
//! What is flat and short stands on one line, so that rules read as a table; all else is indented.

use serde::ser::{Serialize, Serializer};
use serde_json::Value;
use serde_saphyr::{DoubleQuoted, FlowMap, FlowSeq};

/// The longest line that is made of several values, in characters of its JSON.
const LONGEST_LINE: usize = 130;

/// Any JSON value as YAML.
pub(super) fn write(value: &Value) -> String {
    let options = serde_saphyr::ser_options! { compact_list_indent: false, yaml_12: true, no_lang_directive: true };
    serde_saphyr::to_string_with_options(&Block(value), options).expect("every JSON value can be written as YAML")
}

/// A value whose parts stand on lines of their own.
struct Block<'v>(&'v Value);

/// A part: on one line where it fits.
struct Part<'v>(&'v Value);

/// A scalar, or a part of what stands on one line.
struct Line<'v>(&'v Value);

impl Serialize for Block<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Array(items) => serializer.collect_seq(items.iter().map(Part)),
            Value::Object(map) => serializer.collect_map(map.iter().map(|(name, value)| (name, Part(value)))),
            scalar => Line(scalar).serialize(serializer),
        }
    }
}

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            value if !fits_a_line(value) => Block(value).serialize(serializer),
            value if value.is_array() => FlowSeq(Line(value)).serialize(serializer),
            value if value.is_object() => FlowMap(Line(value)).serialize(serializer),
            scalar => Line(scalar).serialize(serializer),
        }
    }
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Array(items) => serializer.collect_seq(items.iter().map(Line)),
            Value::Object(map) => serializer.collect_map(map.iter().map(|(name, value)| (name, Line(value)))),
            Value::String(text) if is_misread(text) => DoubleQuoted(text).serialize(serializer),
            Value::String(text) => match text.parse::<u64>() {
                // Reading takes whole numbers for texts, so `ports: 22` needs no quotes.
                Ok(number) if number.to_string() == *text => number.serialize(serializer),
                Ok(_) | Err(_) => text.serialize(serializer),
            },
            scalar => scalar.serialize(serializer),
        }
    }
}

/// Whether the value is short and has nothing but scalars in it.
fn fits_a_line(value: &Value) -> bool {
    let flat = match value {
        Value::Array(items) => items.iter().all(is_scalar),
        Value::Object(map) => map.values().all(is_scalar),
        _ => true,
    };
    flat && value.to_string().chars().count() <= LONGEST_LINE
}

fn is_scalar(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

/// Whether programs that read YAML 1.1 take the text for a truth value, a number to base 60, or a date.
fn is_misread(text: &str) -> bool {
    let truth = ["y", "n", "yes", "no", "on", "off"].contains(&text.to_ascii_lowercase().as_str());
    let digits = text.bytes().all(|byte| byte.is_ascii_digit() || b":_-".contains(&byte));
    truth || digits && (text.contains([':', '_']) || text.matches('-').count() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_misread_is_quoted() {
        for text in ["yes", "Off", "n", "12:30", "1_000", "2026-11-22", "1-2-3-4"] {
            assert!(is_misread(text), "{text}");
        }
        for text in ["", "80", "8000-8080", "yesterday", "web-1-2", "10.0.0.1"] {
            assert!(!is_misread(text), "{text}");
        }
    }
}
