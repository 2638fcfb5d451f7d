//! TCP headers (RFC 9293 section 3.1).

use super::transport::write_ports;
use crate::Tcp;

const FIXED: usize = 20;

/// The data offset says no more.
const LONGEST: usize = 60;

/// Header and options, the checksum still zero. Where the packet leaves more room for the header, options that it does not
/// keep were there; they become NOP, like all padding.
pub(super) fn write(segment: &mut Vec<u8>, tcp: &Tcp, room: usize) {
    let header = header_length(tcp).max(room.min(LONGEST) / 4 * 4);
    write_ports(segment, tcp.ports);
    segment.extend(tcp.sequence.to_be_bytes());
    segment.extend(tcp.acknowledgment.to_be_bytes());
    segment.extend([(header as u8 / 4) << 4, tcp.flags.0]);
    segment.extend(tcp.window.to_be_bytes());
    segment.extend([0; 4]);
    tcp.window_scale.iter().for_each(|shift| segment.extend([3, 3, *shift]));
    if tcp.sack_permitted {
        segment.extend([4, 2]);
    }
    if let Some(edge) = tcp.sack_edge {
        segment.extend([5, 10]);
        segment.extend(edge.wrapping_sub(1).to_be_bytes());
        segment.extend(edge.to_be_bytes());
    }
    segment.resize(header, 1);
}

pub(super) fn header_length(tcp: &Tcp) -> usize {
    let scale = tcp.window_scale.map_or(0, |_| 3);
    let permitted = if tcp.sack_permitted { 2 } else { 0 };
    let edge = tcp.sack_edge.map_or(0, |_| 10);
    FIXED + usize::next_multiple_of(scale + permitted + edge, 4)
}
