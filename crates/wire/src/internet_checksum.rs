//! The Internet checksum (RFC 1071).
//!
//! It is verified by summing the checksum field with the rest, never by comparing: in ones' complement 0 has two forms, and
//! Linux sends either in TCP.

use crate::{Endpoints, IpProtocol};

/// The checksum of these bytes: what to write into a field that is zero so far, and 0 where the right one is already there.
pub(crate) fn of(bytes: &[u8]) -> u16 {
    finish(sum(bytes))
}

/// The same over a pseudo-header (RFC 9293 section 3.1, RFC 8200 section 8.1) and the segment behind it.
pub(crate) fn of_segment(endpoints: Endpoints, protocol: IpProtocol, segment: &[u8]) -> u16 {
    let addresses = match endpoints {
        Endpoints::V4(source, destination) => sum(&source.octets()) + sum(&destination.octets()),
        Endpoints::V6(source, destination) => sum(&source.octets()) + sum(&destination.octets()),
    };
    let rest = sum(&[0, protocol.0]) + sum(&(segment.len() as u32).to_be_bytes());
    finish(addresses + rest + sum(segment))
}

/// Sums words in the byte order of the machine, which the checksum does not mind until the end (RFC 1071 section 2 (B)).
fn sum(bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<4>();
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    words.iter().chain([&last]).map(|word| u64::from(u32::from_ne_bytes(*word))).sum()
}

fn finish(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::from_be_bytes((sum as u16).to_ne_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        // RFC 1071 section 3 sums these to ddf2.
        assert_eq!(of(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), !0xddf2);
    }

    #[test]
    fn an_odd_byte_is_padded_behind() {
        assert_eq!(of(&[0x12, 0x34, 0x56]), of(&[0x12, 0x34, 0x56, 0x00]));
        assert_eq!(of(&[0x80]), !0x8000);
    }

    #[test]
    fn a_right_checksum_sums_to_zero_in_both_forms() {
        let mut bytes = [0xff, 0xfe, 0x00, 0x01, 0x00, 0x00];
        assert_eq!(of(&bytes), 0);
        bytes[4..].fill(0xff);
        assert_eq!(of(&bytes), 0);
        bytes[5] = 0xfe;
        assert_ne!(of(&bytes), 0);
    }
}
