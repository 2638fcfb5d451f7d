//! A capture file as a link: polling gives its frames with their stamps, as fast as they are asked for.
//!
//! What is sent into a replay goes nowhere and counts as sent: the far end of a recorded link takes everything.

use std::fs::File;
use std::io::Read;
use std::os::fd::BorrowedFd;
use std::path::Path;

use capture::{CaptureError, Reader};

use crate::frame::METADATA;
use crate::{BATCH, Frame, IoCounters, IoError, PacketIo, SendError};

const _: () = assert!(capture::ROOM == METADATA, "a record has room for the metadata of a frame");

/// A capture that is being replayed.
#[derive(Debug)]
pub struct Replay<R> {
    reader: Reader<R>,
    counters: IoCounters,
}

impl Replay<File> {
    /// Opens a capture file, pcap or pcapng.
    ///
    /// # Errors
    /// The file cannot be read, or does not begin as a capture of Ethernet frames.
    pub fn open(path: &Path) -> Result<Self, IoError> {
        let file = File::open(path).map_err(|source| CaptureError::Open { path: path.to_owned(), source })?;
        Ok(Self::new(file)?)
    }
}

impl<R: Read> Replay<R> {
    /// Replays a capture from any source, of which it reads the beginning.
    ///
    /// # Errors
    /// It does not begin as a capture of Ethernet frames.
    pub fn new(source: R) -> Result<Self, CaptureError> {
        Ok(Self { reader: Reader::new(source)?, counters: IoCounters::default() })
    }
}

impl<R: Read + Send> PacketIo for Replay<R> {
    fn poll(&mut self, most: usize, visit: &mut dyn FnMut(&[Frame<'_>])) -> Result<usize, IoError> {
        let mut taken = 0;
        while taken < most.min(BATCH) {
            let Some(record) = self.reader.next_record()? else {
                break;
            };
            taken += 1;
            self.counters.received += 1;
            self.counters.cut += u64::from(record.wire_length > record.bytes().len());
            // The metadata of a frame lies in front of it, and is zero here.
            if let Some(frame) = Frame::from_raw(record.with_room(), record.stamp) {
                visit(&[frame]);
            }
        }
        Ok(taken)
    }

    fn send(&mut self, frames: &[Frame<'_>]) -> Result<(), SendError> {
        self.counters.sent += frames.len() as u64;
        Ok(())
    }

    fn counters(&mut self) -> IoCounters {
        self.counters
    }

    fn backend(&self) -> &'static str {
        "replay"
    }

    fn wait_on(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}
