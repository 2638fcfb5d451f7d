//! Parts of words.

/// A part of a word.
#[derive(Clone, Copy)]
pub(super) struct Bits {
    pub(super) at: u32,
    pub(super) width: u32,
}

impl Bits {
    /// Its value.
    pub(super) fn of(self, word: u64) -> u64 {
        word >> self.at & self.mask()
    }

    /// The word with this part replaced; higher bits of the value are lost.
    pub(super) fn with(self, word: u64, value: u64) -> u64 {
        word & !(self.mask() << self.at) | (value & self.mask()) << self.at
    }

    /// Its highest value.
    pub(super) const fn mask(self) -> u64 {
        (1 << self.width) - 1
    }

    /// Its bits in a word of flags.
    pub(super) const fn bits(self) -> u32 {
        (self.mask() << self.at) as u32
    }
}
