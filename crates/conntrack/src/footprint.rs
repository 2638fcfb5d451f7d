//! What a table takes.

/// The memory of a [`Conntrack`](crate::Conntrack), in bytes by part. What was reserved counts, used or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Places for flows: tuples, states, counters, links.
    pub flows: usize,
    /// From hashes to places.
    pub index: usize,
    /// The timer wheel.
    pub wheel: usize,
    /// What is kept for each zone.
    pub zones: usize,
    /// What few flows need beyond their places.
    pub annexes: usize,
    /// Fragments that wait, with what keeping them costs.
    pub fragments: usize,
}

impl Footprint {
    /// The sum of all parts.
    pub fn total(&self) -> usize {
        let Footprint { flows, index, wheel, zones, annexes, fragments } = *self;
        flows + index + wheel + zones + annexes + fragments
    }
}
