//! The two directions of a flow.

/// The direction of a packet in its flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Way {
    /// As the packet that opened the flow.
    Original,
    /// Back to the opener.
    Reply,
}

impl Way {
    /// The other direction.
    pub fn reverse(self) -> Way {
        match self {
            Way::Original => Way::Reply,
            Way::Reply => Way::Original,
        }
    }
}
