//! How long a worker looks for the next frame before it goes to sleep.
//!
//! Sleeping and being woken takes tens of microseconds, which a short answer feels and a long pause does not. So a worker
//! stays awake for longer as long as frames come soon enough to be met awake, and not at all once one has let it wait for longer
//! than it may look: what hypervisors do when a guest's processor halts.

use std::time::{Duration, Instant as Clock};

/// The least time that looking is worth: about what going to sleep takes.
const LEAST: Duration = Duration::from_micros(10);

/// What it does when nothing waits.
pub(super) struct Patience {
    /// The most that it may look; zero to sleep always.
    most: Duration,
    /// What it looks for at the moment.
    look: Duration,
    /// When the last frames were done with.
    done: Clock,
}

impl Patience {
    pub(super) fn new(most: Duration, now: Clock) -> Patience {
        Patience { most, look: Duration::ZERO, done: now }
    }

    /// Whether to look once more instead of sleeping.
    pub(super) fn is_awake(&self, now: Clock) -> bool {
        now < self.done + self.look
    }

    /// Learns from frames that came, and that are done with now.
    pub(super) fn learn(&mut self, came: Clock, now: Clock) {
        self.look = next(self.most, self.look, came.saturating_duration_since(self.done));
        self.done = now;
    }
}

/// How long to look after a pause that was so long.
fn next(most: Duration, look: Duration, pause: Duration) -> Duration {
    if pause <= look {
        look
    } else if pause <= most {
        (look * 2).clamp(LEAST.min(most), most)
    } else {
        Duration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(most: u64, pauses: &[u64], expect: &[u64]) {
        let mut look = Duration::ZERO;
        let looks = pauses.iter().map(|pause| {
            look = next(Duration::from_micros(most), look, Duration::from_micros(*pause));
            look.as_micros() as u64
        });
        assert_eq!(looks.collect::<Vec<_>>(), expect, "{pauses:?} with {most} at most");
    }

    #[test]
    fn it_looks_for_longer_as_long_as_that_meets_frames() {
        check(50, &[40, 40, 40, 40, 3, 40], &[10, 20, 40, 40, 40, 40]);
        check(50, &[30, 45, 45, 45], &[10, 20, 40, 50]);
    }

    #[test]
    fn a_long_pause_sends_it_to_sleep() {
        check(50, &[20, 20, 51, 1_000], &[10, 20, 0, 0]);
        check(50, &[40, 60, 40], &[10, 0, 10]);
    }

    #[test]
    fn it_never_looks_for_longer_than_it_may() {
        check(0, &[0, 1, 20], &[0, 0, 0]);
        check(5, &[0, 4, 6], &[0, 5, 0]);
        check(70, &[60, 60, 60, 60, 60], &[10, 20, 40, 70, 70]);
    }

    #[test]
    fn it_is_awake_from_when_it_was_done_with_the_last_frames() {
        let start = Clock::now();
        let at = |micros| start + Duration::from_micros(micros);
        let mut patience = Patience::new(Duration::from_micros(50), start);
        assert!(!patience.is_awake(start));
        patience.learn(at(30), at(35));
        assert!(patience.is_awake(at(44)) && !patience.is_awake(at(45)));
        patience.learn(at(500), at(510));
        assert!(!patience.is_awake(at(510)));
    }
}
