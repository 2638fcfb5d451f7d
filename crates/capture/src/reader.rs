//! Reading either format, record by record.

use std::io::Read;
use std::ops::Range;
use std::time::Duration;

use super::CaptureError;
use super::legacy::Legacy;
use super::ng::{self, Ng};
use super::window::Window;

/// A capture that is read as a stream.
#[derive(Debug)]
pub struct Reader<R> {
    window: Window<R>,
    format: Format,
}

/// Bytes in front of each frame that its reader may use: as many as what the kernel says about a frame takes.
pub const ROOM: usize = 10;

/// One recorded frame.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    raw: &'a [u8],
    /// When it was seen, since 1970-01-01 UTC, unless the capture does not say (pcapng simple packet blocks).
    pub stamp: Option<Duration>,
    /// Its length on the wire, in bytes. More than the frame has where the capture kept only the beginning.
    pub wire_length: usize,
}

#[derive(Debug)]
enum Format {
    Legacy(Legacy),
    Ng(Ng),
}

impl<'a> Record<'a> {
    /// The Ethernet frame, from the destination address on and without a check sequence.
    pub fn bytes(&self) -> &'a [u8] {
        &self.raw[ROOM..]
    }

    /// [`ROOM`] zeros and the frame behind them, as they lie in memory.
    pub fn with_room(&self) -> &'a [u8] {
        self.raw
    }
}

/// Where in the window a frame lies, after its record was consumed. At least [`ROOM`] bytes of the record are in front.
pub(super) struct Located {
    pub(super) at: Range<usize>,
    pub(super) stamp: Option<Duration>,
    pub(super) wire_length: usize,
}

impl<R: Read> Reader<R> {
    /// Reads the beginning of a capture and tells the format from it.
    ///
    /// # Errors
    /// It is empty, not a capture, or a pcap file of another link type than Ethernet.
    pub fn new(source: R) -> Result<Self, CaptureError> {
        let mut window = Window::new(source);
        window.reach(4)?;
        let format = match window.bytes() {
            [] => return Err(CaptureError::Empty),
            magic if magic.starts_with(&ng::MAGIC) => Format::Ng(Ng::new()),
            _ => Format::Legacy(Legacy::open(&mut window)?),
        };
        Ok(Self { window, format })
    }

    /// The next frame, or `None` at the end.
    ///
    /// # Errors
    /// The file ends inside a record, contradicts itself, or holds a frame that is not Ethernet. Each names the offset.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, CaptureError> {
        let located = match &mut self.format {
            Format::Legacy(legacy) => legacy.locate(&mut self.window)?,
            Format::Ng(ng) => ng.locate(&mut self.window)?,
        };
        let Some(Located { at, stamp, wire_length }) = located else {
            return Ok(None);
        };
        // The end of the record's header has served and makes room.
        let raw = self.window.consumed(at.start - ROOM..at.end);
        raw[..ROOM].fill(0);
        Ok(Some(Record { raw, stamp, wire_length }))
    }
}
