//! Address prefixes.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use wire::Family;

/// An IPv4 or IPv6 prefix without host bits. Text form: `10.0.0.0/8`; a bare address reads as its host prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Prefix(IpNet);

/// Why a text is no [`Prefix`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrefixError {
    /// Bits behind the prefix length are set; the prefix without them is the likely meaning.
    HostBits {
        /// The text.
        text: String,
        /// The same prefix, masked.
        masked: Prefix,
    },
    /// The part before the `/` is no address.
    Address(String),
    /// The part behind the `/` is no prefix length of its family.
    Length {
        /// The text.
        text: String,
        /// The longest length of the family.
        longest: u8,
    },
}

impl Prefix {
    /// The prefix of an address with all bits behind `length` cleared.
    ///
    /// # Errors
    /// [`PrefixError::Length`] when the family has no such length.
    pub fn masked(address: IpAddr, length: u8) -> Result<Prefix, PrefixError> {
        match IpNet::new(address, length) {
            Ok(net) => Ok(Prefix(net.trunc())),
            Err(_) => Err(PrefixError::Length { text: format!("{address}/{length}"), longest: longest(address) }),
        }
    }

    /// The prefix that holds just one address.
    pub fn host(address: IpAddr) -> Prefix {
        Prefix(address.into())
    }

    /// A prefix that has no host bits already.
    pub(crate) fn from_net(net: IpNet) -> Prefix {
        Prefix(net.trunc())
    }

    /// The lowest address.
    pub fn first(self) -> IpAddr {
        self.0.network()
    }

    /// The highest address.
    pub fn last(self) -> IpAddr {
        self.0.broadcast()
    }

    /// The number of leading bits that are fixed.
    pub fn length(self) -> u8 {
        self.0.prefix_len()
    }

    /// The family of its addresses.
    pub fn family(self) -> Family {
        Family::of(self.first())
    }

    /// Whether the address is inside; never for an address of the other family.
    pub fn contains(self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

fn longest(address: IpAddr) -> u8 {
    match Family::of(address) {
        Family::Ipv4 => 32,
        Family::Ipv6 => 128,
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0)
    }
}

impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Prefix, PrefixError> {
        let text = text.trim();
        let (address_text, length_text) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let address: IpAddr = address_text.parse().map_err(|_| PrefixError::Address(address_text.to_owned()))?;
        let Some(length_text) = length_text else {
            return Ok(Prefix::host(address));
        };
        let wrong_length = || PrefixError::Length { text: text.to_owned(), longest: longest(address) };
        if !length_text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong_length());
        }
        let length: u8 = length_text.parse().map_err(|_| wrong_length())?;
        let net = IpNet::new(address, length).map_err(|_| wrong_length())?;
        if net != net.trunc() {
            return Err(PrefixError::HostBits { text: text.to_owned(), masked: Prefix(net.trunc()) });
        }
        Ok(Prefix(net))
    }
}

impl fmt::Display for PrefixError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PrefixError::HostBits { text, masked } => {
                write!(out, "`{text}` has address bits behind its prefix length: write `{masked}`")
            }
            PrefixError::Address(text) => {
                write!(out, "`{text}` is no IP address: write a prefix such as `10.0.0.0/8` or `2001:db8::/32`")
            }
            PrefixError::Length { text, longest } => {
                write!(out, "`{text}` has no such prefix length: its family goes from `/0` to `/{longest}`")
            }
        }
    }
}

impl std::error::Error for PrefixError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<&str, &str>) {
        let found = text.parse::<Prefix>().map(|prefix| prefix.to_string()).map_err(|error| error.to_string());
        assert_eq!(found, expect.map(str::to_owned).map_err(str::to_owned), "{text:?}");
    }

    #[test]
    fn prefixes_have_no_host_bits() {
        check("10.0.0.0/8", Ok("10.0.0.0/8"));
        check("10.0.0.7", Ok("10.0.0.7/32"));
        check("2001:DB8::/32", Ok("2001:db8::/32"));
        check("::/0", Ok("::/0"));
        check("10.0.0.7/8", Err("`10.0.0.7/8` has address bits behind its prefix length: write `10.0.0.0/8`"));
        check(
            "10.0.0.0.0/8",
            Err("`10.0.0.0.0` is no IP address: write a prefix such as `10.0.0.0/8` or `2001:db8::/32`"),
        );
        check("256", Err("`256` is no IP address: write a prefix such as `10.0.0.0/8` or `2001:db8::/32`"));
        check("10.0.0.0/33", Err("`10.0.0.0/33` has no such prefix length: its family goes from `/0` to `/32`"));
        check("10.0.0.0/+8", Err("`10.0.0.0/+8` has no such prefix length: its family goes from `/0` to `/32`"));
        check("10.0.0.0/", Err("`10.0.0.0/` has no such prefix length: its family goes from `/0` to `/32`"));
    }
}
