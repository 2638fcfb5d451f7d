//! Reading either format, record by record.

use std::io::Read;
use std::ops::Range;
use std::time::Duration;

use super::CaptureError;
use super::legacy::Legacy;
use super::ng::{self, Ng};
use super::window::Window;
use crate::Frame;
use crate::frame::METADATA;

/// A capture that is read as a stream.
#[derive(Debug)]
pub struct Reader<R> {
    window: Window<R>,
    format: Format,
}

/// One recorded frame.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The frame, stamped unless the capture does not say when (pcapng simple packet blocks).
    pub frame: Frame<'a>,
    /// Its length on the wire, in bytes. More than the frame has where the capture kept only the beginning.
    pub wire_length: usize,
}

#[derive(Debug)]
enum Format {
    Legacy(Legacy),
    Ng(Ng),
}

/// Where in the window a frame lies, after its record was consumed. At least [`METADATA`] bytes of the record are in front.
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
        // The end of the record's header has served and makes room for the metadata of a frame, which is zero here.
        let raw = self.window.consumed(at.start - METADATA..at.end);
        raw[..METADATA].fill(0);
        Ok(Frame::from_raw(raw, stamp).map(|frame| Record { frame, wire_length }))
    }
}
