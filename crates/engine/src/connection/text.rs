//! The text form of steps, and of what names a flow.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use conntrack::{Tuple, TuplePart, Way};
use policy::protocol_name;

use super::{Happening, Moment};
use crate::scenario::{Since, read_time};

/// Why a text is no [`Moment`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MomentError(String);

impl fmt::Display for Moment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} ", Since(self.at))?;
        match &self.happening {
            Happening::Packet { way: Way::Original, sketch } => write!(out, "> {sketch}"),
            Happening::Packet { way: Way::Reply, sketch } => write!(out, "< {sketch}"),
            Happening::Apply(edit) => write!(out, "apply {edit}"),
            Happening::Wait => out.write_str("wait"),
        }
    }
}

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Moment, MomentError> {
        let text = text.trim();
        let (time, rest) = text.split_once(char::is_whitespace).ok_or_else(|| form(text))?;
        let at = read_time(time).map_err(|error| MomentError(error.to_string()))?;
        let (verb, rest) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
        let packet = |way| match rest.trim().parse() {
            Ok(sketch) => Ok(Happening::Packet { way, sketch }),
            Err(error) => Err(MomentError(format!("{error}"))),
        };
        let happening = match verb {
            ">" => packet(Way::Original)?,
            "<" => packet(Way::Reply)?,
            "apply" => Happening::Apply(rest.trim().parse().map_err(|error| MomentError(format!("{error}")))?),
            "wait" if rest.is_empty() => Happening::Wait,
            _ => return Err(form(text)),
        };
        Ok(Moment { at, happening })
    }
}

fn form(text: &str) -> MomentError {
    MomentError(format!(
        "`{text}` is no step: write `TIME > PACKET`, `TIME < PACKET`, `TIME apply EDIT` or `TIME wait`"
    ))
}

impl fmt::Display for MomentError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for MomentError {}

/// A tuple like the packets that it names: `tcp 198.51.100.7:5000 > 192.0.2.10:443`.
pub(super) fn tuple(tuple: &Tuple) -> String {
    let (source, destination) = (tuple.endpoints().source(), tuple.endpoints().destination());
    let protocol = tuple.protocol();
    let protocol = protocol_name(protocol).map_or_else(|| format!("proto {}", protocol.0), str::to_owned);
    match tuple.part() {
        TuplePart::Ports(ports) => {
            let (source, destination) =
                (SocketAddr::new(source, ports.source), SocketAddr::new(destination, ports.destination));
            format!("{protocol} {source} > {destination}")
        }
        TuplePart::Query(query) => {
            format!("{protocol} {source} > {destination} type {} id={}", query.kind, query.identifier)
        }
        TuplePart::None => format!("{protocol} {source} > {destination}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_survive_their_text() {
        for text in [
            "0ms > tcp 198.51.100.7:40000 > 192.0.2.10:80",
            "10ms < tcp 192.0.2.10:80 > 198.51.100.7:40000 [SA] ack=1",
            "1s apply disable rule web-http",
            "5m wait",
        ] {
            assert_eq!(text.parse::<Moment>().map(|moment| moment.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "0ms", "wait", "0ms wait long", "0ms >", "0ms apply", "0 > udp 192.0.2.1:1 > 192.0.2.2:2"] {
            assert!(text.parse::<Moment>().is_err(), "{text:?}");
        }
    }
}
