//! What a policy says of every packet at a vnic, in numbers that two policies share.

use policy::{Decision, Direction, Family, Policy, Sheet, VnicIndex};
use rustc_hash::FxHashMap;

use crate::said::Said;

/// Everything that is said, each thing once; its number is its place.
#[derive(Debug, Default)]
pub(crate) struct Sayings {
    list: Vec<Said>,
    numbers: FxHashMap<Said, u32>,
}

/// A policy that speaks in numbers of [`Sayings`].
pub(crate) struct Speaker<'p> {
    pub(crate) policy: &'p Policy,
    /// By [`policy::RuleIndex`], as far as they were asked for.
    of_rules: Vec<Option<u32>>,
}

/// A [`policy::Surface`] in numbers of [`Sayings`].
#[derive(Debug)]
pub(crate) struct Chart {
    /// Where addresses begin, ascending from 0, each with its place among the sheets.
    pub(crate) remotes: Vec<(u128, u32)>,
    pub(crate) sheets: Vec<Sheet<u32>>,
}

impl Sayings {
    pub(crate) fn get(&self, number: u32) -> &Said {
        &self.list[number as usize]
    }

    fn number(&mut self, said: Said) -> u32 {
        *self.numbers.entry(said).or_insert_with_key(|said| {
            self.list.push(said.clone());
            self.list.len() as u32 - 1
        })
    }
}

impl<'p> Speaker<'p> {
    pub(crate) fn of(policy: &'p Policy) -> Speaker<'p> {
        Speaker { policy, of_rules: Vec::new() }
    }

    fn number(&mut self, decision: Decision, sayings: &mut Sayings) -> u32 {
        let (Decision::Allow(rule) | Decision::Deny(rule)) = decision else {
            return sayings.number(Said::of(decision, self.policy));
        };
        let place = rule.0 as usize;
        if place >= self.of_rules.len() {
            self.of_rules.resize(place + 1, None);
        }
        *self.of_rules[place].get_or_insert_with(|| sayings.number(Said::of(decision, self.policy)))
    }
}

impl Chart {
    /// The chart of a vnic; `None` stands for one that the policy does not have.
    pub(crate) fn of(
        speaker: &mut Speaker<'_>,
        vnic: Option<VnicIndex>,
        side: (Direction, Family),
        sayings: &mut Sayings,
    ) -> Chart {
        match (Said::of_all(speaker.policy, vnic), vnic) {
            (None, Some(vnic)) => Chart::of_rules(speaker, vnic, side, sayings),
            (Some(said), _) => Chart { remotes: vec![(0, 0)], sheets: vec![Sheet::of_all(sayings.number(said))] },
            (None, None) => unreachable!("of a vnic that is not there one thing is said"),
        }
    }

    fn of_rules(speaker: &mut Speaker<'_>, vnic: VnicIndex, side: (Direction, Family), sayings: &mut Sayings) -> Chart {
        let policy = speaker.policy;
        let number = |decision: Decision| speaker.number(decision, sayings);
        let surface = policy.surface_in_words(vnic, side, usize::MAX, number);
        let (remotes, sheets) = surface.expect("it has fewer nodes than there are numbers").into_parts();
        Chart { remotes, sheets }
    }

    /// The place of the sheet of an address.
    pub(crate) fn place(&self, address: u128) -> u32 {
        self.remotes[self.remotes.partition_point(|(first, _)| *first <= address) - 1].1
    }

    /// What is said of an address.
    pub(crate) fn sheet(&self, address: u128) -> &Sheet<u32> {
        &self.sheets[self.place(address) as usize]
    }
}
