//! When a link that brings nothing but what is dropped is left alone for a moment.
//!
//! Frames that come one by one are taken one by one, so whoever sends many that are dropped would keep a processor, which other
//! instances and the host need. Once enough were dropped in a row the link rests each time that it was emptied, and what comes
//! meanwhile, which its ring has room for, is taken together. A frame that passes ends that: traffic is never made to wait for long.

use std::time::Duration;

use conntrack::Instant;

/// How long a link rests.
pub(super) const REST: Duration = Duration::from_micros(100);

/// So many frames that are dropped in a row within this time are a flood.
const MANY: usize = 64;
const TIME: Duration = Duration::from_millis(2);

/// What a link brought of late.
#[derive(Default)]
pub(super) struct Flood {
    /// Frames in a row of which none passed, and since when they are counted.
    dropped: usize,
    since: Instant,
}

/// What one turn of a link was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turn {
    /// Frames that were taken, and those of them that passed.
    pub(super) taken: usize,
    pub(super) passed: usize,
    /// Whether more may wait.
    pub(super) is_full: bool,
}

impl Flood {
    /// Learns from a turn, and answers whether the link is to rest behind it.
    pub(super) fn learn(&mut self, turn: Turn, now: Instant) -> bool {
        if turn.passed > 0 || now.since(self.since) > TIME {
            *self = Flood { dropped: 0, since: now };
        }
        if turn.passed == 0 {
            self.dropped += turn.taken;
        }
        self.dropped >= MANY && !turn.is_full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: Turn = Turn { taken: 16, passed: 0, is_full: true };
    const FEW: Turn = Turn { taken: 4, passed: 0, is_full: false };

    /// Turns that are so many microseconds apart, and which of them the link rests behind.
    fn check(turns: &[(u64, Turn)], expect: &[bool]) {
        let (mut flood, mut now) = (Flood::default(), Instant::from_millis(1_000));
        let rests = turns.iter().map(|(micros, turn)| {
            now = now + Duration::from_micros(*micros);
            flood.learn(*turn, now)
        });
        assert_eq!(rests.collect::<Vec<_>>(), expect, "{turns:?}");
    }

    #[test]
    fn many_that_are_dropped_let_the_link_rest_once_it_is_empty() {
        check(
            &[(0, FULL), (5, FULL), (5, FULL), (5, FULL), (5, FULL), (5, FEW), (100, FEW)],
            &[false, false, false, false, false, true, true],
        );
    }

    #[test]
    fn one_that_passes_ends_it() {
        let passing = Turn { passed: 1, ..FEW };
        let flooding = [(0, FULL), (5, FULL), (5, FULL), (5, FULL), (5, FEW)];
        let turns: Vec<_> = flooding.into_iter().chain([(100, passing), (5, FEW)]).collect();
        check(&turns, &[false, false, false, false, true, false, false]);
    }

    #[test]
    fn few_or_slow_ones_are_no_flood() {
        check(&[(0, FEW), (5, FEW)], &[false, false]);
        let slow: Vec<_> = (0..40).map(|_| (200, FEW)).collect();
        check(&slow, &[false; 40]);
    }

    #[test]
    fn an_end_is_learned_within_the_time() {
        let turns: Vec<_> = [(0, FULL); 4].into_iter().chain([(5, FEW), (1_990, FEW), (10, FEW), (10, FEW)]).collect();
        check(&turns, &[false, false, false, false, true, true, false, false]);
    }
}
