//! Resets.

use super::*;

pub(super) static DIFFERENCES: &[Difference] = &[
    Difference {
        name: "reset-of-closing",
        state: "FIN_WAIT, CLOSE_WAIT, LAST_ACK",
        packet: "reset with any number that its receiver does not expect",
        linux: "believes it: CLOSE",
        engine: "drops it (`rst-window`, `tcp-ack`), or passes it and stays where it is in the window",
        why: "RFC 5961 section 3.2 holds until the connection is over; a half-closed one may still carry data for hours",
        applies: |encounter| {
            meets(encounter, |it| {
                matches!(it.before, TcpState::FinWait | TcpState::CloseWait | TcpState::LastAck)
                    && it.kind == Kind::Rst
                    && it.cause == Cause::Unchecked
                    && it.after == Some(it.before)
            })
        },
    },
    Difference {
        name: "reset-after-time-wait",
        state: "TIME_WAIT",
        packet: "reset",
        linux: "believes it: CLOSE",
        engine: "passes it and stays",
        why: "a reset ends TIME_WAIT early (RFC 1337); the flow is not to be believed gone",
        applies: |encounter| {
            meets(encounter, |it| {
                it.before == TcpState::TimeWait && it.kind == Kind::Rst && it.both_pass() && it.changes_nothing()
            })
        },
    },
    Difference {
        name: "reset-inside",
        state: "SYN_SENT2, SYN_RECV, ESTABLISHED",
        packet: "reset in the window that is not exactly at the expected number",
        linux: "takes its numbers over; an assured connection stays, another one closes",
        engine: "passes it and changes nothing",
        why: "its receiver answers with a challenge ACK, and the real end with a reset at the right number (RFC 5961 section 3.2)",
        applies: |encounter| {
            meets(encounter, |it| {
                matches!(it.before, TcpState::SynSent2 | TcpState::SynReceived | TcpState::Established)
                    && it.kind == Kind::Rst
                    && it.both_pass()
                    && it.changes_nothing()
                    && matches!(it.cause, Cause::InWindow | Cause::Overshot | Cause::Unchecked | Cause::Killed)
            })
        },
    },
    Difference {
        name: "reset-outside",
        state: "SYN_SENT2, SYN_RECV, ESTABLISHED",
        packet: "reset whose number or acknowledgment is out of the window",
        linux: "passes it",
        engine: "drops it: `rst-window`, `tcp-ack`",
        why: "RFC 5961 section 3.2",
        applies: |encounter| {
            meets(encounter, |it| {
                matches!(it.before, TcpState::SynSent2 | TcpState::SynReceived | TcpState::Established)
                    && it.kind == Kind::Rst
                    && matches!(it.invalid, Some(Invalid::RstWindow | Invalid::TcpAck))
                    && it.linux_passes
            })
        },
    },
    Difference {
        name: "reset-beyond",
        state: "SYN_SENT2, SYN_RECV, ESTABLISHED, after its sender sent more than the window",
        packet: "reset beyond the window, but not beyond all that its sender sent, with an odd acknowledgment",
        linux: "drops it",
        engine: "passes it and changes nothing",
        why: "data as far as that passed before, and its receiver answers with a challenge ACK (RFC 5961 section 3.2)",
        applies: |encounter| {
            meets(encounter, |it| {
                matches!(it.before, TcpState::SynSent2 | TcpState::SynReceived | TcpState::Established)
                    && it.kind == Kind::Rst
                    && it.engine_passes
                    && it.changes_nothing()
                    && it.cause == Cause::SequenceAbove
            })
        },
    },
    Difference {
        name: "reset-forgotten",
        state: "reset while only the opener was heard",
        packet: "any",
        linux: "has forgotten the connection with the reset: the packet is the first of another",
        engine: "keeps it as CLOSE for 10 s, like any that was reset",
        why: "late segments of it must not be picked up as a connection",
        applies: |encounter| {
            let is_closed = encounter.before.is_some_and(|known| known.state == FlowState::Tcp(TcpState::Close));
            is_closed && encounter.linux.before.is_none()
        },
    },
    Difference {
        name: "reset-refuses-syn",
        state: "from SYN_RECV on, after a SYN of the opener and another segment behind it",
        packet: "reset of the answerer that refuses the SYN",
        linux: "goes by the last segment only, and checks it as a reset of the connection",
        engine: "closes",
        why: "the answerer has no such connection any more (RFC 9293 section 3.10.7.1)",
        applies: |encounter| {
            meets(encounter, |it| {
                it.kind == Kind::Rst
                    && it.way == Way::Reply
                    && it.engine_passes
                    && it.after == Some(TcpState::Close)
                    && it.before != TcpState::Close
                    && (!it.resets_exactly() || it.acknowledges_unsent())
            })
        },
    },
    Difference {
        name: "reset-exact",
        state: "SYN_SENT2, SYN_RECV, ESTABLISHED",
        packet: "reset at the expected number, or behind all that its sender sent",
        linux: "stays, or drops it, where its acknowledgment or its length is odd or the number is not the last acknowledged",
        engine: "closes",
        why: "the number alone decides, and both are numbers at which the receiver closes (RFC 5961 section 3.2)",
        applies: |encounter| {
            meets(encounter, |it| {
                matches!(it.before, TcpState::SynSent2 | TcpState::SynReceived | TcpState::Established)
                    && it.kind == Kind::Rst
                    && it.engine_passes
                    && it.after == Some(TcpState::Close)
                    && it.resets_exactly()
            })
        },
    },
    Difference {
        name: "reset-abandons",
        state: "SYN_SENT",
        packet: "reset of the opener behind its SYN, with an acknowledgment",
        linux: "passes or drops it, and keeps the connection: the other side has sent nothing that could be acknowledged",
        engine: "closes",
        why: "the number alone decides (RFC 5961 section 3.2)",
        applies: |encounter| {
            meets(encounter, |it| {
                it.before == TcpState::SynSent
                    && it.way == Way::Original
                    && it.kind == Kind::Rst
                    && it.engine_passes
                    && matches!(it.cause, Cause::AcknowledgmentAbove | Cause::Delayed)
            })
        },
    },
];

impl Meeting<'_> {
    /// Whether it has a number at which its receiver closes the connection.
    fn resets_exactly(&self) -> bool {
        self.sides().is_some_and(|(sender, receiver)| {
            receiver.acknowledged == Some(self.header.sequence) || self.header.sequence == sender.end
        })
    }
}
