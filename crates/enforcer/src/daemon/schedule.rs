//! When to look at the links: soon after the kernel tells of a change, and every now and then in any case.

use std::time::{Duration, Instant};

use crate::links::Depth;

/// A change seldom comes alone: a worker whose link went tells so too, and a new tap is set up in steps.
const SETTLE: Duration = Duration::from_millis(20);

/// From one look to the next at least, whoever changes links how often.
const GAP: Duration = Duration::from_millis(100);

/// From one look at settings too to the next.
const WHOLE: Duration = Duration::from_secs(10);

/// When to look at the links.
#[derive(Debug)]
pub(super) struct Schedule {
    last: Instant,
    whole: Instant,
    /// A look before the next whole one.
    soon: Option<Instant>,
}

impl Schedule {
    pub(super) fn start(now: Instant) -> Schedule {
        // What was laid first may have changed while the rest was laid.
        Schedule { last: now, whole: now + WHOLE, soon: Some(now + SETTLE) }
    }

    /// Something changed.
    pub(super) fn change(&mut self, now: Instant) {
        self.look_at((now + SETTLE).max(self.last + GAP));
    }

    /// There is something to try again then.
    pub(super) fn look_at(&mut self, at: Instant) {
        self.soon = Some(self.soon.map_or(at, |soon| soon.min(at)));
    }

    /// Somebody wants a whole look.
    pub(super) fn look_whole(&mut self, now: Instant) {
        self.whole = now;
    }

    /// When the next look is.
    pub(super) fn next(&self) -> Instant {
        self.soon.map_or(self.whole, |soon| soon.min(self.whole))
    }

    /// The look that is due.
    pub(super) fn take(&mut self, now: Instant) -> Option<Depth> {
        if now < self.next() {
            return None;
        }
        self.last = now;
        self.soon = None;
        if now < self.whole {
            return Some(Depth::Links);
        }
        self.whole = now + WHOLE;
        Some(Depth::Settings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_looked_at_soon_but_not_each_alone() {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let mut schedule = Schedule::start(start);
        assert_eq!(schedule.take(at(20)), Some(Depth::Links));
        assert_eq!(schedule.take(at(1_000)), None);
        (1_000..1_010).for_each(|now| schedule.change(at(now)));
        assert_eq!(schedule.next(), at(1_020));
        assert_eq!(schedule.take(at(1_020)), Some(Depth::Links));
        schedule.change(at(1_021));
        assert_eq!(schedule.next(), at(1_120));
        schedule.look_at(at(2_000));
        assert_eq!(schedule.next(), at(1_120));
        assert_eq!(schedule.take(at(1_120)), Some(Depth::Links));
        assert_eq!(schedule.next(), at(10_000));
        assert_eq!(schedule.take(at(10_000)), Some(Depth::Settings));
        assert_eq!(schedule.next(), at(20_000));
        schedule.look_whole(at(10_500));
        assert_eq!(schedule.take(at(10_500)), Some(Depth::Settings));
    }
}
