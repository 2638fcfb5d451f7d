//! What a network says of layer 2: its VLAN, and the EtherTypes that it permits.

use std::fmt;
use std::str::FromStr;

/// A VLAN id from 1 to 4094 (IEEE 802.1Q: 0 is a priority tag, 4095 is reserved). Text form: its decimal number.
///
/// It is for people and for what builds the network: frames of guests are untagged, and tagged ones are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VlanId(u16);

/// A further EtherType that a network permits besides IPv4, IPv6, ARP and RARP. Text form: four hex digits, `0x88cc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EtherType(u16);

/// Not a VLAN id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VlanError(String);

/// Why a text is no [`EtherType`] that may be permitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EtherTypeError {
    /// Not `0x` and four hex digits.
    Form(String),
    /// Below 0x0600 the field is a length, or has no meaning (IEEE 802.3 clause 3.2.6).
    Length(u16),
    /// It is judged by the source guard and by rules; the value says what it is.
    Judged(u16, &'static str),
    /// It is the tag of a VLAN, behind which anything could hide.
    Vlan(u16),
}

impl VlanId {
    /// A VLAN id.
    ///
    /// # Errors
    /// 0, and what is above 4094.
    pub fn new(value: u16) -> Result<VlanId, VlanError> {
        match value {
            1..=4094 => Ok(VlanId(value)),
            _ => Err(VlanError(value.to_string())),
        }
    }

    /// The number.
    pub fn value(self) -> u16 {
        self.0
    }
}

impl EtherType {
    /// An EtherType that may be permitted.
    ///
    /// # Errors
    /// All of [`EtherTypeError`] but [`EtherTypeError::Form`].
    pub fn new(value: u16) -> Result<EtherType, EtherTypeError> {
        match value {
            0..=0x05ff => Err(EtherTypeError::Length(value)),
            0x0800 => Err(EtherTypeError::Judged(value, "IPv4")),
            0x0806 => Err(EtherTypeError::Judged(value, "ARP")),
            0x8035 => Err(EtherTypeError::Judged(value, "RARP")),
            0x86dd => Err(EtherTypeError::Judged(value, "IPv6")),
            // 802.1Q, 802.1ad, and the tags that came before it.
            0x8100 | 0x88a8 | 0x9100 | 0x9200 | 0x9300 => Err(EtherTypeError::Vlan(value)),
            _ => Ok(EtherType(value)),
        }
    }

    /// The number.
    pub fn value(self) -> u16 {
        self.0
    }
}

impl fmt::Display for VlanId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0)
    }
}

impl FromStr for VlanId {
    type Err = VlanError;

    fn from_str(text: &str) -> Result<VlanId, VlanError> {
        let text = text.trim();
        let value = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        value.map_or_else(|| Err(VlanError(text.to_owned())), VlanId::new)
    }
}

impl fmt::Display for EtherType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:#06x}", self.0)
    }
}

impl FromStr for EtherType {
    type Err = EtherTypeError;

    fn from_str(text: &str) -> Result<EtherType, EtherTypeError> {
        let text = text.trim();
        let form = || EtherTypeError::Form(text.to_owned());
        let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).ok_or_else(form)?;
        if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(form());
        }
        EtherType::new(u16::from_str_radix(digits, 16).map_err(|_| form())?)
    }
}

impl fmt::Display for VlanError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}` is no VLAN: write a number from 1 to 4094, or leave the field out", self.0)
    }
}

impl std::error::Error for VlanError {}

impl fmt::Display for EtherTypeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EtherTypeError::Form(text) => {
                write!(out, "`{text}` is no EtherType: write `0x` and four hex digits such as `0x88cc`")
            }
            EtherTypeError::Length(value) => {
                write!(out, "`{value:#06x}` is a length, not an EtherType: those start at `0x0600`; LLC never passes")
            }
            EtherTypeError::Judged(value, name) => {
                write!(out, "`{value:#06x}` is {name}, which guard and rules judge: remove it, and write rules instead")
            }
            EtherTypeError::Vlan(value) => {
                write!(out, "`{value:#06x}` is a VLAN tag, behind which any frame could hide: remove it")
            }
        }
    }
}

impl std::error::Error for EtherTypeError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vlans_are_numbers_from_1_to_4094() {
        for text in ["1", "100", "4094"] {
            assert_eq!(text.parse::<VlanId>().map(|vlan| vlan.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "0", "4095", "65536", "-1", "+1", "x"] {
            let fault = format!("`{text}` is no VLAN: write a number from 1 to 4094, or leave the field out");
            assert_eq!(text.parse::<VlanId>().map_err(|error| error.to_string()), Err(fault));
        }
    }

    #[test]
    fn ethertypes_are_what_nothing_else_judges() {
        let check = |text: &str, expect: Result<&str, &str>| {
            let found = text.parse::<EtherType>().map(|found| found.to_string()).map_err(|error| error.to_string());
            assert_eq!(found, expect.map(str::to_owned).map_err(str::to_owned), "{text:?}");
        };
        check("0x88cc", Ok("0x88cc"));
        check(" 0X88CC ", Ok("0x88cc"));
        check("0x0600", Ok("0x0600"));
        check("0xffff", Ok("0xffff"));
        for text in ["", "88cc", "0x88c", "0x088cc", "0x88cg", "lldp", "0x+8cc"] {
            check(text, Err(&format!("`{text}` is no EtherType: write `0x` and four hex digits such as `0x88cc`")));
        }
        for (text, name) in [("0x0800", "IPv4"), ("0x0806", "ARP"), ("0x8035", "RARP"), ("0x86dd", "IPv6")] {
            let fault = format!("`{text}` is {name}, which guard and rules judge: remove it, and write rules instead");
            check(text, Err(&fault));
        }
        for text in ["0x8100", "0x88a8", "0x9100", "0x9200", "0x9300"] {
            check(text, Err(&format!("`{text}` is a VLAN tag, behind which any frame could hide: remove it")));
        }
        for text in ["0x0000", "0x0001", "0x05dc", "0x05dd", "0x05ff"] {
            let fault = format!("`{text}` is a length, not an EtherType: those start at `0x0600`; LLC never passes");
            check(text, Err(&fault));
        }
    }
}
