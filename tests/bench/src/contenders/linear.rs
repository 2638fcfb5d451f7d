//! First match, one rule after the other.

use policy::Subject;

use super::flat::{FlatRule, Probe};

/// The rules of one family in their order.
#[derive(Clone, Debug)]
pub struct Linear(Vec<FlatRule>);

impl Linear {
    /// Takes the rules as they are.
    pub fn of(rules: &[FlatRule]) -> Linear {
        Linear(rules.to_vec())
    }

    /// The place of the first rule that matches.
    pub fn find(&self, subject: &Subject) -> Option<usize> {
        let probe = Probe::of(subject);
        self.0.iter().position(|rule| rule.matches(&probe))
    }
}

impl FlatRule {
    fn matches(&self, probe: &Probe) -> bool {
        self.protocol.is_none_or(|protocol| protocol == probe.protocol)
            && self.matches_part(probe.part)
            && self.remote.as_ref().is_none_or(|ranges| contains(ranges, probe.address))
    }

    fn matches_part(&self, part: Option<u16>) -> bool {
        let within = |part: u16| self.parts.iter().any(|(first, last)| (*first..=*last).contains(&part));
        self.parts.is_empty() || part.is_some_and(within)
    }
}

fn contains(ranges: &[(u128, u128)], address: u128) -> bool {
    let after = ranges.partition_point(|(first, _)| *first <= address);
    after > 0 && address <= ranges[after - 1].1
}
