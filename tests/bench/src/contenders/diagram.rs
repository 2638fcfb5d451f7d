//! The same questions, asked of binary decision diagrams.

use diagrams::{Packets, Reading, Universe};
use policy::{Action, Direction, Document, Family, RuleId, VnicId};

/// Sets of packets of one family.
#[derive(Debug)]
pub struct Diagrams {
    universe: Universe,
}

impl Diagrams {
    /// Of a family.
    pub fn of(family: Family) -> Diagrams {
        Diagrams { universe: Universe::of(family) }
    }

    /// What the rules of a vnic allow, of a profile without denials: rules in pairs, pairs in pairs, and so on.
    pub fn allowed(&self, document: &Document, vnic: &VnicId, direction: Direction) -> Packets {
        let reading = Reading::of(document, &self.universe);
        self.allowed_by(&reading, vnic, direction)
    }

    /// What one allows and the other does not, both ways.
    pub fn difference(one: &Packets, other: &Packets) -> [Packets; 2] {
        [one.without(other), other.without(one)]
    }

    /// The rules that allow nothing that an earlier one does not, in the order of evaluation.
    pub fn idle(&self, document: &Document, vnic: &VnicId, direction: Direction) -> Vec<RuleId> {
        let reading = Reading::of(document, &self.universe);
        let mut allowed = self.universe.nothing();
        let mut idle = Vec::new();
        for rule in
            reading.rules_at(vnic, direction).into_iter().filter(|rule| rule.spec.family == self.universe.family())
        {
            let matching = reading.matching(&rule.id);
            match matching.is_within(&allowed) {
                true => idle.push(rule.id.clone()),
                false => allowed = allowed.union(matching),
            }
        }
        idle
    }

    /// Of how many pairs of vnics one can open something to the other.
    pub fn open_pairs(&self, document: &Document) -> usize {
        let reading = Reading::of(document, &self.universe);
        let vnics: Vec<&policy::Vnic> = document.vnics().map(|(_, vnic)| vnic).collect();
        let with = |vnic: &policy::Vnic, direction| {
            let allowed = self.allowed_by(&reading, &vnic.id, direction).intersection(self.universe.whole());
            let address = |other: &policy::Vnic| {
                other.addresses.iter().copied().find(|address| Family::of(*address) == self.universe.family())
            };
            let of = |other: &policy::Vnic| match address(other) {
                Some(address) => {
                    self.universe.from_anyone(&allowed.intersection(&self.universe.remotes(address, address)))
                }
                None => self.universe.nothing(),
            };
            vnics.iter().map(|other| of(other)).collect::<Vec<Packets>>()
        };
        let there: Vec<Vec<Packets>> = vnics.iter().map(|vnic| with(vnic, Direction::Egress)).collect();
        let here: Vec<Vec<Packets>> = vnics.iter().map(|vnic| with(vnic, Direction::Ingress)).collect();
        let pairs = (0..vnics.len()).flat_map(|from| (0..vnics.len()).map(move |to| (from, to)));
        pairs.filter(|(from, to)| from != to && !there[*from][*to].intersection(&here[*to][*from]).is_empty()).count()
    }

    fn allowed_by(&self, reading: &Reading<'_>, vnic: &VnicId, direction: Direction) -> Packets {
        let rules = reading.rules_at(vnic, direction).into_iter();
        let allowing = rules.filter(|rule| rule.enabled && rule.spec.action == Action::Allow);
        let sets: Vec<&Packets> = allowing.map(|rule| reading.matching(&rule.id)).collect();
        self.union(&sets)
    }

    fn union(&self, sets: &[&Packets]) -> Packets {
        match sets {
            [] => self.universe.nothing(),
            [one] => (*one).clone(),
            _ => {
                let (one, other) = sets.split_at(sets.len() / 2);
                self.union(one).union(&self.union(other))
            }
        }
    }
}
