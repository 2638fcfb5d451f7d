//! The protocol part of a rule.

use std::fmt;
use std::str::FromStr;

use wire::{Family, IpProtocol};

use crate::model::{PortError, PortMatch};
use crate::names;

/// What a rule says of the upper layer. Its text form needs the family of the rule, see [`Protocol::read`].
///
/// Every name and number has one spelling: `6` is written `tcp`, `icmp` in an IPv6 rule `icmpv6`. `ip`, `0` and the empty
/// text are read as `any`, because Neutron's API says so (API reference, security group rules: the string `any` or integer 0
/// means all IP protocols; neutron-lib gives `ip` the number 0). Protocol 0 itself, which no host uses above IPv4 and which
/// is not the upper layer above IPv6, is named `hopopt` and matches just that number.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// Every protocol.
    Any,
    /// TCP to these destination ports.
    Tcp(PortMatch),
    /// UDP to these destination ports.
    Udp(PortMatch),
    /// UDP-Lite to these destination ports.
    UdpLite(PortMatch),
    /// SCTP to these destination ports.
    Sctp(PortMatch),
    /// DCCP to these destination ports.
    Dccp(PortMatch),
    /// ICMP in an IPv4 rule, ICMPv6 in an IPv6 one.
    Icmp(IcmpMatch),
    /// A protocol without ports; never one of the above. Build it with [`Protocol::of_number`].
    Number(IpProtocol),
}

/// The ICMP messages that a rule names. Text form: `any`, `8` or `3/4`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IcmpMatch {
    /// Every message.
    Any,
    /// Every code of a type.
    Type(u8),
    /// One code of a type.
    TypeCode(u8, u8),
}

/// Why a text names no protocol part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProtocolError {
    /// Neither a known name nor a number from 0 to 255.
    Unknown(String),
    /// The protocol belongs to the other family.
    Family {
        /// The text.
        text: String,
        /// The family of the rule.
        family: Family,
    },
    /// Ports, with a protocol that has none.
    PortsWithout(String),
    /// ICMP type or code, with another protocol.
    IcmpWithout(String),
    /// Faulty ports.
    Ports(PortError),
    /// Not an ICMP type and code.
    Icmp(String),
    /// An ICMP code without its type.
    IcmpCodeAlone(String),
}

impl Protocol {
    /// Joins the three texts that a form or a document has: protocol, ports, ICMP type and code.
    ///
    /// # Errors
    /// All of [`ProtocolError`].
    pub fn read(
        family: Family,
        protocol: &str,
        ports: Option<&str>,
        icmp: Option<&str>,
    ) -> Result<Protocol, ProtocolError> {
        let bare = Protocol::read_name(family, protocol)?;
        let with_icmp = match icmp {
            None => bare,
            Some(text) if text.trim().is_empty() => bare,
            Some(text) => bare.with_icmp(text.parse()?, protocol)?,
        };
        match ports {
            None => Ok(with_icmp),
            Some(text) if text.trim().is_empty() => Ok(with_icmp),
            Some(text) => with_icmp.reading_ports(text.parse().map_err(ProtocolError::Ports)?, protocol),
        }
    }

    /// Joins the two words of a line: protocol, and what stands behind it, ICMP type and code for ICMP, else ports.
    ///
    /// # Errors
    /// All of [`ProtocolError`].
    pub fn read_words(family: Family, protocol: &str, part: Option<&str>) -> Result<Protocol, ProtocolError> {
        match Protocol::read_name(family, protocol)? {
            Protocol::Icmp(_) => Protocol::read(family, protocol, None, part),
            _ => Protocol::read(family, protocol, part, None),
        }
    }

    /// The protocol of a number, without ports or ICMP parts; one of the named variants where there is one.
    pub fn of_number(family: Family, number: IpProtocol) -> Protocol {
        match number {
            IpProtocol::TCP => Protocol::Tcp(PortMatch::Any),
            IpProtocol::UDP => Protocol::Udp(PortMatch::Any),
            IpProtocol::UDP_LITE => Protocol::UdpLite(PortMatch::Any),
            IpProtocol::SCTP => Protocol::Sctp(PortMatch::Any),
            IpProtocol::DCCP => Protocol::Dccp(PortMatch::Any),
            number if number == IpProtocol::icmp(family) => Protocol::Icmp(IcmpMatch::Any),
            number => Protocol::Number(number),
        }
    }

    /// The protocol number; `None` for any.
    pub fn number(&self, family: Family) -> Option<IpProtocol> {
        match self {
            Protocol::Any => None,
            Protocol::Tcp(_) => Some(IpProtocol::TCP),
            Protocol::Udp(_) => Some(IpProtocol::UDP),
            Protocol::UdpLite(_) => Some(IpProtocol::UDP_LITE),
            Protocol::Sctp(_) => Some(IpProtocol::SCTP),
            Protocol::Dccp(_) => Some(IpProtocol::DCCP),
            Protocol::Icmp(_) => Some(IpProtocol::icmp(family)),
            Protocol::Number(number) => Some(*number),
        }
    }

    /// The name of the protocol in a rule of this family: `any`, `tcp`, `icmpv6`, `esp`, `200`.
    pub fn name(&self, family: Family) -> String {
        match self.number(family) {
            None => "any".to_owned(),
            Some(number) => names::protocol_name(number).map_or_else(|| number.0.to_string(), str::to_owned),
        }
    }

    /// The destination ports, where the protocol has ports.
    pub fn ports(&self) -> Option<&PortMatch> {
        match self {
            Protocol::Tcp(ports)
            | Protocol::Udp(ports)
            | Protocol::UdpLite(ports)
            | Protocol::Sctp(ports)
            | Protocol::Dccp(ports) => Some(ports),
            Protocol::Any | Protocol::Icmp(_) | Protocol::Number(_) => None,
        }
    }

    /// The same protocol to these destination ports; `None` of one that has none.
    pub fn with_ports(&self, ports: PortMatch) -> Option<Protocol> {
        match self {
            Protocol::Tcp(_) => Some(Protocol::Tcp(ports)),
            Protocol::Udp(_) => Some(Protocol::Udp(ports)),
            Protocol::UdpLite(_) => Some(Protocol::UdpLite(ports)),
            Protocol::Sctp(_) => Some(Protocol::Sctp(ports)),
            Protocol::Dccp(_) => Some(Protocol::Dccp(ports)),
            Protocol::Any | Protocol::Icmp(_) | Protocol::Number(_) => None,
        }
    }

    /// The ICMP part, where the protocol is ICMP.
    pub fn icmp(&self) -> Option<IcmpMatch> {
        match self {
            Protocol::Icmp(icmp) => Some(*icmp),
            _ => None,
        }
    }

    /// The keys that it names, the first and the last of each range: destination ports, or ICMP types and codes, the type in the
    /// upper byte. None where it names no part of a header.
    pub fn keys(&self) -> impl Iterator<Item = (u16, u16)> {
        let ranges = match self.ports() {
            Some(PortMatch::Ranges(ranges)) => ranges.as_slice(),
            Some(PortMatch::Any) | None => &[],
        };
        let icmp = match self.icmp() {
            Some(IcmpMatch::Type(kind)) => Some((u16::from_be_bytes([kind, 0]), u16::from_be_bytes([kind, u8::MAX]))),
            Some(IcmpMatch::TypeCode(kind, code)) => {
                let key = u16::from_be_bytes([kind, code]);
                Some((key, key))
            }
            Some(IcmpMatch::Any) | None => None,
        };
        ranges.iter().map(|range| (range.first(), range.last())).chain(icmp)
    }

    /// Whether it names no part of a header: neither ports nor ICMP types.
    pub fn is_bare(&self) -> bool {
        self.ports().is_none_or(|ports| *ports == PortMatch::Any)
            && self.icmp().is_none_or(|icmp| icmp == IcmpMatch::Any)
    }

    fn read_name(family: Family, text: &str) -> Result<Protocol, ProtocolError> {
        let name = text.trim().to_ascii_lowercase();
        if matches!(name.as_str(), "" | "any" | "ip" | "0") {
            return Ok(Protocol::Any);
        }
        // `icmp` in an IPv6 rule means ICMPv6, as Neutron reads it.
        if name == "icmp" {
            return Ok(Protocol::Icmp(IcmpMatch::Any));
        }
        let number = names::protocol_number(&name).ok_or_else(|| ProtocolError::Unknown(text.to_owned()))?;
        match (family, number) {
            (Family::Ipv4, IpProtocol::ICMPV6) | (Family::Ipv6, IpProtocol::ICMP) => {
                Err(ProtocolError::Family { text: text.to_owned(), family })
            }
            (family, number) => Ok(Protocol::of_number(family, number)),
        }
    }

    fn reading_ports(self, ports: PortMatch, text: &str) -> Result<Protocol, ProtocolError> {
        match self.with_ports(ports.clone()) {
            Some(protocol) => Ok(protocol),
            // `any` ports say nothing, so they fit a protocol that has none.
            None if ports == PortMatch::Any => Ok(self),
            None => Err(ProtocolError::PortsWithout(text.to_owned())),
        }
    }

    fn with_icmp(self, icmp: IcmpMatch, text: &str) -> Result<Protocol, ProtocolError> {
        match self {
            Protocol::Icmp(_) => Ok(Protocol::Icmp(icmp)),
            other if icmp == IcmpMatch::Any => Ok(other),
            _ => Err(ProtocolError::IcmpWithout(text.to_owned())),
        }
    }
}

impl IcmpMatch {
    /// Whether a message of this type and code matches.
    pub fn contains(self, kind: u8, code: u8) -> bool {
        match self {
            IcmpMatch::Any => true,
            IcmpMatch::Type(wanted) => wanted == kind,
            IcmpMatch::TypeCode(wanted, wanted_code) => (wanted, wanted_code) == (kind, code),
        }
    }
}

impl fmt::Display for IcmpMatch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IcmpMatch::Any => out.write_str("any"),
            IcmpMatch::Type(kind) => write!(out, "{kind}"),
            IcmpMatch::TypeCode(kind, code) => write!(out, "{kind}/{code}"),
        }
    }
}

impl FromStr for IcmpMatch {
    type Err = ProtocolError;

    fn from_str(text: &str) -> Result<IcmpMatch, ProtocolError> {
        let error = || ProtocolError::Icmp(text.to_owned());
        let number = |part: &str| -> Result<u8, ProtocolError> {
            let part = part.trim();
            if !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(error());
            }
            part.parse().map_err(|_| error())
        };
        if text.trim().is_empty() || text.trim().eq_ignore_ascii_case("any") {
            return Ok(IcmpMatch::Any);
        }
        match text.split_once('/') {
            Some((kind, _)) if kind.trim().is_empty() => Err(ProtocolError::IcmpCodeAlone(text.to_owned())),
            None => Ok(IcmpMatch::Type(number(text)?)),
            Some((kind, code)) => Ok(IcmpMatch::TypeCode(number(kind)?, number(code)?)),
        }
    }
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProtocolError::Unknown(text) => write!(
                out,
                "`{text}` is no protocol: write `any`, a name such as `tcp`, `udp`, `icmp`, `esp`, or a number from 0 to 255"
            ),
            ProtocolError::Family { text, family: Family::Ipv4 } => {
                write!(out, "`{text}` belongs to IPv6, the rule to IPv4: write `icmp`, or make it an IPv6 rule")
            }
            ProtocolError::Family { text, family: Family::Ipv6 } => {
                write!(out, "`{text}` belongs to IPv4, the rule to IPv6: write `icmpv6`, or make it an IPv4 rule")
            }
            ProtocolError::PortsWithout(text) => write!(
                out,
                "`{text}` has no ports: leave the ports empty, or choose `tcp`, `udp`, `sctp`, `dccp` or `udplite`"
            ),
            ProtocolError::IcmpWithout(text) => {
                write!(out, "`{text}` has no ICMP type: leave it empty, or choose `icmp`")
            }
            ProtocolError::Ports(error) => error.fmt(out),
            ProtocolError::IcmpCodeAlone(text) => {
                write!(out, "`{text}` is an ICMP code without its type: write both, such as `3/4`")
            }
            ProtocolError::Icmp(text) => write!(
                out,
                "`{text}` is no ICMP type: write a type such as `8`, a type and code such as `3/4`, or `any`; both run from 0 to 255"
            ),
        }
    }
}

impl std::error::Error for ProtocolError {}

#[cfg(test)]
mod tests;
