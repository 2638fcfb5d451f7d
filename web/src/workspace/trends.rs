//! How much each rule decided lately, for a picture of a line's height.

use std::collections::{BTreeMap, VecDeque};

/// Steps that are kept.
pub(crate) const STEPS: usize = 60;

/// Milliseconds of a step: enforcers tell once a second.
const STEP: f64 = 2_000.0;

/// Packets by rule, in steps of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Trends {
    /// The latest last, each with its number since 1970; steps in which nothing was decided are absent.
    steps: VecDeque<(u64, BTreeMap<String, u64>)>,
}

impl Trends {
    /// Notes what an enforcer counted between two reports, at a time in milliseconds.
    pub(super) fn note(&mut self, before: &BTreeMap<String, u64>, after: &BTreeMap<String, u64>, now: f64) {
        let step = number(now);
        if self.steps.back().is_none_or(|(last, _)| *last < step) {
            self.steps.push_back((step, BTreeMap::new()));
        }
        while self.steps.front().is_some_and(|(first, _)| first + STEPS as u64 <= step) {
            self.steps.pop_front();
        }
        let Some((_, counts)) = self.steps.back_mut() else { return };
        for (rule, count) in after {
            // An enforcer that started anew counts from zero.
            let more = count.checked_sub(before.get(rule).copied().unwrap_or(0)).unwrap_or(*count);
            if more > 0 {
                *counts.entry(rule.clone()).or_default() += more;
            }
        }
    }

    /// The packets of a rule in each of the latest steps, the latest last.
    pub(crate) fn of(&self, rule: &str) -> [u64; STEPS] {
        let mut packets = [0; STEPS];
        let Some((latest, _)) = self.steps.back() else { return packets };
        for (step, counts) in &self.steps {
            let age = (latest - step) as usize;
            if let (Some(place), Some(count)) = (STEPS.checked_sub(age + 1), counts.get(rule)) {
                packets[place] = *count;
            }
        }
        packets
    }
}

fn number(now: f64) -> u64 {
    (now / STEP) as u64
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn a_step_has_what_came_in_it() {
        let counts = |count: u64| BTreeMap::from([("web-http".to_owned(), count)]);
        let mut trends = Trends::default();
        trends.note(&counts(0), &counts(5), 10_000.0);
        trends.note(&counts(7), &counts(8), 10_500.0);
        trends.note(&counts(5), &counts(5), 12_000.0);
        // This one started anew.
        trends.note(&counts(900), &counts(2), 16_000.0);
        let check = |trends: &Trends, rule: &str, expect: [u64; 4]| assert_eq!(trends.of(rule)[STEPS - 4..], expect);
        check(&trends, "web-http", [6, 0, 0, 2]);
        check(&trends, "other", [0; 4]);
        trends.note(&counts(2), &counts(3), 16_000.0 + STEP * STEPS as f64);
        check(&trends, "web-http", [0, 0, 0, 1]);
        assert_eq!(trends.of("web-http").iter().sum::<u64>(), 1);
    }
}
