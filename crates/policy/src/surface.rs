//! What the rules of a vnic say of every new flow, as one table.
//!
//! It is read from the programs that decide packets, so there is no second reading of the rules. Addresses, then protocols, then
//! ports or ICMP types are cut where decisions change, and what is equal stands there once.
//!
//! Contract: [`Surface::decision`] is [`Policy::decide`] for every packet.
//!
//! Absent: what two surfaces have to do with each other.

use std::hash::Hash;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use wire::{Family, IpProtocol};

use crate::decide::Decision;
use crate::lists::ListIndex;
use crate::model::{Direction, Prefix, Remote};
use crate::numbers::number_of;
use crate::policy::{Policy, PolicyRule, RuleIndex, VnicIndex};
use crate::profile::SameSubnet;
use crate::program::{Question, Winners};
use crate::remote::ClassIndex;
use crate::subject::Subject;

/// What the rules of a vnic say of every new flow of one direction and family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surface<T = Decision> {
    direction: Direction,
    family: Family,
    remotes: Vec<(u128, u32)>,
    sheets: Vec<Sheet<T>>,
}

/// What is said of some addresses at the other end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sheet<T = Decision> {
    /// The protocols that a rule of the vnic names, ascending.
    pub named: Vec<(IpProtocol, Line<T>)>,
    /// All other protocols.
    pub others: Line<T>,
}

/// What is said of one protocol.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Line<T = Decision> {
    /// Where destination ports begin that are decided alike, ascending from 0; of ICMP the type and the code, as the upper and
    /// the lower byte.
    pub keys: Vec<(u16, T)>,
    /// What is said where the header that has them is missing, or the protocol has none.
    pub bare: T,
}

/// What the surfaces of a vnic depend on: vnics of one policy for which it is equal have equal surfaces.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Likeness {
    list: ListIndex,
    exempt: Vec<Prefix>,
}

impl Policy {
    /// What the surfaces of a vnic depend on.
    pub fn likeness(&self, vnic: VnicIndex) -> Likeness {
        Likeness { list: self.seats[vnic.0 as usize], exempt: self.exempt_prefixes(vnic).collect() }
    }

    /// Whether the rules at a vnic share everything that decides with those at a vnic of another policy, so that both say the same
    /// of every packet. `false` says nothing: what is compiled twice is not compared.
    pub fn shares_decisions(&self, vnic: VnicIndex, other: &Policy, of: VnicIndex) -> bool {
        let own = self.lists.programs(self.seats[vnic.0 as usize]);
        let others = other.lists.programs(other.seats[of.0 as usize]);
        let directions = [Direction::Ingress, Direction::Egress];
        let has_same_rest = || {
            let mut sides = directions.into_iter().flat_map(|direction| Family::ALL.map(|family| (direction, family)));
            self.exempt_prefixes(vnic).eq(other.exempt_prefixes(of))
                && sides.all(|(direction, family)| {
                    self.decision_without_rules(vnic, direction, family)
                        == other.decision_without_rules(of, direction, family)
                })
        };
        // A program asks for selectors, whose addresses may differ.
        let has_same_remotes = || {
            let rules = own.iter().flat_map(|program| directions.map(|direction| program.rules(direction)));
            let mut selectors = rules.flatten().filter_map(|rule| self.rule(*rule).selector);
            selectors.all(|selector| self.remotes.shares_blocks(&other.remotes, selector))
        };
        own.len() == others.len()
            && own.iter().zip(others).all(|(own, other)| Arc::ptr_eq(own, other))
            && has_same_rest()
            && has_same_remotes()
    }

    /// The remotes that rules name, in no particular order, each with its addresses of a family: the first and the last number of
    /// every range, ascending.
    pub fn named_remotes(&self, family: Family) -> impl Iterator<Item = (&Remote, impl Iterator<Item = (u128, u128)>)> {
        self.remotes.named(family)
    }

    /// The addresses of a rule's remote: the first and the last number of every range, ascending. `None` where it is every
    /// address.
    pub fn remote_addresses(&self, rule: RuleIndex) -> Option<Vec<(u128, u128)>> {
        let PolicyRule { rule, selector, .. } = self.rule(rule);
        Some(self.remotes.ranges((*selector)?, rule.spec.family).collect())
    }

    /// What the rules of a vnic say of every new flow of one direction and family. Guard and tracking play no part.
    pub fn surface(&self, vnic: VnicIndex, direction: Direction, family: Family) -> Surface {
        self.surface_within(vnic, direction, family, usize::MAX).expect("it has fewer nodes than there are numbers")
    }

    /// The same, but no more than so many nodes, see [`Surface::nodes`]: `None` where it takes more. Rules whose prefixes overlap
    /// in part and whose ports do too make as many as their addresses times their ports.
    pub fn surface_within(
        &self,
        vnic: VnicIndex,
        direction: Direction,
        family: Family,
        nodes: usize,
    ) -> Option<Surface> {
        self.surface_in_words(vnic, (direction, family), nodes, |decision| decision)
    }

    /// The same with a word for each decision. No two decisions may have one word.
    pub fn surface_in_words<T: Copy + Eq + Hash>(
        &self,
        vnic: VnicIndex,
        side: (Direction, Family),
        nodes: usize,
        mut word: impl FnMut(Decision) -> T,
    ) -> Option<Surface<T>> {
        let (direction, family) = side;
        let programs = self.lists.programs(self.seats[vnic.0 as usize]);
        let is_named =
            |protocol: &IpProtocol| programs.iter().any(|program| program.names(direction, family, *protocol));
        let protocols: Vec<IpProtocol> = (0..=u8::MAX).map(IpProtocol).filter(is_named).collect();
        let rest = word(self.decision_without_rules(vnic, direction, family));
        let mut sheet = |rows: &[Vec<usize>]| {
            let mut line = |protocol: Option<IpProtocol>| {
                let asked = programs.iter().zip(rows);
                let winners = asked.map(|(program, rows)| program.winners(side, protocol, rows));
                Line::of(winners.reduce(Winners::or_else).unwrap_or_default(), rest, &mut word)
            };
            let named = protocols.iter().map(|protocol| (*protocol, line(Some(*protocol)))).collect();
            Sheet { named, others: line(None) }
        };
        let mut draft = Draft::new();
        let mut by_class: FxHashMap<ClassIndex, u32> = FxHashMap::default();
        let mut by_rows: FxHashMap<Vec<Vec<usize>>, u32> = FxHashMap::default();
        let asks_who = |rule: &RuleIndex| {
            let PolicyRule { rule, selector, .. } = self.rule(*rule);
            rule.spec.family == family && selector.is_some()
        };
        // Where no rule asks who is at the other end, all are decided as the first one is.
        let looked_at = match programs.iter().flat_map(|program| program.rules(direction)).any(asks_who) {
            true => usize::MAX,
            false => 1,
        };
        for (first, class) in self.remotes.intervals(family).take(looked_at) {
            let number = *by_class.entry(class).or_insert_with(|| {
                let rows = programs.iter().map(|program| program.rows(side, class, &self.remotes)).collect();
                *by_rows.entry(rows).or_insert_with_key(|rows| draft.number(sheet(rows)))
            });
            draft.begin(first, number);
            if draft.nodes > nodes {
                return None;
            }
        }
        for prefix in self.exempt_prefixes(vnic).filter(|prefix| Family::of(prefix.first()) == family) {
            draft.cover(prefix, Sheet::of_all(word(Decision::SameSubnet)));
            if draft.nodes > nodes {
                return None;
            }
        }
        let (remotes, sheets) = draft.finish();
        Some(Surface { direction, family, remotes, sheets })
    }

    fn exempt_prefixes(&self, vnic: VnicIndex) -> impl Iterator<Item = Prefix> {
        let subnets = match self.profile().same_subnet {
            SameSubnet::Filtered => &[][..],
            SameSubnet::Exempt => &*self.vnic(vnic).subnets,
        };
        subnets.iter().map(|subnet| subnet.prefix)
    }
}

impl<T: Copy> Surface<T> {
    /// The direction of the flows.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The family of the flows.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Where addresses of the other end begin that are decided alike, as numbers ascending from 0, each with its place among
    /// the sheets.
    pub fn remotes(&self) -> &[(u128, u32)] {
        &self.remotes
    }

    /// All different from each other, and each said of some address.
    pub fn sheets(&self) -> &[Sheet<T>] {
        &self.sheets
    }

    /// Its [`Surface::remotes`] and its [`Surface::sheets`].
    pub fn into_parts(self) -> (Vec<(u128, u32)>, Vec<Sheet<T>>) {
        (self.remotes, self.sheets)
    }

    /// How many things it says: of ranges of addresses which sheet, and in each sheet of ranges of ports what is decided.
    pub fn nodes(&self) -> usize {
        self.remotes.len() + self.sheets.iter().map(Sheet::nodes).sum::<usize>()
    }

    /// What is said of a packet; `None` of one that goes the other way or is of the other family.
    pub fn decision(&self, direction: Direction, subject: &Subject) -> Option<T> {
        let question = Question::of(direction, subject);
        if (direction, question.family) != (self.direction, self.family) {
            return None;
        }
        let place = self.remotes.partition_point(|(first, _)| *first <= number_of(question.remote)) - 1;
        let sheet = &self.sheets[self.remotes[place].1 as usize];
        Some(sheet.line(question.protocol).decision(question.key))
    }
}

impl<T: Copy> Sheet<T> {
    /// A sheet that says one thing of every packet.
    pub fn of_all(said: T) -> Sheet<T> {
        Sheet { named: Vec::new(), others: Line { keys: vec![(0, said)], bare: said } }
    }

    fn nodes(&self) -> usize {
        self.named.iter().map(|(_, line)| line.keys.len()).sum::<usize>() + self.others.keys.len()
    }

    /// What is said of a protocol.
    pub fn line(&self, protocol: IpProtocol) -> &Line<T> {
        let named = self.named.binary_search_by_key(&protocol, |(number, _)| *number);
        named.map_or(&self.others, |place| &self.named[place].1)
    }
}

impl<T: Copy> Line<T> {
    /// What is said of a destination port, or an ICMP type and code; of packets without one by `None`.
    pub fn decision(&self, key: Option<u16>) -> T {
        match key {
            Some(key) => self.keys[self.keys.partition_point(|(first, _)| *first <= key) - 1].1,
            None => self.bare,
        }
    }
}

impl<T: Copy + PartialEq> Line<T> {
    fn of(winners: Winners, rest: T, word: &mut impl FnMut(Decision) -> T) -> Line<T> {
        let mut said = |rule: Option<_>| rule.map_or(rest, |rule| word(Decision::of_rule(rule)));
        let mut keys: Vec<(u16, T)> = winners.keys.iter().map(|(first, rule)| (*first, said(*rule))).collect();
        keys.dedup_by_key(|(_, said)| *said);
        Line { keys, bare: said(winners.bare) }
    }
}

/// A surface that is being made.
struct Draft<T> {
    remotes: Vec<(u128, u32)>,
    /// Each with its place among the others.
    sheets: FxHashMap<Sheet<T>, u32>,
    nodes: usize,
}

impl<T: Copy + Eq + Hash> Draft<T> {
    fn new() -> Draft<T> {
        Draft { remotes: Vec::new(), sheets: FxHashMap::default(), nodes: 0 }
    }

    /// The place of a sheet among the others.
    fn number(&mut self, sheet: Sheet<T>) -> u32 {
        let place = self.sheets.len() as u32;
        *self.sheets.entry(sheet).or_insert_with_key(|sheet| {
            self.nodes += sheet.nodes();
            place
        })
    }

    /// From this address on it is this sheet.
    fn begin(&mut self, first: u128, sheet: u32) {
        if self.remotes.last().is_none_or(|(_, before)| *before != sheet) {
            self.remotes.push((first, sheet));
            self.nodes += 1;
        }
    }

    /// For the addresses of a prefix it is this sheet.
    fn cover(&mut self, prefix: Prefix, sheet: Sheet<T>) {
        let (first, last) = (number_of(prefix.first()), number_of(prefix.last()));
        let sheet = self.number(sheet);
        let behind =
            self.remotes.iter().rev().find(|(begin, _)| begin.checked_sub(1).is_none_or(|before| before <= last));
        let resumed = last.checked_add(1).zip(behind.map(|(_, sheet)| *sheet));
        let remotes = std::mem::take(&mut self.remotes);
        self.nodes -= remotes.len();
        let (before, after): (Vec<_>, Vec<_>) = remotes.into_iter().partition(|(begin, _)| *begin < first);
        before.into_iter().for_each(|(begin, sheet)| self.begin(begin, sheet));
        self.begin(first, sheet);
        let after = after.into_iter().filter(|(begin, _)| *begin > last);
        resumed.into_iter().chain(after).for_each(|(begin, sheet)| self.begin(begin, sheet));
    }

    /// What stands there, but for sheets that were covered everywhere.
    fn finish(self) -> (Vec<(u128, u32)>, Vec<Sheet<T>>) {
        let mut sheets: Vec<Option<Sheet<T>>> = vec![None; self.sheets.len()];
        self.sheets.into_iter().for_each(|(sheet, place)| sheets[place as usize] = Some(sheet));
        let mut places: Vec<Option<u32>> = vec![None; sheets.len()];
        self.remotes.iter().for_each(|(_, sheet)| places[*sheet as usize] = Some(0));
        places.iter_mut().flatten().zip(0..).for_each(|(place, number)| *place = number);
        let remotes = self.remotes.into_iter().filter_map(|(first, sheet)| Some((first, places[sheet as usize]?)));
        let used = sheets.into_iter().zip(&places).filter_map(|(sheet, place)| sheet.filter(|_| place.is_some()));
        (remotes.collect(), used.collect())
    }
}
