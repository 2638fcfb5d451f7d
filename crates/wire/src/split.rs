//! A datagram becomes fragments.

use crate::internet_checksum;

const ETHERNET: usize = 14;
const IPV6_HEADER: usize = 40;

/// Next-header value of the IPv6 fragment header (RFC 8200 section 4.5).
const FRAGMENT: u8 = 44;

/// Cuts the IP payload of a frame at `cuts`, in bytes from its start, as a router (RFC 791 section 3.2) or an IPv6 sender
/// would. Cuts are rounded down to multiples of eight; what lies at or behind the end, or before another cut, is passed over.
///
/// Returns the frames of the fragments in order; nothing for a frame that does not carry a whole IP datagram. The transport
/// header is cut like anything else, and an IPv6 extension header counts as payload.
pub fn split(frame: &[u8], identification: u32, cuts: &[u16]) -> Vec<Vec<u8>> {
    let Some((headers, payload)) = split_headers(frame) else { return Vec::new() };
    let mut borders = vec![0];
    for cut in cuts.iter().map(|cut| usize::from(*cut) & !7) {
        if cut < payload.len() && borders.last().is_some_and(|last| *last < cut) {
            borders.push(cut);
        }
    }
    let ends = borders.iter().skip(1).copied().chain([payload.len()]);
    let pieces = borders.iter().copied().zip(ends);
    pieces
        .map(|(start, end)| {
            let word = start as u16 | u16::from(end < payload.len());
            build(headers, identification, word, &payload[start..end])
        })
        .collect()
}

fn split_headers(frame: &[u8]) -> Option<(&[u8], &[u8])> {
    let ip = frame.get(ETHERNET..)?;
    let word = |at: usize| Some(usize::from(u16::from_be_bytes([*ip.get(at)?, *ip.get(at + 1)?])));
    let (header, total) = match (frame[12], frame[13]) {
        (0x08, 0x00) => (usize::from(ip.first()? & 0x0f) * 4, word(2)?),
        (0x86, 0xdd) => (IPV6_HEADER, IPV6_HEADER + word(4)?),
        _ => return None,
    };
    let datagram = frame.get(..ETHERNET + total)?;
    datagram.split_at_checked(ETHERNET + header)
}

/// `word` is the offset in bytes, a multiple of eight, with 1 added where more fragments follow: the form of IPv6.
fn build(headers: &[u8], identification: u32, word: u16, payload: &[u8]) -> Vec<u8> {
    let mut frame = headers.to_vec();
    let ip = ETHERNET;
    if headers[ip] >> 4 == 4 {
        let total = headers.len() - ETHERNET + payload.len();
        frame[ip + 2..ip + 4].copy_from_slice(&(total as u16).to_be_bytes());
        frame[ip + 4..ip + 6].copy_from_slice(&(identification as u16).to_be_bytes());
        let flags = (word & 1) << 13 | word >> 3;
        frame[ip + 6..ip + 8].copy_from_slice(&flags.to_be_bytes());
        frame[ip + 10..ip + 12].fill(0);
        let checksum = internet_checksum::of(&frame[ip..]);
        frame[ip + 10..ip + 12].copy_from_slice(&checksum.to_be_bytes());
    } else {
        frame[ip + 4..ip + 6].copy_from_slice(&(8 + payload.len() as u16).to_be_bytes());
        let next = std::mem::replace(&mut frame[ip + 6], FRAGMENT);
        frame.extend([next, 0]);
        frame.extend(word.to_be_bytes());
        frame.extend(identification.to_be_bytes());
    }
    frame.extend_from_slice(payload);
    frame
}
