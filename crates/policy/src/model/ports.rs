//! Destination ports of a rule.

use std::fmt;
use std::str::FromStr;

/// An inclusive range of ports, never empty and without port 0. Text form: `22` or `8000-8090`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortRange {
    min: u16,
    max: u16,
}

/// The destination ports that a rule names. Text form: `any`, or ranges behind commas such as `22,80,8000-8090`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PortMatch {
    /// Every port, 0 included.
    Any,
    /// At least one range; sorted, disjoint, not adjacent. Build it with [`PortMatch::of`].
    Ranges(Vec<PortRange>),
}

/// Why a text names no ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortError {
    /// Port 0 cannot be a destination in a rule.
    Zero,
    /// The range runs backwards.
    Backwards(u16, u16),
    /// Only one end of a range is given.
    HalfOpen(String),
    /// A number over 65535.
    TooLarge(String),
    /// Not a number.
    NotANumber(String),
}

impl PortRange {
    /// A range from `min` to `max`, both included.
    ///
    /// # Errors
    /// [`PortError::Zero`], [`PortError::Backwards`].
    pub fn new(min: u16, max: u16) -> Result<PortRange, PortError> {
        match (min, max) {
            (0, _) => Err(PortError::Zero),
            (min, max) if min > max => Err(PortError::Backwards(min, max)),
            (min, max) => Ok(PortRange { min, max }),
        }
    }

    /// The lowest port.
    pub fn first(self) -> u16 {
        self.min
    }

    /// The highest port.
    pub fn last(self) -> u16 {
        self.max
    }

    /// Whether the port is inside.
    pub fn contains(self, port: u16) -> bool {
        (self.min..=self.max).contains(&port)
    }
}

impl PortMatch {
    /// The ranges as a set: sorted, overlapping and adjacent ones merged. No range at all means any port.
    pub fn of(ranges: impl IntoIterator<Item = PortRange>) -> PortMatch {
        let mut sorted: Vec<PortRange> = ranges.into_iter().collect();
        sorted.sort_unstable();
        let mut merged: Vec<PortRange> = Vec::with_capacity(sorted.len());
        for range in sorted {
            match merged.last_mut() {
                Some(last) if range.min <= last.max.saturating_add(1) => last.max = last.max.max(range.max),
                _ => merged.push(range),
            }
        }
        if merged.is_empty() { PortMatch::Any } else { PortMatch::Ranges(merged) }
    }

    /// Whether the destination port matches.
    pub fn contains(&self, port: u16) -> bool {
        match self {
            PortMatch::Any => true,
            PortMatch::Ranges(ranges) => {
                let after = ranges.partition_point(|range| range.min <= port);
                after > 0 && ranges[after - 1].contains(port)
            }
        }
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.min == self.max {
            true => write!(out, "{}", self.min),
            false => write!(out, "{}-{}", self.min, self.max),
        }
    }
}

impl FromStr for PortRange {
    type Err = PortError;

    fn from_str(text: &str) -> Result<PortRange, PortError> {
        let text = text.trim();
        let Some((min, max)) = text.split_once('-') else {
            let port = parse_port(text)?;
            return PortRange::new(port, port);
        };
        if min.trim().is_empty() || max.trim().is_empty() {
            return Err(PortError::HalfOpen(text.to_owned()));
        }
        PortRange::new(parse_port(min)?, parse_port(max)?)
    }
}

fn parse_port(text: &str) -> Result<u16, PortError> {
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(PortError::NotANumber(text.to_owned()));
    }
    text.parse().map_err(|_| PortError::TooLarge(text.to_owned()))
}

impl fmt::Display for PortMatch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PortMatch::Any => out.write_str("any"),
            PortMatch::Ranges(ranges) => {
                for (index, range) in ranges.iter().enumerate() {
                    let comma = if index == 0 { "" } else { "," };
                    write!(out, "{comma}{range}")?;
                }
                Ok(())
            }
        }
    }
}

impl FromStr for PortMatch {
    type Err = PortError;

    fn from_str(text: &str) -> Result<PortMatch, PortError> {
        let text = text.trim();
        if text.is_empty() || text.eq_ignore_ascii_case("any") {
            return Ok(PortMatch::Any);
        }
        let ranges: Vec<PortRange> = text.split(',').map(str::parse).collect::<Result<_, _>>()?;
        Ok(PortMatch::of(ranges))
    }
}

impl fmt::Display for PortError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PortError::Zero => out
                .write_str("port `0` cannot be named: ports run from 1 to 65535; leave the field empty for all ports"),
            PortError::Backwards(min, max) => {
                write!(out, "the range `{min}-{max}` runs backwards: write `{max}-{min}`")
            }
            PortError::HalfOpen(text) => write!(out, "`{text}` has only one end: write both, such as `8000-8090`"),
            PortError::TooLarge(text) => write!(out, "port `{text}` is too large: ports run from 1 to 65535"),
            PortError::NotANumber(text) if text.is_empty() => {
                out.write_str("a port is missing between commas: write ports such as `22,80,8000-8090`")
            }
            PortError::NotANumber(text) => {
                write!(out, "`{text}` is no port: write numbers and ranges such as `22,80,8000-8090`")
            }
        }
    }
}

impl std::error::Error for PortError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<&str, &str>) {
        let found = text.parse::<PortMatch>().map(|ports| ports.to_string()).map_err(|error| error.to_string());
        assert_eq!(found, expect.map(str::to_owned).map_err(str::to_owned), "{text:?}");
    }

    #[test]
    fn ports_are_a_set() {
        check("", Ok("any"));
        check("22", Ok("22"));
        check("8000-8090, 22 ,80", Ok("22,80,8000-8090"));
        check("80,81,82", Ok("80-82"));
        check("1-65535,443", Ok("1-65535"));
    }

    #[test]
    fn faults_say_how_to_mend_them() {
        check("0", Err("port `0` cannot be named: ports run from 1 to 65535; leave the field empty for all ports"));
        check("90-80", Err("the range `90-80` runs backwards: write `80-90`"));
        check("80-", Err("`80-` has only one end: write both, such as `8000-8090`"));
        check("65536", Err("port `65536` is too large: ports run from 1 to 65535"));
        check("+80", Err("`+80` is no port: write numbers and ranges such as `22,80,8000-8090`"));
        check("22,,80", Err("a port is missing between commas: write ports such as `22,80,8000-8090`"));
    }

    #[test]
    fn ranges_contain_their_ends() {
        let ports: PortMatch = "22,8000-8090".parse().unwrap();
        let inside: Vec<u16> =
            [0, 21, 22, 23, 7999, 8000, 8090, 8091, 65535].into_iter().filter(|port| ports.contains(*port)).collect();
        assert_eq!(inside, [22, 8000, 8090]);
    }
}
