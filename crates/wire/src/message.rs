//! What the rest of an ICMP message means, by its type.

use crate::{Family, icmp, icmpv6};

/// One for each case of [`IcmpBody`](crate::IcmpBody).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    Query,
    Error,
    Neighbor,
    Plain,
}

impl Message {
    pub(crate) fn of(family: Family, kind: u8) -> Message {
        match family {
            Family::Ipv4 => Message::of_icmp(kind),
            Family::Ipv6 => Message::of_icmpv6(kind),
        }
    }

    fn of_icmp(kind: u8) -> Message {
        match kind {
            icmp::ECHO_REPLY | icmp::ECHO | icmp::TIMESTAMP..=icmp::ADDRESS_MASK_REPLY => Message::Query,
            icmp::UNREACHABLE..=icmp::REDIRECT | icmp::TIME_EXCEEDED | icmp::PARAMETER_PROBLEM => Message::Error,
            _ => Message::Plain,
        }
    }

    fn of_icmpv6(kind: u8) -> Message {
        match kind {
            icmpv6::ECHO | icmpv6::ECHO_REPLY => Message::Query,
            icmpv6::UNREACHABLE..=icmpv6::PARAMETER_PROBLEM => Message::Error,
            icmpv6::ROUTER_SOLICITATION..=icmpv6::REDIRECT => Message::Neighbor,
            _ => Message::Plain,
        }
    }
}
