//! Before the handshake is over.

use super::*;

pub(super) static DIFFERENCES: &[Difference] = &[
    Difference {
        name: "syn-again",
        state: "SYN_SENT",
        packet: "another SYN of the opener, whose number is not higher, or which has no options",
        linux: "keeps the number, if that is not higher, and the options of the first",
        engine: "goes by those of the last",
        why: "the last SYN is what the opener will go on from (RFC 9293 section 3.10.1)",
        applies: |encounter| {
            meets(encounter, |it| {
                it.before == TcpState::SynSent
                    && it.kind == Kind::Syn
                    && it.way == Way::Original
                    && it.both_pass()
                    && (!has_options(it) || linux_opener_end(it).is_some_and(|end| !is_after(it.end(), end)))
            })
        },
    },
    Difference {
        name: "syn-far",
        state: "SYN_SENT",
        packet: "another SYN of the opener, with data, that begins less than 2^31 ahead and ends more than that ahead",
        linux: "drops it: its end seems to lie behind",
        engine: "goes by it",
        why: "only its first number counts",
        applies: |encounter| {
            meets(encounter, |it| {
                it.before == TcpState::SynSent
                    && it.kind == Kind::Syn
                    && it.way == Way::Original
                    && it.engine_passes
                    && it.cause == Cause::SequenceAbove
            })
        },
    },
    Difference {
        name: "syn-ack-number",
        state: "SYN_SENT",
        packet: "SYN-ACK that does not acknowledge the SYN",
        linux: "passes it if the number is not ahead; in any case it remembers the numbers of the answer",
        engine: "drops it: `tcp-ack`",
        why: "its receiver resets such a connection (RFC 9293 section 3.10.7.3), and whoever does not see the SYN can only guess",
        applies: |encounter| {
            meets(encounter, |it| {
                it.before == TcpState::SynSent
                    && it.way == Way::Reply
                    && it.kind == Kind::SynAck
                    && it.invalid == Some(Invalid::TcpAck)
            })
        },
    },
    Difference {
        name: "second-challenge",
        state: "SYN_SENT, after an ACK of the other side",
        packet: "another bare ACK of the other side",
        linux: "passes each",
        engine: "passes one for each SYN, drops others: `tcp-ack`",
        why: "one is enough to tell the opener of an old connection; more are a way in without a handshake",
        applies: |encounter| {
            meets(encounter, |it| {
                it.before == TcpState::SynSent
                    && it.way == Way::Reply
                    && it.kind == Kind::Ack
                    && it.engine_drops(Invalid::TcpAck, Cause::Ignored)
            })
        },
    },
    Difference {
        name: "refusal-number",
        state: "SYN_SENT",
        packet: "reset of the other side that does not acknowledge the SYN",
        linux: "believes it if the number is not ahead, and forgets the connection; else it remembers its numbers",
        engine: "drops it: `tcp-ack`",
        why: "the opener ignores it (RFC 9293 section 3.10.7.3), so only a forger gains by it",
        applies: |encounter| {
            meets(encounter, |it| {
                it.before == TcpState::SynSent
                    && it.way == Way::Reply
                    && it.kind == Kind::Rst
                    && it.invalid == Some(Invalid::TcpAck)
            })
        },
    },
    Difference {
        name: "abandon-number",
        state: "SYN_SENT",
        packet: "reset of the opener whose number is neither behind the SYN nor what a challenge ACK asked for",
        linux: "believes it, and forgets the connection",
        engine: "drops it: `rst-window`",
        why: "the other side would not accept it (RFC 5961 section 3.2)",
        applies: |encounter| {
            meets(encounter, |it| {
                it.before == TcpState::SynSent
                    && it.way == Way::Original
                    && it.kind == Kind::Rst
                    && it.invalid == Some(Invalid::RstWindow)
                    && it.linux_passes
            })
        },
    },
    Difference {
        name: "simultaneous-ack",
        state: "SYN_SENT2",
        packet: "bare ACK of the answerer",
        linux: "passes it",
        engine: "drops it: `tcp-state`",
        why: "in a simultaneous open both sides send SYN-ACK (RFC 9293 section 3.5)",
        applies: |encounter| {
            meets(encounter, |it| {
                it.before == TcpState::SynSent2
                    && it.kind == Kind::Ack
                    && it.engine_drops(Invalid::TcpState, Cause::Ignored)
            })
        },
    },
    Difference {
        name: "simultaneous-syn-ack",
        state: "SYN_SENT2",
        packet: "SYN-ACK that does not repeat its sender's SYN, or does not take the other's",
        linux: "takes it if the windows allow",
        engine: "drops it: `tcp-state`, `tcp-ack`",
        why: "the numbers of both sides are known by then (RFC 9293 section 3.5)",
        applies: |encounter| {
            meets(encounter, |it| {
                it.before == TcpState::SynSent2
                    && it.kind == Kind::SynAck
                    && matches!(it.invalid, Some(Invalid::TcpState | Invalid::TcpAck))
                    && it.linux_passes
            })
        },
    },
    Difference {
        name: "simultaneous-syn",
        state: "SYN_SENT2",
        packet: "SYN of either side again",
        linux: "takes it if it is in the window, and lets the other side send into its window at once",
        engine: "takes it if it repeats the first one, else drops it: `tcp-state`",
        why: "the number of each side is known by then (RFC 9293 section 3.5), and nothing may be sent before a SYN-ACK",
        applies: |encounter| {
            meets(encounter, |it| it.before == TcpState::SynSent2 && it.kind == Kind::Syn && it.linux_passes)
        },
    },
    Difference {
        name: "simultaneous-established",
        state: "SYN_RECV, after a simultaneous open",
        packet: "ACK of the answerer",
        linux: "goes to ESTABLISHED",
        engine: "stays until the opener acknowledges too",
        why: "one table for both ways to open; the flow lives for 60 s meanwhile",
        applies: |encounter| {
            meets(encounter, |it| {
                it.before == TcpState::SynReceived
                    && it.way == Way::Reply
                    && it.kind == Kind::Ack
                    && it.both_pass()
                    && it.linux == Some(netfilter::TcpState::Established)
            })
        },
    },
    Difference {
        name: "syn-ack-anew",
        state: "SYN_RECV",
        packet: "SYN-ACK of the opener that does not repeat its SYN",
        linux: "starts that side anew, then looks whether it fits",
        engine: "drops it: `tcp-state`",
        why: "an opener that starts anew sends a SYN",
        applies: |encounter| {
            meets(encounter, |it| {
                it.before == TcpState::SynReceived
                    && it.way == Way::Original
                    && it.kind == Kind::SynAck
                    && it.invalid == Some(Invalid::TcpState)
            })
        },
    },
    Difference {
        name: "syn-ack-repeated",
        state: "SYN_RECV",
        packet: "SYN-ACK of the opener with the number of its SYN, and data",
        linux: "starts that side anew, with the window that it offers now",
        engine: "keeps the largest window that the side offered",
        why: "a repetition takes nothing back, and what was sent into the larger window may be on its way",
        applies: |encounter| {
            meets(encounter, |it| {
                it.before == TcpState::SynReceived
                    && it.after == Some(it.before)
                    && it.way == Way::Original
                    && it.kind == Kind::SynAck
                    && it.cause == Cause::InWindow
                    && it.both_pass()
            })
        },
    },
];

fn has_options(it: &Meeting<'_>) -> bool {
    it.header.window_scale.is_some() || it.header.sack_permitted || it.header.sack_edge.is_some()
}

fn linux_opener_end(it: &Meeting<'_>) -> Option<u32> {
    let (flow, _) = it.encounter.linux.before.as_ref()?;
    let [opener, _] = flow.tcp.as_ref()?.sides();
    opener.map(|opener| opener.end)
}
