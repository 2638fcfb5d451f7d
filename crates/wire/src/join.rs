//! The fragments of one datagram become the datagram.
//!
//! Contract: what is joined is what any receiver makes of fragments that neither overlap nor leave a gap, as long as the caller
//! hands over just such.

use crate::{Checksum, Fragment, Malformed, Packet, Payload, internet_checksum, parse};

const ETHERNET: usize = 14;
const IPV4_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;
const FRAGMENT_HEADER: usize = 8;

/// Joins the frames of all fragments of one datagram, by offset and without gaps, and reads the result: what only the whole
/// can tell (checksum, UDP length) is checked now. [`Packet::length`] is that of all frames together.
///
/// # Errors
/// The first fault of the whole datagram, as in [`parse`]; [`Malformed::FragmentEnd`] when it is longer than IP allows or the
/// frames are not the fragments that they are said to be.
pub fn join_frames<'a>(
    frames: impl Iterator<Item = (Fragment, &'a [u8])>,
    checksum: Checksum,
) -> Result<Packet, Malformed> {
    let (mut joined, mut headers, mut length) = (Vec::new(), 0, 0);
    for (fragment, frame) in frames {
        let end = end_of_datagram(frame).ok_or(Malformed::FragmentEnd)?;
        let start = end.checked_sub(fragment.length.into()).ok_or(Malformed::FragmentEnd)?;
        if joined.is_empty() {
            joined.extend(frame.get(..start).ok_or(Malformed::FragmentEnd)?);
            headers = start;
        }
        joined.extend(frame.get(start..end).ok_or(Malformed::FragmentEnd)?);
        length += frame.len();
    }
    mend_headers(&mut joined, headers).ok_or(Malformed::FragmentEnd)?;
    let packet = parse(&joined, checksum)?;
    Ok(Packet { length: u32::try_from(length).unwrap_or(u32::MAX), ..packet })
}

/// The datagram of which `first` is the first fragment, `end` the length of its payload, and `length` the length of all its
/// frames, in bytes. It knows as much as `first` does: no checksum is checked.
pub fn join_packets(first: &Packet, end: u32, length: u32) -> Packet {
    let Payload::Ip(mut datagram) = first.payload else { return *first };
    let Some(fragment) = datagram.fragment.take() else { return *first };
    let transport_header = u32::from(fragment.length).saturating_sub(datagram.payload);
    datagram.payload = end.saturating_sub(transport_header);
    Packet { payload: Payload::Ip(datagram), length, ..*first }
}

/// Where the IP datagram of a frame ends; padding may follow.
fn end_of_datagram(frame: &[u8]) -> Option<usize> {
    let ip = frame.get(ETHERNET..)?;
    let word = |at: usize| Some(usize::from(u16::from_be_bytes([*ip.get(at)?, *ip.get(at + 1)?])));
    match ip.first()? >> 4 {
        4 => Some(ETHERNET + word(2)?),
        _ => Some(ETHERNET + IPV6_HEADER + word(4)?),
    }
}

/// Makes the headers of the first fragment, which take so many bytes, those of the whole datagram: an IPv4 datagram that is
/// none of many, an IPv6 one with an atomic fragment header (RFC 6946).
fn mend_headers(joined: &mut [u8], headers: usize) -> Option<()> {
    let length = joined.len();
    let (_, ip) = joined.split_at_mut_checked(ETHERNET)?;
    match ip.first()? >> 4 {
        4 => {
            let header = ip.get_mut(..headers.checked_sub(ETHERNET)?).filter(|header| header.len() >= IPV4_HEADER)?;
            header[2..4].copy_from_slice(&u16::try_from(length - ETHERNET).ok()?.to_be_bytes());
            // Keeps DF and the reserved bit.
            header[6] &= 0xc0;
            header[7] = 0;
            header[10..12].fill(0);
            let checksum = internet_checksum::of(header);
            header[10..12].copy_from_slice(&checksum.to_be_bytes());
        }
        _ => {
            let payload = u16::try_from(length.checked_sub(ETHERNET + IPV6_HEADER)?).ok()?;
            ip.get_mut(4..6)?.copy_from_slice(&payload.to_be_bytes());
            let header = headers.checked_sub(ETHERNET + FRAGMENT_HEADER)?;
            ip.get_mut(header + 2..header + 4)?.fill(0);
        }
    }
    Some(())
}
