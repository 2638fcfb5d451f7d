//! Frames, packets and texts against each other.

mod frames;
mod generate;
mod laws;
mod malformed;
mod text;

/// Bytes from hex digits; white space does not count.
fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u32> = digits.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
}

/// Makes the header checksum of an IPv4 frame right again, where there is a whole header.
fn repair_ipv4_header(frame: &mut [u8]) {
    if frame.len() < 34 || frame[12..14] != [8, 0] {
        return;
    }
    let end = 14 + usize::from(frame[14] & 15) * 4;
    if !(34..=frame.len()).contains(&end) {
        return;
    }
    frame[24..26].fill(0);
    let mut sum: u32 = frame[14..end].chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    frame[24..26].copy_from_slice(&(!(sum as u16)).to_be_bytes());
}
