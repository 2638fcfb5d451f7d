//! What a packet changes.

/// What a packet changes in its flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Only the counters.
    Pass,
    /// Something to remember; the flow does not live longer for it.
    Note,
    /// The flow moves on and lives on.
    Move,
    /// The packet opens a new flow in the place of this one.
    Reopen,
}
