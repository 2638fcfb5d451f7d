//! Telling packets one by one, those that are dropped and those that open a flow, but not all of a flood.

use std::time::SystemTime;

use conntrack::Instant;
use datapath::Frame;
use engine::{Ruling, Verdict};
use policy::{Direction, Policy, VnicId};

use crate::judge::checksum;

const SECOND: u64 = 1_000_000_000;

/// Decides which packets are told, before anything is formatted.
#[derive(Debug)]
pub(crate) struct Throttle {
    /// The most that are told in a second.
    rate: u32,
    second: u64,
    told: u32,
    untold: u64,
}

/// One packet and what became of it.
#[derive(Clone, Debug)]
pub(crate) struct Sighting {
    pub(crate) at: SystemTime,
    pub(crate) vnic: VnicId,
    pub(crate) direction: Direction,
    /// Its text form; for a malformed frame its length and first bytes.
    pub(crate) packet: String,
    pub(crate) ruling: Ruling,
}

/// Whether to tell a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telling {
    /// Tell it.
    Tell,
    /// It is counted only.
    Count,
}

impl Throttle {
    /// Tells so many in a second.
    pub(crate) fn new(rate: u32) -> Throttle {
        Throttle { rate, second: 0, told: 0, untold: 0 }
    }

    /// Asks for one packet.
    pub(crate) fn ask(&mut self, now: Instant) -> Telling {
        let second = now.as_nanos() / SECOND;
        if second != self.second {
            (self.second, self.told) = (second, 0);
        }
        if self.told < self.rate {
            self.told += 1;
            return Telling::Tell;
        }
        self.untold += 1;
        Telling::Count
    }

    /// Takes the count of those that were not told.
    pub(crate) fn take_untold(&mut self) -> u64 {
        std::mem::take(&mut self.untold)
    }
}

impl Sighting {
    /// Writes down one packet.
    pub(crate) fn of(
        policy: &Policy,
        vnic: &VnicId,
        direction: Direction,
        frame: Frame<'_>,
        verdict: Verdict,
    ) -> Sighting {
        let packet = describe(frame);
        Sighting { at: SystemTime::now(), vnic: vnic.clone(), direction, packet, ruling: verdict.named(policy) }
    }

    /// Writes down a drop at a vnic that the policy does not know.
    pub(crate) fn at_unknown(vnic: &VnicId, direction: Direction, frame: Frame<'_>) -> Sighting {
        let packet = describe(frame);
        Sighting { at: SystemTime::now(), vnic: vnic.clone(), direction, packet, ruling: Ruling::unknown_vnic() }
    }
}

/// A frame in words.
pub(crate) fn describe(frame: Frame<'_>) -> String {
    match wire::parse(frame.bytes(), checksum(frame)) {
        Ok(packet) => packet.to_string(),
        Err(_) => {
            let bytes: Vec<String> = frame.bytes().iter().take(34).map(|byte| format!("{byte:02x}")).collect();
            format!("{} bytes: {} ...", frame.bytes().len(), bytes.join(" "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_counted_and_the_next_second_starts_anew() {
        let mut throttle = Throttle::new(10);
        let mut check = |millis: u64, packets: u32, told: usize, untold: u64| {
            let answers = (0..packets).map(|_| throttle.ask(Instant::from_millis(millis)));
            assert_eq!(answers.filter(|answer| *answer == Telling::Tell).count(), told, "{millis} ms");
            assert_eq!(throttle.take_untold(), untold, "{millis} ms");
        };
        check(0, 4, 4, 0);
        check(500, 1_000, 6, 994);
        check(999, 1, 0, 1);
        check(1_000, 11, 10, 1);
        check(9_000, 10, 10, 0);
    }
}
