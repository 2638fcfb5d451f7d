//! The Internet checksum (RFC 1071).
//!
//! It is verified by summing the checksum field with the rest, never by comparing: in ones' complement 0 has two forms, and
//! Linux sends either in TCP.

use crate::{Endpoints, IpProtocol};

/// The checksum of these bytes: what to write into a field that is zero so far, and 0 where the right one is already there.
pub(crate) fn of(bytes: &[u8]) -> u16 {
    finish(sum(bytes))
}

/// The same of an IPv4 header without options, which nearly every packet has.
#[inline(always)]
pub(crate) fn of_plain_header(header: &[u8; 20]) -> u16 {
    finish(sum_words(header))
}

/// The same over a pseudo-header (RFC 9293 section 3.1, RFC 8200 section 8.1) and the segment behind it.
#[inline(always)]
pub(crate) fn of_segment(endpoints: Endpoints, protocol: IpProtocol, segment: &[u8]) -> u16 {
    let addresses = match endpoints {
        Endpoints::V4(source, destination) => sum_words(&source.octets()) + sum_words(&destination.octets()),
        Endpoints::V6(source, destination) => sum_words(&source.octets()) + sum_words(&destination.octets()),
    };
    let rest = sum_words(&[0, protocol.0, 0, 0]) + sum_words(&(segment.len() as u32).to_be_bytes());
    finish(addresses + rest + sum(segment))
}

/// Sums words in the byte order of the machine, which the checksum does not mind until the end (RFC 1071 section 2 (B)).
///
/// Words of four bytes are added up in numbers of eight, which cannot overflow, four sums side by side.
fn sum(bytes: &[u8]) -> u64 {
    let (blocks, rest) = bytes.as_chunks::<32>();
    let mut sums = [0_u64; 4];
    for block in blocks {
        let (pairs, _) = block.as_chunks::<8>();
        for (sum, pair) in sums.iter_mut().zip(pairs) {
            let pair = u64::from_ne_bytes(*pair);
            *sum += (pair & 0xffff_ffff) + (pair >> 32);
        }
    }
    let last = match rest.as_chunks::<4>().1 {
        [] => [0; 4],
        [a] => [*a, 0, 0, 0],
        [a, b] => [*a, *b, 0, 0],
        [a, b, c, ..] => [*a, *b, *c, 0],
    };
    sums.iter().sum::<u64>() + sum_words(rest) + sum_words(&last)
}

/// The same of some bytes, a multiple of four; what is behind the last word is left out.
#[inline(always)]
fn sum_words(bytes: &[u8]) -> u64 {
    let (words, _) = bytes.as_chunks::<4>();
    words.iter().map(|word| u64::from(u32::from_ne_bytes(*word))).sum()
}

/// Adds the carries in until none is left.
#[inline(always)]
fn finish(sum: u64) -> u16 {
    let sum = (sum >> 32) + (sum & 0xffff_ffff);
    let sum = (sum >> 32) + (sum & 0xffff_ffff);
    let sum = (sum >> 16) + (sum & 0xffff);
    let sum = (sum >> 16) + (sum & 0xffff);
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

    /// The same, two bytes at a time as the RFC describes it.
    fn plainly(bytes: &[u8]) -> u16 {
        let words = bytes.chunks(2).map(|word| (u32::from(word[0]) << 8) | word.get(1).map_or(0, |low| (*low).into()));
        !words.fold(0, |sum, word| ((sum + word) & 0xffff) + ((sum + word) >> 16)) as u16
    }

    #[test]
    fn every_length_sums_as_the_rfc_does_it() {
        for fill in [|_| 0xff, |at: usize| (at * 167 + 3) as u8] {
            let bytes: Vec<u8> = (0..200).map(fill).collect();
            for end in 0..=bytes.len() {
                assert_eq!(of(&bytes[..end]), plainly(&bytes[..end]), "{end} bytes");
            }
            assert_eq!(of_plain_header(bytes.first_chunk().unwrap()), plainly(&bytes[..20]));
        }
        let longest = vec![0xff; 65_535];
        assert_eq!(of(&longest), plainly(&longest));
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
