//! Why a segment passed or did not.

/// What decided about a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It opens a flow with its SYN.
    Opened,
    /// It opens a flow in the middle of a connection.
    PickedUp,
    /// It is in the window and moves the flow on.
    InWindow,
    /// The table lets it pass without believing it.
    Ignored,
    /// It ends before the window; it passes and changes nothing.
    Retransmitted,
    /// It acknowledges too little; it passes and changes nothing.
    Delayed,
    /// A little beyond the window; it passes, and its end is remembered.
    Overshot,
    /// An ACK that does not acknowledge the FIN, because a SYN came between.
    ChallengeAck,
    /// A reset that is believed whatever its numbers.
    Unchecked,
    /// Out of the window, and let pass because the flow was picked up.
    Liberal,
    /// A reset where only the opener was heard: the flow is gone.
    Killed,
    /// A SYN for a closed connection: the flow is gone and another begins.
    Reopened,
    /// Control bits that contradict each other.
    Flags,
    /// No SYN, and no flow.
    NoFlow,
    /// The table has no place for it.
    Table,
    /// A reset before what its receiver acknowledged.
    OldReset,
    /// Beyond the window.
    SequenceAbove,
    /// It acknowledges what was not sent.
    AcknowledgmentAbove,
}

impl Cause {
    /// Whether `ct state` is `invalid`.
    pub fn is_invalid(self) -> bool {
        match self {
            Cause::Flags
            | Cause::NoFlow
            | Cause::Table
            | Cause::OldReset
            | Cause::SequenceAbove
            | Cause::AcknowledgmentAbove => true,
            Cause::Opened
            | Cause::PickedUp
            | Cause::InWindow
            | Cause::Ignored
            | Cause::Retransmitted
            | Cause::Delayed
            | Cause::Overshot
            | Cause::ChallengeAck
            | Cause::Unchecked
            | Cause::Liberal
            | Cause::Killed
            | Cause::Reopened => false,
        }
    }
}
