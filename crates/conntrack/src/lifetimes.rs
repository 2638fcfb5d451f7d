//! How long flows live on the straight road: what the timeouts say, worked out once.

use core::time::Duration;

use crate::config::Timeouts;

/// Lifetimes of flows past their beginning, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lifetimes {
    /// TCP whose handshake was seen.
    pub(crate) handshake: TcpLifetime,
    /// TCP that was picked up.
    pub(crate) mid_stream: TcpLifetime,
    /// UDP.
    pub(crate) udp_stream: u64,
}

/// Lifetimes of an established connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TcpLifetime {
    /// When all that was sent is acknowledged.
    pub(crate) settled: u64,
    /// When something is not.
    pub(crate) waiting: u64,
}

impl Lifetimes {
    pub(crate) fn of(timeouts: &Timeouts) -> Lifetimes {
        let tcp = |quiet: Duration| TcpLifetime {
            settled: nanos(quiet),
            waiting: nanos(quiet.min(timeouts.tcp_unacknowledged)),
        };
        Lifetimes {
            handshake: tcp(timeouts.tcp_established),
            mid_stream: tcp(timeouts.tcp_mid_stream),
            udp_stream: nanos(timeouts.udp_stream),
        }
    }
}

/// The same, as far as a clock of 64 bits goes.
fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
