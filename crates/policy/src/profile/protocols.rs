//! The protocols that a rule may name.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use wire::{Family, IpProtocol};

use crate::model::Protocol;
use crate::names;

/// The protocols that a rule may name. Text form: `all`, or a list of [`ProtocolWord`]s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Protocols {
    /// Every name, every number, `any`.
    All,
    /// These.
    Only(BTreeSet<ProtocolWord>),
}

/// What a rule may say in place of a protocol. Text form: `any`, `number`, `tcp`, `icmpv6`, `esp` ...
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProtocolWord {
    /// No protocol in particular.
    Any,
    /// Any one protocol by its number, without ports or ICMP types.
    Number,
    /// This protocol, with the ports or ICMP types that it has.
    Named(IpProtocol),
}

impl Protocols {
    /// The protocols of words that are known to be right.
    pub(crate) fn only(words: &[&str]) -> Protocols {
        Protocols::Only(words.iter().map(|word| word.parse().expect("a protocol word")).collect())
    }

    /// Whether a rule of this family may name the protocol so.
    pub fn permit(&self, family: Family, protocol: &Protocol) -> bool {
        let Protocols::Only(words) = self else { return true };
        match protocol.number(family) {
            None => words.contains(&ProtocolWord::Any),
            Some(number) if words.contains(&ProtocolWord::Named(number)) => true,
            Some(_) => words.contains(&ProtocolWord::Number) && protocol.is_bare(),
        }
    }
}

impl fmt::Display for ProtocolWord {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProtocolWord::Any => out.write_str("any"),
            ProtocolWord::Number => out.write_str("number"),
            ProtocolWord::Named(number) => match names::protocol_name(*number) {
                Some(name) => out.write_str(name),
                None => write!(out, "{}", number.0),
            },
        }
    }
}

impl FromStr for ProtocolWord {
    type Err = String;

    fn from_str(text: &str) -> Result<ProtocolWord, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "any" => Ok(ProtocolWord::Any),
            "number" => Ok(ProtocolWord::Number),
            name => names::protocol_number(name).map(ProtocolWord::Named).ok_or_else(|| {
                format!("`{text}` is no protocol: write `any`, `number` for every one by its number, or a name such as `tcp`")
            }),
        }
    }
}
