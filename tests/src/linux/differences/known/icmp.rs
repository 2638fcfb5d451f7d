//! ICMP and ICMPv6.

use super::*;
use crate::linux::netfilter::CtState;
use engine::{Accepted, Verdict};
use wire::{Icmp, IcmpBody};

pub(super) static DIFFERENCES: &[Difference] = &[
    Difference {
        name: "icmp-inner-window",
        state: "a live TCP connection",
        packet: "ICMP error about a segment that is not on its way",
        linux: "related: passes it",
        engine: "drops it: `icmp-inner-window`",
        why: "RFC 5927 section 4.1: who does not see the connection does not know its numbers",
        applies: |encounter| {
            invalid(encounter) == Some(Invalid::IcmpInnerWindow) && encounter.linux.state == CtState::Related
        },
    },
    Difference {
        name: "icmp-about-forgotten",
        state: "a TCP connection, reset while only its opener was heard",
        packet: "ICMP error about it",
        linux: "drops it: invalid, the connection is forgotten",
        engine: "passes it for 10 s",
        why: "the connection is kept as CLOSE, like any that was reset",
        applies: |encounter| {
            matches!(encounter.verdict, Verdict::Accept(Accepted::Related(_)))
                && encounter.linux.state == CtState::Invalid
        },
    },
    Difference {
        name: "icmp-other",
        state: "any",
        packet: "ICMP that is neither a question, an answer nor an error",
        linux: "drops it: invalid",
        engine: "the rules judge it",
        why: "a rule that names its type must be able to allow it",
        applies: |encounter| {
            let is_plain = matches!(encounter.datagram.transport, Transport::Icmp(Icmp { body: IcmpBody::Plain, .. }));
            is_plain && encounter.verdict.is_accept() && encounter.linux.state == CtState::Invalid
        },
    },
    Difference {
        name: "node-information",
        state: "any",
        packet: "ICMPv6 node information query or answer (RFC 4620)",
        linux: "tracks it by the type of the question, as if that were an identifier",
        engine: "the rules judge each",
        why: "it has no identifier, so an answer cannot be told from a forged one",
        applies: |encounter| {
            encounter.datagram.endpoints.source().is_ipv6()
                && matches!(encounter.datagram.transport, Transport::Icmp(Icmp { kind: 139 | 140, .. }))
        },
    },
];
