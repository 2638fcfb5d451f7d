//! SYN and SYN-ACK where they do not belong any more.

use super::*;

pub(super) static DIFFERENCES: &[Difference] = &[
    Difference {
        name: "syn-ack-strange",
        state: "from SYN_RECV on",
        packet: "SYN-ACK of the answerer that repeats nothing and answers no SYN seen",
        linux: "passes it, believes nothing",
        engine: "drops it: `tcp-state`",
        why: "the opener would answer it with a challenge ACK at best (RFC 5961 section 4)",
        applies: |encounter| {
            meets(encounter, |it| {
                is_past_syn(it.before)
                    && it.way == Way::Reply
                    && it.kind == Kind::SynAck
                    && it.engine_drops(Invalid::TcpState, Cause::Ignored)
            })
        },
    },
    Difference {
        name: "syn-ack-again",
        state: "from SYN_RECV on",
        packet: "SYN-ACK of the answerer with the number of its first one",
        linux: "passes it, believes nothing",
        engine: "checks it like any segment and takes its window over, or drops it: `tcp-ack`, `tcp-window`",
        why: "it is sent again when the handshake's last ACK was lost, and its numbers can be checked",
        applies: |encounter| {
            meets(encounter, |it| {
                is_past_syn(it.before)
                    && it.way == Way::Reply
                    && it.kind == Kind::SynAck
                    && it.cause == Cause::Ignored
                    && it.linux_passes
                    && starts_as_before(it)
            })
        },
    },
    Difference {
        name: "syn-answered-again",
        state: "from ESTABLISHED on, after the opener's first SYN came again",
        packet: "SYN-ACK of the answerer with the number of its first one",
        linux: "goes back to SYN_RECV and starts the windows anew",
        engine: "stays",
        why: "both are repetitions: nobody starts a connection with the numbers of the one that is there",
        applies: |encounter| {
            meets(encounter, |it| {
                is_past_syn(it.before)
                    && it.way == Way::Reply
                    && it.kind == Kind::SynAck
                    && it.cause == Cause::InWindow
                    && it.linux == Some(netfilter::TcpState::SynRecv)
                    && it.linux_passes
                    && starts_as_before(it)
            })
        },
    },
    Difference {
        name: "syn-answered-late",
        state: "from SYN_RECV on, after a SYN of the opener and another segment behind it",
        packet: "SYN-ACK of the answerer that answers the SYN",
        linux: "passes it, but goes by the last segment only, so the connection stays as it is",
        engine: "starts the new connection",
        why: "what came between does not change what the ends agree upon",
        applies: |encounter| {
            meets(encounter, |it| {
                is_past_syn(it.before)
                    && it.way == Way::Reply
                    && it.kind == Kind::SynAck
                    && it.cause == Cause::Ignored
                    && it.both_pass()
                    && it.after == Some(TcpState::SynReceived)
            })
        },
    },
    Difference {
        name: "syn-of-answerer",
        state: "from SYN_RECV on",
        packet: "SYN of the answerer with the number of its first one",
        linux: "drops it: the table",
        engine: "passes it as a repetition",
        why: "after a simultaneous open it is one (RFC 9293 section 3.5)",
        applies: |encounter| {
            meets(encounter, |it| {
                is_past_syn(it.before)
                    && it.way == Way::Reply
                    && it.kind == Kind::Syn
                    && it.engine_passes
                    && it.after == Some(it.before)
                    && it.cause == Cause::Table
            })
        },
    },
    Difference {
        name: "syn-ack-of-opener",
        state: "from ESTABLISHED on",
        packet: "SYN-ACK of the opener with the number of its SYN",
        linux: "drops it: the table",
        engine: "passes it as a repetition",
        why: "after a simultaneous open it is one (RFC 9293 section 3.5)",
        applies: |encounter| {
            meets(encounter, |it| {
                is_past_syn(it.before)
                    && it.way == Way::Original
                    && it.kind == Kind::SynAck
                    && it.engine_passes
                    && it.cause == Cause::Table
            })
        },
    },
    Difference {
        name: "reopen",
        state: "CLOSE, TIME_WAIT",
        packet: "SYN of the opener",
        linux: "passes it, believing nothing, unless a FIN of a side or a reset of the opener closed the connection",
        engine: "the rules judge it; it opens a new connection",
        why: "the connection is over for both ends, whoever closed it (RFC 9293 section 3.10.7.4, RFC 6191)",
        applies: |encounter| {
            meets(encounter, |it| {
                matches!(it.before, TcpState::Close | TcpState::TimeWait)
                    && it.kind == Kind::Syn
                    && it.way == Way::Original
                    && it.invalid.is_none()
                    && it.cause == Cause::Ignored
            })
        },
    },
    Difference {
        name: "reopen-refused",
        state: "CLOSE, TIME_WAIT",
        packet: "SYN that the rules refuse",
        linux: "drops it, and has forgotten the old connection by then",
        engine: "drops it, and keeps the old connection",
        why: "what is dropped changes nothing",
        applies: |encounter| {
            meets(encounter, |it| {
                matches!(it.before, TcpState::Close | TcpState::TimeWait)
                    && it.kind == Kind::Syn
                    && !it.engine_passes
                    && !it.linux_passes
                    && it.cause == Cause::Opened
            })
        },
    },
    Difference {
        name: "reopen-by-answerer",
        state: "CLOSE, TIME_WAIT",
        packet: "SYN of the answerer",
        linux: "drops it: the table; or passes it, believing nothing",
        engine: "the rules judge it in its own direction; it opens a new connection",
        why: "after the end of a connection either end may open the next",
        applies: |encounter| {
            meets(encounter, |it| {
                matches!(it.before, TcpState::Close | TcpState::TimeWait)
                    && it.kind == Kind::Syn
                    && it.way == Way::Reply
                    && it.invalid.is_none()
                    && matches!(it.cause, Cause::Table | Cause::Ignored)
            })
        },
    },
];

/// Whether the handshake has both SYN behind it.
fn is_past_syn(state: TcpState) -> bool {
    !matches!(state, TcpState::SynSent | TcpState::SynSent2)
}

/// Whether the engine took it for a repetition: it is no `tcp-state`, and it starts no connection.
fn starts_as_before(it: &Meeting<'_>) -> bool {
    it.invalid != Some(Invalid::TcpState) && it.after == Some(it.before)
}
