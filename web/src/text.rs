//! The words of the console, in the language of whoever reads.
//!
//! A text stands in the code in English, where it is shown, and is the key of its own translation. What the core says (faults,
//! explanations, names of verdicts) is not the console's own and stays as the core says it.

use std::fmt::Display;

/// A text that is always the same.
pub(crate) fn say(english: &'static str) -> &'static str {
    english
}

/// A text with parts: `say_with("Delete {group}?", &[("group", &id)])`.
pub(crate) fn say_with(english: &'static str, parts: &[(&str, &dyn Display)]) -> String {
    let mut text = say(english).to_owned();
    for (name, part) in parts {
        text = text.replace(&format!("{{{name}}}"), &part.to_string());
    }
    text
}

/// A text about a number, written `{n}`: `say_count(rules, "{n} rule", "{n} rules")`.
pub(crate) fn say_count(n: usize, one: &'static str, many: &'static str) -> String {
    say_with(if n == 1 { one } else { many }, &[("n", &n)])
}
