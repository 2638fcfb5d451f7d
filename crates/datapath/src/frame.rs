//! A frame and what the kernel says about it.
//!
//! A frame lies in memory as `struct virtio_net_hdr` (10 bytes, Linux `include/uapi/linux/virtio_net.h`, in the byte order
//! of the host) followed by the Ethernet bytes: this is how AF_PACKET gives and takes it under PACKET_VNET_HDR. Keeping
//! the two together lets a frame go from one socket to another without a copy.
//!
//! Absent: every field of the frame itself.

use std::time::Duration;

/// Bytes of metadata in front of the Ethernet bytes.
pub(crate) const METADATA: usize = 10;

/// Where its fields lie.
const FLAGS: usize = 0;
const GSO_TYPE: usize = 1;
const HEADER_LENGTH: usize = 2;
const SEGMENT_SIZE: usize = 4;
const CHECKSUM_START: usize = 6;

const NEEDS_CHECKSUM: u8 = 1; // VIRTIO_NET_HDR_F_NEEDS_CSUM

const GSO_KIND: u8 = 0x7f; // `gso_type` without VIRTIO_NET_HDR_GSO_ECN
const GSO_NONE: u8 = 0;
const GSO_TCPV4: u8 = 1;
const GSO_TCPV6: u8 = 4;

/// A TCP header with the timestamp option, which nearly all bulk data carries.
const TCP_HEADER: usize = 32;
const UDP_HEADER: usize = 8;
/// Ethernet and IPv4 headers, for a frame whose metadata does not say where the transport header begins.
const NETWORK_HEADERS: usize = 34;

/// Whether the transport checksum of a frame can be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// It is final: a wrong one is a fault of the frame.
    Complete,
    /// A device fills it in later (offload): what stands there says nothing.
    Unfinished,
}

/// A frame lent by a [`PacketIo`](crate::PacketIo) for the length of a visit.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    raw: &'a [u8],
    stamp: Option<Duration>,
}

impl<'a> Frame<'a> {
    /// Takes metadata and Ethernet bytes as they lie in memory; `None` when even the metadata is not whole.
    pub(crate) fn from_raw(raw: &'a [u8], stamp: Option<Duration>) -> Option<Self> {
        (raw.len() >= METADATA).then_some(Self { raw, stamp })
    }

    /// The Ethernet frame, from the destination address on and without a check sequence.
    pub fn bytes(&self) -> &'a [u8] {
        &self.raw[METADATA..]
    }

    /// Whether the transport checksum can be verified.
    pub fn checksum(&self) -> Checksum {
        match self.raw[FLAGS] & NEEDS_CHECKSUM {
            0 => Checksum::Complete,
            _ => Checksum::Unfinished,
        }
    }

    /// How many frames this one becomes on a wire: 1, or more when the sender left the cutting to a device (GSO).
    ///
    /// The metadata gives the payload of one segment, not the length of the headers. With TCP headers other than the usual
    /// 32 bytes the answer can be one off.
    pub fn segments(&self) -> u32 {
        let transport_header = match self.raw[GSO_TYPE] & GSO_KIND {
            GSO_NONE => return 1,
            GSO_TCPV4 | GSO_TCPV6 => TCP_HEADER,
            _ => UDP_HEADER,
        };
        let segment = usize::from(self.metadata_u16(SEGMENT_SIZE));
        if segment == 0 {
            return 1;
        }
        let transport_start = match self.checksum() {
            Checksum::Unfinished => usize::from(self.metadata_u16(CHECKSUM_START)),
            Checksum::Complete => NETWORK_HEADERS,
        };
        let payload = self.bytes().len().saturating_sub(transport_start + transport_header);
        u32::try_from(payload.div_ceil(segment).max(1)).unwrap_or(u32::MAX)
    }

    /// When the frame arrived, since 1970-01-01 UTC. A replay knows it from the capture, the ring from the kernel, which reads
    /// CLOCK_REALTIME as it takes the frame in; pnet and memory do not know.
    pub fn stamp(&self) -> Option<Duration> {
        self.stamp
    }

    /// A copy that outlives the visit.
    pub fn to_owned(&self) -> OwnedFrame {
        OwnedFrame { raw: self.raw.to_vec(), stamp: self.stamp }
    }

    /// Metadata and Ethernet bytes as they lie in memory.
    pub(crate) fn raw(&self) -> &'a [u8] {
        self.raw
    }

    fn metadata_u16(&self, at: usize) -> u16 {
        u16::from_ne_bytes([self.raw[at], self.raw[at + 1]])
    }
}

/// Makes metadata tell of a frame whose headers have become longer by so many bytes in front of the transport header.
pub(crate) fn shift_metadata(metadata: &mut [u8], by: u16) {
    let has_segments = metadata[GSO_TYPE] & GSO_KIND != GSO_NONE;
    let is_unfinished = metadata[FLAGS] & NEEDS_CHECKSUM != 0;
    let fields = [has_segments.then_some(HEADER_LENGTH), is_unfinished.then_some(CHECKSUM_START)];
    for at in fields.into_iter().flatten() {
        let field = u16::from_ne_bytes([metadata[at], metadata[at + 1]]).saturating_add(by);
        metadata[at..at + 2].copy_from_slice(&field.to_ne_bytes());
    }
}

/// A frame with memory of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedFrame {
    raw: Vec<u8>,
    stamp: Option<Duration>,
}

impl OwnedFrame {
    /// Makes a frame of ours from its Ethernet bytes. Its metadata is zero: one segment, and checksums that are complete.
    pub fn build(bytes: &[u8]) -> Self {
        let mut raw = Vec::with_capacity(METADATA + bytes.len());
        raw.resize(METADATA, 0);
        raw.extend_from_slice(bytes);
        Self { raw, stamp: None }
    }

    /// Lends the frame, for example to [`PacketIo::send`](crate::PacketIo::send).
    pub fn lend(&self) -> Frame<'_> {
        Frame { raw: &self.raw, stamp: self.stamp }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Metadata as the kernel writes it: flags, GSO type, header length, segment size, checksum start and offset.
    fn lent(flags: u8, gso_type: u8, gso_size: u16, checksum_start: u16, length: usize) -> OwnedFrame {
        let mut raw = vec![flags, gso_type];
        for field in [66, gso_size, checksum_start, 16] {
            raw.extend_from_slice(&u16::to_ne_bytes(field));
        }
        raw.resize(METADATA + length, 0);
        OwnedFrame { raw, stamp: None }
    }

    fn check(frame: OwnedFrame, checksum: Checksum, segments: u32) {
        let frame = frame.lend();
        assert_eq!((frame.checksum(), frame.segments()), (checksum, segments), "{:?}", &frame.raw()[..METADATA]);
    }

    #[test]
    fn metadata_tells_checksum_and_segments() {
        use Checksum::{Complete, Unfinished};
        check(OwnedFrame::build(&[0; 60]), Complete, 1);
        check(lent(1, 0, 0, 34, 1514), Unfinished, 1);
        check(lent(2, 0, 0, 0, 1514), Complete, 1);
        check(lent(1, 1, 1448, 34, 34 + 32 + 1448 * 45), Unfinished, 45);
        check(lent(1, 1, 1448, 34, 34 + 32 + 1448 * 45 + 1), Unfinished, 46);
        check(lent(1, 0x81, 1448, 34, 34 + 32 + 1448 * 2), Unfinished, 2);
        check(lent(1, 4, 1428, 54, 54 + 32 + 1428 * 3), Unfinished, 3);
        check(lent(1, 5, 1472, 34, 34 + 8 + 1472 * 4), Unfinished, 4);
        check(lent(2, 1, 1448, 0, 34 + 32 + 1448 * 2), Complete, 2);
        check(lent(1, 1, 0, 34, 3000), Unfinished, 1);
        check(lent(1, 1, 1448, 60000, 60), Unfinished, 1);
    }

    #[test]
    fn a_frame_needs_whole_metadata() {
        assert!(Frame::from_raw(&[0; METADATA - 1], None).is_none());
        assert_eq!(Frame::from_raw(&[0; METADATA], None).map(|frame| frame.bytes().len()), Some(0));
    }
}
