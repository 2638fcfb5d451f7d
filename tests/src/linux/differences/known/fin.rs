//! The end of a connection. Linux goes by the kinds of segments, the engine by what is acknowledged.

use super::*;
use crate::linux::netfilter::TcpState as Linux;

pub(super) static DIFFERENCES: &[Difference] = &[
    Difference {
        name: "fin-not-acknowledged",
        state: "FIN_WAIT, LAST_ACK",
        packet: "ACK that does not acknowledge the FIN",
        linux: "takes it for the acknowledgment: CLOSE_WAIT, TIME_WAIT",
        engine: "stays",
        why: "the FIN has a number of its own (RFC 9293 section 3.6), so it can be seen whether it was taken",
        applies: |encounter| {
            meets(encounter, |it| {
                it.kind == Kind::Ack
                    && it.both_pass()
                    && matches!(it.before, TcpState::FinWait | TcpState::LastAck)
                    && it.after == Some(it.before)
                    && matches!(it.linux, Some(Linux::CloseWait | Linux::TimeWait))
                    && !it.takes_fin_back()
            })
        },
    },
    Difference {
        name: "fin-again",
        state: "FIN_WAIT, CLOSE_WAIT",
        packet: "FIN of the side that has sent one, with the same number",
        linux: "takes it for that of the other side: LAST_ACK",
        engine: "takes it for a repetition",
        why: "a side that still sends would be cut off after 30 s",
        applies: |encounter| {
            meets(encounter, |it| {
                it.kind == Kind::Fin
                    && it.both_pass()
                    && matches!(it.before, TcpState::FinWait | TcpState::CloseWait)
                    && it.linux == Some(Linux::LastAck)
                    && it.sides().is_some_and(|(sender, _)| sender.fin.is_some())
                    && !it.takes_fin_back()
            })
        },
    },
    Difference {
        name: "fin-acknowledged-already",
        state: "ESTABLISHED, FIN_WAIT, CLOSE_WAIT",
        packet: "first FIN of a side, in front of what the other side has acknowledged",
        linux: "waits for the acknowledgment: FIN_WAIT, LAST_ACK",
        engine: "goes on as if it had come: CLOSE_WAIT, TIME_WAIT",
        why: "what was acknowledged needs no other acknowledgment",
        applies: |encounter| {
            meets(encounter, |it| {
                it.kind == Kind::Fin
                    && it.both_pass()
                    && it.sides().is_some_and(|(sender, _)| sender.fin.is_none())
                    && matches!(it.linux, Some(Linux::FinWait | Linux::LastAck))
                    && matches!(it.after, Some(TcpState::CloseWait | TcpState::TimeWait))
            })
        },
    },
    Difference {
        name: "fin-acknowledges-fin",
        state: "LAST_ACK",
        packet: "FIN once more, which now acknowledges the FIN of the other side",
        linux: "waits for an ACK without FIN",
        engine: "goes by its number: TIME_WAIT",
        why: "a FIN that is sent again carries the newest acknowledgment (RFC 9293 section 3.4)",
        applies: |encounter| {
            meets(encounter, |it| {
                it.kind == Kind::Fin
                    && it.both_pass()
                    && it.before == TcpState::LastAck
                    && it.linux == Some(Linux::LastAck)
                    && it.after == Some(TcpState::TimeWait)
                    && !it.takes_fin_back()
            })
        },
    },
    Difference {
        name: "fin-taken-back",
        state: "from FIN_WAIT to TIME_WAIT",
        packet: "segment that ends behind the FIN of its sender, or the next one where that was a repeated SYN-ACK",
        linux: "keeps the FIN in mind, and takes another for that of the other side",
        engine: "takes the FIN back, and the state with it; another FIN stands in its place",
        why: "nobody sends data behind a FIN, so the FIN was forged, and the connection goes on",
        applies: |encounter| {
            meets(encounter, |it| matches!(it.kind, Kind::Ack | Kind::Fin) && it.both_pass() && it.takes_fin_back())
        },
    },
    Difference {
        name: "challenge-in-last-ack",
        state: "LAST_ACK, after a SYN of the opener",
        packet: "ACK of the answerer",
        linux: "takes it for a challenge ACK: passes it and believes nothing",
        engine: "goes by its number: TIME_WAIT, or drops it (`tcp-ack`, `tcp-window`)",
        why: "whatever it answers, its number says whether the FIN was taken",
        applies: |encounter| {
            meets(encounter, |it| {
                it.before == TcpState::LastAck && it.kind == Kind::Ack && it.cause == Cause::ChallengeAck
            })
        },
    },
];

impl Meeting<'_> {
    /// Whether it ends behind the FIN that its sender sent, or the state tells of a FIN that was taken back without a move.
    fn takes_fin_back(&self) -> bool {
        let Some((sender, receiver)) = self.sides() else { return false };
        let fins = usize::from(sender.fin.is_some()) + usize::from(receiver.fin.is_some());
        let expected = match self.before {
            TcpState::FinWait | TcpState::CloseWait => 1,
            TcpState::LastAck | TcpState::TimeWait => 2,
            _ => 0,
        };
        fins < expected || sender.fin.is_some_and(|fin| is_after(self.end(), fin))
    }
}
