//! ClassBench filter files, projected on a security group.
//!
//! A filter tests both addresses, both ports and the protocol. A rule of a security group knows its own side: the vnic. So the
//! *projection* takes a filter as one for packets to the vnic and keeps what such a rule can say: the source prefix is its
//! remote, and with it go destination ports and protocol. Destination prefix, source ports and TCP flags are left out, and
//! filters that say the same then are one rule. What else changes:
//!
//! - Every protocol with some ports becomes two rules, TCP and UDP: a rule for every protocol names no ports.
//! - Ports of a protocol that has none are left out.
//! - Port 0 is left out of ranges, because no rule can name it. A filter of port 0 alone is no rule.
//!
//! The action is not in the file: every rule allows, and the order is that of the file. A packet of a trace is projected in the
//! same way.
//!
//! Filter: `@SOURCE/LENGTH DESTINATION/LENGTH LOW : HIGH LOW : HIGH PROTOCOL/MASK FLAGS/MASK`, source ports before destination
//! ports, flags left out or more columns behind them. Trace: `SOURCE DESTINATION SPORT DPORT PROTOCOL`, decimal, and more
//! columns that are not read. IPv6 addresses are read too. Both are as `db_generator` and `trace_generator` write them.

mod filter;
mod trace;

use std::fmt;

use policy::model::PrefixError;
use policy::{Family, RuleSpec, Subject};

/// Why a line is no filter or no packet, and which one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A filter that does not begin with `@`.
    At(String),
    /// Too few columns: the value names the first that is missing.
    Missing(&'static str),
    /// A faulty prefix.
    Prefix(PrefixError),
    /// Not `LOW : HIGH` with numbers up to 65535.
    Ports(String),
    /// A range that runs backwards.
    Backwards(u16, u16),
    /// Not a protocol and a mask of all bits or none.
    Protocol(String),
    /// Not an address, as a number or as text.
    Address(String),
    /// Not a number of the column, which goes to the second.
    Number(String, u32),
    /// Of another family than the lines before.
    Family(Family),
    /// Nothing at all.
    Empty,
}

/// The rules of a filter file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filters {
    /// The family of all of them.
    pub family: Family,
    /// Lines with a filter.
    pub lines: usize,
    /// The projected rules in the order of the file; those that say the same are still there.
    pub rules: Vec<RuleSpec>,
}

impl Filters {
    /// Reads a filter file; empty lines and those that begin with `#` are passed over.
    ///
    /// # Errors
    /// The first line that is no filter, or none at all.
    pub fn read(text: &str) -> Result<Filters, LineError> {
        let mut filters: Option<Filters> = None;
        for (line, text) in lines(text) {
            let filter = filter::read(text).map_err(|fault| LineError { line, fault })?;
            let filters = filters.get_or_insert_with(|| Filters { family: filter.family, lines: 0, rules: Vec::new() });
            if filters.family != filter.family {
                return Err(LineError { line, fault: Fault::Family(filters.family) });
            }
            filters.lines += 1;
            filters.rules.extend(filter.project());
        }
        filters.ok_or(LineError { line: 1, fault: Fault::Empty })
    }
}

/// Reads a trace of packets of a family; empty lines and those that begin with `#` are passed over.
///
/// # Errors
/// The first line that is no packet of the family, or none at all.
pub fn read_trace(text: &str, family: Family) -> Result<Vec<Subject>, LineError> {
    let read = |(line, text)| trace::read(text, family).map_err(|fault| LineError { line, fault });
    let subjects: Vec<Subject> = lines(text).map(read).collect::<Result<_, _>>()?;
    if subjects.is_empty() { Err(LineError { line: 1, fault: Fault::Empty }) } else { Ok(subjects) }
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let numbered = (1..).zip(text.lines().map(str::trim));
    numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

impl fmt::Display for LineError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}: {}", self.line, self.fault)
    }
}

impl std::error::Error for LineError {}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::At(text) => write!(
                out,
                "`{text}` is no source: a filter begins with `@` and a prefix, as in `@192.0.2.0/24 0.0.0.0/0 0 : 65535 \
                 80 : 80 0x06/0xFF`"
            ),
            Fault::Missing(column) => {
                write!(out, "the {column} is missing: write it behind the columns that are there")
            }
            Fault::Prefix(error) => error.fmt(out),
            Fault::Ports(text) => write!(out, "`{text}` is no range of ports: write it as `0 : 65535`"),
            Fault::Backwards(low, high) => {
                write!(out, "`{low} : {high}` runs backwards: write `{high} : {low}`")
            }
            Fault::Protocol(text) => write!(
                out,
                "`{text}` is no protocol: write a number and a mask, `0x06/0xFF` for TCP or `0x00/0x00` for every one"
            ),
            Fault::Address(text) => {
                write!(out, "`{text}` is no address: write it as a number such as `3221225985`, or as `192.0.2.1`")
            }
            Fault::Number(text, last) => write!(out, "`{text}` is no number from 0 to {last}: correct this column"),
            Fault::Family(Family::Ipv4) => {
                out.write_str("this is IPv6 and the lines before are IPv4: write each family to a file of its own")
            }
            Fault::Family(Family::Ipv6) => {
                out.write_str("this is IPv4 and the lines before are IPv6: write each family to a file of its own")
            }
            Fault::Empty => out.write_str("the file has no line that counts: name the file that the generator wrote"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Result<Vec<String>, String> {
        let filters = Filters::read(text).map_err(|error| error.to_string())?;
        Ok(filters.rules.iter().map(ToString::to_string).collect())
    }

    fn check(text: &str, expect: &[&str]) {
        assert_eq!(rules(text), Ok(expect.iter().map(ToString::to_string).collect()), "{text}");
    }

    fn refuse(text: &str, expect: &str) {
        assert_eq!(rules(text), Err(expect.to_owned()), "{text}");
    }

    #[test]
    fn filters_become_rules() {
        check(
            "@192.0.2.0/24\t10.0.0.0/8\t0 : 65535\t80 : 80\t0x06/0xFF\t0x0000/0x0200\n",
            &["ingress ipv4 tcp 80 from 192.0.2.0/24"],
        );
        check("@0.0.0.0/0 0.0.0.0/0 0 : 65535 0 : 65535 0x00/0x00", &["ingress ipv4 any from 0.0.0.0/0"]);
        check("# seed\n\n@192.0.2.7/24 1.1.1.1/32 7:7 0 : 1023 17/255", &["ingress ipv4 udp 1-1023 from 192.0.2.0/24"]);
        check(
            "@2001:db8::/32 ::/0 0 : 65535 22 : 22 0x00/0x00",
            &["ingress ipv6 tcp 22 from 2001:db8::/32", "ingress ipv6 udp 22 from 2001:db8::/32"],
        );
        check("@1.2.3.4/32 0.0.0.0/0 0 : 65535 7 : 9 0x01/0xFF", &["ingress ipv4 icmp from 1.2.3.4/32"]);
        check("@1.2.3.4/32 0.0.0.0/0 0 : 65535 0 : 0 0x06/0xFF", &[]);
    }

    #[test]
    fn faulty_filters_are_refused_with_place_and_fix() {
        refuse("", "line 1: the file has no line that counts: name the file that the generator wrote");
        refuse(
            "\n192.0.2.0/24 0.0.0.0/0 0 : 1 0 : 1 6/255",
            "line 2: `192.0.2.0/24` is no source: a filter begins with `@` and a prefix, as in `@192.0.2.0/24 0.0.0.0/0 0 : \
             65535 80 : 80 0x06/0xFF`",
        );
        let prefix = "line 1: `1.1.1.1/33` has no such prefix length: its family goes from `/0` to `/32`";
        refuse("@1.1.1.1/33 0.0.0.0/0 0 : 1 0 : 1 6/255", prefix);
        refuse("@1.1.1.1/32", "line 1: the destination is missing: write it behind the columns that are there");
        refuse("@1.1.1.1/32 0.0.0.0/0 0 : 1 9 : 1 6/255", "line 1: `9 : 1` runs backwards: write `1 : 9`");
        refuse(
            "@1.1.1.1/32 0.0.0.0/0 0 : 1 9 : 70000 6/255",
            "line 1: `9 : 70000` is no range of ports: write it as `0 : 65535`",
        );
        refuse(
            "@1.1.1.1/32 0.0.0.0/0 0 : 1 0 : 1 0x06/0xF0",
            "line 1: `0x06/0xF0` is no protocol: write a number and a mask, `0x06/0xFF` for TCP or `0x00/0x00` for every \
             one",
        );
        refuse(
            "@1.1.1.1/32 0.0.0.0/0 0 : 1 0 : 1 6/255\n@::/0 ::/0 0 : 1 0 : 1 6/255",
            "line 2: this is IPv6 and the lines before are IPv4: write each family to a file of its own",
        );
    }

    #[test]
    fn traces_are_packets() {
        let packets = |text: &str, family| read_trace(text, family).map_err(|error| error.to_string());
        let one = packets("3221225985\t167772161\t5000\t80\t6\t0x0000\t3\n", Family::Ipv4).expect("a packet");
        assert_eq!(one[0].endpoints.source().to_string(), "192.0.2.1");
        assert_eq!(one, packets("192.0.2.1 10.0.0.1 5000 80 6", Family::Ipv4).expect("a packet"));
        let refuse = |text, expect: &str| assert_eq!(packets(text, Family::Ipv4), Err(expect.to_owned()));
        refuse("1 2 3 4", "line 1: the protocol is missing: write it behind the columns that are there");
        refuse("1 2 3 70000 6", "line 1: `70000` is no number from 0 to 65535: correct this column");
        refuse("1 2 3 4 256", "line 1: `256` is no number from 0 to 255: correct this column");
        refuse(
            "4294967296 2 3 4 6",
            "line 1: `4294967296` is no address: write it as a number such as `3221225985`, or as `192.0.2.1`",
        );
        refuse(
            "::1 ::2 3 4 6",
            "line 1: this is IPv6 and the lines before are IPv4: write each family to a file of its own",
        );
    }
}
