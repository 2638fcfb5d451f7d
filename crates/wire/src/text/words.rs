//! The words of a line, and faults that name their column.

use std::fmt;
use std::str::FromStr;

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
    words: Vec<(usize, &'a str)>,
    next: usize,
    end: usize,
}

impl TextError {
    pub(super) fn new(column: usize, message: impl Into<String>) -> TextError {
        TextError { column, message: message.into() }
    }
}

impl<'a> Words<'a> {
    pub(super) fn of(text: &'a str) -> Words<'a> {
        let mut words = Vec::new();
        let mut start = None;
        for (at, character) in text.char_indices() {
            let is_separator = character.is_whitespace() || matches!(character, '(' | ')');
            match start {
                Some(from) if is_separator => {
                    words.push((from + 1, &text[from..at]));
                    start = None;
                }
                None if !is_separator => start = Some(at),
                _ => {}
            }
            if matches!(character, '(' | ')') {
                words.push((at + 1, &text[at..at + 1]));
            }
        }
        words.extend(start.map(|from| (from + 1, &text[from..])));
        Words { words, next: 0, end: text.len() + 1 }
    }

    /// The column of the next word, or the one behind the text.
    pub(super) fn column(&self) -> usize {
        self.words.get(self.next).map_or(self.end, |(column, _)| *column)
    }

    pub(super) fn peek(&self) -> Option<&'a str> {
        self.words.get(self.next).map(|(_, word)| *word)
    }

    pub(super) fn next(&mut self) -> Option<(usize, &'a str)> {
        let word = self.words.get(self.next).copied();
        self.next += usize::from(word.is_some());
        word
    }

    /// The next word; `what` says what is missing where there is none.
    pub(super) fn expect(&mut self, what: &str) -> Result<(usize, &'a str), TextError> {
        let column = self.column();
        self.next().ok_or_else(|| TextError::new(column, format!("{what} is missing")))
    }

    /// Takes the next word if it is this one.
    pub(super) fn take(&mut self, word: &str) -> Option<usize> {
        let column = self.column();
        (self.peek() == Some(word)).then(|| self.next += 1).map(|()| column)
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
        word.parse().map_err(|_| TextError::new(column, format!("`{word}` is no {}", bare(what))))
    }

    /// The value behind `key=` if the next word begins so.
    pub(super) fn setting<T: FromStr>(&mut self, key: &str, what: &str) -> Result<Option<(usize, T)>, TextError> {
        let Some(text) = self.peek().and_then(|word| word.strip_prefix(key)?.strip_prefix('=')) else {
            return Ok(None);
        };
        let column = self.column();
        self.next += 1;
        let wrong = |_| TextError::new(column, format!("`{text}` is no {what} for `{key}=`"));
        text.parse().map(|value| Some((column, value))).map_err(wrong)
    }
}

pub(super) fn quoted(word: Option<&str>) -> String {
    word.map_or_else(|| "the end".to_owned(), |word| format!("`{word}`"))
}

fn bare(what: &str) -> &str {
    what.strip_prefix("the ").unwrap_or(what)
}

impl fmt::Display for TextError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "column {}: {}", self.column, self.message)
    }
}

impl std::error::Error for TextError {}
