//! What is known of one side of a TCP connection.

use super::Dir;
use super::segment::Segment;

/// What is known of one side.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Side {
    pub(super) end: u32,
    pub(super) limit: u32,
    pub(super) window: u32,
    pub(super) acknowledged: Option<u32>,
    pub(super) scale: u8,
    pub(super) offered: Option<u8>,
    pub(super) sack: bool,
    pub(super) liberal: bool,
    pub(super) began_close: bool,
}

impl Side {
    /// Starts from a SYN or SYN-ACK.
    pub(super) fn begin(&mut self, dir: Dir, receiver: &mut Side, segment: &Segment) {
        (self.end, self.limit) = (segment.end, segment.end);
        self.window = u32::from(segment.window).max(1);
        self.read_options(segment);
        if dir == Dir::Reply && (self.offered.is_none() || receiver.offered.is_none()) {
            (self.scale, receiver.scale) = (0, 0);
        }
    }

    pub(super) fn read_options(&mut self, segment: &Segment) {
        // What was known before stays where there are no options at all.
        if segment.scale.is_none() && !segment.sack_permitted && segment.sack_edge.is_none() {
            return;
        }
        self.offered = segment.scale.map(|scale| scale.min(14));
        self.scale = self.offered.unwrap_or(0);
        self.sack = segment.sack_permitted;
        // The other things that were known go with them.
        (self.acknowledged, self.began_close) = (None, false);
    }
}
