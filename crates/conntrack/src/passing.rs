//! Packets that leave nothing to decide, as most do.

use wire::{Datagram, Transport};

use crate::tcp::Segment;
use crate::tuple::{Sender, Tuple};

/// A packet that changes nothing but numbers, if it meets a flow that is past its beginning and not near its end.
pub(crate) struct Passing {
    pub(crate) tuple: Tuple,
    /// The segment, if it is one of TCP: no SYN, FIN or reset, and no report of a gap.
    pub(crate) segment: Option<Segment>,
}

impl Passing {
    /// Returns `None` of a packet that may do more.
    #[inline]
    pub(crate) fn of(sender: Sender, datagram: &Datagram) -> Option<Passing> {
        let segment = match &datagram.transport {
            Transport::Tcp(tcp) => Some(Segment::plain(tcp, datagram.payload)?),
            Transport::Udp(_) | Transport::UdpLite(_) => None,
            _ => return None,
        };
        Some(Passing { tuple: Tuple::of(sender, datagram)?, segment })
    }
}
