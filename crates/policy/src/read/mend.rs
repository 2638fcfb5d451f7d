//! Guesses at what a faulty text was meant to be.
//!
//! A guess becomes the fix of a fault only if it reads; see `Walk::parse`. Where nothing is guessed the answer is `None`.

use crate::model::{AddressBlock, BlockError, PortError, PortRange, Prefix, PrefixError, RangeError};
use crate::suggest::nearest;

/// The prefix without its host bits.
pub(super) fn prefix(text: &str) -> Option<String> {
    match text.parse::<Prefix>() {
        Err(PrefixError::HostBits { masked, .. }) => Some(masked.to_string()),
        Ok(_) | Err(PrefixError::Address(_) | PrefixError::Length { .. }) => None,
    }
}

/// The range turned round, or the prefix without its host bits.
pub(super) fn block(text: &str) -> Option<String> {
    match text.parse::<AddressBlock>() {
        Err(BlockError::Range(RangeError::Backwards(first, last))) => Some(format!("{last}-{first}")),
        Err(BlockError::Prefix(PrefixError::HostBits { masked, .. })) => Some(masked.to_string()),
        Ok(_) | Err(BlockError::Range(_) | BlockError::Prefix(_)) => None,
    }
}

/// The pair with a prefix without host bits.
pub(super) fn pair(text: &str) -> Option<String> {
    let (first, rest) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), ""));
    Some(format!("{} {rest}", prefix(first)?).trim_end().to_owned())
}

/// The ports with backward ranges turned round.
pub(super) fn ports(text: &str) -> Option<String> {
    let turned: Vec<String> = text
        .split(',')
        .map(|part| match part.parse::<PortRange>() {
            Err(PortError::Backwards(min, max)) => format!("{max}-{min}"),
            Ok(_) | Err(_) => part.trim().to_owned(),
        })
        .collect();
    Some(turned.join(","))
}

/// The EtherType with its prefix.
pub(super) fn ethertype(text: &str) -> Option<String> {
    Some(format!("0x{:0>4}", text.trim().trim_start_matches("0x")))
}

/// The id with hyphens for spaces.
pub(super) fn id(text: &str) -> Option<String> {
    Some(text.split_whitespace().collect::<Vec<_>>().join("-"))
}

/// The spec with each of its words mended.
pub(super) fn spec(text: &str) -> Option<String> {
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| {
            let known = ["ingress", "egress", "ipv4", "ipv6", "from", "to", "deny", "priority"];
            let mended = prefix(word).or_else(|| ports(word).filter(|mended| mended != word));
            mended.or_else(|| nearest(word, known).map(str::to_owned)).unwrap_or_else(|| word.to_owned())
        })
        .collect();
    Some(words.join(" "))
}

/// The nearest of the words that are allowed.
pub(super) fn word<'k>(known: &'k [&'k str]) -> impl Fn(&str) -> Option<String> + 'k {
    |text| nearest(text.trim(), known.iter().copied()).map(str::to_owned)
}

/// Nothing.
pub(super) fn nothing(_text: &str) -> Option<String> {
    None
}
