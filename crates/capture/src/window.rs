//! A window that slides over a file and grows to its longest record.

use std::io::{ErrorKind, Read};
use std::ops::Range;

use super::CaptureError;

const FIRST_CAPACITY: usize = 256 << 10;

/// The longest record or block that is believed. Ethernet captures stay far below it.
pub(super) const LONGEST: usize = 16 << 20;

#[derive(Debug)]
pub(super) struct Window<R> {
    source: R,
    buffer: Vec<u8>,
    /// What was read and not consumed.
    unread: Range<usize>,
    offset: u64,
}

impl<R: Read> Window<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, buffer: vec![0; FIRST_CAPACITY], unread: 0..0, offset: 0 }
    }

    /// Everything that is there and not consumed.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[self.unread.clone()]
    }

    /// Reads until `length` bytes are there. Answers whether they are; if not, the file is over.
    pub(super) fn reach(&mut self, length: usize) -> Result<bool, CaptureError> {
        if self.unread.len() < length && self.unread.start + length > self.buffer.len() {
            self.buffer.copy_within(self.unread.clone(), 0);
            self.unread = 0..self.unread.len();
            if length > self.buffer.len() {
                self.buffer.resize(length.next_power_of_two(), 0);
            }
        }
        while self.unread.len() < length {
            match self.source.read(&mut self.buffer[self.unread.end..]) {
                Ok(0) => return Ok(false),
                Ok(read) => self.unread.end += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(source) => {
                    return Err(CaptureError::Read { offset: self.offset + self.unread.len() as u64, source });
                }
            }
        }
        Ok(true)
    }

    /// Reads until `length` bytes of one record are there. Answers whether they are; `false` only at the end of a file that
    /// ends between records.
    pub(super) fn reach_record(&mut self, length: usize) -> Result<bool, CaptureError> {
        if length > LONGEST {
            return Err(self.corrupt("its length is beyond 16 MiB"));
        }
        match self.reach(length)? {
            true => Ok(true),
            false if self.unread.is_empty() => Ok(false),
            false => Err(CaptureError::Truncated { offset: self.offset, present: self.unread.len(), needed: length }),
        }
    }

    /// Moves on by `length` bytes, which must be there. Answers where they lie, for [`Self::consumed`].
    pub(super) fn consume(&mut self, length: usize) -> Range<usize> {
        let gone = self.unread.start..self.unread.start + length;
        self.unread.start += length;
        self.offset += length as u64;
        gone
    }

    /// Bytes that were consumed and are still in place, until the next [`Self::reach`].
    pub(super) fn consumed(&mut self, at: Range<usize>) -> &mut [u8] {
        &mut self.buffer[at]
    }

    /// An error about the record that begins here.
    pub(super) fn corrupt(&self, fault: &'static str) -> CaptureError {
        CaptureError::Corrupt { offset: self.offset, fault }
    }
}
