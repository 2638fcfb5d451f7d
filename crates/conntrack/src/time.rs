//! Time as a parameter: nobody here reads a clock.

use core::ops::Add;
use core::time::Duration;

/// A point in time: nanoseconds since a start that the caller chose and keeps. It saturates after 584 years.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Instant(u64);

impl Instant {
    /// The point so many milliseconds after the start.
    pub const fn from_millis(millis: u64) -> Instant {
        Instant(millis.saturating_mul(1_000_000))
    }

    /// The point so many nanoseconds after the start.
    pub const fn from_nanos(nanos: u64) -> Instant {
        Instant(nanos)
    }

    /// Milliseconds since the start, rounded down.
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000_000
    }

    /// The first whole millisecond that is not before this point: the resolution in which flows expire.
    pub const fn rounded_up(self) -> Instant {
        Instant::from_millis(self.millis_up())
    }

    /// Milliseconds since the start, rounded up.
    pub(crate) const fn millis_up(self) -> u64 {
        // At the end of time it is one less: nobody lives to see that.
        self.0.saturating_add(999_999) / 1_000_000
    }

    /// The point so many nanoseconds later.
    pub(crate) const fn later_by(self, nanos: u64) -> Instant {
        Instant(self.0.saturating_add(nanos))
    }

    /// Nanoseconds since the start.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// The time from `earlier` to this point; zero when `earlier` is the later one.
    pub const fn since(self, earlier: Instant) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Instant;

    fn add(self, duration: Duration) -> Instant {
        let seconds = duration.as_secs().saturating_mul(1_000_000_000);
        Instant(self.0.saturating_add(seconds).saturating_add(duration.subsec_nanos().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addition_saturates() {
        let check = |start: Instant, duration, expect: u64| assert_eq!((start + duration).as_nanos(), expect);
        check(Instant::from_millis(2), Duration::from_micros(3), 2_003_000);
        check(Instant::from_nanos(u64::MAX - 1), Duration::from_nanos(5), u64::MAX);
        check(Instant::from_millis(1), Duration::MAX, u64::MAX);
        check(Instant::from_millis(u64::MAX), Duration::ZERO, u64::MAX);
    }

    #[test]
    fn milliseconds_round_up() {
        let check = |nanos, expect: u64| assert_eq!(Instant::from_nanos(nanos).rounded_up().as_millis(), expect);
        check(0, 0);
        check(1, 1);
        check(2_000_000, 2);
        check(2_000_001, 3);
        check(u64::MAX, u64::MAX / 1_000_000);
    }

    #[test]
    fn no_time_passes_backwards() {
        let (early, late) = (Instant::from_millis(10), Instant::from_millis(25));
        assert_eq!(late.since(early), Duration::from_millis(15));
        assert_eq!(early.since(late), Duration::ZERO);
    }
}
