//! What an address group lists: prefixes and ranges.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::{IpNet, IpSubnets, Ipv4Subnets, Ipv6Subnets};
use wire::Family;

use crate::model::{Prefix, PrefixError};

/// Neighbouring addresses of one family. Text form: a prefix `10.0.0.0/8` or a range `10.0.0.5-10.0.0.9`.
///
/// It stays what was typed: a range that holds just what a prefix holds is still a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AddressBlock {
    /// All addresses that share their leading bits.
    Prefix(Prefix),
    /// From one address to another.
    Range(AddressRange),
}

/// The addresses from one to another, both included; of one family and never empty. Text form: `10.0.0.5-10.0.0.9`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AddressRange {
    first: IpAddr,
    last: IpAddr,
}

/// Why a text is no [`AddressBlock`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockError {
    /// It is no range, and no prefix either.
    Prefix(PrefixError),
    /// It is a faulty range.
    Range(RangeError),
}

/// Why a text, or two addresses, are no [`AddressRange`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RangeError {
    /// An end is no address.
    Address(String),
    /// The first address is higher than the last.
    Backwards(IpAddr, IpAddr),
    /// The addresses are of two families.
    Families(IpAddr, IpAddr),
}

impl AddressBlock {
    /// The lowest address.
    pub fn first(self) -> IpAddr {
        match self {
            AddressBlock::Prefix(prefix) => prefix.first(),
            AddressBlock::Range(range) => range.first,
        }
    }

    /// The highest address.
    pub fn last(self) -> IpAddr {
        match self {
            AddressBlock::Prefix(prefix) => prefix.last(),
            AddressBlock::Range(range) => range.last,
        }
    }

    /// The family of its addresses.
    pub fn family(self) -> Family {
        Family::of(self.first())
    }

    /// Whether the address is inside; never for an address of the other family.
    pub fn contains(self, address: IpAddr) -> bool {
        // IPv4 sorts before IPv6, so both ends bound the family too.
        self.first() <= address && address <= self.last()
    }

    /// The fewest prefixes that together hold just its addresses, in ascending order.
    pub fn cover(self) -> Vec<Prefix> {
        match self {
            AddressBlock::Prefix(prefix) => vec![prefix],
            AddressBlock::Range(range) => range.cover(),
        }
    }
}

impl AddressRange {
    /// The range from `first` to `last`, both included.
    ///
    /// # Errors
    /// [`RangeError::Backwards`], [`RangeError::Families`].
    pub fn new(first: IpAddr, last: IpAddr) -> Result<AddressRange, RangeError> {
        match Family::of(first) == Family::of(last) {
            false => Err(RangeError::Families(first, last)),
            true if first > last => Err(RangeError::Backwards(first, last)),
            true => Ok(AddressRange { first, last }),
        }
    }

    /// The lowest address.
    pub fn first(self) -> IpAddr {
        self.first
    }

    /// The highest address.
    pub fn last(self) -> IpAddr {
        self.last
    }

    /// The fewest prefixes that together hold just its addresses, in ascending order: at most 62 for IPv4, 254 for IPv6.
    pub fn cover(self) -> Vec<Prefix> {
        let subnets = match (self.first, self.last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => IpSubnets::from(Ipv4Subnets::new(first, last, 0)),
            (IpAddr::V6(first), IpAddr::V6(last)) => IpSubnets::from(Ipv6Subnets::new(first, last, 0)),
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => unreachable!("a range has one family"),
        };
        subnets.map(|net: IpNet| Prefix::from_net(net)).collect()
    }
}

impl From<Prefix> for AddressBlock {
    fn from(prefix: Prefix) -> AddressBlock {
        AddressBlock::Prefix(prefix)
    }
}

impl From<AddressRange> for AddressBlock {
    fn from(range: AddressRange) -> AddressBlock {
        AddressBlock::Range(range)
    }
}

impl fmt::Display for AddressBlock {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AddressBlock::Prefix(prefix) => prefix.fmt(out),
            AddressBlock::Range(range) => range.fmt(out),
        }
    }
}

impl FromStr for AddressBlock {
    type Err = BlockError;

    fn from_str(text: &str) -> Result<AddressBlock, BlockError> {
        match text.contains('-') {
            true => text.parse().map(AddressBlock::Range).map_err(BlockError::Range),
            false => text.parse().map(AddressBlock::Prefix).map_err(BlockError::Prefix),
        }
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{}", self.first, self.last)
    }
}

impl FromStr for AddressRange {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<AddressRange, RangeError> {
        let address =
            |end: &str| -> Result<IpAddr, RangeError> { end.parse().map_err(|_| RangeError::Address(end.to_owned())) };
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        AddressRange::new(address(first.trim())?, address(last.trim())?)
    }
}

impl fmt::Display for BlockError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BlockError::Prefix(error @ PrefixError::Address(_)) => {
                write!(out, "{error}, or a range such as `10.0.0.5-10.0.0.9`")
            }
            BlockError::Prefix(error) => error.fmt(out),
            BlockError::Range(error) => error.fmt(out),
        }
    }
}

impl std::error::Error for BlockError {}

impl fmt::Display for RangeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RangeError::Address(text) => {
                write!(out, "`{text}` is no IP address: write a range such as `10.0.0.5-10.0.0.9`")
            }
            RangeError::Backwards(first, last) => {
                write!(out, "the range `{first}-{last}` runs backwards: write `{last}-{first}`")
            }
            RangeError::Families(first, last) => {
                write!(out, "the range `{first}-{last}` goes from one family to the other: end it in its own")
            }
        }
    }
}

impl std::error::Error for RangeError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<&str, &str>) {
        let found = text.parse::<AddressBlock>().map(|block| block.to_string()).map_err(|error| error.to_string());
        assert_eq!(found, expect.map(str::to_owned).map_err(str::to_owned), "{text:?}");
    }

    #[test]
    fn blocks_are_what_was_typed() {
        check("10.0.0.0/8", Ok("10.0.0.0/8"));
        check("10.0.0.7", Ok("10.0.0.7/32"));
        check(" 10.0.0.5 - 10.0.0.9 ", Ok("10.0.0.5-10.0.0.9"));
        check("10.0.0.0-10.255.255.255", Ok("10.0.0.0-10.255.255.255"));
        check("10.0.0.5-10.0.0.5", Ok("10.0.0.5-10.0.0.5"));
        check("2001:DB8::-2001:db8::F", Ok("2001:db8::-2001:db8::f"));
    }

    #[test]
    fn faults_say_how_to_mend_them() {
        check("10.0.0.2-10.0.0.1", Err("the range `10.0.0.2-10.0.0.1` runs backwards: write `10.0.0.1-10.0.0.2`"));
        check("10.0.0.2-::", Err("the range `10.0.0.2-::` goes from one family to the other: end it in its own"));
        check("::-10.0.0.2", Err("the range `::-10.0.0.2` goes from one family to the other: end it in its own"));
        for (text, end) in
            [("10.0.0.1-", ""), ("-10.0.0.1", ""), ("10.0.0.1-9", "9"), ("10.0.0.0/31-10.0.0.9", "10.0.0.0/31")]
        {
            check(text, Err(&format!("`{end}` is no IP address: write a range such as `10.0.0.5-10.0.0.9`")));
        }
        check("10.0.0.7/8", Err("`10.0.0.7/8` has address bits behind its prefix length: write `10.0.0.0/8`"));
        check(
            "office",
            Err(
                "`office` is no IP address: write a prefix such as `10.0.0.0/8` or `2001:db8::/32`, or a range such as `10.0.0.5-10.0.0.9`",
            ),
        );
    }

    #[test]
    fn ranges_are_covered_by_few_prefixes() {
        let check = |text: &str, expect: &[&str]| {
            let cover: Vec<String> =
                text.parse::<AddressBlock>().unwrap().cover().iter().map(Prefix::to_string).collect();
            assert_eq!(cover, expect, "{text}");
        };
        check("10.0.0.1-10.0.0.1", &["10.0.0.1/32"]);
        check("10.0.0.10-10.0.0.20", &["10.0.0.10/31", "10.0.0.12/30", "10.0.0.16/30", "10.0.0.20/32"]);
        check("0.0.0.0-255.255.255.255", &["0.0.0.0/0"]);
        check("::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", &["::/0"]);
        check("::ffff-::1:0", &["::ffff/128", "::1:0/128"]);
        check("10.0.0.0/8", &["10.0.0.0/8"]);
    }

    #[test]
    fn blocks_contain_their_ends_and_their_family() {
        let check = |text: &str, inside: &[&str], outside: &[&str]| {
            let block: AddressBlock = text.parse().unwrap();
            assert!(inside.iter().all(|address| block.contains(address.parse().unwrap())), "{text}");
            assert!(!outside.iter().any(|address| block.contains(address.parse().unwrap())), "{text}");
        };
        check("10.0.0.5-10.0.0.9", &["10.0.0.5", "10.0.0.7", "10.0.0.9"], &["10.0.0.4", "10.0.0.10", "::", "::a00:5"]);
        check("0.0.0.0/0", &["0.0.0.0", "255.255.255.255"], &["::", "ffff::"]);
        check("::/0", &["::", "ffff::"], &["0.0.0.0", "255.255.255.255"]);
    }
}
