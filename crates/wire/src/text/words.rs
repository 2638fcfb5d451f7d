//! The words of a line, and faults that name their column.

use std::fmt;
use std::str::FromStr;

use super::nearest::nearest;

/// Why a text is no packet: where, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextError {
    /// The column of the word, counted in bytes from 1.
    pub column: usize,
    /// What is wrong and how to mend it.
    pub message: String,
}

/// The words that are still to be read. Parentheses are words of their own.
#[derive(Clone)]
pub(super) struct Words<'a> {
    /// Each with its column, the next one last.
    rest: Vec<(usize, &'a str)>,
    /// The column behind them.
    end: usize,
}

impl TextError {
    pub(super) fn new(column: usize, message: impl Into<String>) -> TextError {
        TextError { column, message: message.into() }
    }
}

impl<'a> Words<'a> {
    pub(super) fn of(text: &'a str) -> Words<'a> {
        let mut rest = Vec::new();
        let mut start = None;
        for (at, character) in text.char_indices() {
            let is_parenthesis = matches!(character, '(' | ')');
            if !is_parenthesis && !character.is_whitespace() {
                start = start.or(Some(at));
                continue;
            }
            rest.extend(start.take().map(|from| (from + 1, &text[from..at])));
            if is_parenthesis {
                rest.push((at + 1, &text[at..at + 1]));
            }
        }
        rest.extend(start.map(|from| (from + 1, &text[from..])));
        rest.reverse();
        Words { rest, end: text.len() + 1 }
    }

    /// The column of the next word, or the one behind the text.
    pub(super) fn column(&self) -> usize {
        self.rest.last().map_or(self.end, |(column, _)| *column)
    }

    pub(super) fn peek(&self) -> Option<&'a str> {
        self.rest.last().map(|(_, word)| *word)
    }

    pub(super) fn next(&mut self) -> Option<(usize, &'a str)> {
        self.rest.pop()
    }

    /// The next word; `what` says what is missing where there is none.
    pub(super) fn expect(&mut self, what: &str) -> Result<(usize, &'a str), TextError> {
        let column = self.column();
        self.next().ok_or_else(|| TextError::new(column, format!("the {what} is missing")))
    }

    /// Takes the next word if it is this one.
    pub(super) fn take(&mut self, word: &str) -> Option<usize> {
        let column = self.column();
        (self.peek() == Some(word)).then(|| self.rest.pop()).map(|_| column)
    }

    /// The next word must be this one.
    pub(super) fn require(&mut self, word: &str) -> Result<(), TextError> {
        let column = self.column();
        match self.take(word) {
            Some(_) => Ok(()),
            None => Err(TextError::new(column, format!("expected `{word}`, found {}", quoted(self.peek())))),
        }
    }

    /// The next word as a value.
    pub(super) fn value<T: FromStr>(&mut self, what: &str) -> Result<T, TextError> {
        let (column, word) = self.expect(what)?;
        word.parse().map_err(|_| TextError::new(column, format!("`{word}` is no {what}")))
    }

    /// Takes the first word that fits, wherever it stands in front of the next parenthesis.
    pub(super) fn take_where(&mut self, fits: impl Fn(&str) -> bool) -> Option<(usize, &'a str)> {
        let in_clause = self.rest.iter().rev().take_while(|(_, word)| !matches!(*word, "(" | ")"));
        let position = in_clause.map(|(_, word)| *word).position(fits)?;
        Some(self.rest.remove(self.rest.len() - 1 - position))
    }

    /// Takes this word, wherever it stands in front of the next parenthesis.
    pub(super) fn flag(&mut self, flag: &str) -> bool {
        self.take_where(|word| word == flag).is_some()
    }

    /// The value of `key=`, wherever it stands in front of the next parenthesis.
    pub(super) fn setting<T: FromStr>(&mut self, key: &str, what: &str) -> Result<Option<T>, TextError> {
        let is_it = |word: &str| word.strip_prefix(key).is_some_and(|rest| rest.starts_with('='));
        let Some((column, word)) = self.take_where(is_it) else {
            return Ok(None);
        };
        if let Some((column, _)) = self.take_where(is_it) {
            return Err(TextError::new(column, format!("`{key}=` is given twice: write it once")));
        }
        let text = &word[key.len() + 1..];
        let wrong = |_| TextError::new(column, format!("`{text}` is no {what} for `{key}=`"));
        text.parse().map(Some).map_err(wrong)
    }

    /// Cuts the line in front of this word; what stands behind the word is a line of its own.
    pub(super) fn split_off(&mut self, at: &str) -> Option<Words<'a>> {
        let position = self.rest.iter().rposition(|(_, word)| *word == at)?;
        let behind = Words { rest: self.rest.drain(..position).collect(), end: self.end };
        self.end = self.rest.remove(0).0;
        Some(behind)
    }

    /// Puts a line that was split off back behind this one.
    pub(super) fn append(&mut self, mut behind: Words<'a>) {
        behind.rest.append(&mut self.rest);
        *self = behind;
    }

    /// Refuses what is left, with the word that was perhaps meant.
    pub(super) fn finish(&self, known: &[&str]) -> Result<(), TextError> {
        let Some((column, word)) = self.rest.last() else {
            return Ok(());
        };
        let key = word.split_inclusive('=').next().unwrap_or(word);
        let message = match nearest(key, known) {
            Some(meant) if meant == key => format!("`{word}` has no meaning in such a packet: leave it out"),
            Some(meant) => format!("`{word}` is not known here: did you mean `{meant}`?"),
            None => format!("`{word}` is not known here: write any of {}", listed(known)),
        };
        Err(TextError::new(*column, message))
    }
}

/// The word for a message; where there is none, that the line ends.
pub(super) fn quoted(word: Option<&str>) -> String {
    word.map_or_else(|| "the end".to_owned(), |word| format!("`{word}`"))
}

/// The words, each quoted.
pub(super) fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}

impl fmt::Display for TextError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "column {}: {}", self.column, self.message)
    }
}

impl std::error::Error for TextError {}
