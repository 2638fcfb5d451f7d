//! The rules of a security group, or of several in a row, compiled.
//!
//! The local end of a packet is known, so a rule asks for little: direction, family, protocol, the class of the remote
//! ([`crate::remote`]), and the destination port or the ICMP type and code, which are 16 bits alike. For each direction and
//! family a program is a grid: a row for each remote, a column for each protocol that a rule names, and in each cell the
//! 16-bit keys cut into intervals, each with the rule that decides it:
//!
//! ```text
//! r0 tcp 22 from any    r1 tcp 1-1024 from group:web    r2 any from group:web    r3 tcp 22-80 from 10.0.0.0/8
//!
//! row                       column tcp                      other protocols
//! any                       0 -  22 r0  23 -                -
//! group:web                 0 r2  1 r1  1025 r2             r2
//! 10.0.0.0/8                0 -  22 r3  81 -                -
//! group:web + 10.0.0.0/8    0 r2  1 r1  1025 r2             r2      for the class that is in both: the least rank wins
//! ```
//!
//! A decision looks into the row `any` and the row of the packet's class. Of the two rules found the one of least rank wins; rank
//! is the order of evaluation, so ordered profiles need nothing else.
//!
//! Rows for classes that are in several remotes are made as far as an allowance goes, which is linear in the rules. For what is
//! beyond it, and for classes that came into being later, the rows of the remotes are looked into one by one. So a program
//! is right for every class, whenever it was compiled.
//!
//! Absent: which groups a program is of, and what a vnic with several programs does: see [`crate::lists`].

mod cells;
mod half;
mod rows;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use wire::{Family, IpProtocol};

use crate::cow::Paged;
use crate::memory;
use crate::model::{Action, Direction, RuleSpec};
use crate::policy::{PolicyRule, RuleIndex};
use crate::remote::{ClassIndex, Remotes, SelectorIndex, Survey};
use crate::subject::Subject;

use cells::{Winner, merge};
use half::Half;

/// Rules in both directions; none by default.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    ingress: Side,
    egress: Side,
}

#[derive(Clone, Debug, Default)]
struct Side {
    /// By rank.
    rules: Vec<RuleIndex>,
    v4: Half,
    v6: Half,
}

/// A rule to compile. Its place in the order of evaluation is its rank.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'r> {
    rule: RuleIndex,
    spec: &'r RuleSpec,
    /// `None` where the rule takes every address.
    selector: Option<SelectorIndex>,
    state: State,
}

impl<'r> Source<'r> {
    /// The rule at an index among rules.
    pub(crate) fn of(index: RuleIndex, rules: &'r Paged<PolicyRule>) -> Source<'r> {
        let PolicyRule { rule, selector, .. } = rules.at(index.0);
        let state = if rule.enabled { State::Enabled } else { State::Disabled };
        Source { rule: index, spec: &rule.spec, selector: *selector, state }
    }
}

/// Whether a rule takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Enabled,
    Disabled,
}

/// What a packet asks of programs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question {
    direction: Direction,
    pub(crate) family: Family,
    pub(crate) protocol: IpProtocol,
    /// The destination port, or ICMP type and code; `None` where the header that has them is missing.
    pub(crate) key: Option<u16>,
    pub(crate) remote: IpAddr,
}

impl Question {
    pub(crate) fn of(direction: Direction, subject: &Subject) -> Question {
        let (family, remote) = (subject.endpoints.family(), subject.remote(direction));
        Question { direction, family, protocol: subject.protocol, key: subject.key(), remote }
    }
}

impl Program {
    /// Compiles rules in the order of evaluation: ingress, egress.
    pub(crate) fn compile<'r>(
        ingress: impl Iterator<Item = Source<'r>>,
        egress: impl Iterator<Item = Source<'r>>,
        survey: &Survey,
    ) -> Program {
        Program { ingress: Side::compile(ingress.collect(), survey), egress: Side::compile(egress.collect(), survey) }
    }

    /// The rule that decides, if any matches.
    #[inline]
    pub(crate) fn winner(
        &self,
        question: &Question,
        class: impl FnOnce() -> ClassIndex,
        remotes: &Remotes,
    ) -> Option<(RuleIndex, Action)> {
        let half = self.half(question.direction, question.family);
        let winner = half.winner(question.protocol, question.key, class, remotes)?;
        Some((self.side(question.direction).rules[winner.rank()], winner.action()))
    }

    /// Whether a rule of a direction and family names a protocol.
    pub(crate) fn names(&self, direction: Direction, family: Family, protocol: IpProtocol) -> bool {
        self.half(direction, family).names(protocol)
    }

    /// The rows that decide for a class of remotes: classes that have the same are decided alike.
    pub(crate) fn rows(
        &self,
        (direction, family): (Direction, Family),
        class: ClassIndex,
        remotes: &Remotes,
    ) -> Vec<usize> {
        self.half(direction, family).rows(class, remotes)
    }

    /// What decides each key of a protocol, or of all that no rule names, in these rows.
    pub(crate) fn winners(
        &self,
        (direction, family): (Direction, Family),
        protocol: Option<IpProtocol>,
        rows: &[usize],
    ) -> Winners {
        let rules = &self.side(direction).rules;
        let rule = |winner: Winner| (rules[winner.rank()], winner.action());
        let (keys, bare) = self.half(direction, family).intervals(protocol, rows);
        let keys = keys.into_iter().map(|(first, winner)| (first, winner.map(rule))).collect();
        Winners { keys, bare: bare.map(rule) }
    }

    /// The rules of one direction in the order of evaluation, disabled ones included.
    pub(crate) fn rules(&self, direction: Direction) -> &[RuleIndex] {
        &self.side(direction).rules
    }

    fn half(&self, direction: Direction, family: Family) -> &Half {
        let side = self.side(direction);
        match family {
            Family::Ipv4 => &side.v4,
            Family::Ipv6 => &side.v6,
        }
    }

    fn side(&self, direction: Direction) -> &Side {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }

    /// About the bytes that it takes.
    pub(crate) fn bytes(&self) -> usize {
        let side = |side: &Side| memory::of_list(&side.rules) + side.v4.bytes() + side.v6.bytes();
        side(&self.ingress) + side(&self.egress)
    }
}

/// What decides each key of one protocol, in some rows.
#[derive(Clone, Debug)]
pub(crate) struct Winners {
    /// Where keys begin, ascending from 0.
    pub(crate) keys: Vec<(u16, Option<(RuleIndex, Action)>)>,
    /// What decides where the header that has them is missing.
    pub(crate) bare: Option<(RuleIndex, Action)>,
}

impl Winners {
    /// What this decides, and what `other` decides where this does not.
    pub(crate) fn or_else(self, other: Winners) -> Winners {
        Winners { keys: merge(&self.keys, &other.keys, Option::or), bare: self.bare.or(other.bare) }
    }
}

impl Default for Winners {
    /// Nothing decides.
    fn default() -> Winners {
        Winners { keys: vec![(0, None)], bare: None }
    }
}

impl Side {
    fn compile(sources: Vec<Source<'_>>, survey: &Survey) -> Side {
        let half = |family: Family| {
            let ranked = (0..).zip(&sources);
            let taken = ranked.filter(|(_, source)| source.state == State::Enabled && source.spec.family == family);
            Half::compile(taken.map(|(rank, source)| (rank, source.spec, source.selector)).collect(), survey)
        };
        let (v4, v6) = (half(Family::Ipv4), half(Family::Ipv6));
        Side { rules: sources.iter().map(|source| source.rule).collect(), v4, v6 }
    }
}
