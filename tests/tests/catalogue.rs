//! Every text of the console is in its catalogue, and in every language of it.
//!
//! Read from the sources: a text is the literal first argument of `say`, `say_with` or `say_count`; what stands in a view, a
//! message or a step as a plain literal is a text that was forgotten.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// What is the same in every language, or an example of what people write.
const NO_TEXT: &[&str] = &[
    "Portcullis",
    "IPv4",
    "IPv6",
    "web",
    "web2",
    "version: 1",
    "disable rule web-http",
    "deny any except group:app -> group:db tcp 5432",
    "portcullis assert assertions.txt",
];

/// Attributes whose values people read.
const READ: &[&str] = &["label", "title", "aria-label", "placeholder", "hint", "data-label"];

/// What shows a literal that stands right behind it.
const SHOWS: &[&str] = &[
    ".text(",
    ".message(",
    "Tone::Done,",
    "Tone::Undoable,",
    "Tone::Failed,",
    "name_page(",
    ".perform(",
    ".perform_aloud(",
    "workspace.replace(",
    ".with(\"title\",",
    ".with(\"aria-label\",",
    ".with(\"placeholder\",",
];

/// A literal of a source, with the code that stands before it and behind it.
struct Literal {
    text: String,
    line: usize,
    before: String,
    after: String,
    in_view: bool,
}

/// A source as its code, with every literal.
struct Source {
    path: PathBuf,
    literals: Vec<Literal>,
    /// The code without comments and without the insides of literals.
    code: String,
}

#[test]
fn every_text_is_in_every_language_and_nothing_else_is() {
    let texts = texts();
    let mut faults = Vec::new();
    for (language, catalogue) in languages() {
        for (text, place) in &texts {
            match catalogue.get(text) {
                None => faults.push(format!("{language} lacks `{text}` ({place})")),
                Some(said) if parts(said) != parts(text) => {
                    faults.push(format!("{language}: `{said}` has other parts than `{text}`"));
                }
                Some(_) => {}
            }
        }
        let unused = catalogue.keys().filter(|text| !texts.contains_key(*text));
        faults.extend(unused.map(|text| format!("{language} has `{text}`, which nobody says")));
    }
    check(&faults);
}

#[test]
fn texts_are_said_by_literals() {
    let mut faults = Vec::new();
    for source in console() {
        for (call, _) in source.code.match_indices("say") {
            let name: String = source.code[call..].chars().take_while(|letter| is_word(*letter)).collect();
            let starts = source.code[..call].chars().next_back().is_none_or(|letter| !is_word(letter));
            if !starts || !["say", "say_with", "say_count"].contains(&name.as_str()) {
                continue;
            }
            let Some(rest) = source.code[call + name.len()..].strip_prefix('(') else { continue };
            let first = if name == "say_count" { rest.split_once(',').map_or("", |(_, rest)| rest) } else { rest };
            if !first.trim_start().starts_with('"') {
                faults.push(format!("{}: `{name}` of something that is no literal", source.path.display()));
            }
        }
    }
    check(&faults);
}

#[test]
fn no_text_stands_in_a_view_or_a_message_as_it_is() {
    let mut faults = Vec::new();
    for source in console() {
        for literal in source.literals.iter().filter(|literal| literal.is_bare()) {
            faults.push(format!("{}:{}: `{}` is not said", source.path.display(), literal.line, literal.text));
        }
    }
    check(&faults);
}

#[test]
fn the_scanner_sees_what_it_should() {
    let check = |code: &str, expect: &[&str]| {
        let source = scan(PathBuf::new(), code);
        let bare: Vec<&str> =
            source.literals.iter().filter(|literal| literal.is_bare()).map(|literal| literal.text.as_str()).collect();
        assert_eq!(bare, expect, "{code}");
    };
    check("view! { <p>\"Some text\"</p> }", &["Some text"]);
    check("view! { <p>{say(\"Some text\")}</p> }", &[]);
    check("view! { <p class=\"some text\" title=\"A title\">{say(\"x y\")} \" \"</p> }", &["A title"]);
    check("view! { <p class=format!(\"dot {class}\")>{format!(\"Rule {id}\")}</p> }", &["Rule {id}"]);
    check("view! { <p>\"Portcullis\"</p> } ; let path = \"some text\";", &[]);
    check(
        "notices.show(Tone::Done, \"Copied it\"); tag(\"p\").text(\"Hello you\").class(\"a b\")",
        &["Copied it", "Hello you"],
    );
    check("// view! { \"Some text\" }\nlet letter = '\"'; view! { <b>\"Two words\"</b> }", &["Two words"]);
}

impl Literal {
    /// Whether it is the text of a `say`, the second of a `say_count` too.
    fn is_said(&self) -> bool {
        let before = self.before.as_str();
        ["say(", "say_with("].iter().any(|call| before.ends_with(call))
            || before.rsplit_once("say_count(").is_some_and(|(_, arguments)| is_level(arguments))
    }

    /// Whether people read it though nobody says it.
    fn is_bare(&self) -> bool {
        if self.is_said() || NO_TEXT.contains(&self.text.as_str()) || letters(&self.text) < 2 {
            return false;
        }
        if SHOWS.iter().any(|shows| self.before.ends_with(shows)) {
            return true;
        }
        if !self.in_view {
            return false;
        }
        match attribute(&self.before) {
            Some((name, true)) => READ.contains(&name) && !is_example(&self.text),
            Some((name, false)) if !READ.contains(&name) => false,
            _ if self.is_node() => true,
            _ => is_prose(&self.text) && !is_example(&self.text),
        }
    }

    /// Whether it stands between tags.
    fn is_node(&self) -> bool {
        self.before.ends_with(['>', '}', '"'])
            && !self.before.ends_with("=>")
            && self.after.starts_with(['<', '{', '"'])
    }
}

/// The texts that the console says, each with a place where it does.
fn texts() -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for source in console() {
        for literal in source.literals.iter().filter(|literal| literal.is_said()) {
            texts.insert(literal.text.clone(), format!("{}:{}", source.path.display(), literal.line));
        }
    }
    assert!(texts.len() > 200, "the console says only {} texts", texts.len());
    texts
}

/// The languages besides English: the name of the file, and what it says for each English text.
fn languages() -> Vec<(String, BTreeMap<String, String>)> {
    let folder = root().join("public/languages");
    let read = |path: PathBuf| {
        let file = fs::read_to_string(&path).expect("it can be read");
        let value: Value = serde_json::from_str(&file).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let texts = value.as_object().expect("a language is an object").iter();
        let text = |(english, text): (&String, &Value)| (english.clone(), text.as_str().expect("a text").to_owned());
        (path.file_stem().expect("it has a name").to_string_lossy().into_owned(), texts.map(text).collect())
    };
    let all: Vec<_> =
        fs::read_dir(&folder).expect("there are languages").map(|entry| read(entry.expect("a file").path())).collect();
    assert!(!all.is_empty(), "there is a second language");
    all
}

/// The console's sources, without their tests.
fn console() -> Vec<Source> {
    let mut sources = Vec::new();
    collect(&root().join("web/src"), &mut sources);
    sources.retain(|source| {
        !source.path.ends_with("text.rs") && !source.path.components().any(|part| part.as_os_str() == "bin")
    });
    sources
}

fn collect(folder: &Path, sources: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            collect(&path, sources);
        } else {
            let text = fs::read_to_string(&path).expect("it can be read");
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
            sources.push(scan(path, code));
        }
    }
}

/// Reads a source: what is code, what is a literal, and which literals are within `view!`.
fn scan(path: PathBuf, text: &str) -> Source {
    let mut code = String::new();
    let mut found: Vec<(String, usize, usize, bool)> = Vec::new();
    // The depths of braces at which views began.
    let mut views: Vec<usize> = Vec::new();
    let mut braces = 0;
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
            continue;
        }
        if let Some(length) = letter_literal(rest) {
            code.push_str("''");
            rest = &rest[length..];
            continue;
        }
        match letter {
            '"' => {
                let end = end_of_literal(rest);
                let line = text[..text.len() - rest.len()].lines().count();
                code.push('"');
                found.push((unescape(&rest[1..end]), line, code.len(), !views.is_empty()));
                code.push('"');
                rest = &rest[end + 1..];
                continue;
            }
            '{' => {
                if code.trim_end().ends_with("view!") {
                    views.push(braces);
                }
                braces += 1;
            }
            '}' => {
                braces -= 1;
                if views.last() == Some(&braces) {
                    views.pop();
                }
            }
            _ => {}
        }
        code.push(letter);
        rest = &rest[letter.len_utf8()..];
    }
    let literals = found.iter().enumerate().map(|(index, (text, line, at, in_view))| Literal {
        text: text.clone(),
        line: *line,
        before: with_names(&code, &found[..index], *at - 1),
        after: code[*at + 1..].trim_start().chars().take(1).collect(),
        in_view: *in_view,
    });
    Source { literals: literals.collect(), path, code }
}

/// The code before a place, with the last literal before it filled in, so that a call shows the name that it is given.
fn with_names(code: &str, before: &[(String, usize, usize, bool)], at: usize) -> String {
    const FAR: usize = 400;
    let start = (0..=at.saturating_sub(FAR)).rev().find(|place| code.is_char_boundary(*place)).unwrap_or_default();
    let start = if at < FAR { 0 } else { start };
    let Some((text, _, place, _)) = before.last().filter(|(_, _, place, _)| *place > start) else {
        return code[start..at].trim_end().to_owned();
    };
    format!("{}{text}{}", &code[start..*place], &code[*place..at]).trim_end().to_owned()
}

/// The attribute whose value begins or goes on here, and whether it is just beginning.
fn attribute(before: &str) -> Option<(&str, bool)> {
    let (head, value) = before.rsplit_once('=')?;
    if value.starts_with('>')
        || head.ends_with(['=', '!', '<', '>'])
        || value.contains(['>', '\n'])
        || depth(value) < 1 && !value.is_empty()
    {
        return None;
    }
    let name = head.rsplit(|letter: char| !is_word(letter) && letter != '-' && letter != ':').next()?;
    (!name.is_empty()).then_some((name, value.is_empty()))
}

/// Whether some code closes every bracket that it opens, and no other.
fn is_level(code: &str) -> bool {
    depth(code) == 0 && code.char_indices().all(|(at, _)| depth(&code[..at]) >= 0)
}

/// How many brackets are open at the end of some code.
fn depth(code: &str) -> isize {
    let of = |letters: [char; 3]| code.matches(letters).count() as isize;
    of(['(', '[', '{']) - of([')', ']', '}'])
}

fn is_prose(text: &str) -> bool {
    let bare: String = text.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest)).collect();
    let capital = bare.trim_start().chars().next().is_some_and(char::is_uppercase);
    letters(&bare) > 2 && (capital || bare.trim().split(' ').filter(|word| letters(word) > 1).count() > 1)
}

/// Whether it is what people would write there: addresses, packets, assertions.
fn is_example(text: &str) -> bool {
    text.chars().any(|letter| letter.is_ascii_digit())
}

fn letters(text: &str) -> usize {
    text.chars().filter(|letter| letter.is_alphabetic()).count()
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The length of a literal of one letter; a lifetime is none.
fn letter_literal(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('\'')?;
    let first = inside.chars().next()?;
    let length = if first == '\\' { inside.get(2..)?.find('\'')? + 2 } else { first.len_utf8() };
    inside.get(length..)?.starts_with('\'').then_some(length + 2)
}

/// The place of the quote that ends a literal.
fn end_of_literal(rest: &str) -> usize {
    let mut escaped = false;
    let end = rest.char_indices().skip(1).find(|(_, letter)| {
        let ends = *letter == '"' && !escaped;
        escaped = *letter == '\\' && !escaped;
        ends
    });
    end.map_or(rest.len() - 1, |(at, _)| at)
}

fn unescape(literal: &str) -> String {
    let mut text = String::new();
    let mut rest = literal;
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let letter = after.chars().next().unwrap_or('\\');
        rest = &after[letter.len_utf8()..];
        match letter {
            'n' => text.push('\n'),
            '\n' => rest = rest.trim_start(),
            other => text.push(other),
        }
    }
    text.push_str(rest);
    text
}

/// The names in braces.
fn parts(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn check(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
