//! Assertions as text.

use std::fmt;
use std::str::FromStr;

use policy::model::ProtocolError;
use policy::{Action, Family, Protocol};

use crate::assertion::ends::EndError;
use crate::assertion::{Assertion, Claim, Flows};
use crate::opening::Opening;

/// A line that is no assertion, or one that names what is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssertionFault {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub error: AssertionError,
}

/// All of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssertionFaults(pub Vec<AssertionFault>);

/// Why a text is no assertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AssertionError {
    /// It begins with none of the known words.
    Unknown(String),
    /// It has no `->`.
    NoArrow,
    /// An end of the flow.
    End(EndError),
    /// What flows.
    Protocol(ProtocolError),
    /// More words than an assertion has.
    Unexpected(String),
    /// `except`, and no `unchanged` before.
    ExceptAlone,
}

impl Assertion {
    /// Reads a file of assertions, with all faults at once.
    ///
    /// # Errors
    /// Every line that is none.
    pub fn read(text: &str) -> Result<Vec<Assertion>, AssertionFaults> {
        let mut read: Vec<Assertion> = Vec::new();
        let mut faults: Vec<AssertionFault> = Vec::new();
        for (line, text) in (1..).zip(text.lines()) {
            // A comment begins behind a blank: ids may contain the character.
            let text = text.split_once(" #").map_or(text, |(text, _)| text).trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            if let Err(error) = read_line(line, text, &mut read) {
                faults.push(AssertionFault { line, error });
            }
        }
        if faults.is_empty() { Ok(read) } else { Err(AssertionFaults(faults)) }
    }
}

fn read_line(line: usize, text: &str, read: &mut Vec<Assertion>) -> Result<(), AssertionError> {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let decided = |action: Action| rest.parse().map(|flows| Claim::Decided { action, flows });
    let claim = match word {
        "allow" => decided(Action::Allow)?,
        "deny" => decided(Action::Deny)?,
        "unchanged" => match rest.trim().strip_prefix("except") {
            None if rest.is_empty() => Claim::Unchanged { except: Vec::new() },
            None => return Err(AssertionError::Unexpected(rest.trim().to_owned())),
            Some(flows) => Claim::Unchanged { except: vec![flows.parse()?] },
        },
        "except" => match read.last_mut().map(|assertion| &mut assertion.claim) {
            Some(Claim::Unchanged { except }) => {
                except.push(rest.parse()?);
                return Ok(());
            }
            Some(Claim::Decided { .. }) | None => return Err(AssertionError::ExceptAlone),
        },
        _ => return Err(AssertionError::Unknown(word.to_owned())),
    };
    read.push(Assertion { line, claim });
    Ok(())
}

impl FromStr for Flows {
    type Err = AssertionError;

    fn from_str(text: &str) -> Result<Flows, AssertionError> {
        let (from, rest) = text.split_once("->").ok_or(AssertionError::NoArrow)?;
        let from = join_lists(from).parse().map_err(AssertionError::End)?;
        let rest = join_lists(rest);
        let mut words = rest.split_whitespace().peekable();
        let mut to = words.next().unwrap_or_default().to_owned();
        if words.next_if_eq(&"except").is_some() {
            to = format!("{to} except {}", words.next().unwrap_or_default());
        }
        let to = to.parse().map_err(AssertionError::End)?;
        let what: Vec<&str> = words.collect();
        Ok(Flows { from, to, openings: openings(&what)?, words: what.join(" ") })
    }
}

/// What flows: a family, a protocol, ports or ICMP type and code. What is left out is any.
fn openings(words: &[&str]) -> Result<Vec<Opening>, AssertionError> {
    let (families, words) = match words {
        ["ipv4", rest @ ..] => (&[Family::Ipv4][..], rest),
        ["ipv6", rest @ ..] => (&[Family::Ipv6][..], rest),
        words => (&Family::ALL[..], words),
    };
    let (protocol, part) = match words {
        [] => ("any", None),
        [protocol] => (*protocol, None),
        [protocol, part] => (*protocol, Some(*part)),
        [_, _, further, ..] => return Err(AssertionError::Unexpected((*further).to_owned())),
    };
    let read = |family: &Family| Protocol::read_words(*family, protocol, part).map(|read| Opening::of(*family, &read));
    let (found, faults): (Vec<_>, Vec<_>) = families.iter().map(read).partition(Result::is_ok);
    // `icmpv6` means one family only.
    let found: Vec<Opening> = found.into_iter().flatten().collect();
    match faults.into_iter().find_map(Result::err) {
        Some(fault) if found.is_empty() => Err(AssertionError::Protocol(fault)),
        Some(_) | None => Ok(found),
    }
}

/// Lists in one word, whatever blanks stand behind their commas.
fn join_lists(text: &str) -> String {
    let mut joined = String::new();
    for word in text.split_whitespace() {
        if !joined.is_empty() && !joined.ends_with(',') && !word.starts_with(',') {
            joined.push(' ');
        }
        joined.push_str(word);
    }
    joined
}

impl From<EndError> for AssertionError {
    fn from(error: EndError) -> AssertionError {
        AssertionError::End(error)
    }
}

impl fmt::Display for Assertion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.claim {
            Claim::Decided { action, flows } => write!(out, "{action} {flows}"),
            Claim::Unchanged { except } => {
                out.write_str("unchanged")?;
                except.iter().try_for_each(|flows| write!(out, " except {flows}"))
            }
        }
    }
}

impl fmt::Display for Flows {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} -> {}", self.from, self.to)?;
        if self.words.is_empty() { Ok(()) } else { write!(out, " {}", self.words) }
    }
}

impl fmt::Display for AssertionFaults {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(|fault| format!("line {}: {}", fault.line, fault.error)).collect();
        out.write_str(&lines.join("\n"))
    }
}

impl fmt::Display for AssertionError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AssertionError::Unknown(word) => {
                write!(out, "an assertion begins with `allow`, `deny` or `unchanged`, not with `{word}`")
            }
            AssertionError::NoArrow => out
                .write_str("the arrow between who opens and to whom is missing: write `deny any -> group:db tcp 5432`"),
            AssertionError::End(error) => error.fmt(out),
            AssertionError::Protocol(error) => error.fmt(out),
            AssertionError::Unexpected(word) => write!(
                out,
                "`{word}` is one word too many: behind the ends stand a family, a protocol and its ports, such as `ipv4 tcp 22,80`"
            ),
            AssertionError::ExceptAlone => out.write_str(
                "`except` at the beginning of a line goes on with an `unchanged` before it, and there is none",
            ),
        }
    }
}

impl std::error::Error for AssertionFaults {}
