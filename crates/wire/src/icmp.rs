//! ICMP types for IPv4 (IANA "ICMP Type Numbers") that the core names.

/// Echo reply.
pub const ECHO_REPLY: u8 = 0;
/// Destination unreachable.
pub const UNREACHABLE: u8 = 3;
/// Source quench (deprecated by RFC 6633).
pub const SOURCE_QUENCH: u8 = 4;
/// Redirect.
pub const REDIRECT: u8 = 5;
/// Echo.
pub const ECHO: u8 = 8;
/// Time exceeded.
pub const TIME_EXCEEDED: u8 = 11;
/// Parameter problem.
pub const PARAMETER_PROBLEM: u8 = 12;
/// Timestamp.
pub const TIMESTAMP: u8 = 13;
/// Timestamp reply.
pub const TIMESTAMP_REPLY: u8 = 14;
/// Information request (deprecated by RFC 6918).
pub const INFORMATION: u8 = 15;
/// Information reply (deprecated by RFC 6918).
pub const INFORMATION_REPLY: u8 = 16;
/// Address mask request (deprecated by RFC 6918).
pub const ADDRESS_MASK: u8 = 17;
/// Address mask reply (deprecated by RFC 6918).
pub const ADDRESS_MASK_REPLY: u8 = 18;
