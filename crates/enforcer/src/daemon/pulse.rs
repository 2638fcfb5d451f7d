//! Whether every worker makes progress.

/// The workers that told something since all of them had.
#[derive(Debug)]
pub(super) struct Pulse {
    told: Vec<bool>,
}

/// Whether all have told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beat {
    Whole,
    Partial,
}

impl Pulse {
    pub(super) fn of(workers: usize) -> Pulse {
        Pulse { told: vec![false; workers] }
    }

    /// Notes that a worker, counted from 0, told something.
    pub(super) fn note(&mut self, worker: usize) -> Beat {
        if let Some(told) = self.told.get_mut(worker) {
            *told = true;
        }
        if !self.told.iter().all(|told| *told) {
            return Beat::Partial;
        }
        self.told.fill(false);
        Beat::Whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_hangs_stops_the_pulse() {
        let mut pulse = Pulse::of(3);
        let (part, whole) = (Beat::Partial, Beat::Whole);
        let beats = [0, 1, 1, 2, 2, 2, 1, 1].map(|worker| pulse.note(worker));
        assert_eq!(beats, [part, part, part, whole, part, part, part, part]);
        assert_eq!(pulse.note(0), Beat::Whole);
    }
}
