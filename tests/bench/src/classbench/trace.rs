//! One line of a trace.

use std::net::IpAddr;

use policy::{Family, Subject};
use wire::IpProtocol;

use super::Fault;
use crate::questions::subject;
use crate::sets::{address, bits};

/// The packet as the vnic's rules see it: its own address is that of the vnic, and the source port says nothing.
pub(super) fn read(line: &str, family: Family) -> Result<Subject, Fault> {
    let mut columns = line.split_whitespace();
    let mut next = |column| columns.next().ok_or(Fault::Missing(column));
    let source = read_address(next("source")?, family)?;
    read_address(next("destination")?, family)?;
    let source_port = number(next("source port")?, u16::MAX.into())? as u16;
    let port = number(next("destination port")?, u16::MAX.into())? as u16;
    let protocol = IpProtocol(number(next("protocol")?, u8::MAX.into())? as u8);
    Ok(subject(family, bits(source), protocol, (source_port, port)))
}

fn read_address(text: &str, family: Family) -> Result<IpAddr, Fault> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return if Family::of(address) == family { Ok(address) } else { Err(Fault::Family(family)) };
    }
    let bits: u128 = text.parse().map_err(|_| Fault::Address(text.to_owned()))?;
    match family {
        Family::Ipv4 if bits > u32::MAX.into() => Err(Fault::Address(text.to_owned())),
        Family::Ipv4 | Family::Ipv6 => Ok(address(family, bits)),
    }
}

fn number(text: &str, last: u32) -> Result<u32, Fault> {
    let number = text.parse().ok().filter(|number| *number <= last);
    number.ok_or_else(|| Fault::Number(text.to_owned(), last))
}
