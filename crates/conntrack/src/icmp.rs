//! Which ICMP messages are questions, and which answer them.

use wire::{Family, icmp, icmpv6};

/// ICMPv6 node information query (RFC 4620); `wire` does not name it.
const NODE_INFORMATION: u8 = 139;
/// ICMPv6 node information response (RFC 4620).
const NODE_INFORMATION_REPLY: u8 = 140;

/// The side of a query that a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It asks.
    Question,
    /// It answers.
    Answer,
}

/// The role of a message type; `None` where it is no query.
pub(crate) fn role(family: Family, kind: u8) -> Option<Role> {
    pairs(family).iter().find_map(|&(question, answer)| {
        if kind == question {
            Some(Role::Question)
        } else if kind == answer {
            Some(Role::Answer)
        } else {
            None
        }
    })
}

/// The type that answers a question, or the type of the question that an answer is for; `None` where it is no query.
pub(crate) fn counterpart(family: Family, kind: u8) -> Option<u8> {
    pairs(family).iter().find_map(|&(question, answer)| {
        if kind == question {
            Some(answer)
        } else if kind == answer {
            Some(question)
        } else {
            None
        }
    })
}

/// Question and answer types (RFC 792, RFC 950; RFC 4443, RFC 4620).
fn pairs(family: Family) -> &'static [(u8, u8)] {
    match family {
        Family::Ipv4 => &[
            (icmp::ECHO, icmp::ECHO_REPLY),
            (icmp::TIMESTAMP, icmp::TIMESTAMP_REPLY),
            (icmp::INFORMATION, icmp::INFORMATION_REPLY),
            (icmp::ADDRESS_MASK, icmp::ADDRESS_MASK_REPLY),
        ],
        Family::Ipv6 => &[(icmpv6::ECHO, icmpv6::ECHO_REPLY), (NODE_INFORMATION, NODE_INFORMATION_REPLY)],
    }
}
