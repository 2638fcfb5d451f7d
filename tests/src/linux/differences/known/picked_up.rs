//! Connections whose beginning was not seen. Linux does not enforce their windows (`be_liberal`).

use super::*;

pub(super) static DIFFERENCES: &[Difference] = &[
    Difference {
        name: "picked-up-window",
        state: "picked up mid-stream",
        packet: "segment out of the window, or that acknowledges what was not sent",
        linux: "passes it, and the state moves on",
        engine: "drops it: `tcp-window`, `tcp-ack`, `rst-window`",
        why: "the windows are known after a segment of each side, and before that they are at most 1 GiB (RFC 7323)",
        applies: |encounter| {
            meets(encounter, |it| {
                it.is_liberal
                    && matches!(it.invalid, Some(Invalid::TcpWindow | Invalid::TcpAck | Invalid::RstWindow))
                    && it.linux_passes
            })
        },
    },
    Difference {
        name: "picked-up-old",
        state: "picked up mid-stream",
        packet: "segment from before the window",
        linux: "the state moves on",
        engine: "passes it and changes nothing",
        why: "it is sent again, or late",
        applies: |encounter| meets(encounter, |it| it.is_liberal && it.both_pass() && it.changes_nothing()),
    },
    Difference {
        name: "picked-up-unnoted",
        state: "picked up mid-stream, after a segment that Linux passed without noting its numbers",
        packet: "acknowledgment of that segment",
        linux: "drops it, as an acknowledgment of what was not sent",
        engine: "passes it",
        why: "what passed was sent",
        applies: |encounter| {
            meets(encounter, |it| {
                it.is_liberal && it.engine_passes && !it.linux_passes && it.cause == Cause::AcknowledgmentAbove
            })
        },
    },
];
