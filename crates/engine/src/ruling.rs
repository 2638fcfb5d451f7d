//! A verdict by name, as people and programs exchange it.

use std::fmt;
use std::str::FromStr;

use policy::RuleId;

/// A verdict whose reason and rule are names, so that it means the same outside of the policy that made it.
///
/// Text form: `accept rule:web-http`, `accept conntrack:established rule:web-http`, `drop guard:source-mac`,
/// `hold conntrack:fragment`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// Accept, drop or hold.
    pub outcome: Outcome,
    /// The stable name of the reason; `rule` where a rule alone decided.
    pub reason: String,
    /// The rule that decided or that allows the flow.
    pub rule: Option<RuleId>,
}

/// Whether a packet passes. Text form: `accept`, `drop`, `hold`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It passes.
    Accept,
    /// It does not.
    Drop,
    /// It waits for the rest of its datagram.
    Hold,
}

/// Why a text is no [`Ruling`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RulingError {
    /// Not `accept`, `drop` or `hold`.
    Outcome(String),
    /// No reason behind the outcome.
    NoReason,
    /// A rule id that is none.
    Rule(policy::IdError),
    /// A word too many.
    Unexpected(String),
}

impl Ruling {
    /// What a packet gets at a vnic that the policy does not know: no port, no traffic.
    pub fn unknown_vnic() -> Ruling {
        Ruling { outcome: Outcome::Drop, reason: "unknown-vnic".to_owned(), rule: None }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Outcome::Accept => "accept",
            Outcome::Drop => "drop",
            Outcome::Hold => "hold",
        })
    }
}

impl fmt::Display for Ruling {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rule {
            Some(rule) if self.reason == "rule" => write!(out, "{} rule:{rule}", self.outcome),
            Some(rule) => write!(out, "{} {} rule:{rule}", self.outcome, self.reason),
            None => write!(out, "{} {}", self.outcome, self.reason),
        }
    }
}

impl FromStr for Ruling {
    type Err = RulingError;

    fn from_str(text: &str) -> Result<Ruling, RulingError> {
        let mut words = text.split_whitespace();
        let outcome = match words.next() {
            Some("accept") => Outcome::Accept,
            Some("drop") => Outcome::Drop,
            Some("hold") => Outcome::Hold,
            other => return Err(RulingError::Outcome(other.unwrap_or_default().to_owned())),
        };
        let first = words.next().ok_or(RulingError::NoReason)?;
        let second = words.next();
        if let Some(word) = words.next() {
            return Err(RulingError::Unexpected(word.to_owned()));
        }
        let rule_id =
            |word: &str| word.strip_prefix("rule:").map(|id| id.parse().map_err(RulingError::Rule)).transpose();
        match (rule_id(first)?, second) {
            (Some(rule), None) => Ok(Ruling { outcome, reason: "rule".to_owned(), rule: Some(rule) }),
            (None, None) => Ok(Ruling { outcome, reason: first.to_owned(), rule: None }),
            (None, Some(word)) => match rule_id(word)? {
                Some(rule) => Ok(Ruling { outcome, reason: first.to_owned(), rule: Some(rule) }),
                None => Err(RulingError::Unexpected(word.to_owned())),
            },
            (Some(_), Some(word)) => Err(RulingError::Unexpected(word.to_owned())),
        }
    }
}

impl fmt::Display for RulingError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RulingError::Outcome(word) => write!(out, "`{word}` is no verdict: write `accept`, `drop` or `hold`"),
            RulingError::NoReason => {
                out.write_str("the verdict lacks its reason: write it like `accept rule:web-http` or `drop default`")
            }
            RulingError::Rule(error) => error.fmt(out),
            RulingError::Unexpected(word) => {
                write!(
                    out,
                    "the word `{word}` fits nowhere: write the verdict like `accept conntrack:established rule:web-http`"
                )
            }
        }
    }
}

impl std::error::Error for RulingError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_is_its_own_inverse() {
        for text in [
            "accept rule:web-http",
            "accept conntrack:established rule:web-http",
            "accept conntrack:established",
            "drop default",
            "drop guard:source-mac",
            "hold conntrack:fragment",
        ] {
            assert_eq!(text.parse::<Ruling>().unwrap().to_string(), text);
        }
        for text in ["", "pass default", "drop", "drop default default", "accept rule:a rule:b", "accept rule:-"] {
            assert!(text.parse::<Ruling>().is_err(), "{text:?}");
        }
    }
}
