//! A walk over a JSON value that knows where it is and collects every fault.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};

use crate::Diagnostic;
use crate::model::{Document, GroupId};
use crate::suggest::nearest;

/// What a walk has found so far.
pub(super) struct Walk {
    /// Every fault, in the order of the document.
    pub(super) faults: Vec<Diagnostic>,
    /// Ids that rules of the document name themselves, and those that it gave to others.
    pub(super) rule_ids: HashSet<String>,
    /// The group of vnics that name none.
    pub(super) usual_group: GroupId,
    /// Where a kept item stood, by its list and its index among the kept ones; only where the two differ.
    pub(super) moved: HashMap<(String, usize), usize>,
}

/// A value and where it stands.
pub(super) struct Node<'v> {
    pub(super) path: String,
    pub(super) value: &'v Value,
}

/// An object and where it stands.
pub(super) struct Fields<'v> {
    path: String,
    map: &'v Map<String, Value>,
}

impl Default for Walk {
    fn default() -> Walk {
        Walk {
            faults: Vec::new(),
            rule_ids: HashSet::new(),
            usual_group: Document::default_group_id(),
            moved: HashMap::new(),
        }
    }
}

impl<'v> Fields<'v> {
    /// The field, unless it is absent or null.
    pub(super) fn get(&self, name: &str) -> Option<Node<'v>> {
        self.get_or_null(name).filter(|node| !node.value.is_null())
    }

    /// The field, unless it is absent. For lists: `groups:` with nothing behind it could mean none or the default.
    pub(super) fn get_or_null(&self, name: &str) -> Option<Node<'v>> {
        let value = self.map.get(name)?;
        Some(Node { path: self.path_of(name), value })
    }

    /// Where a field stands, or would.
    pub(super) fn path_of(&self, name: &str) -> String {
        join(&self.path, name)
    }
}

impl Walk {
    /// The fields of an object. An unknown field is a fault; the others are read nevertheless.
    pub(super) fn fields<'v>(&mut self, node: &Node<'v>, known: &[&str]) -> Option<Fields<'v>> {
        let Value::Object(map) = node.value else {
            let message = format!("{} stands where fields are wanted: write {}", kind(node.value), listed(known));
            self.faults.push(Diagnostic::error(&node.path, message));
            return None;
        };
        for name in map.keys().filter(|name| !known.contains(&name.as_str())) {
            let path = join(&node.path, name);
            self.faults.push(match nearest(name, known.iter().copied()) {
                Some(near) => {
                    Diagnostic::error(path, format!("`{name}` is no field here: write `{near}`")).with_fix(near)
                }
                None => Diagnostic::error(path, format!("`{name}` is no field here: known are {}", listed(known))),
            });
        }
        Some(Fields { path: node.path.clone(), map })
    }

    /// A field that must be there; its absence is a fault.
    pub(super) fn required<'v>(&mut self, fields: &Fields<'v>, name: &str, like: &str) -> Option<Node<'v>> {
        let node = fields.get(name);
        if node.is_none() {
            let message = format!("`{name}` is missing: write it, such as `{name}: {like}`");
            self.faults.push(Diagnostic::error(fields.path_of(name), message));
        }
        node
    }

    /// Reads every item of a list; items that cannot be read are left out. An absent list is `None`, as is a faulty one.
    pub(super) fn list<'v, T>(
        &mut self,
        node: Option<Node<'v>>,
        mut read: impl FnMut(&mut Walk, Node<'v>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let node = node?;
        let items = match node.value {
            Value::Array(items) => items,
            Value::Null => {
                let message = "the list has no value: write `[]` for an empty one, or leave the field out";
                self.faults.push(Diagnostic::error(node.path, message));
                return None;
            }
            other => {
                let message = format!("{} stands where a list is wanted: write `[...]`", kind(other));
                self.faults.push(Diagnostic::error(node.path, message));
                return None;
            }
        };
        let mut kept = Vec::with_capacity(items.len());
        for (index, value) in items.iter().enumerate() {
            let item = Node { path: format!("{}[{index}]", node.path), value };
            let Some(value) = read(self, item) else { continue };
            if kept.len() != index {
                self.moved.insert((node.path.clone(), kept.len()), index);
            }
            kept.push(value);
        }
        Some(kept)
    }

    /// The text of a string or of a whole number.
    pub(super) fn text(&mut self, node: &Node<'_>) -> Option<String> {
        let fault = match node.value {
            Value::String(text) => return Some(text.clone()),
            Value::Number(number) if !number.is_f64() => return Some(number.to_string()),
            Value::Number(number) => format!("`{number}` reads as a number with a fraction: put the text in quotes"),
            Value::Bool(word) => format!("`{word}` reads as true or false: put the text in quotes"),
            other => format!("{} stands where a text is wanted", kind(other)),
        };
        self.faults.push(Diagnostic::error(&node.path, fault));
        None
    }

    /// Reads a text by its own rules. `mend` guesses what was meant; the guess becomes the fix if it reads.
    pub(super) fn parse<T>(&mut self, node: &Node<'_>, mend: impl Fn(&str) -> Option<String>) -> Option<T>
    where
        T: FromStr<Err: fmt::Display>,
    {
        let text = self.text(node)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                let fix = mend(&text).filter(|fix| fix.parse::<T>().is_ok());
                self.faults.push(Diagnostic { fix, ..Diagnostic::error(&node.path, error) });
                None
            }
        }
    }

    /// `true` or `false`.
    pub(super) fn truth(&mut self, node: &Node<'_>) -> Option<bool> {
        if let Value::Bool(truth) = node.value {
            return Some(*truth);
        }
        let fault =
            Diagnostic::error(&node.path, format!("{} stands where `true` or `false` is wanted", kind(node.value)));
        self.faults.push(match node.value.as_str().map(str::to_ascii_lowercase).as_deref() {
            Some("yes" | "on" | "true") => fault.with_fix("true"),
            Some("no" | "off" | "false") => fault.with_fix("false"),
            _ => fault,
        });
        None
    }

    /// What was read, if there was no fault.
    pub(super) fn finish<T>(self, found: Option<T>) -> Result<T, Vec<Diagnostic>> {
        match found {
            Some(value) if self.faults.is_empty() => Ok(value),
            Some(_) | None => Err(self.faults),
        }
    }

    /// The path in the text of what has this path in the document that was read.
    pub(super) fn path_in_text(&self, path: &str) -> String {
        let mut found = String::with_capacity(path.len());
        let mut rest = path;
        while let Some((before, (index, after))) =
            rest.split_once('[').and_then(|(before, tail)| Some((before, tail.split_once(']')?)))
        {
            found.push_str(before);
            let kept: usize = index.parse().unwrap_or_default();
            let stood = self.moved.get(&(found.clone(), kept)).copied().unwrap_or(kept);
            found.push_str(&format!("[{stood}]"));
            rest = after;
        }
        found + rest
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// How messages call a value of the wrong kind.
fn kind(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(_) | Value::Number(_) => format!("`{value}`"),
        Value::String(text) => format!("the text `{text}`"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}
