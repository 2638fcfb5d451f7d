//! Why a packet contradicts what is known.

use core::fmt;

/// Why a packet contradicts what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Invalid {
    /// A combination of TCP control bits that nobody sends.
    TcpFlags,
    /// A TCP segment that cannot occur in the state of its connection.
    TcpState,
    /// A TCP segment outside the window that its receiver offered.
    TcpWindow,
    /// A TCP segment that acknowledges what was never sent, or far too old data.
    TcpAck,
    /// A TCP reset outside the window.
    RstWindow,
    /// A TCP segment of a connection whose beginning was not seen.
    MidStream,
    /// An ICMP answer that nobody asked for.
    IcmpReplyWithoutRequest,
    /// An ICMP error without enough of the packet that it is about.
    IcmpQuoteMissing,
    /// An ICMP error sent to somebody else than the sender of the packet that it is about.
    IcmpDestination,
    /// An ICMP error about a packet of no live flow.
    IcmpUnknownFlow,
    /// An ICMP error about a TCP segment that is not in flight (RFC 5927 section 4.1).
    IcmpInnerWindow,
    /// A fragment of a datagram whose fragments overlap or disagree on its end (RFC 5722, RFC 1858).
    FragmentOverlap,
    /// A fragment that is there already.
    FragmentDuplicate,
    /// A fragment of a datagram that came in too many of them.
    FragmentCount,
    /// A fragment that there is no room to keep.
    FragmentRoom,
}

impl Invalid {
    /// Every reason, in the order of declaration.
    pub const ALL: [Invalid; 15] = [
        Invalid::TcpFlags,
        Invalid::TcpState,
        Invalid::TcpWindow,
        Invalid::TcpAck,
        Invalid::RstWindow,
        Invalid::MidStream,
        Invalid::IcmpReplyWithoutRequest,
        Invalid::IcmpQuoteMissing,
        Invalid::IcmpDestination,
        Invalid::IcmpUnknownFlow,
        Invalid::IcmpInnerWindow,
        Invalid::FragmentOverlap,
        Invalid::FragmentDuplicate,
        Invalid::FragmentCount,
        Invalid::FragmentRoom,
    ];

    /// The stable name, as in verdicts and scenarios.
    pub fn name(self) -> &'static str {
        match self {
            Invalid::TcpFlags => "tcp-flags",
            Invalid::TcpState => "tcp-state",
            Invalid::TcpWindow => "tcp-window",
            Invalid::TcpAck => "tcp-ack",
            Invalid::RstWindow => "rst-window",
            Invalid::MidStream => "mid-stream",
            Invalid::IcmpReplyWithoutRequest => "icmp-reply-without-request",
            Invalid::IcmpQuoteMissing => "icmp-quote-missing",
            Invalid::IcmpDestination => "icmp-destination",
            Invalid::IcmpUnknownFlow => "icmp-unknown-flow",
            Invalid::IcmpInnerWindow => "icmp-inner-window",
            Invalid::FragmentOverlap => "fragment-overlap",
            Invalid::FragmentDuplicate => "fragment-duplicate",
            Invalid::FragmentCount => "fragment-count",
            Invalid::FragmentRoom => "fragment-room",
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Invalid::TcpFlags => "the TCP flags contradict each other",
            Invalid::TcpState => "the TCP segment does not fit the state of its connection",
            Invalid::TcpWindow => "the TCP segment is outside the receiver's window",
            Invalid::TcpAck => "the TCP segment acknowledges data that is not in flight",
            Invalid::RstWindow => "the TCP reset is outside the receiver's window",
            Invalid::MidStream => "the TCP segment belongs to no known connection",
            Invalid::IcmpReplyWithoutRequest => "the ICMP reply answers no request",
            Invalid::IcmpQuoteMissing => "the ICMP error does not quote the packet it is about",
            Invalid::IcmpDestination => "the ICMP error is not addressed to the sender of the packet it is about",
            Invalid::IcmpUnknownFlow => "the ICMP error is about a packet of no live flow",
            Invalid::IcmpInnerWindow => "the ICMP error is about a TCP segment that is not in flight",
            Invalid::FragmentOverlap => "the fragments of the datagram overlap or disagree on its end",
            Invalid::FragmentDuplicate => "the fragment is there already",
            Invalid::FragmentCount => "the datagram came in too many fragments",
            Invalid::FragmentRoom => "there is no room to keep the fragment",
        })
    }
}

impl core::error::Error for Invalid {}
