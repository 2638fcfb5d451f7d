//! Ethernet addresses.

use std::fmt;
use std::str::FromStr;

/// An EUI-48 address. Text form: six lower-case hex octets, `52:54:00:00:00:01`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MacAddr(pub [u8; 6]);

/// Why a text is no [`MacAddr`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MacError {
    /// The text.
    pub text: String,
}

impl MacAddr {
    /// `ff:ff:ff:ff:ff:ff`.
    pub const BROADCAST: MacAddr = MacAddr([0xff; 6]);
    /// `00:00:00:00:00:00`, which no interface may use.
    pub const ZERO: MacAddr = MacAddr([0; 6]);

    /// Whether the group bit is set: multicast, broadcast included.
    pub fn is_multicast(self) -> bool {
        self.0[0] & 1 == 1
    }

    /// Whether this is the broadcast address.
    pub fn is_broadcast(self) -> bool {
        self == MacAddr::BROADCAST
    }

    /// The IPv6 link-local address derived from this one by modified EUI-64 (RFC 4291 appendix A).
    pub fn link_local(self) -> std::net::Ipv6Addr {
        let [a, b, c, d, e, f] = self.0;
        std::net::Ipv6Addr::from([0xfe, 0x80, 0, 0, 0, 0, 0, 0, a ^ 0x02, b, c, 0xff, 0xfe, d, e, f])
    }
}

impl fmt::Display for MacAddr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, f] = self.0;
        write!(out, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
    }
}

impl fmt::Debug for MacAddr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

impl FromStr for MacAddr {
    type Err = MacError;

    /// Reads six hex octets behind `:` or `-`, upper or lower case.
    fn from_str(text: &str) -> Result<MacAddr, MacError> {
        let error = || MacError { text: text.to_owned() };
        let separator = if text.contains('-') { '-' } else { ':' };
        let mut octets = [0; 6];
        let mut parts = text.split(separator);
        for octet in &mut octets {
            let part = parts.next().ok_or_else(error)?;
            if part.len() != 2 || !part.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(error());
            }
            *octet = u8::from_str_radix(part, 16).map_err(|_| error())?;
        }
        if parts.next().is_some() {
            return Err(error());
        }
        Ok(MacAddr(octets))
    }
}

impl fmt::Display for MacError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}` is no MAC address: write six hex octets such as `52:54:00:12:34:56`", self.text)
    }
}

impl std::error::Error for MacError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_is_lower_case_and_both_separators_read() {
        let mac = MacAddr([0x52, 0x54, 0, 0xab, 0, 1]);
        assert_eq!(mac.to_string(), "52:54:00:ab:00:01");
        assert_eq!("52:54:00:AB:00:01".parse(), Ok(mac));
        assert_eq!("52-54-00-ab-00-01".parse(), Ok(mac));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in
            ["", "52:54:00:ab:00", "52:54:00:ab:00:01:02", "52:54:00:ab:00:1", "+2:54:00:ab:00:01", "é2:54:00:ab:00:01"]
        {
            assert!(text.parse::<MacAddr>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn link_local_flips_the_universal_bit() {
        let mac = MacAddr([0x52, 0x54, 0, 0, 0, 1]);
        assert_eq!(mac.link_local().to_string(), "fe80::5054:ff:fe00:1");
    }
}
