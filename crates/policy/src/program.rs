//! The rules of a security group, or of several in a row, compiled.
//!
//! The local end of a packet is known, so a rule asks for little: direction, family, protocol, the class of the remote
//! ([`crate::remote`]), and the destination port or the ICMP type and code, which are 16 bits alike. For each direction and family a
//! program is a grid: a row for each remote, a column for each protocol that a rule names, and in each cell the 16-bit keys
//! cut into intervals, each with the rule that decides it:
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
use crate::decide::remote_address;
use crate::memory;
use crate::model::{Action, Direction, RuleSpec};
use crate::policy::{PolicyRule, RuleIndex};
use crate::remote::{ClassIndex, Remotes, SelectorIndex, Survey};
use crate::subject::{Part, Subject};

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
    family: Family,
    protocol: IpProtocol,
    /// The destination port, or ICMP type and code; `None` where the header that has them is missing.
    key: Option<u16>,
    pub(crate) remote: IpAddr,
}

impl Question {
    pub(crate) fn of(direction: Direction, subject: &Subject) -> Question {
        let family = subject.endpoints.family();
        let key = match subject.part {
            Part::Ports(ports) if has_ports(subject.protocol) => Some(ports.destination),
            Part::Icmp { kind, code } if subject.protocol == IpProtocol::icmp(family) => {
                Some(u16::from_be_bytes([kind, code]))
            }
            Part::Ports(_) | Part::Icmp { .. } | Part::None => None,
        };
        Question { direction, family, protocol: subject.protocol, key, remote: remote_address(direction, subject) }
    }
}

/// Whether rules that name the protocol may name ports.
fn has_ports(protocol: IpProtocol) -> bool {
    matches!(protocol, IpProtocol::TCP | IpProtocol::UDP | IpProtocol::UDP_LITE | IpProtocol::SCTP | IpProtocol::DCCP)
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
        let side = self.side(question.direction);
        let half = match question.family {
            Family::Ipv4 => &side.v4,
            Family::Ipv6 => &side.v6,
        };
        let winner = half.winner(question.protocol, question.key, class, remotes)?;
        Some((side.rules[winner.rank()], winner.action()))
    }

    /// The rules of one direction in the order of evaluation, disabled ones included.
    pub(crate) fn rules(&self, direction: Direction) -> &[RuleIndex] {
        &self.side(direction).rules
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
