//! The classic pcap format: a file header, then records.

use std::io::Read;
use std::time::Duration;

use pcap_parser::nom::{Err, IResult, Needed};
use pcap_parser::{
    LegacyPcapBlock, PcapError, PcapHeader, parse_pcap_frame, parse_pcap_frame_be, parse_pcap_frame_modified,
    parse_pcap_header,
};

use super::reader::Located;
use super::window::Window;
use super::{CaptureError, LinkType, Precision};

const FILE_HEADER: usize = 24;

/// How to read the records of one file.
#[derive(Debug)]
pub(super) struct Legacy {
    parse: ParseRecord,
    record_header: usize,
    precision: Precision,
}

type ParseRecord = fn(&[u8]) -> IResult<&[u8], LegacyPcapBlock<'_>, PcapError<&[u8]>>;

impl Legacy {
    pub(super) fn open<R: Read>(window: &mut Window<R>) -> Result<Self, CaptureError> {
        let not_a_capture = |window: &Window<R>| {
            let magic = window.bytes().iter().copied().take(4).collect();
            Err(CaptureError::NotACapture { magic })
        };
        // The magic alone decides whether a short file is a truncated capture or none.
        if let Err(Err::Error(_) | Err::Failure(_)) = parse_pcap_header(window.bytes()) {
            return not_a_capture(window);
        }
        window.reach_record(FILE_HEADER)?;
        let Ok((_, header)) = parse_pcap_header(window.bytes()) else {
            return not_a_capture(window);
        };
        window.consume(FILE_HEADER);
        // The upper half of the field tells the length of the check sequence.
        let found = LinkType(header.network.0 as u16);
        if found != LinkType::ETHERNET {
            return Err(CaptureError::LinkType { found });
        }
        Ok(Self::new(&header))
    }

    fn new(header: &PcapHeader) -> Self {
        let precision = if header.is_nanosecond_precision() { Precision::Nanoseconds } else { Precision::Microseconds };
        if header.is_modified_format() {
            return Self { parse: parse_pcap_frame_modified, record_header: 24, precision };
        }
        match header.is_bigendian() {
            true => Self { parse: parse_pcap_frame_be, record_header: 16, precision },
            false => Self { parse: parse_pcap_frame, record_header: 16, precision },
        }
    }

    pub(super) fn locate<R: Read>(&self, window: &mut Window<R>) -> Result<Option<Located>, CaptureError> {
        loop {
            let needed = match (self.parse)(window.bytes()) {
                Ok((_, record)) => {
                    let (stamp, wire_length) = (self.stamp(&record), record.origlen as usize);
                    let length = self.record_header + record.data.len();
                    let whole = window.consume(length);
                    let at = whole.start + self.record_header..whole.end;
                    return Ok(Some(Located { at, stamp: Some(stamp), wire_length }));
                }
                Err(Err::Incomplete(Needed::Size(more))) => window.bytes().len().saturating_add(more.get()),
                Err(Err::Incomplete(Needed::Unknown)) => window.bytes().len() + 1,
                Err(Err::Error(_) | Err::Failure(_)) => {
                    return Err(window.corrupt("it is no pcap record"));
                }
            };
            if !window.reach_record(needed)? {
                return Ok(None);
            }
        }
    }

    fn stamp(&self, record: &LegacyPcapBlock<'_>) -> Duration {
        let fraction = match self.precision {
            Precision::Microseconds => Duration::from_micros(record.ts_usec.into()),
            Precision::Nanoseconds => Duration::from_nanos(record.ts_usec.into()),
        };
        Duration::from_secs(record.ts_sec.into()) + fraction
    }
}
