//! Windows.

use super::*;

pub(super) static DIFFERENCES: &[Difference] = &[
    Difference {
        name: "sack-unpermitted",
        state: "a connection without SACK (RFC 2018 section 2)",
        packet: "a segment with a SACK option all the same",
        linux: "does not read the option",
        engine: "reads it: what it reports counts, and beyond all that was sent it is dropped (`tcp-ack`)",
        why: "nobody sends it, and believing it only makes the check stricter",
        applies: |encounter| {
            meets(encounter, |it| {
                it.has_unpermitted_sack()
                    && it.linux_passes
                    && (it.engine_passes || it.invalid == Some(Invalid::TcpAck))
                    && matches!(it.cause, Cause::InWindow | Cause::Delayed | Cause::Overshot | Cause::Retransmitted)
            })
        },
    },
    Difference {
        name: "sack-far",
        state: "a connection with SACK",
        packet: "ACK with a SACK option",
        linux: "the window counts from the far end of the SACK",
        engine: "the window counts from the acknowledgment",
        why: "so RFC 9293 section 3.10.7.4; counting from the SACK lets an attacker push the window ahead",
        applies: |encounter| {
            meets(encounter, |it| {
                it.header.sack_edge.is_some()
                    && !it.has_unpermitted_sack()
                    && it.both_pass()
                    && it.cause == Cause::InWindow
            })
        },
    },
    Difference {
        name: "sack-impossible",
        state: "a connection with SACK",
        packet: "a segment whose SACK option reports something more than 1 GiB ahead",
        linux: "believes the number: mostly it drops the segment, as one that acknowledges what was not sent",
        engine: "takes the option for none",
        why: "no window is that large (RFC 7323 section 2.3), so the option reports nothing; its receiver ignores it",
        applies: |encounter| meets(encounter, |it| it.has_impossible_sack() && it.engine_passes != it.linux_passes),
    },
    Difference {
        name: "number-opposite",
        state: "from SYN_RECV on",
        packet: "segment whose sequence, acknowledgment or SACK number is exactly 2^31 from the border that it may not pass",
        linux: "takes it to be ahead: drops it, as overshot or beyond",
        engine: "takes it to be behind: passes it as old, or drops it",
        why: "it is as far ahead as behind; a bare ACK that is old passes and changes nothing",
        applies: |encounter| meets(encounter, |it| it.is_opposite() && !it.linux_passes && it.engine_passes),
    },
    Difference {
        name: "sack-behind",
        state: "a connection with SACK",
        packet: "a segment that acknowledges what was not sent, by so much that its SACK seems to lie behind",
        linux: "reads the SACK only: passes it as a late acknowledgment",
        engine: "reads both: drops it (`tcp-ack`)",
        why: "RFC 9293 section 3.10.7.4: what acknowledges something not yet sent is dropped",
        applies: |encounter| {
            meets(encounter, |it| {
                it.header.sack_edge.is_some()
                    && it.invalid == Some(Invalid::TcpAck)
                    && matches!(it.cause, Cause::Delayed | Cause::Retransmitted)
                    && it.acknowledges_unsent()
            })
        },
    },
    Difference {
        name: "overshot",
        state: "from SYN_RECV on",
        packet: "a segment that begins up to one window behind the window",
        linux: "passes it, and lets the receiver acknowledge it",
        engine: "drops it: `tcp-window`",
        why: "its receiver does not take it (RFC 9293 section 3.10.7.4)",
        applies: |encounter| meets(encounter, |it| it.engine_drops(Invalid::TcpWindow, Cause::Overshot)),
    },
    Difference {
        name: "early-data",
        state: "from SYN_RECV on",
        packet: "data of the answerer behind the window that ACK segments offered, but inside that of the opener's SYN",
        linux: "passes it as overshot or as more than was offered, or drops it",
        engine: "passes it",
        why: "the window of a SYN is an offer too; with TCP Fast Open it is used before the handshake ends (RFC 7413 section 3)",
        applies: |encounter| {
            meets(encounter, |it| it.engine_passes && it.way == Way::Reply && it.ends_behind_linux_limit_only())
        },
    },
    Difference {
        name: "too-old",
        state: "from SYN_RECV on",
        packet: "a segment that ends more than two windows before all that its sender sent",
        linux: "passes it, changing nothing, however old",
        engine: "drops it: `tcp-window`",
        why: "one window back may be a repetition whose acknowledgment was lost; older is none",
        applies: |encounter| meets(encounter, |it| it.engine_drops(Invalid::TcpWindow, Cause::Retransmitted)),
    },
    Difference {
        name: "old-acknowledgment",
        state: "from SYN_RECV on",
        packet: "data that acknowledges less than one window of its sender before what was sent",
        linux: "passes it, changing nothing",
        engine: "drops it: `tcp-ack`",
        why: "RFC 5961 section 5.2: data with such an acknowledgment is forged; a bare ACK passes",
        applies: |encounter| {
            meets(encounter, |it| {
                it.payload > 0
                    && matches!(it.cause, Cause::Delayed | Cause::Retransmitted)
                    && it.invalid == Some(Invalid::TcpAck)
                    && it.linux_passes
            })
        },
    },
    Difference {
        name: "handshake-acknowledgment",
        state: "SYN_RECV",
        packet: "segment of the opener that does not acknowledge the answerer's SYN",
        linux: "goes to ESTABLISHED, or passes it, if the number is at most 66,000 behind",
        engine: "drops it: `tcp-ack`",
        why: "the acknowledgment proves that the opener sees the answers; without it a forger completes handshakes",
        applies: |encounter| {
            meets(encounter, |it| {
                it.before == TcpState::SynReceived
                    && it.way == Way::Original
                    && matches!(it.kind, Kind::Ack | Kind::Fin)
                    && it.invalid == Some(Invalid::TcpAck)
                    && it.linux_passes
            })
        },
    },
    Difference {
        name: "closed-numbers",
        state: "CLOSE",
        packet: "segment with or without FIN",
        linux: "checks it with the numbers that the reset had",
        engine: "checks it with those from before the reset",
        why: "a reset says nothing about a window; the connection is over, and what passes here is answered with a reset",
        applies: |encounter| {
            meets(encounter, |it| {
                it.before == TcpState::Close
                    && matches!(it.kind, Kind::Ack | Kind::Fin)
                    && it.engine_passes != it.linux_passes
            })
        },
    },
];
