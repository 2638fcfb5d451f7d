//! One line of a filter file.

use std::net::IpAddr;

use policy::model::PrefixError;
use policy::{Family, PortMatch, PortRange, Prefix, Protocol, Remote, RuleSpec};
use wire::IpProtocol;

use super::Fault;
use crate::sets::{ingress, width};

/// What the projection keeps of a filter.
pub(super) struct Filter {
    pub(super) family: Family,
    source: Prefix,
    ports: (u16, u16),
    /// Absent for every protocol.
    protocol: Option<u8>,
}

/// Columns are split at white space, and the `:` of a range may stand alone.
pub(super) fn read(line: &str) -> Result<Filter, Fault> {
    let spread = line.replace('\t', " ");
    let first = spread.split(' ').next().unwrap_or_default();
    let rest = spread.strip_prefix('@').ok_or_else(|| Fault::At(first.to_owned()))?;
    let mut words = rest.split_whitespace();
    let source = prefix(words.next().ok_or(Fault::Missing("source"))?)?;
    prefix(words.next().ok_or(Fault::Missing("destination"))?)?;
    ports(&mut words, "source ports")?;
    let ports = ports(&mut words, "destination ports")?;
    let protocol = protocol(words.next().ok_or(Fault::Missing("protocol"))?)?;
    Ok(Filter { family: source.family(), source, ports, protocol })
}

impl Filter {
    /// The rules that say of packets to the vnic what the filter says of their sources; see the module above.
    pub(super) fn project(&self) -> Vec<RuleSpec> {
        let Some(ports) = self.port_match() else { return Vec::new() };
        let protocols = match (self.protocol, &ports) {
            (None, PortMatch::Any) => vec![Protocol::Any],
            (None, PortMatch::Ranges(_)) => vec![Protocol::Tcp(ports.clone()), Protocol::Udp(ports)],
            (Some(number), _) => vec![with_ports(number, ports, self.family)],
        };
        protocols.into_iter().map(|protocol| ingress(self.family, protocol, Remote::Prefix(self.source))).collect()
    }

    /// Nothing where port 0 is the only one.
    fn port_match(&self) -> Option<PortMatch> {
        match self.ports {
            (0, u16::MAX) => Some(PortMatch::Any),
            (low, high) => PortRange::new(low.max(1), high).ok().map(|range| PortMatch::of([range])),
        }
    }
}

fn with_ports(number: u8, ports: PortMatch, family: Family) -> Protocol {
    match Protocol::of_number(family, IpProtocol(number)) {
        Protocol::Tcp(_) => Protocol::Tcp(ports),
        Protocol::Udp(_) => Protocol::Udp(ports),
        Protocol::UdpLite(_) => Protocol::UdpLite(ports),
        Protocol::Sctp(_) => Protocol::Sctp(ports),
        Protocol::Dccp(_) => Protocol::Dccp(ports),
        without @ (Protocol::Any | Protocol::Icmp(_) | Protocol::Number(_)) => without,
    }
}

/// Host bits are cleared: generators leave them.
fn prefix(text: &str) -> Result<Prefix, Fault> {
    let (address_text, length) = text.split_once('/').unwrap_or((text, ""));
    let address: IpAddr =
        address_text.parse().map_err(|_| Fault::Prefix(PrefixError::Address(address_text.to_owned())))?;
    let longest = width(Family::of(address));
    let length = if length.is_empty() { Some(longest) } else { length.parse().ok() };
    length
        .and_then(|length| Prefix::masked(address, length).ok())
        .ok_or_else(|| Fault::Prefix(PrefixError::Length { text: text.to_owned(), longest }))
}

fn ports<'a>(words: &mut impl Iterator<Item = &'a str>, column: &'static str) -> Result<(u16, u16), Fault> {
    let low = words.next().ok_or(Fault::Missing(column))?;
    let (low, high) = match low.split_once(':') {
        Some(ends) => ends,
        None => {
            let colon = words.next().ok_or(Fault::Missing(column))?;
            let high = words.next().ok_or(Fault::Missing(column))?;
            if colon != ":" {
                return Err(Fault::Ports(format!("{low} {colon} {high}")));
            }
            (low, high)
        }
    };
    match (low.parse(), high.parse()) {
        (Ok(low), Ok(high)) if low <= high => Ok((low, high)),
        (Ok(low), Ok(high)) => Err(Fault::Backwards(low, high)),
        _ => Err(Fault::Ports(format!("{low} : {high}"))),
    }
}

fn protocol(text: &str) -> Result<Option<u8>, Fault> {
    let fault = || Fault::Protocol(text.to_owned());
    let (number, mask) = text.split_once('/').ok_or_else(fault)?;
    match (byte(number), byte(mask)) {
        (Some(_), Some(0)) => Ok(None),
        (Some(number), Some(u8::MAX)) => Ok(Some(number)),
        _ => Err(fault()),
    }
}

/// Hexadecimal behind `0x`, else decimal.
fn byte(text: &str) -> Option<u8> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u8::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}
