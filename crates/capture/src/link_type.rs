//! What kind of frames a capture holds.

use std::fmt;

/// A link type by its number (the registry of draft-ietf-opsawg-pcaplinktype).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkType(pub u16);

impl LinkType {
    /// Ethernet, the only one that is read.
    pub const ETHERNET: Self = Self(1);

    fn name(self) -> Option<&'static str> {
        match self.0 {
            0 => Some("BSD loopback"),
            1 => Some("Ethernet"),
            6 => Some("Token Ring"),
            9 => Some("PPP"),
            10 => Some("FDDI"),
            12 | 14 | 101 => Some("raw IP"),
            105 => Some("802.11"),
            108 => Some("OpenBSD loopback"),
            113 => Some("Linux cooked v1"),
            127 => Some("802.11 with radiotap"),
            187 | 201 => Some("Bluetooth"),
            189 | 220 | 249 => Some("USB"),
            195 | 230 => Some("802.15.4"),
            228 => Some("raw IPv4"),
            229 => Some("raw IPv6"),
            239 => Some("netfilter log"),
            253 => Some("netlink"),
            276 => Some("Linux cooked v2"),
            _ => None,
        }
    }
}

impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{} ({name})", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}
