//! Writing a pcap file of Ethernet frames.

use std::io::{self, Write};
use std::time::Duration;

use super::LinkType;

/// How finely a pcap file stamps its frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// What every reader understands.
    Microseconds,
    /// What the kernel measures.
    Nanoseconds,
}

/// A pcap file that is being written, in little-endian byte order. Give it something buffered.
#[derive(Debug)]
pub struct Writer<W> {
    sink: W,
    precision: Precision,
}

impl<W: Write> Writer<W> {
    /// Writes the file header.
    ///
    /// # Errors
    /// The sink's own.
    pub fn new(mut sink: W, precision: Precision) -> io::Result<Self> {
        let magic: u32 = match precision {
            Precision::Microseconds => 0xa1b2_c3d4,
            Precision::Nanoseconds => 0xa1b2_3c4d,
        };
        sink.write_all(&magic.to_le_bytes())?;
        sink.write_all(&[2, 0, 4, 0])?;
        // Two reserved fields, then the longest frame and the link type.
        for field in [0, 0, LONGEST_FRAME, u32::from(LinkType::ETHERNET.0)] {
            sink.write_all(&field.to_le_bytes())?;
        }
        Ok(Self { sink, precision })
    }

    /// Writes one whole frame, stamped with the time since 1970-01-01 UTC.
    ///
    /// # Errors
    /// The sink's own. A stamp after the year 2106 or a frame beyond 256 KiB cannot be written.
    pub fn write(&mut self, stamp: Duration, bytes: &[u8]) -> io::Result<()> {
        let seconds = u32::try_from(stamp.as_secs()).map_err(|_| out_of_range("a stamp after the year 2106"))?;
        let length = u32::try_from(bytes.len()).ok().filter(|length| *length <= LONGEST_FRAME);
        let length = length.ok_or_else(|| out_of_range("a frame beyond 256 KiB"))?;
        let fraction = match self.precision {
            Precision::Microseconds => stamp.subsec_micros(),
            Precision::Nanoseconds => stamp.subsec_nanos(),
        };
        for field in [seconds, fraction, length, length] {
            self.sink.write_all(&field.to_le_bytes())?;
        }
        self.sink.write_all(bytes)
    }

    /// Flushes the sink and gives it back.
    ///
    /// # Errors
    /// The sink's own.
    pub fn finish(mut self) -> io::Result<W> {
        self.sink.flush()?;
        Ok(self.sink)
    }
}

const LONGEST_FRAME: u32 = 256 << 10;

fn out_of_range(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("{what} does not fit a pcap file"))
}
