//! Bytes to packets and back.
//!
//! A [`Packet`] is what the rest of the core knows of a frame: a plain value, without borrowed bytes, that a person can
//! also write by hand. It comes from three places that all yield the same type: [`parse`] reads a captured Ethernet
//! frame, [`Sketch`] reads the text form, and callers build it field by field. [`build`] turns it into a frame again.
//! [`glance`] reads of the frames that are most what a flow needs to know, and leaves the others to [`parse`].
//! [`split`] cuts a frame into fragments; [`join_frames`] and [`join_packets`] make one packet of them.
//!
//! Contract: [`parse`] never panics, whatever the bytes, and a packet that it returns is well-formed: every header
//! length, total length, option and (where it is known to be complete) checksum was checked here, because
//! `pnet_packet` checks none of them.
//!
//! Absent: any judgement. Whether a packet may pass is decided by the crates above.

pub mod icmp;
pub mod icmpv6;

mod build;
mod dump;
mod internet_checksum;
mod join;
mod mac;
mod malformed;
mod message;
mod packet;
mod parse;
mod reply;
mod split;
mod text;

pub use build::build;
pub use dump::read_dump;
pub use join::{join_frames, join_packets};
pub use mac::{MacAddr, MacError};
pub use malformed::Malformed;
pub use packet::{
    Arp, ArpOperation, Datagram, Dhcp, DhcpOperation, Endpoints, Family, Fragment, Icmp, IcmpBody, IpProtocol,
    Neighbor, OtherLink, Packet, Payload, Ports, Quote, QuotedTransport, Tcp, TcpFlags, Transport, Udp,
};
pub use parse::{AckSegment, Addresses, Checksum, Course, Gist, glance, macs, parse};
pub use split::split;
pub use text::{Sketch, TextError};
