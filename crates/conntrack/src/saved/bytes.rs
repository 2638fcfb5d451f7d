//! Numbers from bytes of any origin.

use super::fault::FlowFault;

/// Reads numbers one after the other, the lowest byte first.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Reader<'a> {
        Reader { bytes, at }
    }

    /// Where the next number begins.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Bytes that were not read.
    pub(super) fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], FlowFault> {
        let array = self.bytes.get(self.at..).and_then(|left| left.first_chunk()).ok_or(FlowFault::Cut)?;
        self.at += N;
        Ok(*array)
    }

    pub(super) fn u8(&mut self) -> Result<u8, FlowFault> {
        self.array().map(u8::from_le_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16, FlowFault> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, FlowFault> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, FlowFault> {
        self.array().map(u64::from_le_bytes)
    }

    /// One of a list, by its place there.
    pub(super) fn one_of<T: Copy>(&mut self, what: &'static str, all: &[T]) -> Result<T, FlowFault> {
        let number = self.u8()?;
        all.get(usize::from(number)).copied().ok_or(FlowFault::Unknown { what, number: number.into() })
    }

    /// A byte that tells whether something follows, and that.
    pub(super) fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, FlowFault>,
    ) -> Result<Option<T>, FlowFault> {
        if self.one_of("presence", &[false, true])? { read(self).map(Some) } else { Ok(None) }
    }
}

/// What [`Reader::option`] reads.
pub(super) fn write_option<T>(value: Option<T>, bytes: &mut Vec<u8>, write: impl FnOnce(T, &mut Vec<u8>)) {
    bytes.push(value.is_some().into());
    if let Some(value) = value {
        write(value, bytes);
    }
}
