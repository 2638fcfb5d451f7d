//! ICMPv6 types (IANA "ICMPv6 type Numbers") that the core names.

/// Destination unreachable.
pub const UNREACHABLE: u8 = 1;
/// Packet too big.
pub const PACKET_TOO_BIG: u8 = 2;
/// Time exceeded.
pub const TIME_EXCEEDED: u8 = 3;
/// Parameter problem.
pub const PARAMETER_PROBLEM: u8 = 4;
/// Echo request.
pub const ECHO: u8 = 128;
/// Echo reply.
pub const ECHO_REPLY: u8 = 129;
/// Multicast listener query (RFC 2710).
pub const MLD_QUERY: u8 = 130;
/// Multicast listener report (RFC 2710).
pub const MLD_REPORT: u8 = 131;
/// Multicast listener done (RFC 2710).
pub const MLD_DONE: u8 = 132;
/// Router solicitation.
pub const ROUTER_SOLICITATION: u8 = 133;
/// Router advertisement.
pub const ROUTER_ADVERTISEMENT: u8 = 134;
/// Neighbor solicitation.
pub const NEIGHBOR_SOLICITATION: u8 = 135;
/// Neighbor advertisement.
pub const NEIGHBOR_ADVERTISEMENT: u8 = 136;
/// Redirect.
pub const REDIRECT: u8 = 137;
/// Version 2 multicast listener report (RFC 3810).
pub const MLD2_REPORT: u8 = 143;
