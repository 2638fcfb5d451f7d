//! The words of the console, in the language of whoever reads.
//!
//! A text stands in the code in English, where it is shown, and is the key of its own translation. A language is one file under
//! `public/languages`, loaded before anything is shown and only when it is chosen; a text that it lacks stays English. What the
//! core says (faults, explanations, names of verdicts) is not the console's own and stays as the core says it.

mod language;

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::OnceLock;

pub(crate) use language::Language;

use crate::browser::http;

/// The texts of the chosen language, by their English; empty in English.
static CATALOGUE: OnceLock<HashMap<String, String>> = OnceLock::new();

/// Loads the language that was chosen, and tells the browser which one it is.
pub(crate) async fn learn() {
    let language = Language::chosen();
    let Some(file) = language.file() else { return language.declare() };
    let Ok(answer) = http::get(&file).await else { return };
    let Some(texts) = answer.body.as_object() else { return };
    let texts = texts.iter().filter_map(|(english, text)| Some((english.clone(), text.as_str()?.to_owned())));
    // Nothing else fills it.
    if CATALOGUE.set(texts.collect()).is_ok() {
        language.declare();
    }
}

/// A text that is always the same.
pub(crate) fn say(english: &'static str) -> &'static str {
    CATALOGUE.get().and_then(|texts| texts.get(english)).map_or(english, String::as_str)
}

/// A text with parts: `say_with("Delete {group}?", &[("group", &id)])`.
pub(crate) fn say_with(english: &'static str, parts: &[(&str, &dyn Display)]) -> String {
    fill(say(english), parts)
}

/// A text about a number, written `{n}`: `say_count(rules, "{n} rule", "{n} rules")`.
pub(crate) fn say_count(n: usize, one: &'static str, many: &'static str) -> String {
    say_with(if n == 1 { one } else { many }, &[("n", &n)])
}

/// The text with its parts; what looks like a part within a part is none.
fn fill(text: &str, parts: &[(&str, &dyn Display)]) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let part = after.split_once('}').and_then(|(name, behind)| {
            parts.iter().find(|(found, _)| *found == name).map(|(_, part)| (part.to_string(), behind))
        });
        match part {
            Some((part, behind)) => {
                filled.push_str(&part);
                rest = behind;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn parts_stand_where_the_text_has_them() {
        let check = |text: &str, parts: &[(&str, &dyn Display)], expect: &str| assert_eq!(fill(text, parts), expect);
        check("Delete {group}?", &[("group", &"web")], "Delete web?");
        check("{n} of {limit}", &[("limit", &9), ("n", &2)], "2 of 9");
        check("{a} and {b}", &[("a", &"{b}"), ("b", &"c")], "{b} and c");
        check("no {part} and {", &[], "no {part} and {");
    }
}
