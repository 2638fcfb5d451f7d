//! What an operator may set: sizes, timeouts, mid-stream pick-up.

use core::time::Duration;

/// How a [`Conntrack`](crate::Conntrack) is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// The most flows that the table holds, at most 4,194,304.
    pub capacity: usize,
    /// The most flows that one zone holds. The shares of all zones may add up to more than the capacity.
    pub share: usize,
    /// The most zones that have flows at the same time, at most 65,536. The packet that would open one more finds the
    /// table full.
    pub zones: usize,
    /// When memory is taken.
    pub memory: Memory,
    /// Whether a TCP connection whose beginning was not seen may become a flow.
    pub pick_up: PickUp,
    /// How long a flow lives without a packet.
    pub timeouts: Timeouts,
    /// How many fragments wait, and for how long.
    pub fragments: FragmentLimits,
    /// Key of the table's hash function. It must be random and secret where strangers choose the packets, so that they
    /// cannot choose collisions.
    pub seed: [u64; 2],
}

/// When a table takes the memory for its flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// All at the start, so that no flow allocates or waits for memory: for a host that forwards.
    AtStart,
    /// When it is needed. The first flow beyond the room that there is doubles it, which takes the longer the more there
    /// are: for who asks about a few packets.
    AsNeeded,
}

/// Whether a TCP segment that is no SYN may start a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PickUp {
    /// A segment with the ACK bit and without SYN, FIN and RST may: needed after a restart without saved state.
    MidStream,
    /// Only a SYN does.
    Never,
}

/// How many fragments wait for the rest of their datagrams, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FragmentLimits {
    /// The most that is kept, in bytes, with what keeping it costs: 4 MiB (Linux `ipfrag_high_thresh`).
    pub capacity: usize,
    /// The most that is kept for one zone, in bytes: 1 MiB, eight datagrams of the largest size and more.
    pub share: usize,
    /// How long a datagram's fragments wait from the first on: 30 s (Linux `ipfrag_time`; RFC 791 has 15 s, RFC 8200
    /// section 4.5 has 60 s).
    pub lifetime: Duration,
}

/// How long a flow lives without a packet, by what it is and how far it came.
///
/// "netfilter" names the default of the Linux sysctl `net.netfilter.nf_conntrack_*`, described in the kernel's
/// `Documentation/networking/nf_conntrack-sysctl.rst`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// TCP, SYN seen, also from both sides: 120 s (netfilter `tcp_timeout_syn_sent`).
    pub tcp_syn_sent: Duration,
    /// TCP, SYN-ACK seen: 60 s (netfilter `tcp_timeout_syn_recv`).
    pub tcp_syn_received: Duration,
    /// TCP, open: 5 days (netfilter `tcp_timeout_established`; RFC 5382 REQ-5 asks for at least 2 h 4 min).
    pub tcp_established: Duration,
    /// TCP, open, but picked up mid-stream: 6 h. A choice above RFC 5382 REQ-5: less is known of such a flow.
    pub tcp_mid_stream: Duration,
    /// TCP, open, with data that the other side has not acknowledged: 300 s (netfilter `tcp_timeout_unacknowledged`).
    pub tcp_unacknowledged: Duration,
    /// TCP, one side sent FIN: 120 s (netfilter `tcp_timeout_fin_wait`).
    pub tcp_fin_wait: Duration,
    /// TCP, the FIN of one side was acknowledged: 60 s (netfilter `tcp_timeout_close_wait`).
    pub tcp_close_wait: Duration,
    /// TCP, both sides sent FIN: 30 s (netfilter `tcp_timeout_last_ack`).
    pub tcp_last_ack: Duration,
    /// TCP, both FIN were acknowledged: 120 s (netfilter `tcp_timeout_time_wait`).
    pub tcp_time_wait: Duration,
    /// TCP, reset: 10 s (netfilter `tcp_timeout_close`).
    pub tcp_close: Duration,
    /// UDP and UDP-Lite, up to a stream: 30 s (netfilter `udp_timeout`).
    pub udp: Duration,
    /// UDP and UDP-Lite, a stream: 120 s (netfilter `udp_timeout_stream`; RFC 4787 REQ-5 asks for at least 2 min).
    pub udp_stream: Duration,
    /// An answered UDP flow that is older than this is a stream: 2 s (netfilter, `nf_conntrack_proto_udp.c`). So a
    /// single question and its answer, as of DNS, do not stay for the stream's time.
    pub udp_stream_age: Duration,
    /// ICMP and ICMPv6 queries: 30 s (netfilter `icmp_timeout`, `icmpv6_timeout`).
    pub icmp: Duration,
    /// SCTP, unanswered: 30 s (netfilter `sctp_timeout_heartbeat_sent`; its chunks are not read here).
    pub sctp: Duration,
    /// SCTP, answered: 210 s (netfilter `sctp_timeout_established`; RFC 9260 section 16 sends a heartbeat each 30 s).
    pub sctp_established: Duration,
    /// DCCP, unanswered: 240 s, twice the MSL (netfilter `dccp_timeout_request`).
    pub dccp: Duration,
    /// DCCP, answered: 12 h (netfilter `dccp_timeout_open`).
    pub dccp_open: Duration,
    /// Any other protocol: 600 s (netfilter `generic_timeout`).
    pub other: Duration,
    /// A revoked flow of any protocol: 300 s after its last packet, as for unacknowledged data: that is what the ends of
    /// a TCP connection are left with.
    pub revoked: Duration,
}

impl Timeouts {
    /// The longest of all: no flow lives longer without a packet.
    pub(crate) fn longest(&self) -> Duration {
        let &Timeouts {
            tcp_syn_sent,
            tcp_syn_received,
            tcp_established,
            tcp_mid_stream,
            tcp_unacknowledged,
            tcp_fin_wait,
            tcp_close_wait,
            tcp_last_ack,
            tcp_time_wait,
            tcp_close,
            udp,
            udp_stream,
            udp_stream_age: _,
            icmp,
            sctp,
            sctp_established,
            dccp,
            dccp_open,
            other,
            revoked,
        } = self;
        let opening = tcp_syn_sent.max(tcp_syn_received);
        let open = tcp_established.max(tcp_mid_stream).max(tcp_unacknowledged);
        let closing = tcp_fin_wait.max(tcp_close_wait).max(tcp_last_ack).max(tcp_time_wait).max(tcp_close);
        let others = udp.max(udp_stream).max(icmp).max(sctp).max(sctp_established).max(dccp).max(dccp_open).max(other);
        opening.max(open).max(closing).max(others).max(revoked)
    }
}

impl Default for Config {
    /// 262,144 flows, a quarter of them for one zone, 2,048 zones, memory as it is needed, mid-stream pick-up, netfilter's
    /// timeouts, and a key that is **not** secret.
    fn default() -> Config {
        Config {
            capacity: 262_144,
            share: 65_536,
            zones: 2_048,
            memory: Memory::AsNeeded,
            pick_up: PickUp::MidStream,
            timeouts: Timeouts::default(),
            fragments: FragmentLimits::default(),
            seed: [0, 0],
        }
    }
}

impl Default for FragmentLimits {
    fn default() -> FragmentLimits {
        FragmentLimits { capacity: 4 << 20, share: 1 << 20, lifetime: Duration::from_secs(30) }
    }
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            tcp_syn_sent: Duration::from_secs(120),
            tcp_syn_received: Duration::from_secs(60),
            tcp_established: Duration::from_secs(5 * 24 * 60 * 60),
            tcp_mid_stream: Duration::from_secs(6 * 60 * 60),
            tcp_unacknowledged: Duration::from_secs(300),
            tcp_fin_wait: Duration::from_secs(120),
            tcp_close_wait: Duration::from_secs(60),
            tcp_last_ack: Duration::from_secs(30),
            tcp_time_wait: Duration::from_secs(120),
            tcp_close: Duration::from_secs(10),
            udp: Duration::from_secs(30),
            udp_stream: Duration::from_secs(120),
            udp_stream_age: Duration::from_secs(2),
            icmp: Duration::from_secs(30),
            sctp: Duration::from_secs(30),
            sctp_established: Duration::from_secs(210),
            dccp: Duration::from_secs(240),
            dccp_open: Duration::from_secs(12 * 60 * 60),
            other: Duration::from_secs(600),
            revoked: Duration::from_secs(300),
        }
    }
}
