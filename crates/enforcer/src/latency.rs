//! How long frames are on their way through the enforcer: from their arrival in the kernel to their sending.
//!
//! Measured is the oldest accepted frame of each batch, after the batch was sent: one look at the clock for up to 64 frames,
//! and never less than what any of them took. Buckets are fixed, so to count costs nothing but an addition.
//!
//! Absent: frames that the backend does not stamp. With pnet nothing is measured.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Buckets with a bound: 1 us, 2 us, 4 us and so on to 1.048576 s.
const BOUNDED: usize = 21;

/// Measured times, by powers of two.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram {
    /// Measurements up to 1, 2, 4, ... 1048576 us and above the bound before; the last ones are beyond all bounds.
    buckets: [u64; BOUNDED + 1],
    /// The sum of all, in nanoseconds.
    sum_nanos: u64,
}

impl Histogram {
    /// Measures what arrived at a time since 1970-01-01 UTC and was sent just now. A clock that was set back measures nothing.
    pub(crate) fn measure(&mut self, arrived: Duration) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        if let Some(taken) = now.checked_sub(arrived) {
            self.add(taken);
        }
    }

    /// Adds one measurement.
    pub fn add(&mut self, taken: Duration) {
        let nanos = u64::try_from(taken.as_nanos()).unwrap_or(u64::MAX);
        let doublings = nanos.div_ceil(1_000).max(1).next_power_of_two().ilog2() as usize;
        self.buckets[doublings.min(BOUNDED)] += 1;
        self.sum_nanos = self.sum_nanos.saturating_add(nanos);
    }

    /// Adds all measurements of another one.
    pub(crate) fn add_all(&mut self, other: &Histogram) {
        self.buckets.iter_mut().zip(other.buckets).for_each(|(bucket, more)| *bucket += more);
        self.sum_nanos = self.sum_nanos.saturating_add(other.sum_nanos);
    }

    /// What was measured since an earlier state of the same histogram.
    pub fn since(&self, earlier: &Histogram) -> Histogram {
        let mut buckets = self.buckets;
        buckets.iter_mut().zip(earlier.buckets).for_each(|(bucket, before)| *bucket = bucket.saturating_sub(before));
        Histogram { buckets, sum_nanos: self.sum_nanos.saturating_sub(earlier.sum_nanos) }
    }

    /// How many were measured.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// The sum of all.
    pub fn sum(&self) -> Duration {
        Duration::from_nanos(self.sum_nanos)
    }

    /// The bound that so many thousandths of the measurements do not exceed; `None` where nothing was measured.
    pub fn quantile(&self, thousandths: u64) -> Option<Bound> {
        let count = self.count();
        let rank = (u128::from(count) * u128::from(thousandths)).div_ceil(1_000).max(1) as u64;
        let mut below = 0;
        let reached = self.buckets().find(|(_, measured)| {
            below += measured;
            below >= rank
        });
        reached.filter(|_| count > 0).map(|(bound, _)| bound)
    }

    /// The bound of each bucket, with how many are in it and in none before.
    pub fn buckets(&self) -> impl Iterator<Item = (Bound, u64)> {
        let bounds = (0..BOUNDED).map(|doublings| Bound::UpTo(Duration::from_micros(1 << doublings)));
        bounds.chain([Bound::Beyond]).zip(self.buckets)
    }
}

/// The upper bound of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// No longer than this.
    UpTo(Duration),
    /// Longer than the last bound, 1.048576 s.
    Beyond,
}

impl Bound {
    /// In seconds.
    pub fn seconds(self) -> f64 {
        match self {
            Bound::UpTo(most) => most.as_secs_f64(),
            Bound::Beyond => f64::INFINITY,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(nanos: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        nanos.iter().for_each(|nanos| histogram.add(Duration::from_nanos(*nanos)));
        histogram
    }

    #[test]
    fn a_bucket_holds_its_bound() {
        let check = |nanos: u64, bound: Bound| assert_eq!(histogram(&[nanos]).quantile(500), Some(bound), "{nanos} ns");
        let micros = |micros| Bound::UpTo(Duration::from_micros(micros));
        check(0, micros(1));
        check(1_000, micros(1));
        check(1_001, micros(2));
        check(2_000, micros(2));
        check(2_001, micros(4));
        check(1_048_576_000, micros(1_048_576));
        check(1_048_576_001, Bound::Beyond);
        check(u64::MAX, Bound::Beyond);
    }

    #[test]
    fn quantiles_are_bounds_that_enough_measurements_keep() {
        let check = |nanos: &[u64], thousandths: u64, micros: Option<u64>| {
            let bound = micros.map(|micros| Bound::UpTo(Duration::from_micros(micros)));
            assert_eq!(histogram(nanos).quantile(thousandths), bound, "{nanos:?} {thousandths}");
        };
        check(&[], 500, None);
        check(&[3_000], 0, Some(4));
        check(&[1_000, 3_000], 500, Some(1));
        check(&[1_000, 3_000], 501, Some(4));
        check(&[1_000, 3_000, 3_000, 70_000], 990, Some(128));
        check(&[1_000, 3_000, 3_000, 70_000], 1_000, Some(128));
    }

    #[test]
    fn what_was_measured_since() {
        let earlier = histogram(&[500, 5_000]);
        let mut later = earlier.clone();
        later.add_all(&histogram(&[9_000]));
        assert_eq!(later.since(&earlier), histogram(&[9_000]));
        assert_eq!((later.count(), later.sum()), (3, Duration::from_nanos(14_500)));
    }

    #[test]
    fn a_clock_that_was_set_back_measures_nothing() {
        let mut histogram = Histogram::default();
        histogram.measure(Duration::MAX);
        assert_eq!(histogram.count(), 0);
        histogram.measure(Duration::ZERO);
        assert_eq!(histogram.quantile(500), Some(Bound::Beyond));
    }
}
