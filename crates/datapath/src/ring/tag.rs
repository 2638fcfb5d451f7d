//! The outer VLAN tag (IEEE 802.1Q), which the kernel takes out of a frame and keeps apart: back in its place.

use crate::frame::{METADATA, shift_metadata};

/// Bytes of the two addresses, behind which a tag stands.
const ADDRESSES: usize = 12;

/// An outer tag: its EtherType and its control field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    /// 0x8100, or 0x88a8 for a service tag.
    pub(super) ethertype: u16,
    /// Priority, drop eligibility and VLAN.
    pub(super) control: u16,
}

impl Tag {
    /// Bytes of a tag.
    pub(super) const LENGTH: usize = 4;
}

/// Puts a tag back into the frame whose metadata begins at `start`, and answers where it begins now: a tag's length earlier.
/// Without a tag it stays where it is. `None` when there is no room in front, or no whole addresses.
pub(super) fn restore(bytes: &mut [u8], start: usize, tag: Option<Tag>) -> Option<usize> {
    let Some(tag) = tag else {
        return Some(start);
    };
    let earlier = start.checked_sub(Tag::LENGTH)?;
    let behind = start.checked_add(METADATA + ADDRESSES).filter(|behind| *behind <= bytes.len())?;
    bytes.copy_within(start..behind, earlier);
    bytes[behind - Tag::LENGTH..behind - 2].copy_from_slice(&tag.ethertype.to_be_bytes());
    bytes[behind - 2..behind].copy_from_slice(&tag.control.to_be_bytes());
    shift_metadata(&mut bytes[earlier..earlier + METADATA], Tag::LENGTH as u16);
    Some(earlier)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: Tag = Tag { ethertype: 0x8100, control: 0x2005 };

    /// Four bytes of room, metadata of an unfinished checksum at 34, and a frame.
    fn stored() -> Vec<u8> {
        let metadata =
            [&[1, 1][..], &66u16.to_ne_bytes(), &1448u16.to_ne_bytes(), &34u16.to_ne_bytes(), &16u16.to_ne_bytes()];
        [&[0xee; 4][..], &metadata.concat(), &[1; 6], &[2; 6], &[0x08, 0x00], b"data"].concat()
    }

    #[test]
    fn a_tag_stands_behind_the_addresses_again() {
        let mut bytes = stored();
        assert_eq!(restore(&mut bytes, 4, Some(TAG)), Some(0));
        let metadata =
            [&[1, 1][..], &70u16.to_ne_bytes(), &1448u16.to_ne_bytes(), &38u16.to_ne_bytes(), &16u16.to_ne_bytes()];
        let expect =
            [&metadata.concat()[..], &[1; 6], &[2; 6], &[0x81, 0x00, 0x20, 0x05], &[0x08, 0x00], b"data"].concat();
        assert_eq!(bytes, expect);
    }

    #[test]
    fn without_a_tag_nothing_changes() {
        let mut bytes = stored();
        assert_eq!(restore(&mut bytes, 4, None), Some(4));
        assert_eq!(bytes, stored());
    }

    #[test]
    fn what_is_too_short_is_refused() {
        assert_eq!(restore(&mut stored(), 3, Some(TAG)), None);
        assert_eq!(restore(&mut stored()[..4 + METADATA + ADDRESSES - 1], 4, Some(TAG)), None);
    }
}
